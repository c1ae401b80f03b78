"""Check what was entered: by the pinned form, and against the units and terms that exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.forms import validate
from portal.persistence.models import Unit
from portal.services.bundles import Bundle


def check(session: Session, bundle: Bundle, form_id: str, data: Any, *, at: str = "") -> None:
    """Raise InvalidInput with every problem of ``data``; ``at`` is put before the pointers."""
    if not isinstance(data, dict):
        problem = Problem("form.object", msg("An object is expected"), pointer=at)
        raise InvalidInput("form.invalid", msg("Please correct what is marked"), problems=[problem])
    problems = list(form_problems(bundle, form_id, data, at))
    problems += code_problems(session, bundle, form_id, data, at)
    if problems:
        raise InvalidInput("form.invalid", msg("Please correct what is marked"), problems=problems)


def form_problems(bundle: Bundle, form_id: str, data: Mapping[str, Any], at: str = "") -> Iterable[Problem]:
    """Yield what the form finds wrong."""
    for error in validate(bundle.form(form_id), data):
        yield Problem(error.code, error.message, error.params, pointer=at + error.pointer)


def code_problems(
    session: Session, bundle: Bundle, form_id: str, data: Mapping[str, Any], at: str = ""
) -> list[Problem]:
    """Return the unit codes and taxonomy codes that do not exist."""
    problems: list[Problem] = []
    places: dict[str, str] = {}
    for pointer, info in bundle.fields(form_id).items():
        if info.repeated or info.type not in ("unit", "taxonomy"):
            continue
        value = pointers.get(data, pointer)
        if not isinstance(value, str) or not value:
            continue
        if info.type == "unit":
            places[pointer] = value
        elif info.taxonomy in bundle.taxonomies and value not in bundle.taxonomies[info.taxonomy]:
            message = msg("There is no type “%(code)s”")
            problems.append(Problem("form.term", message, {"code": value}, pointer=at + pointer))
    known = _known_units(session, places.values())
    problems += [
        Problem("form.unit", msg("There is no unit “%(code)s”"), {"code": code}, pointer=at + pointer)
        for pointer, code in places.items()
        if code not in known
    ]
    return problems


def _known_units(session: Session, codes: Iterable[str]) -> set[str]:
    wanted = set(codes)
    if not wanted:
        return set()
    return set(session.scalars(select(Unit.code).where(Unit.code.in_(wanted))))
