"""From the board to sheets, files, remarks and cases over HTTP: each act leaves one entry of the log."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import AuditEntry, FigureComment, Record
from tests.web.records.conftest import site  # noqa: F401 (a fixture)
from tests.web.records.seeded_site import Browser, Site

BOARD = "/board/unit/530100"


@pytest.fixture
def supervisor(site: Site) -> Iterator[Browser]:  # noqa: F811
    browser = site.login("supervisor")
    yield browser
    browser.get("/language/zh_Hans")


def entries(site: Site, action: str) -> list[Any]:  # noqa: F811
    with site.portal.reading(Access.system("test")) as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def sent(browser: Browser, path: str, **values: str) -> Any:
    return browser.post(path, {"csrf_token": browser.token(), **values})


def test_a_board_is_taken_out_with_both_counts_and_one_entry(
    site: Site,  # noqa: F811
    supervisor: Browser,
) -> None:
    before = len(entries(site, "export_board"))
    answer = sent(supervisor, f"{BOARD}/export", **{"as": "csv", "month": "2026-05"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("no-store")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert lines[0] == ["单位", "单位代码", "指标", "期间", "数值", "分子", "分母"]
    assert any(line[:1] == ["导出人"] for line in lines)
    assert any("昆明市" in line for line in lines)
    # Nothing that a spreadsheet works out.
    assert not any(cell[:1] in ("=", "+", "-", "@") for line in lines for cell in line)
    told = [line for line in lines[1:] if len(line) == 7]
    assert told
    for line in told:
        if line[4] != "*":
            for number in line[5:]:
                assert not number or not 0 < int(number) < 5, line
    found = entries(site, "export_board")
    assert len(found) == before + 1
    assert found[-1].after["as"] == "csv"
    book = sent(supervisor, f"{BOARD}/export", **{"as": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(book.data)) as file:
        assert not any(b"<f>" in file.read(name) for name in file.namelist())
    assert sent(supervisor, f"{BOARD}/export", **{"as": "exe"}).status_code == 404
    assert sent(supervisor, "/board/unit/530000/export", **{"as": "csv"}).status_code == 404


def test_cases_are_looked_at_on_a_stated_ground(site: Site, supervisor: Browser) -> None:  # noqa: F811
    page = supervisor.get("/board/unit/530112/cases")
    assert page.status_code == 200
    assert "系统留痕" in page.text
    assert sent(supervisor, "/board/unit/530112/cases").status_code == 422
    assert sent(supervisor, "/board/unit/530112/cases", ground="other").status_code == 422
    assert not entries(site, "look_at_cases")
    led = sent(supervisor, "/board/unit/530112/cases", ground="supervise")
    assert led.status_code == 303
    assert led.headers["Location"].endswith("/records/case/list/?is_open=true&unit=530112")
    (entry,) = entries(site, "look_at_cases")
    assert (entry.object_id, entry.after["ground"]) == ("530112", "supervise")


def test_a_remark_of_a_unit_stands_beside_its_figure(site: Site, supervisor: Browser) -> None:  # noqa: F811
    director = site.login("director")
    own = "/board/unit/530112"
    values = {"indicator": "overdue_share", "text": "两个乡道路中断九天", "month": "2026-05"}
    assert sent(director, f"{own}/comment", **values).status_code == 303
    assert "两个乡道路中断九天" in director.get(own).text
    assert "两个乡道路中断九天" in supervisor.get(BOARD).text
    assert len(entries(site, "comment_figure")) == 1
    # Of no figure, without words, for another unit, or by somebody who only looks: nothing.
    sent(director, f"{own}/comment", indicator="nothing", text="说明")
    sent(director, f"{own}/comment", indicator="overdue_share", text=" ")
    sent(director, f"{BOARD}/comment", **values)
    sent(supervisor, f"{own}/comment", **values)
    with site.portal.reading(Access.system("test")) as session:
        assert len(session.scalars(select(FigureComment)).all()) == 1


def test_a_row_leads_to_a_sheet_for_its_unit_and_back(site: Site, supervisor: Browser) -> None:  # noqa: F811
    page = supervisor.get(BOARD).text
    way = "/records/sheet/add?kind=remind&amp;figure=overdue_share&amp;month=2026-05&amp;span=month&amp;about=530112"
    assert way in page
    address = way.replace("&amp;", "&")
    form = dict(supervisor.form(address, "/records/sheet/add"))
    assert form["/unit"] == "530112"
    assert form["/kind"] == "remind"
    assert "2026年5月" in form["/matter"]
    made = supervisor.send(
        address,
        supervisor.form(address, "/records/sheet/add"),
        **{"/requirement": "说明原因", "/due_on": "2026-05-29", "/problem": "overdue"},
    )
    assert made.status_code == 303, made.text[-3000:]
    with site.portal.reading(Access.system("test")) as session:
        sheet = session.scalars(select(Record).where(Record.etype == "sheet")).one()
        assert sheet.data["figure"] == "overdue_share"
        assert sheet.data["figure_month"] == "2026-05"
    assert f"/records/sheet/show/{sheet.uid}" in supervisor.get(BOARD).text
    assert "就同一指标已发过" in supervisor.get(address).text


def test_a_quarter_and_a_year_are_shown_like_a_month(supervisor: Browser) -> None:
    assert "2026年第2季度" in supervisor.get(f"{BOARD}?span=quarter&month=2026-05").text
    assert "2026年" in supervisor.get(f"{BOARD}?span=year").text
    assert (
        'href="/board/unit/530112?month=2026-04&amp;span=quarter"'
        in supervisor.get(f"{BOARD}?span=quarter&month=2026-05").text
    )


def test_the_tiles_of_the_city_stand_where_its_pack_says(supervisor: Browser) -> None:
    page = supervisor.get(BOARD).text
    assert 'id="map"' in page
    assert page.count(" on-") + page.count('"on-') == 2 * 14
    assert 'id="map"' not in supervisor.get("/board/unit/530112").text
