"""Accounts for many people at once: those of a table, and one for each unit that receives and has none."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.core.access import ROOT
from portal.core.errors import Conflict, InvalidInput, PortalError, Problem, Words, msg
from portal.core.near import near
from portal.core.packs import Layers
from portal.persistence import scope
from portal.persistence.models import Assignment, Release, Unit, User
from portal.services import units
from portal.services.bundles import Bundle
from portal.services.releases.layers import StoreLibrary
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, centre_of
from portal.services.users.accounts import create, has_name
from portal.services.users.assignments import assign
from portal.services.users.authority import require_may_give, require_may_keep
from portal.services.users.passwords import hash_of
from portal.services.users.people_rows import LONGEST_NAME, Person
from portal.services.users.receivers import lacking

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

DEPARTMENT_ROLE, CENTRE_ROLE = "handler", "director"
# Signs that nobody takes for one another when a password is read out or copied from paper.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
# The code of a department with another mark than the colon.
_OTHERWISE = re.compile(r"([0-9]{4,12})\s?[^0-9A-Za-z:\s]?\s?([a-z][a-z0-9_]{1,40})")


@dataclass(frozen=True, slots=True)
class Planned:
    """What a line of a table would do: make an account, add a role to one, or neither."""

    person: Person
    unit_name: str
    role_title: str
    new: bool
    assigns: bool


@dataclass(frozen=True, slots=True)
class Made:
    """The account of a person: with the password of a new one, and whether the role is new there."""

    person: Person
    unit_name: str
    role_title: str
    password: str
    assigned: bool


@dataclass(frozen=True, slots=True)
class Password:
    """A first password, and its hash: made before anything is written, for hashing takes long on purpose."""

    text: str
    hashed: str


def first_passwords(session: Session, people: Iterable[Person]) -> dict[str, Password]:
    """Return a password for each account that is wanted and not there yet, by its name in small letters."""
    wanted = {person.username.lower(): person.username for person in people}
    made = {}
    for name in sorted(wanted):
        if _account(session, wanted[name]) is not None:
            continue
        text = one_time_password()
        made[name] = Password(text, hash_of(text))
    return made


def add_people(
    uow: Work,
    portal: Portal,
    people: Iterable[Person],
    passwords: Mapping[str, Password],
    *,
    file: str = "",
) -> list[Made]:
    """Make the accounts of people, each with its role at its unit; safe to repeat.

    Who has an account keeps it, with its password, and gets what roles are missing. An account that is made has its
    one of ``passwords``, for one sign-in. All of it or nothing: InvalidInput has each line that can't be used.
    """
    resolved = _usable(portal, uow.session, people, file)
    accounts: dict[str, list[tuple[Person, Unit, str]]] = {}
    for line in resolved:
        accounts.setdefault(line[0].username.lower(), []).append(line)
    return [made for lines in accounts.values() for made in _added(uow, lines, passwords)]


def look_through(
    portal: Portal, session: Session, people: Iterable[Person], *, file: str = ""
) -> list[Planned]:
    """Return what a table would do, line by line, and do nothing; InvalidInput has each line that can't be used."""
    found: list[Planned] = []
    new: set[str] = set()
    before: set[tuple[str, str, str]] = set()
    for person, unit, title in _usable(portal, session, people, file):
        user, name = _account(session, person.username), person.username.lower()
        held = user is not None and _holds(session, user, person.role, unit)
        held = held or (name, person.role, unit.code) in before
        before.add((name, person.role, unit.code))
        found.append(Planned(person, unit.name, title, user is None and name not in new, not held))
        if user is None:
            new.add(name)
    return found


def _holds(session: Session, user: User, role: str, unit: Unit) -> bool:
    held = select(Assignment.id).where(
        Assignment.user_id == user.id, Assignment.role == role, Assignment.unit_id == unit.id
    )
    return session.scalar(held) is not None


def require_usable(portal: Portal, session: Session, people: Iterable[Person], *, file: str = "") -> None:
    """Raise InvalidInput with each line that can't be used; asked before passwords are hashed, which takes long."""
    _usable(portal, session, people, file)


def _usable(
    portal: Portal, session: Session, people: Iterable[Person], file: str
) -> list[tuple[Person, Unit, str]]:
    resolved: list[tuple[Person, Unit, str]] = []
    problems: list[Problem] = []
    for person in people:
        try:
            _require_free(session, person)
            line = _resolved(portal, session, person)
            _require_may(portal, session, line)
            resolved.append(line)
        except PortalError as refused:
            problems.append(_at_line(refused, person, file))
    if problems:
        raise InvalidInput("people.refused", msg("No account was made"), problems=problems)
    return resolved


def _require_may(portal: Portal, session: Session, line: tuple[Person, Unit, str]) -> None:
    """Raise Forbidden for a role that the session's person may not give there, and for an account out of reach."""
    access, (person, unit, _title) = scope.access_of(session), line
    if access.unlimited:
        return
    require_may_give(portal, session, access, person.role, unit)
    user = _account(session, person.username)
    if user is not None:
        require_may_keep(portal, session, access, user.id)


def _require_free(session: Session, person: Person) -> None:
    """Raise Conflict for an account that is closed, and for one of another person."""
    user = _account(session, person.username)
    if user is None:
        return
    if not user.active:
        raise Conflict("people.closed", msg("The account “%(name)s” is closed"), {"name": user.username})
    named = f"{user.last_name}{user.first_name}"
    if person.name and named and person.name[:LONGEST_NAME] != named:
        text = msg("The account “%(name)s” is another person's: %(person)s")
        raise Conflict("people.other", text, {"name": user.username, "person": named})


def _account(session: Session, username: str) -> User | None:
    # Of two that differ by a letter which the database does not make small, the one that is written so.
    written = User.username != username
    return session.scalar(select(User).where(has_name(username)).order_by(written).limit(1))


def _at_line(refused: PortalError, person: Person, file: str) -> Problem:
    if not person.line:
        return Problem(refused.code, refused.message, refused.params, file)
    why = Words(refused.message, refused.params)
    return Problem(refused.code, msg("Line %(line)s: %(why)s"), {"line": person.line, "why": why}, file)


def _resolved(portal: Portal, session: Session, person: Person) -> tuple[Person, Unit, str]:
    unit = _unit(portal, session, person.unit)
    centre = centre_of(session, unit)
    bundle = pinned(portal, session, centre.release_id) if centre else None
    role = _role(session, bundle, person.role)
    title = str(bundle.roles[role].get("title", role)) if bundle else role
    return replace(person, role=role, unit=unit.code, name=person.name or title), unit, title


def _unit(portal: Portal, session: Session, named: str) -> Unit:
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
    _require_colon(session, named)
    hits = [f"{hit.name} {hit.code}" for hit in portal.choices.at(session).search(named, 5)]
    hits = hits or _near(session, named)
    if hits:
        several = "、".join(hits)
        text = msg("There is no unit “%(unit)s”; do you mean one of: %(several)s")
        raise InvalidInput("people.unit", text, {"unit": named, "several": several})
    return units.by_code(session, named)


def _near(session: Session, named: str) -> list[str]:
    """Return units whose names are near to one that no unit has: those that begin or end alike."""
    if len(named) < 4:
        return []
    alike = or_(
        Unit.name.startswith(named[:3], autoescape=True), Unit.name.endswith(named[-3:], autoescape=True)
    )
    rows = session.execute(select(Unit.name, Unit.code).where(Unit.active, alike).limit(500))
    codes = {row.name: row.code for row in rows}
    return [f"{name} {codes[name]}" for name in near(named, codes)]


def _require_colon(session: Session, named: str) -> None:
    """Raise InvalidInput for the code of a department that is written with another mark than the colon."""
    written = _OTHERWISE.fullmatch(named.strip())
    if written is None:
        return
    code = f"{written[1]}:{written[2]}"
    if session.scalar(select(Unit.code).where(Unit.active, Unit.code == code)) is not None:
        text = msg("There is no unit “%(unit)s”; the code of a department is written with a colon: %(code)s")
        raise InvalidInput("people.unit_colon", text, {"unit": named, "code": code})


def _role(session: Session, bundle: Bundle | None, named: str) -> str:
    """Return the role that an identifier or a title means at a centre; also a title that a pack above gave it."""
    if bundle is None:
        raise InvalidInput("people.no_centre", msg("No centre is responsible for this unit yet"))
    shown = {key: one for key, one in bundle.roles.items() if not one.get("hidden")}
    found = [key for key, one in shown.items() if named in (key, str(one.get("title", "")))]
    found = found or [key for key in _earlier_titles(session, bundle).get(named, ()) if key in shown]
    if not found:
        raise InvalidInput(
            "people.role",
            msg("There is no role “%(role)s”; the roles are: %(known)s"),
            {"role": named, "known": "、".join(str(one.get("title", key)) for key, one in shown.items())},
        )
    return found[0]


def _earlier_titles(session: Session, bundle: Bundle) -> dict[str, list[str]]:
    """Return the roles by the titles that the packs of a centre's chain give them, the lowest pack first."""
    release = session.get_one(Release, bundle.release_id)
    layers, _ = Layers(StoreLibrary(session)).chain(release.pack)
    found: dict[str, list[str]] = {}
    for layer in reversed(layers):
        roles = layer.content.get("roles")
        for key, one in roles.items() if isinstance(roles, dict) else ():
            if isinstance(one, dict) and isinstance(one.get("title"), str):
                found.setdefault(one["title"], []).append(key)
    return found


def _added(
    uow: Work, lines: Sequence[tuple[Person, Unit, str]], passwords: Mapping[str, Password]
) -> list[Made]:
    """Make one account, or find it, with all the roles that a table gives it; one entry of the audit log says so."""
    person = lines[0][0]
    user = _account(uow.session, person.username)
    password = ""
    if user is None:
        first = passwords.get(person.username.lower())
        if first is None:
            raise Conflict("people.meanwhile", msg("Accounts were changed at this moment: try again"))
        password = first.text
        user = create(
            uow,
            person.username,
            first.hashed,
            "",
            person.name[:LONGEST_NAME],
            hashed=True,
            audited=False,
            one_time=True,
        )
    made: list[Made] = []
    given: list[tuple[str, Unit]] = []
    for one, unit, title in lines:
        new = not _holds(uow.session, user, one.role, unit)
        if new:
            assign(uow, user.id, one.role, unit.code, audited=False)
            given.append((one.role, unit))
        made.append(Made(one, unit.name, title, "" if made else password, new))
    if given or password:
        action = "add" if password else "assign"
        after = {"username": user.username, "roles": [f"{role} {unit.code}" for role, unit in given]}
        path = given[0][1].path if given else lines[0][1].path
        uow.audit(action, user, kind="user", object_id=user.username, unit_path=path, after=after)
    return made


def one_time_password() -> str:
    """Return a random password of three groups, easy to read out: ``k7qp-4xwd-9ntm``."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))


def wanted_receivers(portal: Portal, session: Session, unit_code: str | None = None) -> list[Person]:
    """Return an account for each unit at or below a unit, or of all, that can be sent matters and has no receiver.

    Each is named by the code of its unit; a department's with a full stop for the colon. One that mediates holds the
    role for it beside, as its department says.
    """
    top = units.by_code(session, unit_code).path if unit_code is not None else ROOT
    found = []
    for unit in lacking(portal, session, [top]):
        centre = centre_of(session, unit)
        if centre is not None and centre.unit_id == unit.id:
            roles = [CENTRE_ROLE]
        else:
            roles = _roles_of(portal, session, centre, unit)
        found += [Person(unit.code.replace(":", "."), unit.name, role, unit.code) for role in roles]
    return found


def _roles_of(portal: Portal, session: Session, centre: CentreRef | None, unit: Unit) -> list[str]:
    """Return the roles of the account that receives at a unit: those that its department names, else a handler's."""
    if centre is None or unit.kind != "department":
        return [DEPARTMENT_ROLE]
    bundle = pinned(portal, session, centre.release_id)
    said = bundle.departments.get(unit.code.partition(":")[2], {}).get("receives_as", ())
    return [role for role in said if role in bundle.roles] or [DEPARTMENT_ROLE]
