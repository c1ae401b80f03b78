"""Accounts for many people at once: those of a table, and one for each unit that receives and has none."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.csv_tables import read_table
from portal.core.errors import InvalidInput, PortalError, Problem, Words, msg
from portal.core.packs.starting.people import HEADINGS, NEEDED
from portal.persistence.models import Assignment, Unit, User
from portal.services import units
from portal.services.bundles import Bundle
from portal.services.picking import KeptUnits
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_of
from portal.services.users.accounts import create
from portal.services.users.assignments import assign
from portal.services.users.receivers import lacking

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

DEPARTMENT_ROLE, CENTRE_ROLE = "handler", "director"
# Signs that nobody takes for one another when a password is read out or copied from paper.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_MOST = 64


@dataclass(frozen=True, slots=True)
class Person:
    """An account that is wanted: its name, the person's, a role, and the unit where it is held."""

    username: str
    name: str
    role: str
    unit: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """The account of a person: with the password of a new one, and whether the role is new there."""

    person: Person
    unit_name: str
    role_title: str
    password: str
    assigned: bool


def read_people(content: bytes, file: str = "") -> tuple[list[Person], list[Problem]]:
    """Read a table of people: account, name, role and unit; either all of it is right, or there are problems."""
    table = read_table(content, HEADINGS, needed=NEEDED, file=file)
    problems = list(table.problems)
    people = []
    for row in table.rows:
        missing = next((column for column in NEEDED if not row[column]), None)
        if missing is not None:
            words = {"line": row.line, "column": HEADINGS[missing][0]}
            problems.append(
                Problem("people.missing", msg("Line %(line)s: “%(column)s” is empty"), words, file)
            )
        elif len(row["username"]) > _MOST or any(sign.isspace() for sign in row["username"]):
            words = {"line": row.line, "name": row["username"]}
            text = msg("Line %(line)s: “%(name)s” can't name an account: no blanks, at most 64 signs")
            problems.append(Problem("people.account", text, words, file))
        else:
            people.append(Person(row["username"], row["name"], row["role"], row["unit"], row.line))
    return ([] if problems else people), problems


def add_people(uow: Work, portal: Portal, people: Iterable[Person], *, file: str = "") -> list[Made]:
    """Make the accounts of people, each with its role at its unit; safe to repeat.

    Who has an account keeps it, with its password, and gets what roles are missing. An account that is made has a
    password for one sign-in. All of it or nothing: InvalidInput has each line that can't be used.
    """
    resolved: list[tuple[Person, Unit, str]] = []
    problems: list[Problem] = []
    for person in people:
        try:
            resolved.append(_resolved(portal, uow.session, person))
        except PortalError as refused:
            problems.append(_at_line(refused, person, file))
    if problems:
        raise InvalidInput("people.refused", msg("No account was made"), problems=problems)
    return [_added(uow, person, unit, title) for person, unit, title in resolved]


def _at_line(refused: PortalError, person: Person, file: str) -> Problem:
    if not person.line:
        return Problem(refused.code, refused.message, refused.params, file)
    why = Words(refused.message, refused.params)
    return Problem(refused.code, msg("Line %(line)s: %(why)s"), {"line": person.line, "why": why}, file)


def _resolved(portal: Portal, session: Session, person: Person) -> tuple[Person, Unit, str]:
    unit = _unit(session, person.unit)
    centre = centre_of(session, unit)
    bundle = pinned(portal, session, centre.release_id) if centre else None
    role = _role(bundle, person.role)
    title = str(bundle.roles[role].get("title", role)) if bundle else role
    return replace(person, role=role, unit=unit.code, name=person.name or title), unit, title


def _unit(session: Session, named: str) -> Unit:
    """Return the unit that a code or a name means; raise where it is none, or several."""
    found = list(session.scalars(select(Unit).where(Unit.active, Unit.code == named)))
    found = found or list(session.scalars(select(Unit).where(Unit.active, Unit.name == named).limit(6)))
    if len(found) == 1:
        return found[0]
    if found:
        several = "、".join(f"{unit.name} {unit.code}" for unit in found)
        raise InvalidInput(
            "people.units",
            msg("“%(unit)s” may be several units: %(several)s; write the code of one"),
            {"unit": named, "several": several},
        )
    hits = KeptUnits().at(session).search(named, 5)
    if hits:
        several = "、".join(f"{hit.name} {hit.code}" for hit in hits)
        text = msg("There is no unit “%(unit)s”; do you mean one of: %(several)s")
        raise InvalidInput("people.unit", text, {"unit": named, "several": several})
    return units.by_code(session, named)


def _role(bundle: Bundle | None, named: str) -> str:
    """Return the role that an identifier or a title means at a centre."""
    if bundle is None:
        raise InvalidInput("people.no_centre", msg("No centre is responsible for this unit yet"))
    shown = {key: one for key, one in bundle.roles.items() if not one.get("hidden")}
    found = [key for key, one in shown.items() if named in (key, str(one.get("title", "")))]
    if not found:
        raise InvalidInput(
            "people.role",
            msg("There is no role “%(role)s”; the roles are: %(known)s"),
            {"role": named, "known": "、".join(str(one.get("title", key)) for key, one in shown.items())},
        )
    return found[0]


def _added(uow: Work, person: Person, unit: Unit, title: str) -> Made:
    user = uow.session.scalar(select(User).where(func.lower(User.username) == person.username.lower()))
    password = ""
    if user is None:
        password = one_time_password()
        user = create(uow, person.username, password, "", person.name[:_MOST], audited=False, one_time=True)
    held = select(Assignment.id).where(
        Assignment.user_id == user.id, Assignment.role == person.role, Assignment.unit_id == unit.id
    )
    new = uow.session.scalar(held) is None
    if new:
        assign(uow, user.id, person.role, unit.code, audited=not password)
    if password:
        after = {"username": user.username, "role": person.role, "unit": unit.code}
        uow.audit("add", user, kind="user", object_id=user.username, unit_path=unit.path, after=after)
    return Made(person, unit.name, title, password, new)


def one_time_password() -> str:
    """Return a random password of three groups, easy to read out: ``k7qp-4xwd-9ntm``."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))


def wanted_receivers(portal: Portal, session: Session, unit_code: str) -> list[Person]:
    """Return an account for each unit at or below a unit that can be sent matters and has nobody to receive them.

    Each is named by the code of its unit; a department's with a full stop for the colon.
    """
    top = units.by_code(session, unit_code)
    found = []
    for unit in lacking(portal, session, [top.path]):
        centre = centre_of(session, unit)
        role = CENTRE_ROLE if centre is not None and centre.unit_id == unit.id else DEPARTMENT_ROLE
        found.append(Person(unit.code.replace(":", "."), unit.name, role, unit.code))
    return found
