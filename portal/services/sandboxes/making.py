"""Make a sandbox: a database and keys of its own, the draft in force there, the units around it, invented people.

Of the real portal it takes the packs and the names of units, and nothing else: no record, no account, no key.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring, new_key
from portal.core.access import THINGS, Access, Origin
from portal.core.divisions import UnitNode
from portal.core.errors import Conflict, DefinitionError, msg
from portal.core.packs import MemoryLibrary, Resolved, check_resolved, resolve
from portal.persistence import migrate
from portal.persistence.models import Assignment, Draft, Role, Unit, User
from portal.persistence.scope import subtree
from portal.services import releases, units
from portal.services.drafts.loading import assets_of, loaded
from portal.services.sandboxes.folders import Sandbox, Sandboxes
from portal.services.units.lookup import known_units
from portal.services.users import ensure_roles, wanted_receivers

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

SYSTEM = Access.system("sandbox")
HERE = Origin(channel="sandbox")
# No password has this hash: nobody signs in to a sandbox.
_CLOSED = "!"
PERSON = "try."
_DEPARTMENT_ROLES = ("handler", "reviewer")


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The material of a sandbox: a draft at a position with the packs above it, and the units around its centre."""

    draft: str
    position: int
    unit: str
    resolved: Resolved
    units: Sequence[UnitNode]


def blueprint_of(session: Session, row: Draft) -> Blueprint:
    """Return what the sandbox of a draft is made of; DefinitionError where the draft can't be tried yet."""
    draft = loaded(session, row)
    resolved = draft.resolved(assets_of(session, row.uid))
    errors = [one for one in check_resolved(resolved) if one.severity == "error"]
    if errors:
        raise DefinitionError(
            "sandbox.errors", msg("Some things must be mended before it can be tried"), {}, errors
        )
    centre = session.get_one(Unit, row.unit_id)
    return Blueprint(row.uid, row.position, centre.code, resolved, _units_around(session, centre))


def make(sandboxes: Sandboxes, blueprint: Blueprint, now: dt.datetime, by: str) -> Sandbox:
    """Make the sandbox of a draft, or make it anew; the one before is in use until this one is complete."""
    with sandboxes.making():
        sandboxes.require_room(blueprint.draft)
        generation, folder = sandboxes.fresh(blueprint.draft)
        try:
            # A thread knows nothing of the request that asks for it: no account of the portal gets into its rows.
            with ThreadPoolExecutor(1) as apart:
                apart.submit(_build, folder, blueprint).result()
            made = Sandbox(blueprint.draft, generation, blueprint.position, now.isoformat(), by)
            sandboxes.take_up(made)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return made


def _build(folder: Path, blueprint: Blueprint) -> None:
    """Fill a folder with the keys and the database of a sandbox."""
    from portal.services.portal import Policy, Portal

    _write_keys(folder)
    keys = Keyring.from_texts((folder / "data.key").read_text())
    portal = Portal.from_url(
        f"sqlite:///{folder / 'portal.db'}", keys=keys, policy=Policy(second_person=False)
    )
    try:
        migrate.upgrade(portal.database.engine)
        _fill(portal, blueprint)
        with portal.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        portal.database.dispose()


def _write_keys(folder: Path) -> None:
    for name, text in (("secret.key", os.urandom(48).hex()), ("data.key", new_key())):
        with open(folder / name, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)


def _units_around(session: Session, centre: Unit) -> list[UnitNode]:
    """Return the units above a centre and all divisions below it; what packs bring themselves comes with them."""
    above = units.trail(session, centre)[:-1]
    below = session.scalars(
        select(Unit).where(Unit.kind == "division", subtree(Unit.path, (centre.path,))).order_by(Unit.path)
    ).all()
    codes = {one.id: one.code for one in (*above, *below)}
    return [
        UnitNode(
            code=one.code,
            name=one.name,
            level=one.level,
            statutory_parent=one.statutory_parent_code or "",
            managed_by=codes.get(one.parent_id or 0, ""),
            flag=one.flag,
            active=one.active,
        )
        for one in (*above, *below)
    ]


def _fill(portal: Portal, blueprint: Blueprint) -> None:
    library = MemoryLibrary({one.id: dict(one.raw) for one in blueprint.resolved.chain})
    terms = releases.Terms(demo=True)
    with portal.writing(SYSTEM, HERE) as uow:
        units.load(uow, blueprint.units, source="sandbox")
        there = {node.code for node in blueprint.units}
        for layer in blueprint.resolved.chain[:-1]:
            if layer.manifest.unit in there:
                releases.publish(uow, resolve(layer.id, library), verify=False, terms=terms)
        releases.publish(uow, blueprint.resolved, verify=False, terms=terms)
        _require_open(uow, blueprint)
        roles = blueprint.resolved.bundle.get("roles", {})
        uow.session.flush()
        _add_people(uow, portal, blueprint.unit, roles)
        uow.commit()


def _require_open(uow: Work, blueprint: Blueprint) -> None:
    unit = units.by_code(uow.session, blueprint.unit)
    if units.centre_of(uow.session, unit) is None:
        raise Conflict("centre.none", msg("This unit runs no centre"))


def _add_people(uow: Work, portal: Portal, code: str, roles: Mapping[str, Any]) -> None:
    """Make one invented person for each role, and one for each unit that would receive a matter."""
    ensure_roles(uow.session, roles)
    wanted = [
        (f"{PERSON}{role}", _named(title, role), role, _place(uow, role, code))
        for role, title in tried(roles)
    ]
    for one in wanted_receivers(portal, uow.session, code):
        unit = one.unit.replace(":", ".")
        wanted.append((f"{PERSON}{one.role}.{unit}", one.name, one.role, one.unit))
    _store(uow, wanted)


def _store(uow: Work, wanted: Iterable[tuple[str, str, str, str]]) -> None:
    lines = list(wanted)
    known = {role.name: role for role in uow.session.scalars(select(Role))}
    places = known_units(uow.session, {unit for *_, unit in lines})
    for username, name, role, code in lines:
        user = User(
            username=username,
            password=_CLOSED,
            first_name="",
            last_name=f"{name}（试用）"[:64],
            email=f"{username}@portal.invalid",
            active=True,
            roles=[known[role]] if role in known else [],
        )
        uow.add(user)
        uow.session.flush()
        uow.add(
            Assignment(
                user_id=user.id,
                role=role,
                unit_id=places[code].id,
                created_at=uow.now,
                created_by_name=uow.access.name,
                confirmed_at=uow.now,
            )
        )
        uow.audit("add", user, kind="user", object_id=username, reason="sandbox")
        uow.session.flush()


def tried(roles: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the roles that can be tried, with their titles: those in use that speak of records, in their order."""
    shown = [
        (key, one)
        for key, one in roles.items()
        if not one.get("hidden") and any(thing not in THINGS for thing in one.get("grants", {}))
    ]
    ordered = sorted(shown, key=lambda role: (role[1].get("order", 0), role[0]))
    return [(key, one.get("title", key)) for key, one in ordered]


def _named(title: Any, role: str) -> str:
    return title if isinstance(title, str) else str(title.get("zh_Hans") or role)


def _place(uow: Work, role: str, code: str) -> str:
    """Return where a role is held at first: those who handle matters sit in a department, the others at the centre."""
    if role not in _DEPARTMENT_ROLES:
        return code
    below = select(Unit.code).where(Unit.kind == "department", Unit.active, Unit.code.startswith(f"{code}:"))
    return uow.session.scalar(below.order_by(Unit.code).limit(1)) or code
