"""What waits for a person, as the worklists of the release say: the rows of one, and the badges of all.

The database answers a worklist wholly, so a list is whole and a badge exact as far as it counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import LIST, ROOT
from portal.core.conditions import Env
from portal.core.worklists import Worklist
from portal.persistence import scope
from portal.persistence.condition_sql import Asked, Questions, ask, shaped
from portal.persistence.models import Clock, Record, Referral, Task, Unit
from portal.services.bundles import Bundle
from portal.services.records.finding.list_statements import ALL, MISSING, PRESENT
from portal.services.records.finding.searching import first_with, own_bundle, own_bundles
from portal.services.records.handling.waiting_columns import OF_SOURCE, columns_of
from portal.services.records.handling.waiting_reach import narrowed, split
from portal.services.records.handling.waiting_statements import (
    SOURCES,
    Shape,
    count_of,
    counts_of,
    is_given,
    page_of,
)
from portal.services.units.tree import UnitTree

if TYPE_CHECKING:
    from portal.services.portal import Portal

# As far as badges and the number of rows are counted: enough for a day's work, and each row counted is one of reach
# looked up; a director's home with all worklists asked 39 ms of the database at 1,000,000 cases where it was 1,000.
EXACT = 200
SIZE = 20


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


def rows(
    portal: Portal,
    session: Session,
    worklist: Worklist,
    page: int = 1,
    *,
    size: int = SIZE,
    counted: Badge | None = None,
    asking: Asking | None = None,
) -> Waits:
    """Return a page of a worklist, in its order, what has no value last; ``counted``: how many there are is known."""
    if worklist.of not in SOURCES:
        return Waits([], 0, False, 1, size)
    shape, values = (asking or Asking(portal, session)).shape(worklist)
    listed = _Listed(session, shape, values)
    waiting = listed.page((page - 1) * size, size)
    if page == 1 and len(waiting) < size:
        return Waits(waiting, len(waiting), False, page, size)
    badge = counted or _badge(listed.count(ALL, EXACT + 1))
    return Waits(waiting, badge.number, badge.capped, page, size)


def badges(
    portal: Portal, session: Session, worklists: Sequence[Worklist], asking: Asking | None = None
) -> dict[str, Badge]:
    """Return how many rows wait in each of some worklists: one statement for all of them.

    For a person whose roles lie at several units there is one more for each list whose rows are tested one by one.
    """
    found = {one.id: Badge(0) for one in worklists}
    asking = asking or Asking(portal, session)
    known = [one for one in worklists if one.of in SOURCES]
    shapes = [(one, *asking.shape(one, f"w{at}_")) for at, one in enumerate(known)]
    together = [one for one in shapes if one[1].along]
    if together:
        values = {name: value for _, _, own in together for name, value in own.items()}
        statement = counts_of(tuple(shape for _, shape, _ in together))
        options = {"scope_action": LIST}
        numbers = session.execute(statement, values | {"most": EXACT + 1}, execution_options=options).one()
        found |= {one.id: _badge(number) for (one, _, _), number in zip(together, numbers, strict=True)}
    for one, shape, values in shapes:
        if not shape.along:
            found[one.id] = _badge(_Listed(session, shape, values).count(ALL, EXACT + 1))
    return found


class Asking:
    """The units, trees and releases behind the worklists of a person, looked up once for all of them."""

    def __init__(self, portal: Portal, session: Session) -> None:
        self.portal, self.session = portal, session
        self.access = scope.access_of(session)
        self.codes = _codes(session, {path for _, path in self.access.memberships})
        self.tree = UnitTree(session, {code: path for path, code in self.codes.items()})
        self._bundles: Sequence[Bundle] = own_bundles(portal, session)

    def shape(self, worklist: Worklist, prefix: str = "w_") -> tuple[Shape, dict[str, Any]]:
        """Return the shape of a worklist as the person asks it, and the values of its parameters by name."""
        bundle = first_with(self._bundles, worklist.entity)
        columns = columns_of(bundle, worklist)
        asked = Questions(
            "any", tuple(ask(worklist.where, columns, env) for env in self._envs(worklist, bundle))
        )
        roots = self.access.paths(worklist.entity, LIST)
        inside: Asked | None = None
        rest: Asked = asked
        if len(roots) == 1 and ROOT not in roots:
            bounds = {code: (path, scope.end_of(path)) for path, code in self.codes.items()}
            parted = split(
                narrowed(asked, columns, bounds),
                (roots[0], scope.end_of(roots[0])),
                OF_SOURCE.get(worklist.of, {}),
            )
            inside, rest = parted.inside, parted.rest
        rest, values = shaped(rest, f"{prefix}r")
        if inside is not None:
            inside, more = shaped(inside, f"{prefix}i")
            values |= more
        key = (worklist.id, bundle.release_id, worklist.of, worklist.entity)
        return Shape(*key, inside, rest, worklist.order, columns), values

    def _envs(self, worklist: Worklist, bundle: Bundle) -> list[Env]:
        """Return what conditions know of the person at each unit at which they have a role of the list."""
        held: dict[str, list[str]] = {}
        for role, path in self.access.memberships:
            held.setdefault(path, []).append(role)
        here = {path: roles for path, roles in held.items() if not worklist.roles.isdisjoint(roles)}
        me = str(self.access.user_id or "")
        return [
            env_of(self.portal, bundle, me, self.codes[path], self.tree, roles)
            for path, roles in here.items()
            if path in self.codes
        ]


@dataclass(frozen=True, slots=True)
class _Listed:
    """A worklist with the values that it is asked with."""

    session: Session
    shape: Shape
    values: Mapping[str, Any]

    def page(self, skip: int, take: int) -> list[Waiting]:
        """Return rows in order; those whose first column is empty are a query of their own, and come last."""
        if is_given(self.shape, self.shape.order[0][0]):
            return self._fetch(ALL, skip, take)
        found = self._fetch(PRESENT, skip, take)
        if len(found) == take:
            return found
        before = 0 if found or not skip else skip - self.count(PRESENT, skip)
        return found + self._fetch(MISSING, before, take - len(found))

    def count(self, part: str, most: int) -> int:
        """Return how many rows there are, as far as ``most``."""
        values = {**self.values, "most": most}
        statement = count_of(self.shape, part)
        return int(self.session.execute(statement, values, execution_options=self._options()).scalar_one())

    def _fetch(self, part: str, skip: int, take: int) -> list[Waiting]:
        values = {**self.values, "skip": skip, "take": take}
        found = self.session.execute(
            page_of(self.shape, part), values, execution_options=self._options()
        ).all()
        return [_waiting(row) for row in found]

    def _options(self) -> dict[str, Any]:
        return {"scope_action": LIST, "scope_etype": self.shape.etype}


def env_of(
    portal: Portal, bundle: Bundle, me: str, my_unit: str, tree: UnitTree, my_roles: Sequence[str]
) -> Env:
    """Return what a worklist's condition may know of the person who looks, of their unit and their roles there."""
    return Env(
        portal.clock.today(),
        parameters={"/me": me, "/my_unit": my_unit, "/my_roles": list(my_roles)},
        taxonomies={**bundle.taxonomies, "unit": tree},
    )


def _codes(session: Session, paths: set[str]) -> dict[str, str]:
    query = select(Unit.path, Unit.code).where(Unit.path.in_(paths))
    return {row.path: row.code for row in session.execute(query)} if paths else {}


def _badge(number: int) -> Badge:
    return Badge(min(number, EXACT), number > EXACT)


def _waiting(row: Any) -> Waiting:
    other = row[1] if len(row) > 1 else None
    return Waiting(
        row[0],
        other if isinstance(other, Referral) else None,
        other if isinstance(other, Clock) else None,
        other if isinstance(other, Task) else None,
    )
