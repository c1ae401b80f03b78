"""The designer of a hall: choosing, moving, adding, pasting, counting, stationing, the week."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.persistence.models import AuditEntry, DraftCommand
from portal.services import drafts
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site
from tests.web.test_studio import XISHAN, account

__all__ = ["site"]
SYSTEM = Access.system("test")
HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    return account(site, "draughtsman", "config_admin")


@pytest.fixture
def draft(site: Site) -> str:
    with site.portal.writing(SYSTEM) as uow:
        uid = drafts.open_draft(uow, XISHAN, "试改布局").uid
        uow.commit()
    return uid


def value(site: Site, draft: str, pointer: str) -> Any:
    with site.portal.reading(SYSTEM) as session:
        return pointers.get(drafts.effective(session, draft), f"/layout{pointer}", None)


def groups(site: Site, draft: str) -> list[int]:
    """Return how many commands each group of a draft holds."""
    with site.portal.reading(SYSTEM) as session:
        query = (
            select(DraftCommand.group_uid)
            .where(DraftCommand.draft_uid == draft)
            .order_by(DraftCommand.number)
        )
        found = list(session.scalars(query))
    return [found.count(one) for one in dict.fromkeys(found)]


def do(browser: Browser, draft: str, act: str, htmx: bool = False, **values: Any) -> Any:
    body = {"csrf_token": browser.token(), **values}
    return browser.post(f"/studio/{draft}/hall/{act}", body, headers=HTMX if htmx else {})


def boxes(text: str) -> dict[str, list[int]]:
    """Return the cells of each thing of the plan by its key."""
    found = re.findall(r'data-thing="([^"]+)" data-box="([^"]+)"', text)
    return {key: [int(one) for one in box.split()] for key, box in found}


def rooms_of(site: Site, draft: str) -> list[str]:
    return [key for key, one in value(site, draft, "/rooms").items() if not one.get("hidden")]


def test_the_page_shows_each_thing_once_on_the_plan_and_in_the_list(
    site: Site, keeper: Browser, draft: str
) -> None:
    text = keeper.get(f"/studio/{draft}/layout").text
    known = {
        f"{group}/{key}"
        for group in ("zones", "rooms", "windows")
        for key, one in (value(site, draft, f"/{group}") or {}).items()
        if not one.get("hidden")
    }
    assert known == set(boxes(text))
    assert len(re.findall("data-thing=", text)) == len(known)
    assert set(re.findall(r'data-pick="([^"]+)"', text)) == known
    assert "style=" not in text.split("<main")[1]


def test_a_chosen_thing_has_its_form_and_what_is_saved_there_is_saved(
    site: Site, keeper: Browser, draft: str
) -> None:
    room = rooms_of(site, draft)[0]
    page = f"/studio/{draft}/layout?at=rooms/{room}"
    action = f"/studio/{draft}/layout/rooms/{room}"
    pairs = [(k, v) for k, v in keeper.form(page, action) if k != "_refresh"]
    assert keeper.post(action, pairs, headers=HTMX).status_code == 200
    assert groups(site, draft) == []
    changed = [(k, "新名称的室" if k == "/title" else v) for k, v in pairs]
    assert keeper.post(action, changed, headers=HTMX).status_code == 200
    assert value(site, draft, f"/rooms/{room}/title") == "新名称的室"
    assert "新名称的室" in keeper.get(page, headers=HTMX).text


def test_a_move_is_one_command_and_one_audit_entry(site: Site, keeper: Browser, draft: str) -> None:
    room = rooms_of(site, draft)[0]
    before = boxes(keeper.get(f"/studio/{draft}/layout").text)
    zone = before[f"zones/{value(site, draft, f'/rooms/{room}/zone')}"]
    with site.portal.reading(SYSTEM) as session:
        entries = len(list(session.scalars(select(AuditEntry.id))))
    x, y = zone[0] + 1, zone[1] + 2
    answer = do(keeper, draft, "do/place", True, at=f"rooms/{room}", x=x, y=y, w=2, h=2)
    assert answer.status_code == 200
    assert value(site, draft, f"/rooms/{room}/position") == {"x": 1, "y": 2, "w": 2, "h": 2}
    after = boxes(answer.text)
    assert after.pop(f"rooms/{room}") == [x, y, 2, 2]
    assert after == {key: box for key, box in before.items() if key != f"rooms/{room}"}
    assert groups(site, draft) == [1]
    with site.portal.reading(SYSTEM) as session:
        assert len(list(session.scalars(select(AuditEntry.id)))) == entries + 1


@pytest.mark.parametrize(
    ("by", "change"),
    [("left", (-1, 0, 0, 0)), ("down", (0, 1, 0, 0)), ("wider", (0, 0, 1, 0)), ("lower", (0, 0, 0, -1))],
)
def test_buttons_move_and_size_without_a_script(
    site: Site, keeper: Browser, draft: str, by: str, change: tuple[int, ...]
) -> None:
    room = rooms_of(site, draft)[0]
    here = {"at": f"rooms/{room}"}
    box = boxes(keeper.get(f"/studio/{draft}/layout").text)[f"rooms/{room}"]
    do(keeper, draft, "do/place", **here, x=box[0] + 1, y=box[1], w=4, h=3)
    answer = do(keeper, draft, "do/nudge", **here, by=by)
    assert answer.status_code == 302
    now = boxes(keeper.get(answer.headers["Location"]).text)[f"rooms/{room}"]
    assert now == [one + by for one, by in zip([box[0] + 1, box[1], 4, 3], change, strict=True)]


def test_a_room_put_into_another_zone_belongs_there_and_one_step_back_takes_both_back(
    site: Site, keeper: Browser, draft: str
) -> None:
    room = rooms_of(site, draft)[0]
    own = value(site, draft, f"/rooms/{room}/zone")
    places = boxes(keeper.get(f"/studio/{draft}/layout").text)
    other, box = next((k, b) for k, b in places.items() if k.startswith("zones/") and k != f"zones/{own}")
    do(keeper, draft, "do/place", at=f"rooms/{room}", x=box[0], y=box[1] + 1, w=2, h=2)
    assert value(site, draft, f"/rooms/{room}/zone") == other.partition("/")[2]
    keeper.post(f"/studio/{draft}/undo", {"csrf_token": keeper.token(), "next": "/studio/"})
    assert value(site, draft, f"/rooms/{room}/zone") == own
    assert value(site, draft, f"/rooms/{room}/position") is None


def test_things_are_added_copied_put_out_of_use_and_removed(site: Site, keeper: Browser, draft: str) -> None:
    answer = do(keeper, draft, "do/add", group="zones", title="候办区")
    zone = answer.headers["Location"].partition("at=zones/")[2]
    assert value(site, draft, f"/zones/{zone}/title") == "候办区"
    answer = do(keeper, draft, "do/add", at=f"zones/{zone}", group="rooms", title="速裁法庭")
    room = answer.headers["Location"].partition("at=rooms/")[2]
    made = value(site, draft, f"/rooms/{room}")
    assert (made["zone"], made["kind"]) == (zone, "court")
    answer = do(keeper, draft, "do/copy", at=f"rooms/{room}")
    copied = answer.headers["Location"].partition("at=rooms/")[2]
    assert value(site, draft, f"/rooms/{copied}")["kind"] == "court"
    do(keeper, draft, "do/hide", at=f"rooms/{copied}")
    assert f"rooms/{copied}" not in boxes(keeper.get(f"/studio/{draft}/layout").text)
    do(keeper, draft, "do/show", at=f"rooms/{copied}")
    do(keeper, draft, "do/remove", at=f"rooms/{copied}")
    assert value(site, draft, f"/rooms/{copied}") is None
    told = do(keeper, draft, "do/add", True, group="rooms", title="   ")
    assert 'class="editor-refused"' in told.text


def test_nineteen_rooms_are_pasted_as_one_group_after_a_preview(
    site: Site, keeper: Browser, draft: str
) -> None:
    cells = "名称\t功能区\t座位\n" + "\n".join(f"第{n}功能室\t后台区\t{n}" for n in range(1, 20))
    told = do(keeper, draft, "preview", cells=cells).text
    assert told.count("没有功能区“后台区”") == 19
    assert "do/paste" not in told
    cells = cells.replace("\n", "\n后台区\t\t\n", 1)
    told = do(keeper, draft, "preview", cells=cells).text
    assert groups(site, draft) == []
    assert "do/paste" in told
    again = unescape(re.findall(r'<textarea name="cells" hidden>([^<]*)</textarea>', told)[0])
    do(keeper, draft, "do/paste", cells=again)
    assert groups(site, draft) == [20]
    made = {k: one for k, one in value(site, draft, "/rooms").items() if one["title"].endswith("功能室")}
    zone = {one["title"]: key for key, one in value(site, draft, "/zones").items()}["后台区"]
    assert len(made) == 19
    assert {one["zone"] for one in made.values()} == {zone}
    assert sorted(one["seats"] for one in made.values()) == list(range(1, 20))


def test_nothing_of_a_paste_with_a_fault_is_taken_over(site: Site, keeper: Browser, draft: str) -> None:
    do(keeper, draft, "do/paste", cells="名称\t功能区\t座位\n甲室\t没有\t\n乙室\t没有\t多")
    assert groups(site, draft) == []


def test_a_department_is_stationed_at_a_place_since_a_day(site: Site, keeper: Browser, draft: str) -> None:
    room = rooms_of(site, draft)[-1]
    known = set(value(site, draft, "/stationing"))
    do(keeper, draft, "do/station", at=f"rooms/{room}", department="women", since="2026-12-01")
    (new,) = set(value(site, draft, "/stationing")) - known
    made = value(site, draft, f"/stationing/{new}")
    assert (made["department"], made["mode"], made["place"], made["from"]) == (
        "women",
        "resident",
        {"room": room},
        "2026-12-01",
    )
    do(keeper, draft, "do/station", at=f"rooms/{room}", department="women")
    assert set(value(site, draft, "/stationing")) == known | {new}
    assert "2026-12-01" in keeper.get(f"/studio/{draft}/layout?at=rooms/{room}").text


def test_a_week_is_filled_halved_copied_moved_and_cleared(site: Site, keeper: Browser, draft: str) -> None:
    room, week = rooms_of(site, draft)[-1], {"week": "2026-11-30"}
    with site.portal.reading(SYSTEM) as session:
        entries = len(list(session.scalars(select(AuditEntry.id))))
    known = set(value(site, draft, "/stationing"))
    fill = {"department": "women", "half": "morning", "cell": f"room {room} 2"}
    answer = do(keeper, draft, "week/fill", **week, **fill)
    assert answer.headers["Location"].endswith(f"#c-room-{room}-2")
    (stay,) = set(value(site, draft, "/stationing")) - known

    def roster() -> Any:
        return value(site, draft, f"/stationing/{stay}/roster")

    assert roster() == [{"weekdays": [2], "half": "morning"}]
    do(keeper, draft, "week/half", **week, shift=f"{stay}.2.morning", half="day")
    assert roster() == [{"weekdays": [2]}]
    do(keeper, draft, "week/spread", **week, shift=f"{stay}.2.day", days="4")
    assert roster() == [{"weekdays": [2, 4]}]
    do(keeper, draft, "week/move", **week, shift=f"{stay}.4.day", to="5.day")
    assert roster() == [{"weekdays": [2, 5]}]
    text = keeper.get(f"/studio/{draft}/layout?view=week&week=2026-11-30&shift={stay}.5.day").text
    assert len(re.findall(rf'<a class="shift[^"]*" href="[^"]*shift={stay}\.', text)) == 2
    assert "hall/week/clear" in text
    for day in (5, 2):
        do(keeper, draft, "week/clear", **week, shift=f"{stay}.{day}.day")
    assert value(site, draft, f"/stationing/{stay}") is None
    assert groups(site, draft) == [1] * 6
    with site.portal.reading(SYSTEM) as session:
        assert len(list(session.scalars(select(AuditEntry.id)))) == entries + 6


def test_two_departments_at_a_window_are_told_with_a_repair(site: Site, keeper: Browser, draft: str) -> None:
    do(keeper, draft, "do/add", group="windows", title="轮换窗口")
    window = next(k for k, one in value(site, draft, "/windows").items() if one["title"] == "轮换窗口")
    week = {"week": "2026-11-30", "half": "day"}
    for department in ("women", "labour"):
        do(keeper, draft, "week/fill", **week, department=department, cell=f"window {window} 3")
    text = keeper.get(f"/studio/{draft}/layout?view=week&week=2026-11-30").text
    assert 'class="clash"' in text
    assert "有两个单位" in text
    shift, to = re.findall(
        r'name="shift" value="([^"]+)"><input type="hidden" name="to" value="([^"]+)"', text
    )[0]
    do(keeper, draft, "week/move", **week, shift=shift, to=to)
    assert 'class="clash"' not in keeper.get(f"/studio/{draft}/layout?view=week&week=2026-11-30").text


def test_who_may_only_look_sees_no_way_to_change(site: Site, keeper: Browser, draft: str) -> None:
    clerk = site.login("clerk")
    assert clerk.get(f"/studio/{draft}/layout").status_code in (403, 404)
    body = {"csrf_token": clerk.token(), "at": "rooms/x", "by": "left"}
    assert clerk.post(f"/studio/{draft}/hall/do/nudge", body).status_code in (403, 404)
    assert groups(site, draft) == []
    for view in ("plan", "table", "week", "centre"):
        assert keeper.get(f"/studio/{draft}/layout?view={view}").status_code == 200


def test_what_is_gone_is_told(site: Site, keeper: Browser, draft: str) -> None:
    answer = do(keeper, draft, "do/place", True, at="rooms/nowhere", x=1, y=1, w=1, h=1)
    assert answer.status_code == 200
    assert 'class="editor-refused"' in answer.text
    room = rooms_of(site, draft)[0]
    answer = do(keeper, draft, "do/place", True, at=f"rooms/{room}", x="a", y=1, w=1, h=1)
    assert 'class="editor-refused"' in answer.text
    assert groups(site, draft) == []


def test_an_entry_of_a_checklist_is_there_since_a_day(site: Site, keeper: Browser, draft: str) -> None:
    where = "/checklists/five_have/items/plate"
    entry = {"list": "five_have", "item": "plate"}
    assert '<span class="num">0<span' in keeper.get(f"/studio/{draft}/layout?view=lists").text
    do(keeper, draft, "do/met", **entry, met="2025-08-01", evidence="挂牌照片")
    assert value(site, draft, where)["met"] == "2025-08-01"
    assert value(site, draft, where)["evidence"] == "挂牌照片"
    text = keeper.get(f"/studio/{draft}/layout?view=lists").text
    assert '<span class="num">1<span' in text
    do(keeper, draft, "do/met", **entry, met="", evidence="挂牌照片")
    assert "met" not in value(site, draft, where)
    do(keeper, draft, "do/met", **entry, met="someday", evidence="")
    assert value(site, draft, where)["evidence"] == "挂牌照片"
