"""What is kept is right as of the moment at which it was folded, and is compared as of that moment."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert, update

from portal.persistence.models import Record, RecordEvent
from portal.services.indicators import proof, upkeep
from portal.services.indicators.board import board_of
from portal.services.portal import Portal
from tests.services.indicators.histories import SYSTEM, History
from tests.services.indicators.test_indicator_counting import who
from tests.services.indicators.test_indicator_upkeep import NUMBER, Ahead, board_of_rows, filled

__all__ = ["filled"]


@pytest.mark.parametrize(
    "ahead",
    [dt.timedelta(minutes=30), *(dt.timedelta(days=n) for n in (1, 45, 1_500))],
    ids=lambda ahead: str(ahead.days),
)
def test_what_is_kept_is_compared_as_of_the_moment_at_which_it_was_kept(
    filled: tuple[Portal, list[History]], ahead: dt.timedelta
) -> None:
    """However much later it is, and whether it was folded meanwhile or not: nobody did anything."""
    portal, histories = filled
    proof.build(portal)
    later = portal.at(Ahead(portal.clock, ahead))
    nothing = proof.Found(NUMBER, (), ())
    assert proof.recount(later) == nothing
    with later.writing(SYSTEM) as uow:
        upkeep.fold(later, uow.session, 1)
        uow.commit()
    assert proof.recount(later) == nothing, "the day has passed and most are not counted again yet"
    proof.build(later)
    assert proof.recount(later) == nothing
    assert proof.recount(portal).cells == ()
    with portal.database.engine.begin() as connection:
        late = update(Record).where(Record.id == histories[3].id).values(is_open=not _is_open(histories[3]))
        connection.execute(late)
    assert proof.recount(later).others == (histories[3].id,), (
        "what changed without an act is found all the same"
    )


def _is_open(one: History) -> bool:
    return one.steps[-1][2] != "closed"


def test_an_act_that_is_ahead_of_the_clock_that_folds_is_counted_when_its_moment_has_come(
    filled: tuple[Portal, list[History]],
) -> None:
    portal, histories = filled
    one = next(
        other
        for other in histories
        if other.steps[-1][2] == "mediate" and other.steps[-1][0] < portal.clock.now()
    )
    ahead = portal.clock.now() + dt.timedelta(minutes=2)
    with portal.database.engine.begin() as connection:
        row = {
            "record_id": one.id,
            "at": ahead,
            "kind": "transition",
            "from_stage": "mediate",
            "to_stage": "closed",
        }
        more = {"version": 90, "name": "x", "by_name": "", "reason": "", "data": {}}
        connection.execute(insert(RecordEvent), row | more)
        connection.execute(update(Record).where(Record.id == one.id).values(is_open=False, stage="closed"))
    proof.build(portal)
    assert proof.recount(portal).others == ()
    later = portal.at(Ahead(portal.clock, dt.timedelta(minutes=3)))
    counted = board_of_rows(later)
    assert proof.build(later) == 0
    told = board_of(later, who(portal, "530100"), "530100")
    assert told.whole.cells == counted.whole.cells
    assert proof.recount(later) == proof.Found(NUMBER, (), ())
