"""Fourteen counties with eight filter fields each: lists, filters, orders, counts and rules alike over all of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.conditions import CountQuery
from portal.core.errors import InvalidInput
from portal.persistence.models import FieldPlaceRow, FieldSlot, Record, RecordValue
from portal.services import records, releases, units
from portal.services.portal import Portal
from portal.services.records import Filter, Query
from portal.services.records.proposing.counting import RelatedRecords
from tests.fixtures import counties
from tests.fixtures.counties import ROWS
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")


def names(portal: Portal, who: Access, *filters: Filter, **more: Any) -> list[str]:
    with portal.reading(who) as session:
        page = records.search(portal, session, Query("case", filters, **({"order": "created_at"} | more)))
        return [record.data["name"] for record in page.rows]


def rows(n: int, *wanted: int) -> list[str]:
    return [f"人{n}_{row}" for row in wanted]


def test_the_fields_of_counties_take_no_column(counties_portal: Portal) -> None:
    with counties_portal.reading(SYSTEM) as session:
        slots = {slot.pointer for slot in session.scalars(select(FieldSlot).where(FieldSlot.etype == "case"))}
        local = {row.pointer for row in session.scalars(select(FieldPlaceRow))}
        held = session.scalars(select(RecordValue)).all()
    assert slots == {"/channel", "/people", "/urgent", "/heard_on", "/name", "/river", "/share"}
    assert local == {f"/{name}" for n in range(14) for name in counties.own_fields(n)}
    assert len(held) == 14 * ROWS * 8


@pytest.mark.parametrize("n", [0, 7, 13])
@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("village", "eq", "李家村", (1, 4)),
        ("village", "ne", "李家村", (0, 2, 3, 5)),
        ("village", "contains", "家", (0, 1, 2, 3, 4, 5)),
        ("village", "contains", "%", ()),
        ("village", "starts_with", "白", (2, 5)),
        ("kind", "in", ["甲", "丙"], (0, 2, 3, 5)),
        ("crops", "eq", 20, (2,)),
        ("crops", "between", [10, 30], (1, 2, 3)),
        ("crops", "gt", "30", (4, 5)),
        ("loss", "lte", 1.5, (0, 1)),
        ("visited", "eq", "true", (0, 2, 4)),
        ("visited", "eq", False, (1, 3, 5)),
        ("seen_on", "gte", "2026-05-05", (4, 5)),
        ("seen_on", "lt", dt.date(2026, 5, 2), (0,)),
        ("topic", "under", "D01", (0, 2, 3, 5)),
        ("topic", "under", "D06", (1, 4)),
        ("kind", "missing", False, (0, 1, 2, 3, 4, 5)),
    ],
)
def test_a_county_filters_by_its_own_fields(
    counties_portal: Portal, n: int, field: str, op: str, value: Any, expected: tuple[int, ...]
) -> None:
    clerk = access_for(counties_portal, "clerk", counties.COUNTIES[n])
    assert names(counties_portal, clerk, Filter(f"/{field}_{n}", op, value)) == rows(n, *expected)


def test_missing_and_several_filters_at_once(counties_portal: Portal) -> None:
    clerk = access_for(counties_portal, "clerk", counties.COUNTIES[3])
    assert names(counties_portal, clerk, Filter("/kind_3", "missing")) == ["空3"]
    assert names(counties_portal, clerk, Filter("/where_3", "eq", counties.COUNTIES[3])) == rows(
        3, 0, 1, 2, 3, 4, 5
    )
    both = (Filter("/village_3", "eq", "李家村"), Filter("/crops_3", "gt", 10), Filter("/river", "ne", "x"))
    assert names(counties_portal, clerk, *both) == rows(3, 4)
    assert names(counties_portal, clerk, *both, order="-/village_3", text="人3") == rows(3, 4)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("/crops_5", (0, 1, 2, 3, 4, 5)),
        ("-/crops_5", (5, 4, 3, 2, 1, 0)),
        ("-/seen_on_5", (5, 4, 3, 2, 1, 0)),
        ("/visited_5", (1, 3, 5, 0, 2, 4)),
        ("-/visited_5", (4, 2, 0, 5, 3, 1)),
        # By pinyin, as names are: 白, 李, 张.
        ("/village_5", (2, 5, 1, 4, 0, 3)),
        ("-/village_5", (3, 0, 4, 1, 5, 2)),
    ],
)
def test_a_county_sorts_by_its_own_fields_missing_values_last_over_all_pages(
    counties_portal: Portal, order: str, expected: tuple[int, ...]
) -> None:
    clerk = access_for(counties_portal, "clerk", counties.COUNTIES[5])
    wanted = [*rows(5, *expected), "空5"]
    assert names(counties_portal, clerk, order=order) == wanted
    for size in (1, 2, 4):
        pages = [names(counties_portal, clerk, order=order, size=size, page=page) for page in range(1, 9)]
        assert [name for page in pages for name in page] == wanted


def test_a_filter_by_the_field_that_gives_the_order(counties_portal: Portal) -> None:
    clerk = access_for(counties_portal, "clerk", counties.COUNTIES[5])
    some = Filter("/crops_5", "between", [10, 40])
    assert names(counties_portal, clerk, some, order="-/crops_5") == rows(5, 4, 3, 2, 1)
    assert names(counties_portal, clerk, some, order="-/crops_5", size=2, page=2) == rows(5, 2, 1)
    assert names(counties_portal, clerk, Filter("/crops_5", "missing"), order="/crops_5") == ["空5"]
    assert names(
        counties_portal, clerk, Filter("/crops_5", "missing", False), order="-/crops_5", size=1
    ) == rows(5, 5)


def test_counts_are_of_the_same_rows(counties_portal: Portal) -> None:
    clerk = access_for(counties_portal, "clerk", counties.COUNTIES[2])
    with counties_portal.reading(clerk) as session:
        query = Query("case", [Filter("/crops_2", "gte", 10)], order="-/crops_2", size=2)
        page = records.search(counties_portal, session, query)
        assert (len(page.rows), page.total, page.capped) == (2, 5, False)
        page = records.search(counties_portal, session, Query("case", query.filters, size=2, count_limit=3))
        assert (page.total, page.capped) == (3, True)


def test_a_county_knows_no_field_of_another(counties_portal: Portal) -> None:
    clerk = access_for(counties_portal, "clerk", counties.COUNTIES[2])
    for key in ("/crops_3", "/village_13"):
        with pytest.raises(InvalidInput):
            names(counties_portal, clerk, Filter(key, "missing"))
        with pytest.raises(InvalidInput):
            names(counties_portal, clerk, order=key)


def test_the_city_filters_and_sorts_over_all_its_counties_by_its_own_fields(counties_portal: Portal) -> None:
    city = access_for(counties_portal, "supervisor", "530100")
    found = names(counties_portal, city, Filter("/river", "eq", "螳螂川"), size=100)
    assert found == [name for n in range(14) for name in rows(n, 1, 4)]
    found = names(counties_portal, city, Filter("/share", "gte", 1.25), order="-/share", size=100)
    assert sorted(found) == sorted(name for n in range(14) for name in rows(n, 5))
    found = names(counties_portal, city, Filter("/river", "missing"), size=100)
    assert found == [f"空{n}" for n in range(14)]
    with counties_portal.reading(city) as session:
        assert records.search(counties_portal, session, Query("case", size=5)).total == 14 * (ROWS + 1)


def test_rows_never_show_more_than_the_record_scope(counties_portal: Portal) -> None:
    """The fields of county 4 asked by somebody of county 4 and by the city: nobody else's records come along."""
    bundle_of = {}
    with counties_portal.reading(SYSTEM) as session:
        unit = units.by_code(session, counties.COUNTIES[4])
        bundle_of[4] = releases.for_unit(counties_portal, session, unit)
    stranger = access_for(counties_portal, "clerk", counties.COUNTIES[9])
    for who, expected in ((stranger, []), (Access.nobody(), []), (SYSTEM, rows(4, 5, 4, 3, 2, 1, 0))):
        for order in ("-/crops_4", "/village_4", "-/seen_on_4"):
            with counties_portal.reading(who) as session:
                query = Query("case", [Filter("/kind_4", "missing", False)], order=order, size=50)
                page = records.search(counties_portal, session, query, bundle_of[4])
                assert sorted(r.data["name"] for r in page.rows) == sorted(expected)
                assert page.total == len(expected)


def test_rules_count_related_records_by_a_local_field(counties_portal: Portal) -> None:
    with counties_portal.reading(SYSTEM) as session:
        unit = units.by_code(session, counties.COUNTIES[6])
        bundle = releases.for_unit(counties_portal, session, unit)
        related = RelatedRecords(session, bundle, unit.path, counties_portal.clock.now())
        facts = counties.values(6, 1)
        for field, expected in {"village": 2, "crops": 1, "visited": 3, "seen_on": 1, "where": ROWS}.items():
            match = {f"/{field}_6": f"/{field}_6"}
            assert related(CountQuery("count", "case", match=match), facts) == expected
        match = {"/village_6": "/village_6", "/river": "/river"}
        assert related(CountQuery("count", "case", match=match, within_days=3), facts) == 2
        total = CountQuery("sum", "case", match={"/kind_6": "/kind_6"}, of="/crops_6")
        assert related(total, facts) == 10 + 40
        assert related(CountQuery("count", "case", match={"/kind_6": "/nothing"}), facts) is None


def test_a_change_moves_the_value_and_a_deletion_takes_it_along(counties_copy: Portal) -> None:
    clerk = access_for(counties_copy, "clerk", counties.COUNTIES[1])
    with counties_copy.reading(clerk) as session:
        page = records.search(counties_copy, session, Query("case", [Filter("/crops_1", "eq", 30)]))
        (record,) = page.rows
        uid, version = record.uid, record.version
    data = {k: v for k, v in counties.values(1, 3).items() if k != "kind_1"} | {"crops_1": 31, "loss_1": 4.5}
    with counties_copy.writing(clerk) as uow:
        records.change(uow, uid, data, version)
        uow.commit()
    assert names(counties_copy, clerk, Filter("/crops_1", "eq", 30)) == []
    assert names(counties_copy, clerk, Filter("/crops_1", "eq", 31)) == rows(1, 3)
    assert sorted(names(counties_copy, clerk, Filter("/kind_1", "missing"))) == sorted([*rows(1, 3), "空1"])
    with counties_copy.writing(SYSTEM) as uow:
        record = uow.session.scalars(select(Record).where(Record.uid == uid)).one()
        number = record.id
        assert uow.session.scalars(select(RecordValue).where(RecordValue.record_id == number)).all()
        uow.session.delete(record)
        uow.audit("delete", record, kind="case", object_id=uid)
        uow.commit()
    with counties_copy.reading(SYSTEM) as session:
        assert not session.scalars(select(RecordValue).where(RecordValue.record_id == number)).all()
