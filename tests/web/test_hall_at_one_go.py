"""All windows of a week at one go, near names of unknown ones, what a paste shows before it is taken over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.records.seeded_site import Browser, Site
from tests.web.test_hall_pages import do, draft, groups, keeper, site, value

__all__ = ["draft", "keeper", "site"]
WEEK = "2026-11-30"


def windows(keeper: Browser, draft: str) -> None:
    rows = ["甲窗口\t妇联", "乙窗口\t妇联", "丙窗口\t人社局"]
    zone = "类别\t名称\t功能区\t单位\n功能区\t新大厅\t\t\n"
    cells = zone + "\n".join(f"窗口\t{one.split()[0]}\t新大厅\t{one.split()[1]}" for one in rows)
    answer = do(keeper, draft, "preview", cells=cells).text
    assert "do/paste" in answer
    do(keeper, draft, "do/paste", cells=cells)


def deal(keeper: Browser, draft: str, *who: str) -> Any:
    pairs = [("csrf_token", keeper.token()), ("week", WEEK), *(("who", one) for one in who)]
    return keeper.post(f"/studio/{draft}/hall/week/deal", pairs)


def stays(site: Site, draft: str) -> dict[str, Any]:
    return {k: one for k, one in value(site, draft, "/stationing").items() if one.get("mode") == "rotating"}


def test_all_windows_with_nobody_are_filled_by_one_button_after_a_look(
    site: Site, keeper: Browser, draft: str
) -> None:
    windows(keeper, draft)
    before, known = len(groups(site, draft)), set(stays(site, draft))
    page = f"/studio/{draft}/layout?view=week&week={WEEK}"
    assert "个窗口有空班，一次排好" in keeper.get(page).text
    seen = keeper.get(f"{page}&deal=1&who=labour&who=justice").text
    assert "week/deal" in seen
    assert len(groups(site, draft)) == before
    answer = deal(keeper, draft, "labour", "justice")
    assert answer.status_code == 302
    made = {k: one for k, one in stays(site, draft).items() if k not in known}
    assert {one["department"] for one in made.values()} == {"labour", "justice"}
    assert len(groups(site, draft)) == before + 1
    text = keeper.get(page).text
    assert 'class="clash"' not in text
    # One step back takes all of it away.
    keeper.post(f"/studio/{draft}/undo", {"csrf_token": keeper.token(), "next": page})
    assert set(stays(site, draft)) == known


def test_what_is_no_department_is_refused_and_nothing_is_written(
    site: Site, keeper: Browser, draft: str
) -> None:
    windows(keeper, draft)
    before = len(groups(site, draft))
    answer = deal(keeper, draft, "labour", "<b>nowhere")
    assert "请选择" in keeper.get(answer.headers["Location"]).text
    assert len(groups(site, draft)) == before
    # A second click says that there is nothing left, and writes nothing.
    deal(keeper, draft)
    deal(keeper, draft)
    assert len(groups(site, draft)) == before + 1


def test_an_unknown_department_gets_the_nearest_name(keeper: Browser, draft: str) -> None:
    told = do(keeper, draft, "preview", cells="名称\t单位\t功能区\n和解室\t人力资源和社会保障\t无此区").text
    assert "没有单位“人力资源和社会保障”" in told
    assert "人力资源和社会保障局" in told.split("没有单位“人力资源和社会保障”")[1][:120]


def test_a_look_at_pasted_rooms_shows_kind_and_seats(keeper: Browser, draft: str) -> None:
    zone = "类别\t名称\t功能区\t类型\t编号\t座位\n功能区\t新区\t\t\t\t\n"
    told = do(
        keeper, draft, "preview", cells=f"{zone}室\t和解三室\t新区\t调解室\t\t37\n窗口\t新窗\t新区\t\t88\t"
    ).text
    table = told.split('id="hall-pasted"')[1]
    assert ">37<" in table
    assert ">88<" in table
    assert "调解室" in table


def test_a_formula_from_above_that_differs_is_folded_and_our_own_is_not(
    keeper: Browser, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/studio/{draft}/layout"
    do(keeper, draft, "do/add", group="zones", title="多出的一区")
    text = keeper.get(page).text
    assert text.count('class="counted-declared"') == 1
    assert 'class="counted-above"' not in text
    # As it is where the formula comes from the city.
    monkeypatch.setattr("portal.web.hall.desk.Desk._is_own", lambda *_: False)
    text = keeper.get(page).text
    assert 'class="counted-declared"' not in text
    assert "功能分区" in text.split('class="counted-above"')[1].split("</details>")[0]
