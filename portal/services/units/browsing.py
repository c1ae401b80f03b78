"""Page through the units a person has to do with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.core.access import Access, outermost, within
from portal.persistence.models import Centre, Unit
from portal.persistence.scope import subtree

COUNT_LIMIT = 1000
_Parent = aliased(Unit)


@dataclass(frozen=True, slots=True)
class UnitQuery:
    """What to look for among the units; ``parent`` is the code of the unit right above."""

    parent: str = ""
    level: str = ""
    kind: str = ""
    text: str = ""
    page: int = 1
    size: int = 20


@dataclass(frozen=True, slots=True)
class UnitPage:
    """Some units, each with the code of the one above it."""

    rows: tuple[tuple[Unit, str | None], ...]
    total: int
    capped: bool


def own_roots(session: Session, access: Access) -> tuple[str, ...]:
    """Return the roots of the subtrees a person has to do with.

    These are the centres they work for, and wherever a role lets them look after units.
    """
    held = {path for _role, path in access.memberships}
    ids = {int(part) for path in held for part in path.strip("/").split("/") if part}
    centres = set(
        session.scalars(select(Unit.path).join(Centre, Centre.unit_id == Unit.id).where(Unit.id.in_(ids)))
    )
    nearest = (max((c for c in centres if within(path, c)), key=len, default=path) for path in held)
    return outermost([*nearest, *access.paths("unit", "list")])


def browse(session: Session, roots: tuple[str, ...], query: UnitQuery) -> UnitPage:
    """Return one page of the active units below ``roots``, in the order of their codes."""
    chosen = _narrowed(_below(roots).where(Unit.active), query)
    total = session.scalar(
        select(func.count()).select_from(chosen.with_only_columns(Unit.id).limit(COUNT_LIMIT + 1).subquery())
    )
    shown = chosen.order_by(Unit.code).limit(query.size).offset((query.page - 1) * query.size)
    rows = tuple((row[0], row[1]) for row in session.execute(shown))
    return UnitPage(rows, min(total or 0, COUNT_LIMIT), (total or 0) > COUNT_LIMIT)


def find(session: Session, roots: tuple[str, ...], code: str) -> tuple[Unit, str | None] | None:
    """Return a unit below ``roots`` and the code of the one above it; None for any other code."""
    row = session.execute(_below(roots).where(Unit.code == code)).first()
    return (row[0], row[1]) if row else None


def _below(roots: tuple[str, ...]) -> Any:
    return (
        select(Unit, _Parent.code)
        .outerjoin(_Parent, _Parent.id == Unit.parent_id)
        .where(subtree(Unit.path, roots))
    )


def _narrowed(chosen: Any, query: UnitQuery) -> Any:
    if query.parent:
        chosen = chosen.where(_Parent.code == query.parent)
    if query.level:
        chosen = chosen.where(Unit.level == query.level)
    if query.kind:
        chosen = chosen.where(Unit.kind == query.kind)
    if query.text:
        by_name = Unit.name.contains(query.text, autoescape=True)
        chosen = chosen.where(or_(by_name, Unit.code.startswith(query.text, autoescape=True)))
    return chosen
