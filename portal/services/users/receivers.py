"""Receivers of a unit: an open account with a role that answers referrals, there or close above.

A role that waits for a second person receives nothing; nor does one that became sensitive after one person gave it.
A role at the centre itself does not count for the units below it: that a director could answer for a department is not
the same as having a person there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import ANY, DISPOSE, REFER
from portal.persistence.models import Assignment, Unit, User
from portal.persistence.scope import door, subtree
from portal.services.releases.reading import pinned
from portal.services.units.centres import all_centres
from portal.services.users.sensitive import Waiting, given_alone

if TYPE_CHECKING:
    from portal.services.portal import Portal

_HELD = door(
    select(Assignment.role, Assignment.unit_id, given_alone().label("alone"))
    .join(User, User.id == Assignment.user_id)
    .where(User.active.is_(True), Assignment.confirmed_at.is_not(None))
    .distinct(),
    "whether anybody would receive a matter at a unit is told, and nothing about who",
)
# Matters for a village go to its township; nothing is sent to a province.
NEVER_SENT_TO = ("province", "village")


def receiving(portal: Portal, session: Session, codes: Collection[str], stamp: Any = None) -> frozenset[str]:
    """Return the units, among some, where a matter would be received; each answer is kept under the access stamp."""
    kept = {code: portal.receivers.get(stamp, code) for code in codes} if stamp is not None else {}
    asked = {code for code in codes if kept.get(code) is None}
    if asked:
        units = session.scalars(select(Unit).where(Unit.code.in_(sorted(asked)))).all()
        there = {unit.code for unit in units} - {one.code for one in without_receiver(portal, session, units)}
        for code in asked:
            kept[code] = code in there
            if stamp is not None:
                portal.receivers.put(stamp, code, code in there)
    return frozenset(code for code, known in kept.items() if known)


def sendable(session: Session, paths: Sequence[str]) -> Sequence[Unit]:
    """Return the units at or below some paths that can be sent matters."""
    where = (
        Unit.active,
        subtree(Unit.path, tuple(paths)),
        Unit.kind != "point",
        Unit.level.not_in(NEVER_SENT_TO),
    )
    return session.scalars(select(Unit).where(*where).order_by(Unit.code)).all()


def lacking(portal: Portal, session: Session, paths: Sequence[str]) -> list[Unit]:
    """Return the units at or below some paths that can be sent matters and where nobody would receive them."""
    return without_receiver(portal, session, sendable(session, paths))


def without_receiver(portal: Portal, session: Session, units: Iterable[Unit]) -> list[Unit]:
    """Return those of some units where nobody would receive a matter."""
    rows = session.execute(_HELD).all()
    held = {(row.role, row.unit_id) for row in rows if not row.alone}
    alone = {(row.role, row.unit_id) for row in rows if row.alone} - held
    waiting = Waiting(portal, session)

    def receives(role: str, place: int) -> bool:
        if (role, place) in alone:
            return not waiting.if_alone(role, session.get_one(Unit, place))
        return (role, place) in held

    centres = {centre.unit_id: centre for centre in all_centres(session)}
    answering: dict[int, frozenset[str]] = {}
    found = []
    for unit in units:
        line = [int(part) for part in unit.path.split("/") if part]
        above = next((one for one in reversed(line) if one in centres), None)
        if above is None:
            found.append(unit)
            continue
        release = centres[above].release_id
        if release not in answering:
            answering[release] = answering_roles(pinned(portal, session, release).roles)
        places = line[line.index(above) + 1 :] or [unit.id]
        if not any(receives(role, place) for role in answering[release] for place in places):
            found.append(unit)
    return found


def answering_roles(roles: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return the roles of a release that answer referrals of a type that is handed over.

    Sheets and their like go to a unit by themselves: who signs for them receives no matter by that.
    """
    granted = [(name, role.get("grants", {})) for name, role in roles.items() if not role.get("hidden")]
    handed_over = {
        etype for _, grants in granted for etype, actions in grants.items() if {DISPOSE, ANY} & {*actions}
    }
    return frozenset(
        name
        for name, grants in granted
        if any({REFER, ANY} & {*actions} for etype, actions in grants.items() if etype in handed_over)
    )
