"""Counts that are kept equal histories walked step by step, whatever changed and wherever a worker was cut off."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from portal.core.errors import Conflict
from portal.core.indicators import Counts, Period, median
from portal.core.zone import LOCAL
from portal.persistence.models import (
    IndicatorFigure,
    IndicatorKept,
    IndicatorMark,
    IndicatorShare,
    IndicatorState,
    Record,
    RecordEvent,
    RecordLink,
    Unit,
)
from portal.services import releases, units
from portal.services.indicators import proof, upkeep
from portal.services.indicators.board import board_of
from portal.services.indicators.definitions import Definition, digest_of
from portal.services.indicators.kept import Kept, kept_counts
from portal.services.indicators.levels import level_of
from portal.services.indicators.parting import parted
from portal.services.indicators.shares import shares
from portal.services.portal import Portal
from portal.services.reach import upkeep as reach
from tests.services.indicators.histories import SYSTEM, History, days, made_up, take_away, tally
from tests.services.indicators.test_indicator_counting import INDICATORS, indicator, who

NUMBER = 250
MEDIAN = indicator("days", cohort="concluded", shows="median")
BY_ROUTE = indicator("by_route", cohort="registered", breakdowns=["unit", "route"])
ALL = [*INDICATORS, MEDIAN, BY_ROUTE]


FOLDER = Path(__file__).parents[3] / "seed/base/indicators"
SHIPPED = (
    "account_coverage",
    "accepted",
    "median_days",
    "on_time_rate",
    "open",
    "overdue_share",
    "pending_share",
    "registered",
    "resolution_rate",
    "return_rate",
    "satisfaction_rate",
)


@pytest.fixture
def filled(seeded: Portal) -> tuple[Portal, list[History]]:
    """Return a portal with made-up cases, whose release has some of the indicators that the base pack ships."""
    shipped = {name: json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in SHIPPED}
    with seeded.reading(SYSTEM) as session:
        for code in ("530100", "530112"):
            bundle: Any = releases.for_unit(seeded, session, units.by_code(session, code))
            bundle.raw["indicators"] = shipped
            bundle.__dict__.pop("indicators", None)
    return seeded, made_up(seeded, NUMBER, 11, seeded.clock.today())


def definitions(portal: Portal, session: Any) -> list[Definition]:
    bundle = releases.for_unit(portal, session, units.by_code(session, "530100"))
    return [Definition(at, one, bundle) for at, one in enumerate(ALL, 1)]


def count(portal: Portal, ids: list[int], portion: int = 100) -> None:
    """Count records again as folding does, by the definitions of the test."""
    for start in range(0, len(ids), portion):
        with portal.writing(SYSTEM) as uow:
            known = definitions(portal, uow.session)
            some = ids[start : start + portion]
            new = shares(portal, uow.session, some, known, 99, portal.clock.now())
            upkeep.replaced(uow.session, some, new, known)
            uow.commit()


def kept(portal: Portal, session: Any) -> Kept:
    rows = session.execute(
        select(IndicatorFigure.unit_id, IndicatorFigure.axis, IndicatorFigure.month, IndicatorFigure.counts)
    )
    held = {(unit, axis, month): json.loads(text) for unit, axis, month, text in rows}
    return Kept(portal.clock.now(), {one.id: at for at, one in enumerate(ALL, 1)}, held, 99)


def compare(portal: Portal, histories: list[History]) -> int:
    """Compare what is kept at each unit with the histories of what lies there and below; return how many were seen."""
    now, seen = portal.clock.now(), 0
    month = Period.of(portal.clock.today())
    with portal.reading(SYSTEM) as session:
        found = kept(portal, session)
        lines = {one: path.strip("/").split("/") for one, path in session.execute(select(Unit.id, Unit.path))}
        for period in (month, month.before, month.moved(-5), month.year_before):
            for one in INDICATORS:
                expected: dict[int, Counts] = {}
                for unit, (counted, base) in tally(histories, period, one.id, now).items():
                    for above in lines[unit]:
                        pair = Counts(counted if one.counted is not None else base, base)
                        expected[int(above)] = expected.get(int(above), Counts(0, 0)) + pair
                for unit in lines:
                    told = found.counts(one, period, unit)
                    assert told == expected.get(unit, Counts(0, 0)), (one.id, period, unit)
                    seen += told.base
            each = days(histories, period)
            for unit in lines:
                below = [h for at, h in each.items() if str(unit) in lines[at]]
                assert +found.days(MEDIAN, period, unit) == sum(below, start=Counter()), (period, unit)
        still = [one for one in histories if one.walked()[1] is None]
        city = units.by_code(session, "530100").id
        stands = found.stands(city, "stage")
        assert sum(number for number, _ in stands.values()) == len(still)
        late = [one for one in still if one.due_on is not None and one.due_on < portal.clock.today()]
        assert sum(overdue for _, overdue in stands.values()) == len(late)
        # Broken down by one axis, the parts are the whole.
        by_route = found.parts(BY_ROUTE, month, city, "route")
        of_month = [one.route or "" for one in histories if Period.of(one.registered.date()) == month]
        assert {key: pair.base for key, pair in by_route.items() if pair.base} == dict(Counter(of_month))
    return seen


def test_counts_that_are_kept_equal_histories_walked_step_by_step(
    filled: tuple[Portal, list[History]],
) -> None:
    portal, histories = filled
    count(portal, [one.id for one in histories])
    assert compare(portal, histories) > 1_000


def test_what_is_counted_twice_or_in_any_order_comes_to_the_same(
    filled: tuple[Portal, list[History]],
) -> None:
    portal, histories = filled
    ids = [one.id for one in histories]
    Random(3).shuffle(ids)
    count(portal, ids[:100], 7)
    count(portal, ids, 33)
    count(portal, sorted(ids), 50)
    compare(portal, histories)


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_of_histories_are_folded_exactly(
    filled: tuple[Portal, list[History]], seed: int
) -> None:
    """Each round changes some cases: corrected, taken up again, moved, entered with an earlier day, taken away."""
    portal, histories = filled
    chance = Random(seed)
    count(portal, [one.id for one in histories])
    for _ in range(4):
        others = [changed(portal, one, chance) for one in chance.sample(histories, 12)]
        gone = others.pop()
        take_away(portal, [gone.id])
        linked = {one.id for one in histories if one.repeats}
        histories = [one for one in histories if one.id != gone.id]
        reach.rebuild(portal.database)
        count(portal, sorted({one.id for one in others} | {gone.id} | linked), 5)
        without_links(portal, histories)
    compare(portal, histories)


def changed(portal: Portal, one: History, chance: Random) -> History:
    """Correct a case, take it up again or end it, with the rows that an act would leave."""
    now = portal.clock.now()
    with portal.database.engine.begin() as connection:
        stage = one.steps[-1][2]
        after = "mediate" if stage != "mediate" else "closed"
        at = max(now - dt.timedelta(days=chance.randrange(0, 70)), one.steps[-1][0])
        if at < now:
            one.steps.append((at, stage, after))
            row = {
                "record_id": one.id,
                "at": at,
                "kind": "transition",
                "from_stage": stage,
                "to_stage": after,
            }
            connection.execute(
                insert(RecordEvent),
                row
                | {
                    "version": 1 + len(one.steps),
                    "name": "x",
                    "by_name": "",
                    "reason": "",
                    "data": {},
                },
            )
        one.data = one.data | {"outcome": chance.choice(("agreed", "failed", None))}
        if chance.random() < 0.5:
            # A day entered later than it was.
            one.data = one.data | {"heard_on": (now.date() - dt.timedelta(days=200)).isoformat()}
        one.route = chance.choice(("R01", "R05", None))
        last = one.steps[-1][2]
        values: dict[str, Any] = {
            "data": one.data, "route": one.route, "stage": last, "is_open": last != "closed",
            "canonical_stage": {"intake": "intake", "mediate": "mediate", "closed": "close"}[last],
        }  # fmt: skip
        connection.execute(update(Record).where(Record.id == one.id).values(**values))
    return one


def without_links(portal: Portal, histories: list[History]) -> None:
    """Let histories tell of links that are gone with the other case."""
    with portal.database.engine.connect() as connection:
        linked = set(connection.scalars(select(RecordLink.from_id)))
    for one in histories:
        one.repeats = one.id in linked


def test_a_unit_that_moves_takes_its_counts_along(filled: tuple[Portal, list[History]]) -> None:
    portal, histories = filled
    count(portal, [one.id for one in histories])
    with portal.writing(SYSTEM) as uow:
        village, parent = (units.by_code(uow.session, code) for code in ("530112001001", "530115001"))
        units.move(uow, village.id, parent.id, "试")
        uow.commit()
    assert compare(portal, histories) > 1_000


def test_a_board_is_the_same_kept_and_counted(filled: tuple[Portal, list[History]]) -> None:
    portal, _ = filled
    access = who(portal, "530100")
    months = [None, Period.of(portal.clock.today()).before, Period.of(portal.clock.today()).moved(-7)]
    counted = {
        (code, month): board_of(portal, access, code, month, "resolution_rate")
        for code in ("530100", "530112", "530112001")
        for month in months
    }
    assert proof.build(portal) == NUMBER
    with portal.reading(SYSTEM) as session:
        bundle = releases.for_unit(portal, session, units.by_code(session, "530100"))
        known = kept_counts(session, bundle, portal.clock.now(), portal.clock.today(), [1], [])
        assert {"registered", "median_days", "overdue_share", "return_rate"} <= set(known.numbers)
        assert known.standing
    for (code, month), before in counted.items():
        after = board_of(portal, access, code, month, "resolution_rate")
        for one, other in zip(
            (before.whole, before.own, *before.rows), (after.whole, after.own, *after.rows), strict=True
        ):
            assert one.cells == other.cells
        assert before.pairs == after.pairs
        assert sorted(before.stages, key=str) == sorted(after.stages, key=str)
        assert sorted(before.desks, key=str) == sorted(after.desks, key=str)
    assert not proof.recount(portal).others


def test_a_board_of_many_waits_for_what_is_not_kept_yet(
    filled: tuple[Portal, list[History]], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _ = filled
    city, village = who(portal, "530100"), "530112001001"
    monkeypatch.setattr("portal.services.indicators.wanting.MOST_COUNTED", NUMBER // 2)
    board = board_of(portal, city, None, None, "resolution_rate")
    assert board.waits
    assert not board.stages
    assert not board.desks
    assert {cell.now for one in (board.whole, board.own, *board.rows) for cell in one.cells.values()} == {
        None
    }
    assert not board_of(portal, city, village).waits, "few are counted from the rows"
    with pytest.raises(Conflict, match="still being counted"):
        parted(portal, city, "530100", "resolution_rate", "class")
    proof.build(portal)
    assert parted(portal, city, "530100", "resolution_rate", "class").now
    board = board_of(portal, city, None, None, "resolution_rate")
    assert not board.waits
    assert board.stages
    assert board.whole.cells["registered"].now is not None


def test_a_worker_cut_off_anywhere_changes_nothing(filled: tuple[Portal, list[History]]) -> None:
    portal, histories = filled
    proof.build(portal)
    whole = _state(portal)
    with portal.writing(SYSTEM) as uow:
        uow.session.execute(
            insert(IndicatorMark), [{"record_id": one.id, "at": uow.now} for one in histories]
        )
        uow.commit()
    for _ in range(3):
        with portal.writing(SYSTEM) as uow:
            assert upkeep.fold(portal, uow.session, 40) == 40
            # Cut off before it is stored.
    with portal.writing(SYSTEM) as uow:
        upkeep.fold(portal, uow.session, 40)
        uow.commit()
    proof.build(portal)
    assert _state(portal) == whole
    with portal.writing(SYSTEM) as uow:
        uow.session.execute(update(IndicatorState).values(ready=False, unit_id=0, record_id=0))
        upkeep.fill(portal, uow.session, 50)
        uow.commit()
    with portal.writing(SYSTEM) as uow:
        upkeep.fill(portal, uow.session, 50)
    proof.build(portal)
    assert _state(portal) == whole
    assert proof.rebuild(portal) == NUMBER
    assert len(_state(portal)) == len(whole)


def _state(portal: Portal) -> list[Any]:
    with portal.reading(SYSTEM) as session:
        rows = session.execute(
            select(
                IndicatorFigure.unit_id,
                IndicatorFigure.axis,
                IndicatorFigure.month,
                IndicatorFigure.counts,
            )
        )
        return sorted(tuple(row) for row in rows)


def test_what_is_kept_wrongly_is_found(filled: tuple[Portal, list[History]]) -> None:
    portal, histories = filled
    proof.build(portal)
    assert proof.recount(portal) == proof.Found(NUMBER, (), ())
    with portal.database.engine.begin() as connection:
        connection.execute(update(Record).where(Record.id == histories[0].id).values(is_open=False))
        connection.execute(
            update(IndicatorFigure)
            .where(IndicatorFigure.axis == "", IndicatorFigure.month != 0)
            .values(counts="{}")
        )
    found = proof.recount(portal)
    assert found.cells
    with portal.database.engine.begin() as connection:
        connection.execute(update(IndicatorShare).values(share='{"rows":[]}'))
    assert len(proof.recount(portal).others) > NUMBER / 2


def test_days_that_pass_let_matters_become_overdue(filled: tuple[Portal, list[History]]) -> None:
    portal, _ = filled
    proof.build(portal)
    for ahead in (1, 9, 45):
        later = portal.at(Ahead(portal.clock, dt.timedelta(days=ahead)))
        proof.build(later)
        with portal.reading(SYSTEM) as session:
            session.expire_all()
            counted = board_of_rows(later)
            told = board_of(later, who(portal, "530100"), "530100")
        assert told.whole.cells == counted.whole.cells
        assert sorted(told.stages, key=str) == sorted(counted.stages, key=str)
        assert proof.recount(later) == proof.Found(NUMBER, (), ())


def board_of_rows(portal: Portal) -> Any:
    """Return the board as it is counted from the rows, as where folding is behind."""
    with portal.database.engine.begin() as connection:
        day = connection.scalar(select(IndicatorState.day))
        connection.execute(update(IndicatorState).values(day=None))
    found = board_of(portal, who(portal, "530100"), "530100")
    with portal.database.engine.begin() as connection:
        connection.execute(update(IndicatorState).values(day=day))
    return found


class Ahead:
    """A clock so many days ahead of another one."""

    def __init__(self, clock: Any, ahead: dt.timedelta) -> None:
        self.clock, self.ahead = clock, ahead

    def now(self) -> dt.datetime:
        return self.clock.now() + self.ahead

    def today(self) -> dt.date:
        return self.now().astimezone(LOCAL).date()


def test_a_definition_is_known_by_what_it_counts(filled: tuple[Portal, list[History]]) -> None:
    portal, _ = filled
    with portal.reading(SYSTEM) as session:
        bundle = releases.for_unit(portal, session, units.by_code(session, "530100"))
        digests = {name: digest_of(bundle, name) for name in bundle.indicators}
        assert not digests["account_coverage"]
        assert not digests["satisfaction_rate"]
        assert len({one for one in digests.values() if one}) == len([one for one in digests.values() if one])
        assert digests["registered"]


def test_a_new_definition_is_filled_in_while_others_stay(filled: tuple[Portal, list[History]]) -> None:
    portal, _ = filled
    proof.build(portal)
    whole = _state(portal)
    with portal.writing(SYSTEM) as uow:
        one = uow.session.scalars(select(IndicatorKept).where(IndicatorKept.indicator == "registered")).one()
        one.in_force = one.ready = False
        uow.commit()
    assert proof.build(portal) == NUMBER
    assert _state(portal) == whole


def test_medians_of_what_lies_at_the_unit_itself(filled: tuple[Portal, list[History]]) -> None:
    portal, histories = filled
    proof.build(portal)
    period = Period.of(portal.clock.today()).moved(-2)
    with portal.reading(SYSTEM) as session:
        unit = units.by_code(session, "530112001")
        level_of(session, unit)
    board = board_of(portal, who(portal, "530112001"), "530112001", period)
    own = days(histories, period).get(unit.id, Counter())
    assert board.own.cells["median_days"].now == median(own)
