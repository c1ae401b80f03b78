"""Check what was entered: by the pinned form, and against the units and terms that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.forms import validate
from portal.core.forms.body import MAX_VALUES, TOO_MANY
from portal.core.forms.entering import entered
from portal.core.forms.values import largest, more_than
from portal.persistence.models import Unit
from portal.services.bundles import Bundle
from portal.services.units.lookup import known_units
from portal.services.units.release_cache import kept_units

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class Checked:
    """The stored form of an entry, and the units that it names, by code."""

    data: dict[str, Any]
    units: Mapping[str, Unit]


def check(
    uow: Work,
    bundle: Bundle,
    form_id: str,
    data: Any,
    *,
    at: str = "",
    stored: Mapping[str, Any] | None = None,
) -> Checked:
    """Return what was entered as it is stored; raise InvalidInput with every problem of it.

    What ``stored`` holds already is not read anew. ``at`` is put before the pointers of the problems.
    """
    if not isinstance(data, dict):
        problem = Problem("form.object", msg("An object is expected"), pointer=at)
        raise InvalidInput("form.invalid", msg("Please correct what is marked"), problems=[problem])
    if more_than(data, MAX_VALUES) and not more_than(stored, MAX_VALUES):
        problem = Problem("form.size", TOO_MANY, {"limit": MAX_VALUES}, pointer=at + largest(data))
        raise InvalidInput("form.invalid", msg("Please correct what is marked"), problems=[problem])
    found = entered(bundle.form(form_id), data, uow.today, stored)
    known, problems = _checked(partial(kept_units, uow), bundle, form_id, found.data, at)
    if found.errors:
        refused = [Problem(e.code, e.message, e.params, pointer=at + e.pointer) for e in found.errors]
        told = {one.pointer for one in refused}
        problems = [*(one for one in problems if one.pointer not in told), *refused]
    if problems:
        raise InvalidInput("form.invalid", msg("Please correct what is marked"), problems=problems)
    return Checked(found.data, known)


def check_problems(
    session: Session, bundle: Bundle, form_id: str, data: Mapping[str, Any], at: str = ""
) -> list[Problem]:
    """Return every problem of ``data``."""
    return _checked(partial(known_units, session), bundle, form_id, data, at)[1]


def _checked(
    find: Callable[[Iterable[str]], dict[str, Unit]],
    bundle: Bundle,
    form_id: str,
    data: Mapping[str, Any],
    at: str,
) -> tuple[dict[str, Unit], list[Problem]]:
    problems = list(form_problems(bundle, form_id, data, at))
    places = named_codes(bundle, form_id, data, "unit")
    known = find(places.values())
    problems += [
        Problem("form.unit", msg("There is no unit “%(code)s”"), {"code": code}, pointer=at + pointer)
        for pointer, code in places.items()
        if code not in known
    ]
    problems += term_problems(bundle, form_id, data, at)
    problems += unknown_members(bundle, form_id, data, at)
    return known, problems


def form_problems(bundle: Bundle, form_id: str, data: Mapping[str, Any], at: str = "") -> Iterable[Problem]:
    """Yield what the form finds wrong."""
    for error in validate(bundle.form(form_id), data):
        yield Problem(error.code, error.message, error.params, pointer=at + error.pointer)


def term_problems(bundle: Bundle, form_id: str, data: Mapping[str, Any], at: str = "") -> Iterable[Problem]:
    """Yield the taxonomy codes that do not exist."""
    fields = bundle.fields(form_id)
    for pointer, code in named_codes(bundle, form_id, data, "taxonomy").items():
        taxonomy = bundle.taxonomies.get(fields[pointer].taxonomy or "")
        if taxonomy is not None and code not in taxonomy:
            yield Problem(
                "form.term", msg("There is no type “%(code)s”"), {"code": code}, pointer=at + pointer
            )


def unknown_members(bundle: Bundle, form_id: str, data: Mapping[str, Any], at: str = "") -> Iterable[Problem]:
    """Yield what the form has no field for: nobody would ever see it, and it could pass for a column."""
    known = {pointer.split("/")[1] for pointer in bundle.fields(form_id)}
    for name in sorted(set(data) - known)[:20]:
        pointer = f"{at}/{pointers.escape(name[:80])}"
        yield Problem(
            "form.unknown", msg("There is no field “%(field)s”"), {"field": name[:80]}, pointer=pointer
        )


def named_codes(bundle: Bundle, form_id: str, data: Mapping[str, Any], kind: str) -> dict[str, str]:
    """Return the codes that the fields of a kind hold, by pointer; those inside of lists are left out."""
    found = {}
    for pointer, info in bundle.fields(form_id).items():
        if info.type == kind and not info.repeated:
            value = pointers.get(data, pointer)
            if isinstance(value, str) and value:
                found[pointer] = value
    return found
