"""Many records with typed rows: an index serves equality, range and order, on both databases.

``PORTAL_TEST_ROWS=100000`` makes a hundred thousand.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, text

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Grant
from portal.persistence.models import FieldPlaceRow
from portal.services import records, releases, units
from portal.services.bundles import Bundle
from portal.services.portal import Portal
from portal.services.reach.upkeep import rebuild
from portal.services.records import Filter, Query
from portal.services.seeding import seed
from tests.fixtures import counties
from tests.fixtures.database import BOTH, TODAY, PostgresqlServer

RECORDS = int(os.environ.get("PORTAL_TEST_ROWS", "8000"))
COUNTY = counties.COUNTIES[0]

# A city whose own fields found no column free: the most that a list ever runs over.
_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, :rows))",
}
_RECORDS = """
INSERT INTO record (id, uid, etype, unit_id, unit_path, centre_id, release_id, title, search_text, is_open, lanes,
    data, created_at, created_by_name, updated_at, updated_by_name, version)
{numbers} SELECT i, 'u' || i, 'case', u.id, u.path, u.id, :release, 't', 't', {true}, '{{}}', '{{}}',
    '2026-01-01', '', '2026-01-01', '', 1
FROM n JOIN (SELECT id, path, row_number() OVER (ORDER BY code) - 1 AS place FROM unit WHERE level = 'county') u
    ON u.place = n.i % 14
"""
_VALUES = """
INSERT INTO record_value (record_id, pointer, etype, text, number, day)
{numbers} SELECT i, '{pointer}', 'case', {text}, {number}, NULL FROM n WHERE i % 10 <> 0
"""


def _fill(portal: Portal) -> None:
    seed(portal, counties.library(), verify=False)
    kind = portal.database.dialect
    numbers, true = _NUMBERS[kind], "TRUE" if kind == "postgresql" else "1"
    with portal.writing(Access.system("test")) as uow:
        for pointer in ("/wide_number", "/wide_text"):
            uow.add(FieldPlaceRow(etype="case", pointer=pointer, stored=pointer))
        uow.commit()
    with portal.database.engine.begin() as connection:
        release = connection.scalar(text("SELECT min(id) FROM release"))
        values = {"rows": RECORDS, "release": release}
        connection.execute(text(_RECORDS.format(numbers=numbers, true=true)), values)
        mixed = "(i * 7919) % 50000"
        for pointer, word, number in (
            ("/wide_number", "NULL", f"CAST({mixed} AS REAL)"),
            ("/wide_text", f"'v' || ({mixed})", "NULL"),
        ):
            statement = _VALUES.format(numbers=numbers, pointer=pointer, text=word, number=number)
            connection.execute(text(statement), {"rows": RECORDS})
    assert rebuild(portal.database) > RECORDS
    with portal.database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE") if kind == "postgresql" else None


def _wide(portal: Portal) -> Bundle:
    """Return the city's release with two fields whose values lie in rows."""
    with portal.reading(Access.system("test")) as session:
        bundle = releases.for_unit(portal, session, units.by_code(session, "530100"))
        form = bundle.raw["forms"]["case"]
        properties = form["schema"]["properties"] | {
            # A choice: its codes have an order of their own, and no names are put in order.
            "wide_text": {"type": "string", "title": "t", "enum": ["v1", "v2"]},
            "wide_number": {"type": "number", "title": "n"},
        }
        entity = form["entity"] | {"index": [*form["entity"]["index"], "/wide_text", "/wide_number"]}
        changed = form | {"schema": form["schema"] | {"properties": properties}, "entity": entity}
        raw = {**bundle.raw, "forms": {**bundle.raw["forms"], "case": changed}}
        places = releases.stored_fields(session, raw)
        return Bundle(bundle.release_id, bundle.pack, bundle.version, "wide", raw, places)


@pytest.fixture(scope="module", params=BOTH)
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    if request.param == "sqlite":
        target = tmp_path_factory.mktemp("large") / "large.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), target)
        url = f"sqlite:///{target}"
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        url = server.migrated()
    portal = Portal.from_url(url, FixedClock.on(TODAY))
    _fill(portal)
    yield portal
    portal.database.dispose()


def _explained(portal: Portal, unit: str, query: Query) -> tuple[records.Page, str]:
    """Return a page, and how the database finds its rows."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if "record_value" in statement and "count(*)" not in statement:
            asked.append((statement, parameters))

    bundle = _wide(portal)
    with portal.reading(Access.system("test")) as session:
        path = units.by_code(session, unit).path
    who = Access(7, "a", (Grant("clerk", path, "case", frozenset({"list"})),))
    event.listen(portal.database.engine, "before_cursor_execute", note)
    try:
        with portal.reading(who) as session:
            page = records.search(portal, session, query, bundle)
    finally:
        event.remove(portal.database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN " if portal.database.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
    plans = []
    with portal.database.engine.connect() as connection:
        for statement, parameters in asked[:1]:
            found = connection.exec_driver_sql(explain + statement, parameters).all()
            plans += [str(row[-1]) for row in found]
    return page, "\n".join(plans)


def _sorts(plan: str) -> bool:
    return "TEMP B-TREE FOR ORDER BY" in plan or "Sort" in plan


@pytest.mark.parametrize("order", ["/wide_number", "-/wide_number", "/wide_text", "-/wide_text"])
def test_the_first_page_in_the_order_of_a_row_runs_along_its_index(large: Portal, order: str) -> None:
    page, plan = _explained(large, "530100", Query("case", order=order))
    assert len(page.rows) == 20
    index = "ix_record_value_number" if "number" in order else "ix_record_value_text"
    assert index in plan, plan
    assert not _sorts(plan), plan


@pytest.mark.parametrize(
    "wanted", [Filter("/wide_text", "eq", "v7919"), Filter("/wide_number", "between", [24037, 24039])]
)
def test_equality_and_range_are_found_by_the_index(large: Portal, wanted: Filter) -> None:
    page, plan = _explained(large, "530100", Query("case", [wanted], order="-created_at"))
    assert 0 < len(page.rows) <= 6
    assert "ix_record_value_" in plan, plan
    assert "Seq Scan on record_value" not in plan, plan


def test_a_filter_by_the_field_of_the_order_narrows_the_same_index(large: Portal) -> None:
    wanted = Query("case", [Filter("/wide_number", "gte", 25_000)], order="/wide_number")
    page, plan = _explained(large, "530100", wanted)
    assert len(page.rows) == 20
    assert "ix_record_value_number" in plan, plan
    assert not _sorts(plan), plan


def test_a_county_sees_its_own_in_order(large: Portal) -> None:
    page, plan = _explained(large, COUNTY, Query("case", order="-/wide_number"))
    assert len(page.rows) == 20
    with large.reading(Access.system("test")) as session:
        path = units.by_code(session, COUNTY).path
    assert {record.unit_path for record in page.rows} == {path}
    assert "Seq Scan on record_value" not in plan, plan
    assert "SCAN record_value" not in plan, plan
