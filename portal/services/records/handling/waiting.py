"""What waits for a person, as the worklists of the release say: the rows of one, and the badges of all.

The database answers a worklist wholly, so a list is whole and a badge exact as far as it counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.core.conditions import Env
from portal.core.errors import DefinitionError, msg
from portal.core.worklists import Worklist
from portal.persistence import scope
from portal.persistence.condition_sql import Column, Questions, ask, said
from portal.persistence.models import Clock, Record, Referral, Task, Unit
from portal.services.bundles import Bundle
from portal.services.records.finding.searching import own_bundle
from portal.services.records.handling.waiting_columns import columns_of, sorting
from portal.services.units.tree import UnitTree

if TYPE_CHECKING:
    from portal.services.portal import Portal

# As far as badges and the number of rows are counted.
EXACT = 1_000
SIZE = 20
# Rows of these sorts.
SOURCES: Mapping[str, Any] = {model.__tablename__: model for model in (Record, Referral, Clock, Task)}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of a worklist: the record, and the referral, clock or task that it is about."""

    record: Record
    referral: Referral | None = None
    clock: Clock | None = None
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """One page of a worklist. ``capped``: there are more rows than ``total``."""

    rows: list[Waiting]
    total: int
    capped: bool
    page: int
    size: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, as far as was counted."""
        return max(1, math.ceil(self.total / self.size))


@dataclass(frozen=True, slots=True)
class Badge:
    """How many rows wait; ``capped``: at least so many."""

    number: int
    capped: bool = False


def worklists_of(portal: Portal, session: Session, bundle: Bundle | None = None) -> list[Worklist]:
    """Return the worklists of the roles that the session's person has, in their order."""
    bundle = bundle or own_bundle(portal, session)
    mine = {role for role, _ in scope.access_of(session).memberships}
    return [one for one in bundle.worklists.values() if one.roles & mine]


def rows(portal: Portal, session: Session, worklist: Worklist, page: int = 1, *, size: int = SIZE) -> Waits:
    """Return a page of a worklist, in its order, what has no value last."""
    asked = _Asked.of(portal, session, [worklist])
    columns = asked.columns[worklist.id]
    model = SOURCES.get(worklist.of)
    if model is None:
        return Waits([], 0, False, 1, size)
    entities = (Record,) if model is Record else (Record, model)
    base = asked.base(worklist)
    ordered = base.with_only_columns(*entities).order_by(
        *_order(worklist, columns), *model.__mapper__.primary_key
    )
    shown = ordered.offset((page - 1) * size).limit(size)
    found = session.execute(shown, execution_options=_options(worklist)).all()
    waiting = [_waiting(row) for row in found]
    if page == 1 and len(waiting) < size:
        return Waits(waiting, len(waiting), False, page, size)
    badge = _counted(session, [base], _options(worklist))[0]
    return Waits(waiting, badge.number, badge.capped, page, size)


def badges(portal: Portal, session: Session, worklists: Sequence[Worklist]) -> dict[str, Badge]:
    """Return how many rows wait in each of some worklists: one statement for all of them."""
    known = [one for one in worklists if one.of in SOURCES]
    found = {one.id: Badge(0) for one in worklists}
    if known:
        asked = _Asked.of(portal, session, known)
        numbers = _counted(session, [asked.base(one) for one in known], {"scope_action": LIST})
        found |= dict(zip((one.id for one in known), numbers, strict=True))
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """Some worklists as a person asks them: their columns, and what is known of the person."""

    columns: Mapping[str, Mapping[str, Column]]
    envs: Mapping[str, tuple[Env, ...]]

    @classmethod
    def of(cls, portal: Portal, session: Session, worklists: Iterable[Worklist]) -> _Asked:
        access = scope.access_of(session)
        codes = _codes(session, {path for _, path in access.memberships})
        held: dict[str, list[str]] = {}
        for role, path in access.memberships:
            held.setdefault(path, []).append(role)
        columns, envs = {}, {}
        for one in worklists:
            bundle = own_bundle(portal, session, one.entity)
            columns[one.id] = columns_of(bundle, one)
            here = {
                path: codes[path] for path in held if path in codes and not one.roles.isdisjoint(held[path])
            }
            me = str(access.user_id or "")
            envs[one.id] = tuple(
                env_of(portal, bundle, me, code, session, held[path]) for path, code in here.items()
            )
        return cls(columns, envs)

    def base(self, worklist: Worklist) -> Select[Any]:
        """Return the rows of a worklist, at whichever unit the person has a role that it is for."""
        columns, model = self.columns[worklist.id], SOURCES[worklist.of]
        wanted = Questions("any", tuple(ask(worklist.where, columns, env) for env in self.envs[worklist.id]))
        told = said(wanted, columns)
        if told.doubtful is not None:
            raise DefinitionError(
                "worklist.broken", msg("The worklist %(id)s can't be used"), {"id": worklist.id}
            )
        base = select(Record).where(Record.etype == worklist.entity, told.holds)
        return base if model is Record else base.join(model, model.record_id == Record.id)


def env_of(
    portal: Portal, bundle: Bundle, me: str, my_unit: str, session: Session, my_roles: Sequence[str]
) -> Env:
    """Return what a worklist's condition may know of the person who looks, of their unit and their roles there."""
    return Env(
        portal.clock.today(),
        parameters={"/me": me, "/my_unit": my_unit, "/my_roles": list(my_roles)},
        taxonomies={**bundle.taxonomies, "unit": UnitTree(session)},
    )


def _codes(session: Session, paths: set[str]) -> dict[str, str]:
    query = select(Unit.path, Unit.code).where(Unit.path.in_(paths))
    return {row.path: row.code for row in session.execute(query)} if paths else {}


def _order(worklist: Worklist, columns: Mapping[str, Column]) -> Iterable[Any]:
    for name, descending in worklist.order:
        column = sorting(columns[name])
        yield (column.desc() if descending else column.asc()).nulls_last()


def _waiting(row: Any) -> Waiting:
    other = row[1] if len(row) > 1 else None
    return Waiting(
        row[0],
        other if isinstance(other, Referral) else None,
        other if isinstance(other, Clock) else None,
        other if isinstance(other, Task) else None,
    )


def _options(worklist: Worklist) -> dict[str, Any]:
    return {"scope_action": LIST, "scope_etype": worklist.entity}


def _counted(session: Session, bases: Sequence[Select[Any]], options: Mapping[str, Any]) -> list[Badge]:
    """Count the rows of several queries in one statement, each no further than one more than ``EXACT``."""
    few = (base.with_only_columns(Record.id).limit(EXACT + 1).subquery() for base in bases)
    numbers = (select(func.count()).select_from(one).scalar_subquery() for one in few)
    found = session.execute(select(*numbers), execution_options=options).one()
    return [Badge(min(number, EXACT), number > EXACT) for number in found]
