"""Lists: declared filters and orders only, missing values last, pages, limited counts, scope."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from portal.core.access import Access
from portal.core.errors import InvalidInput
from portal.services import records, units
from portal.services.portal import Portal
from portal.services.records import Filter, Query
from portal.services.records.entering.columns import as_number
from portal.services.records.finding import reading, searching
from tests.fixtures.database import access_for

ROWS: list[dict[str, Any]] = [
    {
        "name": "甲",
        "amount": 300,
        "channel": "grid",
        "people": 3,
        "heard_on": "2026-05-03",
        "dispute_type": "D0101",
    },
    {"name": "乙", "amount": 100, "channel": "walk_in", "people": 1, "urgent": True, "dispute_type": "D0601"},
    {"name": "丙", "people": 2, "heard_on": "2026-05-01", "urgent": False},
    {"name": "丁_100%", "amount": 200, "channel": "grid", "place": "530112001"},
]


@pytest.fixture
def clerk(seeded: Portal) -> Access:
    return access_for(seeded, "clerk", "530112", user_id=7)


@pytest.fixture
def filled(seeded: Portal, clerk: Access) -> Portal:
    for minute, row in enumerate(ROWS):
        with seeded.at(seeded.clock.later(minutes=minute)).writing(clerk) as uow:
            records.register(uow, "case", "530112", row)
            uow.commit()
    with seeded.writing(access_for(seeded, "clerk", "530111")) as uow:
        records.register(uow, "case", "530111", {"name": "外"})
        uow.commit()
    return seeded


def names(portal: Portal, who: Access, *filters: Filter, **more: Any) -> str:
    with portal.reading(who) as session:
        page = records.search(portal, session, Query("case", filters, **({"order": "created_at"} | more)))
        return "".join(record.data["name"][0] for record in page.rows)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter("stage", "eq", "intake"), "甲乙丙丁"),
        (Filter("stage", "ne", "intake"), ""),
        (Filter("/channel", "eq", "grid"), "甲丁"),
        (Filter("/channel", "in", ["walk_in", "nothing"]), "乙"),
        (Filter("/channel", "missing"), "丙"),
        (Filter("amount", "gte", 200), "甲丁"),
        (Filter("amount", "between", ["100", "200"]), "乙丁"),
        (Filter("/people", "lt", 3), "乙丙"),
        (Filter("/urgent", "eq", "true"), "乙"),
        (Filter("/urgent", "eq", False), "丙"),
        (Filter("/heard_on", "lte", "2026-05-02"), "丙"),
        (Filter("/heard_on", "gt", dt.date(2026, 5, 2)), "甲"),
        (Filter("/name", "contains", "_"), "丁"),
        (Filter("/name", "contains", "%"), "丁"),
        (Filter("/name", "starts_with", "丁"), "丁"),
        (Filter("dispute_type", "under", "D06"), "乙"),
        (Filter("dispute_type", "under", "D01"), "甲"),
        (Filter("created_at", "gte", "2026-05-07"), ""),
        (Filter("code", "eq", "西综〔2026〕0002"), "乙"),
    ],
)
def test_filters(filled: Portal, clerk: Access, wanted: Filter, expected: str) -> None:
    assert names(filled, clerk, wanted) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("created_at", "甲乙丙丁"),
        ("-created_at", "丁丙乙甲"),
        ("amount", "乙丁甲丙"),
        ("-amount", "甲丁乙丙"),
        ("/people", "乙丙甲丁"),
        ("-/heard_on", "甲丙丁乙"),
        ("-code", "丁丙乙甲"),
    ],
)
def test_orders_have_missing_values_last_over_all_pages(
    filled: Portal, clerk: Access, order: str, expected: str
) -> None:
    assert names(filled, clerk, order=order) == expected
    for size in (1, 2, 3):
        pages = [names(filled, clerk, order=order, size=size, page=page) for page in range(1, 6)]
        assert "".join(pages) == expected


@pytest.mark.parametrize(
    "wanted",
    [
        Filter("password", "eq", "x"),
        Filter("/tags", "eq", "x"),
        Filter("data", "eq", "x"),
        Filter("amount", "contains", "x"),
        Filter("amount", "eq", "many"),
        Filter("stage", "like", "x"),
        Filter("due_on", "eq", "2026-13-40"),
        Filter("stage", "in", "intake"),
        Filter("amount", "between", [1]),
        Filter("amount", "under", "D01"),
    ],
)
def test_what_is_not_declared_or_does_not_fit_is_refused(
    filled: Portal, clerk: Access, wanted: Filter
) -> None:
    with pytest.raises(InvalidInput):
        names(filled, clerk, wanted)


@pytest.mark.parametrize("order", ["title", "password", "/tags", "id", "-"])
def test_orders_without_an_index_are_refused(filled: Portal, clerk: Access, order: str) -> None:
    with pytest.raises(InvalidInput):
        names(filled, clerk, order=order)


def test_the_text_search_takes_title_and_code_literally(filled: Portal, clerk: Access) -> None:
    assert names(filled, clerk, text="丁_100%") == "丁"
    assert names(filled, clerk, text="%") == "丁"
    assert names(filled, clerk, text="0002") == "乙"
    assert names(filled, clerk, text="乙 0001") == ""


def test_counts_stop_at_their_limit(filled: Portal, clerk: Access) -> None:
    with filled.reading(clerk) as session:
        page = records.search(filled, session, Query("case", size=2, count_limit=3))
        assert (page.total, page.capped, page.pages) == (3, True, 2)
        page = records.search(filled, session, Query("case", count_limit=4))
        assert (page.total, page.capped) == (4, False)


def test_lists_counts_and_search_stay_within_the_scope(filled: Portal) -> None:
    city = access_for(filled, "supervisor", "530100")
    assert names(filled, city, order="code") == "外甲乙丙丁"
    with filled.reading(city) as session:
        path = city.memberships[0][1]
        xishan = next(
            r.unit_path
            for r in records.search(filled, session, Query("case")).rows
            if r.code and "西" in r.code
        )
        assert sum(records.counts(filled, session, "case").values()) == 5
        assert sum(records.counts(filled, session, "case", under=xishan).values()) == 4
        assert path != xishan
    nobody = access_for(filled, "clerk", "530115")
    assert names(filled, nobody) == ""
    with filled.reading(nobody) as session:
        assert records.counts(filled, session, "case") == {}


def test_the_parts_of_a_record_are_a_list_of_their_own(filled: Portal, clerk: Access) -> None:
    with filled.reading(clerk) as session:
        whole = records.search(filled, session, Query("case", text="甲")).rows[0]
    with filled.writing(clerk) as uow:
        records.register(uow, "party", "", {"name": "李四"}, parent=whole.uid)
        uow.commit()
    with filled.reading(clerk) as session:
        assert [p.title for p in records.search(filled, session, Query("party", parent=whole.uid)).rows] == [
            "李四"
        ]


def test_a_list_remembers_how_it_was_left(filled: Portal, clerk: Access) -> None:
    from portal.services import users

    with filled.writing(Access.system("test")) as uow:
        user_id = users.create(uow, "zs", "a long password", "三", "张").id
        uow.commit()
    clerk = replace(clerk, user_id=user_id)
    for state in ({"order": "code"}, {"order": "-amount"}):
        with filled.writing(clerk) as uow:
            records.save_state(uow, user_id, "case", state)
            uow.commit()
        with filled.reading(clerk) as session:
            assert records.load_state(session, user_id, "case") == state
            assert records.load_state(session, user_id, "visit") == {}


def test_a_number_that_no_column_holds_is_left_out() -> None:
    """A whole number of hundreds of digits is one of Python's, and of no database."""
    assert as_number(10**400) is None
    assert as_number(1e308) == 1e308
    assert as_number(float("inf")) is None


@pytest.mark.parametrize("order", ["-created_at", "-updated_at", "due_on"])
@pytest.mark.parametrize("few", [0, 2_000])
def test_the_number_of_a_narrowed_list_is_the_same_told_and_counted(
    filled: Portal, monkeypatch: pytest.MonkeyPatch, order: str, few: int
) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    asked: list[tuple[Filter, ...]] = [
        (),
        (Filter("stage", "eq", "intake"),),
        (Filter("stage", "in", ["intake", "closed"]),),
        (Filter("stage", "eq", "closed"),),
        (Filter("is_open", "eq", True),),
        (Filter("stage", "eq", "intake"), Filter("is_open", "eq", True)),
        (Filter("/channel", "eq", "grid"),),
    ]

    def pages() -> list[Any]:
        found = []
        for role, unit in (("supervisor", "530100"), ("clerk", "530112"), ("clerk", "530111")):
            with filled.reading(access_for(filled, role, unit)) as session:
                for under in (None, "530112", "530111", "530112001"):
                    path = under and units.by_code(session, under).path
                    for filters in asked:
                        for page, limit in ((1, 1_000), (1, 1), (2, 1_000)):
                            query = Query(
                                "case", filters, order=order, size=2, under=path, page=page, count_limit=limit
                            )
                            got = records.search(filled, session, query)
                            found.append(
                                (
                                    role,
                                    unit,
                                    under,
                                    filters,
                                    page,
                                    [r.uid for r in got.rows],
                                    got.total,
                                    got.capped,
                                )
                            )
        return found

    told = pages()
    assert {(one[2], one[6]) for one in told} >= {("530112", 4), ("530111", 1), ("530112001", 0), (None, 5)}
    monkeypatch.setattr(searching, "kept_counts", lambda *_, **__: None)
    assert pages() == told


@pytest.mark.parametrize("order", ["-created_at", "-updated_at"])
def test_a_list_narrowed_to_a_unit_counts_no_records(filled: Portal, order: str) -> None:
    seen: list[str] = []
    event.listen(filled.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    with filled.reading(access_for(filled, "supervisor", "530100")) as session:
        path = units.by_code(session, "530112").path
        for filters in ((), (Filter("stage", "eq", "intake"),)):
            seen.clear()
            page = records.search(filled, session, Query("case", filters, order=order, under=path, size=2))
            assert (page.total, len(page.rows)) == (4, 2)
            assert not [one for one in seen if "count(" in one]


def test_a_list_by_due_date_is_put_in_order_before_records_are_fetched(filled: Portal) -> None:
    seen: list[str] = []
    event.listen(filled.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    with filled.reading(access_for(filled, "clerk", "530112")) as session:
        records.search(filled, session, Query("case", order="due_on"))
    assert [one for one in seen if "ORDER BY record_reach.due_on" in one]


@pytest.mark.parametrize(
    ("order", "index"),
    [("-created_at", "created"), ("-updated_at", "updated"), ("updated_at", "updated"), ("due_on", "dated")],
)
def test_a_page_in_an_order_of_reach_is_read_along_its_index_without_sorting_or_counting(
    filled: Portal, order: str, index: str
) -> None:
    seen: list[tuple[str, Any]] = []
    event.listen(filled.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2:4]))
    with filled.reading(access_for(filled, "clerk", "530112")) as session:
        records.search(filled, session, Query("case", order=order, size=2))
    at, (words, values) = next((at, one) for at, one in enumerate(seen) if "FROM record " in one[0])
    assert not [one for one, _ in seen[:at] if "count(" in one]
    with filled.database.engine.connect() as connection:
        if filled.database.dialect == "postgresql":
            # Few rows are read at once and put in order; what is asked is whether the index has the order.
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        how = "EXPLAIN " if filled.database.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(how + words, values))
    assert f"ix_reach_{index}" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def test_nobody_counts_by_a_field_that_is_closed_to_them(
    filled: Portal, clerk: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled.reading(clerk) as session:
        bundle = searching.own_bundle(filled, session, "case")
        reading.check_open(bundle, session, "case", reading.COUNTED_BY)
        pointer = bundle.entity("case").promoted["dispute_type"]
        monkeypatch.setattr(reading, "closed_columns", lambda *_: frozenset({pointer}))
        reading.check_open(bundle, session, "case", ("stage", "channel"))
        for group in ("dispute_type", "dispute_class"):
            with pytest.raises(InvalidInput):
                reading.check_open(bundle, session, "case", ("stage", group))
