"""Change the management tree: add, rename, correct and move units, each with a reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, InvalidInput, msg, require_reason
from portal.persistence.ledger import forget_accesses
from portal.persistence.models import (
    Clock,
    ImportChunk,
    ImportFile,
    ImportSource,
    Record,
    Referral,
    Task,
    Unit,
)
from portal.persistence.scope import as_system, subtree, unit_of
from portal.persistence.unit_of_work import UnitOfWork
from portal.services.figures.folding import fold_all
from portal.services.reach.moving import move_reach
from portal.services.units.lookup import by_id

# Where records, and what is taken over from other systems, keep paths of units.
_KEPT = (
    Record.unit_path,
    Record.handler_path,
    Referral.from_path,
    Referral.to_path,
    Clock.unit_path,
    Task.unit_path,
    ImportSource.unit_path,
    ImportFile.unit_path,
    ImportChunk.unit_path,
)


def add(
    uow: UnitOfWork,
    code: str,
    name: str,
    level: str,
    parent_id: int | None,
    *,
    kind: str = "division",
    note: str = "",
) -> Unit:
    """Add a unit below another one."""
    parent = by_id(uow.session, parent_id) if parent_id else None
    uow.access.require("unit", "add", parent.path if parent else "/")
    if not code.strip() or not name.strip():
        raise InvalidInput("unit.incomplete", msg("A unit needs a code and a name"))
    if uow.session.scalar(select(Unit.id).where(Unit.code == code)):
        raise Conflict("unit.twice", msg("There is a unit “%(code)s” already"), {"code": code})
    unit = insert(uow.session, code=code, name=name, level=level, parent=parent, kind=kind, note=note)
    _audit(uow, "add", unit, None, describe(unit), note)
    return unit


def rename(uow: UnitOfWork, unit_id: int, name: str, reason: str) -> Unit:
    """Give a unit another name."""
    return correct(uow, unit_id, reason, name=name)


def correct(uow: UnitOfWork, unit_id: int, reason: str, **values: Any) -> Unit:
    """Correct name, short name, flag or whether a unit is active; the reason stays in the audit."""
    unit = by_id(uow.session, unit_id)
    uow.access.require("unit", "edit", unit.path)
    require_reason(reason)
    before = describe(unit)
    for name in values.keys() & {"name", "short_name", "flag", "active", "note"}:
        setattr(unit, name, values[name])
    uow.session.flush()
    after = describe(unit)
    if after != before:
        _audit(uow, "edit", unit, before, after, reason)
    return unit


def move(uow: UnitOfWork, unit_id: int, new_parent_id: int, reason: str) -> Unit:
    """Put a unit, with everything below it, under another one. Scopes follow at once."""
    unit, parent = by_id(uow.session, unit_id), by_id(uow.session, new_parent_id)
    uow.access.require("unit", "edit", unit.path)
    uow.access.require("unit", "edit", parent.path)
    require_reason(reason)
    if parent.path.startswith(unit.path):
        raise InvalidInput("unit.loop", msg("A unit cannot lie below itself"))
    if unit.parent_id == parent.id:
        return unit
    before = describe(unit)
    old, new = unit.path, f"{parent.path}{unit.id}/"
    rewrite_paths(uow.session, old, new)
    uow.session.refresh(unit)
    unit.parent_id = parent.id
    uow.session.flush()
    _audit(uow, "move", unit, before, describe(unit), reason)
    return unit


def rewrite_paths(session: Session, old: str, new: str) -> None:
    """Replace a leading path wherever it is kept, and let those above see and count what lies there.

    Every process forgets the accesses it worked out.
    """
    with as_system(session, "what was counted until now is folded in the tree as it was"):
        fold_all(session)
    options = {"synchronize_session": False, "unscoped": "a unit moved"}
    # In the order in which acts take them. What was stored while the unit was waited for is taken afterwards.
    for column in (*_KEPT, Unit.path, *_KEPT):
        moved = new + func.substr(column, len(old) + 1)
        statement = update(column.class_).where(subtree(column, (old,))).values({column.key: moved})
        session.execute(statement, execution_options=options)
    with as_system(session, "the units above a unit that moved see its records"):
        move_reach(session, unit_of(new), old, new)
    forget_accesses(session)


def insert(
    session: Session,
    *,
    code: str,
    name: str,
    level: str,
    parent: Unit | None,
    kind: str = "division",
    **more: Any,
) -> Unit:
    """Add a row to the tree, with its path."""
    unit = Unit(
        code=code, name=name, level=level, kind=kind, parent_id=parent.id if parent else None, path="", **more
    )
    session.add(unit)
    session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    session.flush()
    return unit


def describe(unit: Unit) -> dict[str, Any]:
    """Return the columns of a unit that the audit log keeps."""
    return {
        "code": unit.code,
        "name": unit.name,
        "level": unit.level,
        "parent_id": unit.parent_id,
        "active": unit.active,
        "flag": unit.flag,
        "note": unit.note,
    }


def _audit(
    uow: UnitOfWork,
    action: str,
    unit: Unit,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    reason: str,
) -> None:
    uow.audit(
        action,
        unit,
        kind="unit",
        object_id=unit.code,
        unit_path=unit.path,
        before=before,
        after=after,
        reason=reason,
    )
