"""Find units and walk the tree. The tree is no secret; what is done with a unit is scoped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from portal.core.errors import NotFound, msg
from portal.persistence.models import Unit
from portal.persistence.scope import prepared, subtree
from portal.services.units.cached_values import UnitName
from portal.services.units.in_force import Stamp

if TYPE_CHECKING:
    from portal.services.portal import Portal


@dataclass(frozen=True, slots=True)
class UnitNode:
    """A unit as a tree picker shows it."""

    id: int
    code: str
    name: str
    level: str
    flag: str
    leaf: bool


_BY_CODE = prepared(select(Unit).where(Unit.code == bindparam("code")))
_NAMES = prepared(select(Unit.id, Unit.code, Unit.name).where(Unit.id.in_(bindparam("ids", expanding=True))))


def by_code(session: Session, code: str) -> Unit:
    """Return the unit with a code."""
    unit = session.scalars(_BY_CODE, {"code": code}).one_or_none()
    if unit is None:
        raise NotFound("unit.unknown", msg("There is no unit “%(code)s”"), {"code": code})
    return unit


_BY_CODES = prepared(select(Unit).where(Unit.code.in_(bindparam("codes", expanding=True))))


def known_units(session: Session, codes: Iterable[str]) -> dict[str, Unit]:
    """Return the units with these codes, in one statement."""
    wanted = set(codes)
    if not wanted:
        return {}
    return {unit.code: unit for unit in session.scalars(_BY_CODES, {"codes": sorted(wanted)})}


def by_id(session: Session, unit_id: int) -> Unit:
    """Return the unit with an identifier."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound("unit.unknown", msg("There is no unit “%(code)s”"), {"code": unit_id})
    return unit


def trail(session: Session, unit: Unit) -> list[Unit]:
    """Return the units from the root down to ``unit``."""
    found = session.scalars(select(Unit).where(Unit.id.in_(unit.ancestor_ids)))
    return sorted(found, key=lambda one: len(one.path))


def children(session: Session, unit_id: int | None = None) -> list[UnitNode]:
    """Return the active units right below a unit, or the roots."""
    below = aliased(Unit)
    has_children = select(below.id).where(below.parent_id == Unit.id, below.active).exists()
    query = (
        select(Unit.id, Unit.code, Unit.name, Unit.level, Unit.flag, (~has_children).label("leaf"))
        .where(Unit.parent_id == unit_id if unit_id else Unit.parent_id.is_(None), Unit.active)
        .order_by(Unit.kind == "department", Unit.code)
    )
    return [UnitNode(*row) for row in session.execute(query)]


def names(session: Session, ids: Iterable[int | None]) -> dict[int, tuple[str, str]]:
    """Return code and name of several units in one statement."""
    wanted = {unit_id for unit_id in ids if unit_id is not None}
    if not wanted:
        return {}
    rows = session.execute(_NAMES, {"ids": sorted(wanted)})
    return {row.id: (row.code, row.name) for row in rows}


def labels(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Return the names behind several codes in one statement."""
    wanted = set(codes)
    if not wanted:
        return {}
    rows = session.execute(select(Unit.code, Unit.name).where(Unit.code.in_(wanted)))
    return {row.code: row.name for row in rows}


_BY_KEYS = prepared(
    select(Unit.id, Unit.code, Unit.name).where(
        or_(
            Unit.id.in_(bindparam("ids", expanding=True)),
            Unit.code.in_(bindparam("codes", expanding=True)),
        )
    )
)


def kept_names(
    portal: Portal, session: Session, stamp: Stamp | None, keys: Iterable[int | str | None]
) -> dict[int | str, UnitName]:
    """Return units by their identifiers or codes; what was read under the same access stamp is not read again.

    Whatever changes a unit changes the stamp as well. Without a stamp nothing is kept.
    """
    wanted = {key for key in keys if key}
    known = {key: portal.unit_names.get(stamp, key) for key in wanted} if stamp is not None else {}
    found = {key: unit for key, unit in known.items() if unit is not None}
    missing = wanted - found.keys()
    if not missing:
        return found
    ids, codes = [k for k in missing if isinstance(k, int)], [k for k in missing if isinstance(k, str)]
    for row in session.execute(_BY_KEYS, {"ids": ids, "codes": codes}):
        unit = UnitName(*row)
        for key in missing & {unit.id, unit.code}:
            found[key] = unit
            if stamp is not None:
                portal.unit_names.put(stamp, key, unit)
    return found


def codes_under(session: Session, code: str) -> frozenset[str]:
    """Return the codes of a unit and of everything below it; none for an unknown unit."""
    root = session.scalar(select(Unit.path).where(Unit.code == code))
    if root is None:
        return frozenset()
    return frozenset(session.scalars(select(Unit.code).where(subtree(Unit.path, (root,)))))
