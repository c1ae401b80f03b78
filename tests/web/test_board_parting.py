"""A figure by its parts over HTTP: the parts are the whole, tables of the pack, and what leaves the portal of them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.access import Access
from portal.core.indicators import Period
from portal.persistence.models import AuditEntry, Record
from portal.persistence.patience import TookTooLong
from portal.services import units
from portal.services.indicators import proof
from portal.services.indicators.parting import parted
from tests.services.indicators.test_indicator_counting import who
from tests.services.indicators.test_too_many_to_count import nobody_waits
from tests.web.records.conftest import site  # noqa: F401 (a fixture)
from tests.web.records.seeded_site import Browser, Site

BOARD = "/board/unit/530100"
MAY = Period(2026, 5)


@pytest.fixture
def supervisor(site: Site) -> Iterator[Browser]:  # noqa: F811
    browser = site.login("supervisor")
    yield browser
    browser.get("/language/zh_Hans")


def sent(browser: Browser, path: str, **values: str) -> Any:
    return browser.post(path, {"csrf_token": browser.token(), **values})


def taken(site: Site) -> list[Any]:  # noqa: F811
    with site.portal.reading(Access.system("test")) as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "export_board")))


def test_a_figure_leads_to_its_parts_and_they_are_the_whole(site: Site, supervisor: Browser) -> None:  # noqa: F811
    assert 'href="/board/unit/530100/by?month=2026-05&amp;sort=registered"' in supervisor.get(BOARD).text
    page = supervisor.get(f"{BOARD}/by?sort=registered")
    assert page.status_code == 200
    for words in ("按纠纷大类", "人民调解纠纷类型", "国家标准事件类别", "合计"):
        assert words in page.text, words
    with site.portal.reading(Access.system("test")) as session:
        number = session.scalar(select(func.count()).select_from(Record).where(Record.etype == "case"))
    access = who(site.portal, "530100")
    for axis in ("class", "route", "channel", "grade", "table.mediation", "table.national"):
        found = parted(site.portal, access, "530100", "registered", axis, MAY)
        if axis in found.axes:
            assert found.axis == axis
            assert found.whole[0].base == number, axis


def test_parts_that_are_kept_are_those_of_the_rows(site: Site) -> None:  # noqa: F811
    access = who(site.portal, "530100")
    asked = [(name, axis) for name in ("registered", "open") for axis in ("class", "route")]
    counted = [parted(site.portal, access, "530112", *one, MAY).now for one in asked]
    proof.build(site.portal)
    assert [parted(site.portal, access, "530112", *one, MAY).now for one in asked] == counted


@pytest.mark.parametrize("query", ["", "sort=nothing", "sort=median_days", "sort=account_coverage"])
def test_what_has_no_parts_has_no_page(supervisor: Browser, query: str) -> None:
    assert supervisor.get(f"{BOARD}/by?{query}").status_code == 404
    assert supervisor.get("/board/unit/530000/by?sort=registered").status_code == 404


def test_a_table_has_all_its_classes_in_its_order(supervisor: Browser) -> None:
    page = supervisor.get(f"{BOARD}/by?sort=registered&axis=table.mediation").text
    assert re.findall(r'<span class="soft">(M\d\d)</span>', page) == [f"M{n:02d}" for n in range(1, 19)]


def test_a_table_by_classes_is_taken_out_with_one_entry(site: Site, supervisor: Browser) -> None:  # noqa: F811
    values = {"as": "csv", "sort": "registered", "axis": "table.national", "month": "2026-05"}
    before = len(taken(site))
    answer = sent(supervisor, f"{BOARD}/by/export", **values)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("no-store")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert lines[0] == ["类别代码", "类别", "登记数"]
    classes = lines[1:18]
    assert [line[0] for line in classes][:2] == ["01", "02"]
    assert all(line[2] == "*" or int(line[2]) == 0 or int(line[2]) >= 5 for line in classes)
    assert not any(cell[:1] in ("=", "+", "-", "@") for line in lines for cell in line)
    (entry,) = taken(site)[before:]
    assert entry.after["table"] == "national"
    book = sent(supervisor, f"{BOARD}/by/export", **{**values, "as": "xlsx"})
    assert book.data[:2] == b"PK"
    # By class without a table, further down, and of other units: nothing.
    assert sent(supervisor, f"{BOARD}/by/export", **{**values, "axis": "class"}).status_code == 404
    assert sent(supervisor, f"{BOARD}/by/export", **{**values, "as": "exe"}).status_code == 404
    assert sent(supervisor, "/board/unit/530000/by/export", **values).status_code == 404
    assert sent(supervisor, "/board/unit/530112001/by/export", **values).status_code == 303
    assert len(taken(site)) == before + 2


def test_a_table_of_too_many_matters_says_so_and_nothing_leaves(
    site: Site,  # noqa: F811
    supervisor: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = len(taken(site))
    monkeypatch.setattr("portal.services.indicators.wanting.within", nobody_waits)
    page = supervisor.get(f"{BOARD}/by?sort=registered&axis=table.mediation")
    assert page.status_code == 409
    assert "件数太多" in page.text
    values = {"as": "csv", "sort": "registered", "axis": "table.national", "month": "2026-05"}
    assert sent(supervisor, f"{BOARD}/by/export", **values).status_code == 303
    assert len(taken(site)) == before


def test_a_board_of_too_many_matters_says_so_and_nothing_leaves(
    site: Site,  # noqa: F811
    supervisor: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = len(taken(site))
    monkeypatch.setattr("portal.services.indicators.wanting.within", nobody_waits)
    page = supervisor.get(f"{BOARD}?month=2025-03")
    assert page.status_code == 409
    assert "件数太多" in page.text
    answer = sent(supervisor, f"{BOARD}/export", **{"as": "csv", "month": "2025-03"})
    assert answer.status_code == 409
    assert "件数太多" in answer.text
    assert len(taken(site)) == before


def test_what_is_hidden_of_a_table_is_counted_as_long_as_a_page_waits(
    site: Site,  # noqa: F811
    supervisor: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = 99

    @contextmanager
    def waits(*_: Any) -> Iterator[None]:
        nonlocal left
        left -= 1
        if not left:
            raise TookTooLong
        yield

    monkeypatch.setattr("portal.services.indicators.wanting.within", waits)
    values = {"as": "csv", "sort": "registered", "axis": "table.national", "month": "2026-05"}
    path = "/board/unit/530112/by/export"
    sent(supervisor, path, **values)
    left, before = 99 - left, len(taken(site))
    assert left > 1, "the table, and what is hidden of it"
    assert sent(supervisor, path, **values).status_code == 303
    assert left == 0
    assert len(taken(site)) == before
    assert "件数太多" in supervisor.get(f"{BOARD}/by?sort=registered").text


def test_no_county_has_a_table_where_the_board_does_not_tell_one_of_them(
    site: Site,  # noqa: F811
    supervisor: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The whole of the table would tell what the board leaves out, and so would the others beside the city."""
    with site.portal.reading(Access.system("test")) as session:
        ids = {code: units.by_code(session, code).id for code in ("530100", "530111", "530112")}
    values = {"as": "csv", "sort": "registered", "axis": "table.national", "month": "2026-05"}
    hidden: frozenset[int] = frozenset()

    def untold(_portal: Any, _session: Any, _unit: Any, _bundle: Any, periods: Any) -> Any:
        return {one: {"registered": hidden} for one in periods}

    monkeypatch.setattr("portal.services.indicators.classes_out.untold", untold)
    city, county = "/board/unit/530100/by/export", "/board/unit/530112/by/export"

    def answers() -> tuple[int, int]:
        return sent(supervisor, city, **values).status_code, sent(supervisor, county, **values).status_code

    told = answers()
    assert told[0] == 200
    hidden = frozenset({ids["530111"]})
    assert answers() == (200, 303), "it would follow from the others"
    hidden = frozenset({ids["530100"]})
    assert answers() == (303, 303)
    assert "本期有单位事项过少" in supervisor.get(f"{BOARD}/by?sort=registered").text
