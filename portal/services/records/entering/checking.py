"""Check what was entered: by the pinned form, and against the units and terms that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.forms import FieldInfo, validate
from portal.core.forms.body import MAX_VALUES, TOO_MANY
from portal.core.forms.entering import entered
from portal.core.forms.values import largest, more_than
from portal.core.widgets import PLACES
from portal.persistence.models import Unit
from portal.services.bundles import Bundle
from portal.services.picking import coded, coded_as, is_a, wanted_at
from portal.services.records.finding.choices import may_be_chosen, records_named
from portal.services.units.lookup import known_units
from portal.services.units.release_cache import kept_units

if TYPE_CHECKING:
    from portal.services.portal import Work


FindUnits = Callable[[Iterable[str]], dict[str, Unit]]


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
    find: FindUnits | None = None,
) -> Checked:
    """Return what was entered as it is stored; raise InvalidInput with every problem of it.

    What ``stored`` holds already is not read anew. ``at`` is put before the pointers of the problems. Units are looked
    up by ``find``, where many entries that name the same ones are checked together.
    """
    if not isinstance(data, dict):
        problem = Problem("form.object", msg("An object is expected"), pointer=at)
        raise InvalidInput("form.invalid", msg("Please correct what is marked"), problems=[problem])
    if more_than(data, MAX_VALUES) and not more_than(stored, MAX_VALUES):
        problem = Problem("form.size", TOO_MANY, {"limit": MAX_VALUES}, pointer=at + largest(data))
        raise InvalidInput("form.invalid", msg("Please correct what is marked"), problems=[problem])
    found = entered(bundle.form(form_id), data, uow.today, stored)
    known, problems = _checked(find or partial(kept_units, uow), bundle, form_id, found.data, at, stored)
    problems += record_problems(uow, bundle, form_id, found.data, at, stored)
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
    """Return every problem of what a record holds; that it may not be chosen any more is none."""
    return _checked(partial(known_units, session), bundle, form_id, data, at, data)[1]


def _checked(
    find: FindUnits,
    bundle: Bundle,
    form_id: str,
    data: Mapping[str, Any],
    at: str,
    stored: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Unit], list[Problem]]:
    problems = list(form_problems(bundle, form_id, data, at))
    named = list(coded(data, _fields_of(bundle, form_id, "unit"), "unit"))
    known = find(code for _, code, _ in named)
    for where, code, info in named:
        fault = _unit_fault(known.get(code), wanted_at(bundle, form_id, info), _holds(stored, info, code))
        if fault is not None:
            unit = known.get(code)
            params = {"code": code, "name": unit.name if unit is not None else code}
            problems.append(Problem("form.unit", fault, params, pointer=at + where))
    problems += term_problems(bundle, form_id, data, at, stored)
    problems += unknown_members(bundle, form_id, data, at)
    return known, problems


def _unit_fault(unit: Unit | None, wanted: str, held: bool) -> str | None:
    """Return why a unit can't be chosen for a field; None where it can, or was chosen before."""
    if unit is None:
        return msg("There is no unit “%(code)s”")
    if held:
        return None
    if not unit.active:
        return msg("“%(name)s” is no longer in use")
    if is_a(unit.kind, wanted):
        return None
    if wanted == PLACES:
        return msg("“%(name)s” is a body, not a place: choose a county, township, village or point")
    return msg("“%(name)s” is a place, not a department")


def _holds(stored: Mapping[str, Any] | None, info: FieldInfo, code: str) -> bool:
    """Tell whether the record holds a code at a field already, in whichever row."""
    if stored is None:
        return False
    held = pointers.values(stored, info.pointer)
    return any(code == one or (isinstance(one, list) and code in one) for one in held)


def _fields_of(bundle: Bundle, form_id: str, kind: str) -> tuple[FieldInfo, ...]:
    """Return the fields of a form that name things of one kind by code, looked for once for each release."""

    def found() -> tuple[FieldInfo, ...]:
        return tuple(one for one in bundle.fields(form_id).values() if coded_as(one) == kind)

    return bundle.once(("coded", form_id, kind), found)


def form_problems(bundle: Bundle, form_id: str, data: Mapping[str, Any], at: str = "") -> Iterable[Problem]:
    """Yield what the form finds wrong."""
    for error in validate(bundle.form(form_id), data):
        yield Problem(error.code, error.message, error.params, pointer=at + error.pointer)


def term_problems(
    bundle: Bundle,
    form_id: str,
    data: Mapping[str, Any],
    at: str = "",
    stored: Mapping[str, Any] | None = None,
) -> Iterable[Problem]:
    """Yield the taxonomy codes that do not exist, and those that can no longer be chosen."""
    for where, code, info in coded(data, _fields_of(bundle, form_id, "taxonomy"), "taxonomy"):
        taxonomy = bundle.taxonomies.get(info.taxonomy)
        term = taxonomy.term(code) if taxonomy is not None else None
        if taxonomy is not None and term is None:
            yield Problem("form.term", msg("There is no type “%(code)s”"), {"code": code}, pointer=at + where)
        elif taxonomy is not None and term is not None and term.hidden and not _holds(stored, info, code):
            yield Problem(
                "form.term",
                msg("“%(name)s” is no longer in use"),
                {"code": code, "name": taxonomy.title(code)},
                pointer=at + where,
            )


def record_problems(
    uow: Work,
    bundle: Bundle,
    form_id: str,
    data: Mapping[str, Any],
    at: str = "",
    stored: Mapping[str, Any] | None = None,
) -> Iterable[Problem]:
    """Yield the records that are named and do not exist for the person, or cannot be chosen any more."""
    named = [
        one
        for one in coded(data, _fields_of(bundle, form_id, "record"), "record")
        if not _holds(stored, one[2], one[1])
    ]
    known = records_named(uow.session, (uid for _, uid, _ in named))
    for where, uid, info in named:
        record = known.get(uid)
        if record is None or record.etype != info.entity:
            message = msg("There is no such entry: choose one from the list")
            yield Problem("form.record", message, {"field": info.label}, pointer=at + where)
        elif not may_be_chosen(uow.portal, bundle, info, record):
            message = msg("“%(name)s” can no longer be chosen")
            yield Problem("form.record", message, {"name": record.title}, pointer=at + where)


def unknown_members(bundle: Bundle, form_id: str, data: Mapping[str, Any], at: str = "") -> Iterable[Problem]:
    """Yield what the form has no field for: nobody would ever see it, and it could pass for a column."""
    known = {pointer.split("/")[1] for pointer in bundle.fields(form_id)}
    for name in sorted(set(data) - known)[:20]:
        pointer = f"{at}/{pointers.escape(name[:80])}"
        yield Problem(
            "form.unknown", msg("There is no field “%(field)s”"), {"field": name[:80]}, pointer=pointer
        )
