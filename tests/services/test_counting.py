"""What the rules learn about related records."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import text

from portal.core.access import Access
from portal.core.conditions import CountQuery, parse
from portal.persistence.models import Record
from portal.services import records, releases, units
from portal.services.portal import Portal
from portal.services.records.entering.columns import columns_of
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


MANY = 2_000
LONG = "很" * 199
# The whole of a matter's data, and what the database's own SQL makes of the same questions.
WHERES: list[tuple[Any, str]] = [
    ({"field": "/amount", "op": "gte", "value": 500}, "{amount} >= 500"),
    ({"none": [{"field": "/amount", "op": "gte", "value": 500}]}, "NOT coalesce({amount} >= 500, {false})"),
    ({"field": "/outcome", "op": "eq", "value": "和解"}, "{outcome} = '和解'"),
    (
        {"any": [{"field": "/outcome", "op": "missing"}, {"field": "/people", "op": "lt", "value": 3}]},
        "{outcome} IS NULL OR {people} < 3",
    ),
    ({"field": "/name", "op": "contains", "value": "末"}, "{name} LIKE '%末%'"),
    (
        {
            "all": [
                {"field": "/name", "op": "starts_with", "value": LONG},
                {"field": "/dispute_type", "op": "under", "value": "D01"},
            ]
        },
        "{name} LIKE '很%' AND {dispute_type} = 'D0101'",
    ),
]


@pytest.fixture
def many(seeded: Portal) -> Portal:
    """Two thousand cases of one centre at one place, and one at another."""
    with seeded.writing(Access.system("test")) as uow:
        unit = units.by_code(uow.session, "530112")
        bundle = releases.for_unit(seeded, uow.session, unit)
        made = []
        for at in range(MANY + 1):
            data: dict[str, Any] = {
                "name": f"{LONG}第{at}人末" if at % 7 == 0 else f"第{at}人",
                "place": "530112001" if at < MANY else "530112002",
                "dispute_type": "D0101" if at % 2 else "D0601",
            }
            data |= {"amount": at / 2} if at % 3 else {}
            data |= {"outcome": "和解"} if at % 5 == 0 else {}
            data |= {"people": at % 10} if at % 4 else {}
            made.append(
                Record(
                    uid=f"many{at}",
                    etype="case",
                    unit_id=unit.id,
                    unit_path=unit.path,
                    centre_id=unit.id,
                    release_id=bundle.release_id,
                    data=data,
                    created_at=uow.now,
                    updated_at=uow.now,
                    **columns_of(bundle, "case", data).columns,
                )
            )
        uow.add(*made)
        uow.audit("add", made[0], kind="case", object_id="many", covers=made[1:])
        uow.commit()
    return seeded


def test_counts_and_sums_with_a_condition_over_two_thousand_records_equal_sql(many: Portal) -> None:
    for where, sql in WHERES:
        _same(many, where, sql)


def _same(many: Portal, where: Any, sql: str) -> None:
    on_sqlite = many.database.dialect == "sqlite"

    def held(name: str, kind: str = "TEXT") -> str:
        value = f"json_extract(data, '$.{name}')" if on_sqlite else f"(data ->> '{name}')"
        return value if on_sqlite else f"CAST({value} AS {kind})"

    fields = {name: held(name) for name in ("name", "outcome", "dispute_type")}
    fields |= {name: held(name, "FLOAT") for name in ("amount", "people")}
    asked = sql.format(**fields, false="0" if on_sqlite else "FALSE")
    there = f"FROM record WHERE {held('place')} = '530112001' AND ({asked})"
    with many.database.engine.connect() as connection:
        number = connection.scalar(text(f"SELECT count(*) {there}"))
        total = connection.scalar(text(f"SELECT sum({fields['amount']}) {there}"))
    condition, problems = parse(where)
    assert not problems
    assert number > 100
    assert ask(many, CountQuery("count", "case", {"/place": "/place"}, where=condition)) == number
    added = ask(many, CountQuery("sum", "case", {"/place": "/place"}, of="/amount", where=condition))
    assert added == pytest.approx(total)
    people = ask(many, CountQuery("sum", "case", {"/place": "/place"}, of="/outcome", where=condition))
    assert people == 0
