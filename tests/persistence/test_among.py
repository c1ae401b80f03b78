"""Whether a number is among many is one parameter, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy import event, func, select

from portal.core.access import Access
from portal.persistence.among import among
from portal.persistence.models import Unit
from tests.fixtures.world import World

SYSTEM = Access.system("test")


def found(world: World, numbers: Iterable[int]) -> set[int]:
    with world.database.reading(SYSTEM) as session:
        return set(session.scalars(select(Unit.id).where(among(Unit.id, numbers))))


@pytest.mark.parametrize(
    "others",
    [(), (0, -1), (2**15, 2**31, 2**40, -(2**62)), tuple(range(10**6, 10**6 + 5_000))],
    ids=["none", "small", "large", "many"],
)
def test_those_are_found_that_are_among_the_numbers(world: World, others: tuple[int, ...]) -> None:
    with world.database.reading(SYSTEM) as session:
        every = sorted(session.scalars(select(Unit.id)))
    assert found(world, others) == set()
    assert found(world, (one for one in [*others, *every[::2]])) == set(every[::2])
    assert found(world, {*every, *others}) == set(every)


def test_the_statement_is_the_same_for_any_number(world: World) -> None:
    seen: set[str] = set()

    def note(_: object, __: object, statement: str, *___: object) -> None:
        seen.add(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        for numbers in ([], [1], range(3_000)):
            with world.database.reading(SYSTEM) as session:
                session.scalar(select(func.count()).select_from(Unit).where(among(Unit.id, numbers)))
    finally:
        event.remove(world.database.engine, "before_cursor_execute", note)
    assert len([one for one in seen if "count" in one]) == 1
