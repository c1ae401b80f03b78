"""What the rules learn about related records."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from portal.core.access import Access
from portal.core.conditions import CountQuery, parse
from portal.services import records, releases, units
from portal.services.portal import Portal
from portal.services.records.proposing.counting import RelatedRecords
from tests.fixtures.database import access_for

FACTS: dict[str, Any] = {
    "name": "甲",
    "place": "530112001",
    "dispute_type": "D0101",
    "amount": 100.5,
    "channel": "grid",
    "people": 3,
    "urgent": True,
    "heard_on": "2026-05-01",
}


@pytest.fixture
def filled(seeded: Portal) -> Portal:
    clerk = access_for(seeded, "clerk", "530112")
    for days, data in (
        (100, FACTS),
        (10, FACTS),
        (5, FACTS | {"name": "乙", "amount": 7, "people": 4, "channel": "walk_in"}),
    ):
        with seeded.at(seeded.clock.later(days=-days)).writing(clerk) as uow:
            records.register(uow, "case", "530112", data)
            uow.commit()
    return seeded


def ask(portal: Portal, query: CountQuery, facts: dict[str, Any] = FACTS, centre: str = "530112") -> Any:
    with portal.reading(Access(1, "somebody without a role")) as session:
        unit = units.by_code(session, centre)
        bundle = releases.for_unit(portal, session, unit)
        return RelatedRecords(session, bundle, unit.path, portal.clock.now())(query, facts)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("/place", 3),
        ("place", 3),
        ("/dispute_type", 3),
        ("/amount", 2),
        ("/channel", 2),
        ("/people", 2),
        ("/urgent", 3),
        ("/heard_on", 3),
        ("/name", 2),
        ("/tags", None),
        ("/nothing", None),
    ],
)
def test_every_indexed_field_can_be_matched(filled: Portal, field: str, expected: int | None) -> None:
    assert ask(filled, CountQuery("count", "case", {field: f"/{field.strip('/')}"})) == expected


def test_a_value_that_is_missing_or_of_another_kind_gives_no_answer(filled: Portal) -> None:
    query = CountQuery("count", "case", {"/people": "/people"})
    assert ask(filled, query, {}) is None
    assert ask(filled, query, {"people": "many"}) is None


def test_only_recent_records_of_the_centre_count(filled: Portal) -> None:
    query = CountQuery("count", "case", {"/place": "/place"}, within_days=90)
    assert ask(filled, query) == 2
    assert ask(filled, query, centre="530115") == 0


def test_sums_and_conditions(filled: Portal) -> None:
    assert ask(filled, CountQuery("sum", "case", {"/place": "/place"}, of="/amount")) == pytest.approx(208)
    where, problems = parse({"field": "/amount", "op": "gt", "value": 50})
    assert not problems
    assert ask(filled, CountQuery("count", "case", {"/place": "/place"}, where=where)) == 2
    assert ask(filled, CountQuery("sum", "case", {"/place": "/place"}, of="/people", where=where)) == 6


def test_the_record_itself_does_not_count(filled: Portal) -> None:
    with filled.reading(Access.system("test")) as session:
        unit = units.by_code(session, "530112")
        bundle = releases.for_unit(filled, session, unit)
        first = records.search(filled, session, records.Query("case"), bundle).rows[0]
        related = RelatedRecords(session, bundle, unit.path, filled.clock.now(), first.id)
        assert related(CountQuery("count", "case", {"/place": "/place"}), FACTS) == 2
        assert first.created_at < filled.clock.now() - dt.timedelta(days=1)
