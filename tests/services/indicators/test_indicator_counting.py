"""Figures counted by SQL are those of histories walked step by step, on both databases, also after units moved."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.access import Access, Grant
from portal.core.errors import NotFound
from portal.core.indicators import (
    Counts,
    Indicator,
    Period,
    check_indicator,
    compile_indicator,
    median,
    total,
)
from portal.services import releases, units
from portal.services.indicators.board import THING, board_of
from portal.services.indicators.counting import Counting
from portal.services.indicators.levels import level_of
from portal.services.portal import Portal
from tests.services.indicators.histories import SYSTEM, days, made_up, tally

NUMBER = 400


def field(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": name, "op": op, "value": value}


def indicator(key: str, of: str = "record", **more: Any) -> Indicator:
    words = {"title": key, "definition": key, "source": key}
    raw = {**words, "of": of, "entity": "case", "shows": "rate" if "numerator" in more else "count", **more}
    assert check_indicator(raw, None) == []
    return compile_indicator(key, raw)


INDICATORS = [
    indicator("registered", cohort="registered"),
    indicator("reopened", cohort="registered", numerator=field("/course/reopened", "eq", True)),
    indicator("repeats", cohort="registered", numerator=field("/course/repeats", "eq", True)),
    indicator(
        "refused",
        cohort="registered",
        denominator={"all": [field("/course/accepted", "eq", False), field("/record/is_open", "eq", False)]},
    ),
    indicator(
        "resolved",
        cohort="accepted",
        numerator={"all": [field("/course/concluded", "eq", True), field("/data/outcome", "eq", "agreed")]},
    ),
    indicator(
        "success",
        cohort="concluded",
        denominator=field("/data/outcome", "in", ["agreed", "failed"]),
        numerator=field("/data/outcome", "eq", "agreed"),
    ),
    indicator("in_time", cohort="concluded", numerator=field("/course/late", "eq", False)),
    indicator("urgent", cohort="dated", day="/data/heard_on", numerator=field("/data/urgent", "eq", True)),
    indicator(
        "overdue",
        cohort="cut_off",
        denominator=field("/course/accepted", "eq", True),
        numerator=field("/course/overdue", "eq", True),
    ),
    indicator(
        "returned", "referral", cohort="registered", numerator=field("/referral/status", "eq", "returned")
    ),
    indicator("ended", "clock", cohort="due", numerator=field("/record/route", "eq", "R01")),
]
MEDIAN = indicator("days", cohort="concluded")


@pytest.fixture
def filled(seeded: Portal) -> tuple[Portal, list[Any]]:
    return seeded, made_up(seeded, NUMBER, 7, seeded.clock.today())


def counting(portal: Portal, session: Any, code: str = "530100") -> Counting:
    unit = units.by_code(session, code)
    bundle = releases.for_unit(portal, session, unit)
    return Counting(portal, session, level_of(session, unit).place, bundle, portal.clock.now())


def periods_of(portal: Portal) -> list[Period]:
    now = Period.of(portal.clock.today())
    return [now, now.before, now.year_before, now.moved(-5)]


def compare(portal: Portal, histories: list[Any], code: str, own: set[int] | None = None) -> int:
    periods, seen = periods_of(portal), 0
    with portal.reading(SYSTEM) as session:
        asked = counting(portal, session, code)
        for one in INDICATORS:
            for period, found in zip(periods, asked.counts(one, periods), strict=True):
                expected = tally(histories, period, one.id, portal.clock.now())
                if own is not None:
                    expected = {unit: pair for unit, pair in expected.items() if unit in own}
                shown = {unit: (pair.counted, pair.base) for unit, pair in found.items()}
                if one.counted is None:
                    expected = {unit: (base, base) for unit, (_, base) in expected.items()}
                assert shown == expected, (one.id, period)
                seen += sum(base for _, base in shown.values())
        for period, hist in zip(periods, asked.days(MEDIAN, periods), strict=True):
            expected_days = days(histories, period)
            if own is not None:
                expected_days = {unit: some for unit, some in expected_days.items() if unit in own}
            assert hist == expected_days
    return seen


def test_figures_equal_histories_walked_step_by_step(filled: tuple[Portal, list[Any]]) -> None:
    portal, histories = filled
    # Every indicator counted something in every run: an empty comparison would show nothing.
    assert compare(portal, histories, "530100") > 400
    with portal.reading(SYSTEM) as session:
        asked = counting(portal, session)
        for one in INDICATORS:
            assert any(asked.counts(one, periods_of(portal))), one.id


def test_a_unit_that_moves_takes_its_figures_along(filled: tuple[Portal, list[Any]]) -> None:
    portal, histories = filled
    with portal.writing(SYSTEM) as uow:
        village, parent = (units.by_code(uow.session, code) for code in ("530112001001", "530115001"))
        units.move(uow, village.id, parent.id, "试")
        uow.commit()
    with portal.reading(SYSTEM) as session:
        below = set(level_of(session, units.by_code(session, "530115")).child)
        assert units.by_code(session, "530112001001").id in below
    compare(portal, histories, "530100")
    assert compare(portal, histories, "530115", below) > 0


def test_a_level_adds_up_counts_and_takes_medians_from_days(filled: tuple[Portal, list[Any]]) -> None:
    portal, histories = filled
    period = Period.of(portal.clock.today()).before
    with portal.reading(SYSTEM) as session:
        level = level_of(session, units.by_code(session, "530100"))
        asked = counting(portal, session)
        (by_unit,) = asked.counts(INDICATORS[4], [period])
        each = level.counts(by_unit)
        assert total(each.values()) == total(by_unit.values())
        assert set(each) <= set(level.ids)
        (hist,) = asked.days(MEDIAN, [period])
        rows = sorted(number for some in days(histories, period).values() for number in some.elements())
        whole = median(sum(level.days(hist).values(), start=type(next(iter(hist.values())))()))
        assert whole.number == len(rows) > 5
        assert rows[(len(rows) - 1) // 2] <= whole.value <= rows[len(rows) // 2]  # type: ignore[operator]


def test_parts_of_a_whole_sum_to_it(filled: tuple[Portal, list[Any]]) -> None:
    portal, histories = filled
    period = Period.of(portal.clock.today()).before
    parts = indicator("parts", shows="parts", by="route", cohort="registered")
    counted = indicator(
        "counted",
        shows="parts",
        by="route",
        cohort="registered",
        denominator=field("/record/route", "ne", "x"),
    )
    whole = sum(base for _, base in tally(histories, period, "registered", portal.clock.now()).values())
    with portal.reading(SYSTEM) as session:
        found = counting(portal, session).parts(parts, period)
        assert sum(found.values()) == whole > 0
        assert {"R01", "R05", ""} == set(found)
        # Counted from the rows instead of read from the figures.
        rows = counting(portal, session).parts(counted, period)
        assert {key: number for key, number in found.items() if key} == dict(rows)


def test_what_nothing_keeps_has_no_figure(seeded: Portal) -> None:
    lists = compile_indicator(
        "lists",
        {
            "title": "x", "definition": "x", "source": "x", "of": "checklist", "shows": "rate", "cohort": "registered",
            "numerator": field("/checklist/passed", "eq", True),
        },
    )  # fmt: skip
    with seeded.reading(SYSTEM) as session:
        assert counting(seeded, session).counts(lists, periods_of(seeded)) == [{}, {}, {}, {}]


def test_units_with_an_account_are_those_of_today(seeded: Portal) -> None:
    coverage = compile_indicator(
        "coverage",
        {
            "title": "x", "definition": "x", "source": "x", "of": "unit", "shows": "rate", "cohort": "cut_off",
            "denominator": field("/unit/kind", "eq", "department"),
            "numerator": field("/unit/account", "eq", True),
        },
    )  # fmt: skip
    with seeded.reading(SYSTEM) as session:
        now, before, *_ = counting(seeded, session).counts(coverage, periods_of(seeded))
        assert total(now.values()) == Counts(0, 4) or total(now.values()).base > 0
        assert before == {}


def who(portal: Portal, code: str) -> Access:
    with portal.reading(SYSTEM) as session:
        path = units.by_code(session, code).path
    return Access(
        9,
        "督导",
        (Grant("supervisor", path, THING, frozenset({"list"})),),
        memberships=(("supervisor", path),),
    )


def test_a_board_is_of_ones_own_subtree_alone(filled: tuple[Portal, list[Any]]) -> None:
    portal, _ = filled
    county = who(portal, "530112")
    assert board_of(portal, county, None).unit.code == "530112"
    assert board_of(portal, county, "530112001").above[-1].code == "530112"
    for code in ("530100", "530115", "530115001", "nothing"):
        with pytest.raises(NotFound):
            board_of(portal, county, code)
    with pytest.raises(NotFound):
        board_of(portal, Access(9, "x"), "530112")


def test_what_stands_on_a_board_sums_to_its_whole(filled: tuple[Portal, list[Any]]) -> None:
    portal, histories = filled
    board = board_of(portal, who(portal, "530100"), "530100")
    assert len(board.whole.trend) == 12
    for at, number in enumerate(board.whole.trend):
        assert number == board.own.trend[at] + sum(row.trend[at] for row in board.rows)
    month = Period.of(portal.clock.today())
    assert board.whole.trend[-1] == sum(
        base for _, base in tally(histories, month, "registered", portal.clock.now()).values()
    )
    still = [one for one in histories if one.walked()[1] is None]
    assert sum(one.number for one in board.stages) == len(still) == sum(one.number for one in board.desks)
    overdue = sum(1 for one in still if one.due_on is not None and one.due_on < portal.clock.today())
    assert sum(one.overdue for one in board.stages) == overdue > 0
