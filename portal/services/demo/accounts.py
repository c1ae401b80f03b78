"""One login per role for each centre of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.core.access import ADMIN, Access, Origin
from portal.persistence.models import Assignment, Role, Unit, User
from portal.services import users
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, all_centres
from portal.services.units.lookup import known_units
from portal.services.users.passwords import hash_of
from portal.services.users.staffing import wanted_receivers

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

PASSWORD = "one-door-demo"
DEPARTMENT_ROLES = ("handler", "reviewer")


@dataclass(frozen=True, slots=True)
class Login:
    """A demo account."""

    username: str
    role: str
    title: str
    unit: str


def make_accounts(portal: Portal) -> list[Login]:
    """Make an administrator and one account per role and centre; those that exist stay as they are."""
    logins: list[Login] = []
    with portal.writing(Access.system("demo accounts"), Origin(channel="cli")) as uow:
        # The same hash for all: hashing takes a while on purpose, and the password is printed anyway.
        hashed = hash_of(PASSWORD)
        centres = all_centres(uow.session)
        if centres:
            logins.append(_account(uow, "admin", ADMIN, "系统管理员", centres[0].unit_code, hashed))
        for centre in _with_own_pack(centres):
            bundle = pinned(portal, uow.session, centre.release_id)
            short = bundle.pack.rsplit("/", 1)[-1]
            ordered = sorted(bundle.roles.items(), key=lambda role: (role[1].get("order", 0), role[0]))
            for role, definition in ordered:
                if not definition.get("hidden"):
                    unit = _unit_for(uow, role, centre.unit_code)
                    title = str(definition.get("title", role))
                    logins.append(_account(uow, f"{short}.{role}", role, title, unit, hashed))
        _receivers(uow, portal, hashed)
        uow.commit()
    return logins


def _receivers(uow: Work, portal: Portal, hashed: str) -> None:
    """Give each unit that matters can be sent to an account that receives: departments, townships, centres.

    Those of a unit are named by its code, of a department with a full stop for the colon. They are written together:
    each alone would take several times as long.
    """
    roles = {role.name: role for role in uow.session.scalars(select(Role))}
    taken = set(uow.session.scalars(select(User.username)))
    wanted = [one for one in wanted_receivers(portal, uow.session) if one.role in roles]
    places = known_units(uow.session, {one.unit for one in wanted})
    made: list[tuple[User, str, Unit]] = []
    new: dict[str, User] = {}
    for one in wanted:
        name, role, unit = one.username, one.role, places[one.unit]
        if name in taken:
            continue
        if name in new:
            new[name].roles.append(roles[role])
            made.append((new[name], role, unit))
            continue
        new[name] = user = User(
            username=name,
            password=hashed,
            first_name="",
            last_name=f"{unit.name}（演示）"[:64],
            email=f"{name}@portal.invalid",
            active=True,
            roles=[roles[role]],
        )
        uow.add(user)
        made.append((user, role, unit))
    uow.session.flush()
    held: dict[str, list[str]] = {name: [] for name in new}
    for user, role, unit in made:
        held[user.username].append(f"{role} {unit.code}")
        uow.add(
            Assignment(
                user_id=user.id,
                role=role,
                unit_id=unit.id,
                created_at=uow.now,
                created_by_name=uow.access.name,
                # What the system itself gives waits for nobody.
                confirmed_at=uow.now,
            )
        )
    for user in new.values():
        after = {"username": user.username, "roles": held[user.username]}
        uow.audit("add", user, kind="user", object_id=user.username, after=after, reason="demo")


def _with_own_pack(centres: list[CentreRef]) -> list[CentreRef]:
    """Return the first centre, and those that run by another release than it: one set of logins for each pack."""
    return [one for one in centres if one is centres[0] or one.release_id != centres[0].release_id]


def _unit_for(uow: Work, role: str, centre: str) -> str:
    """Return where a role is held: those who handle matters sit in a department, the others at the centre."""
    if role in DEPARTMENT_ROLES:
        department = f"{centre}:justice"
        if uow.session.scalar(select(Unit.id).where(Unit.code == department)):
            return department
    return centre


def _account(uow: Work, username: str, role: str, title: str, unit: str, hashed: str) -> Login:
    if uow.session.scalar(select(User.id).where(User.username == username)) is None:
        user = users.create(uow, username, hashed, title, "演示", audited=False, hashed=True)
        users.assign(uow, user.id, role, unit, audited=False)
        after = {"username": username, "role": role, "unit": unit}
        uow.audit("add", user, kind="user", object_id=username, after=after, reason="demo")
    return Login(username, role, title, unit)
