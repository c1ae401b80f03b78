"""Owners of tasks: the unit, the role there or the person; none that cannot see the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import TRANSITION
from portal.core.actors import Actor
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.tasks import CENTRE, HANDLER, NAMED
from portal.persistence.models import Record, Unit
from portal.services.reach.keeping import units_asked
from portal.services.reach.rows import units_on
from portal.services.units.holding import hold
from portal.services.units.lookup import known_units
from portal.services.users.access import access_of
from portal.services.users.colleagues import Colleague, colleagues

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a person gives a task: a unit by its code, empty for the record's own; there a role, or an account."""

    unit: str = ""
    role: str = ""
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task lies: a unit, how it is found again, and the role or the person there; neither: everybody's."""

    place: str
    unit: Unit
    role: str = ""
    owner_id: int | None = None
    owner_name: str = ""


@dataclass(frozen=True, slots=True)
class Owners:
    """A unit that a task may be given to, with the people there."""

    unit: Unit
    people: list[Colleague]


def seeing_paths(session: Session, record: Record) -> list[str]:
    """Return the paths of the units that deal with a record: these and all above them see it."""
    handler = [record.handler_path] if record.handler_path else []
    return list(dict.fromkeys([record.unit_path, *handler, *units_asked(session, record.id)]))


def sees(paths: Iterable[str], unit_path: str) -> bool:
    """Tell whether a unit sees a record that units at some paths deal with."""
    return any(path.startswith(unit_path) for path in paths)


def owners_for(portal: Portal, session: Session, record: Record) -> list[Owners]:
    """Return the units that deal with a record and its centre, each with the people who take steps there."""
    wanted = [units_on(path)[-1] for path in seeing_paths(session, record)]
    ids = list(dict.fromkeys([*wanted, *_up_to_centre(record)]))
    units = {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(ids)))}
    people = colleagues(portal, session, record.etype, list(units.values()))
    return [
        Owners(units[one], [person for person in people if person.unit_id == one])
        for one in ids
        if one in units
    ]


def placed(uow: Work, record: Record, owner: Owner) -> Place:
    """Return the place that a person chose; InvalidInput where nobody there could see the record or do the task."""
    session = uow.session
    unit = session.get_one(Unit, record.unit_id)
    if owner.unit and owner.unit != unit.code:
        known = known_units(session, [owner.unit]).get(owner.unit)
        if known is None or not sees(seeing_paths(session, record), known.path):
            raise cannot_see(known.name if known is not None else owner.unit[:80])
        unit = known
    place = CENTRE if unit.id == record.unit_id else NAMED
    if place == NAMED:
        hold(session, unit)
    if owner.person is None:
        return Place(place, unit, _role(uow, record, unit, owner.role))
    access = access_of(uow.portal, owner.person, session)
    if not access.allows(record.etype, TRANSITION, unit.path):
        raise _refused("task.person", msg("This person does not deal with such matters there"), "/person")
    return Place(place, unit, "", owner.person, access.name)


def by_definition(uow: Work, record: Record, who: Actor | None) -> Place:
    """Return the place that the pack gives a task: the owning or the handling unit, or a role at the centre.

    A role is looked for from the owning unit up to its centre; where nobody has it, the task is the owning unit's.
    """
    session = uow.session
    own = session.get_one(Unit, record.unit_id)
    if who is None:
        return Place(CENTRE, own)
    if who.kind == "role":
        ids = _up_to_centre(record)
        units = {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(ids)))}
        held = {
            one.unit_id
            for one in colleagues(uow.portal, session, record.etype, list(units.values()))
            if one.role == who.name
        }
        at = next((one for one in ids if one in held), None)
        return Place(CENTRE, units[at], str(who.name)) if at is not None else Place(CENTRE, own)
    if who.name == HANDLER:
        handler = session.get(Unit, record.handler_unit_id) if record.handler_unit_id else None
        return Place(HANDLER, handler or own)
    return Place(CENTRE, session.get(Unit, record.centre_id) or own)


def cannot_see(unit: str, pointer: str = "/unit") -> InvalidInput:
    """Return the refusal of a unit that does not see the record."""
    message = msg("%(unit)s can't see this matter: refer it there, or ask it to assist, first")
    return _refused("task.unit", message, pointer, unit=unit)


def _role(uow: Work, record: Record, unit: Unit, role: str) -> str:
    if not role:
        return ""
    there = colleagues(uow.portal, uow.session, record.etype, [unit])
    if role not in {one.role for one in there}:
        raise _refused("task.role", msg("Nobody has this role there"), "/role")
    return role


def _up_to_centre(record: Record) -> Sequence[int]:
    """Return the owning unit and those above it, as far as its centre."""
    line = units_on(record.unit_path)
    start = line.index(record.centre_id) if record.centre_id in line else len(line) - 1
    return line[start:][::-1]


def _refused(code: str, message: str, pointer: str, **params: str) -> InvalidInput:
    problem = Problem(code, message, params, pointer=pointer)
    return InvalidInput(code, message, params, [problem])
