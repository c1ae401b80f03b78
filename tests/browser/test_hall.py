"""The designer of a hall by pointer, by keys alone, by buttons alone: what is done is saved, without a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.services import drafts
from tests.browser.screenshots import AXE, watch
from tests.browser.world import World

pytestmark = pytest.mark.browser
SYSTEM = Access.system("test")
ROOM = "rooms/mediation"
QUIET = "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"


@pytest.fixture
def draft(world: World) -> str:
    with world.site.portal.writing(SYSTEM) as uow:
        uid = drafts.open_draft(uow, "530112", "画大厅").uid
        uow.commit()
    return str(uid)


@pytest.fixture
def page(chromium: Any, world: World) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    context.add_cookies(world.cookies("root", "zh_Hans"))
    found = context.new_page()
    complaints = watch(found)
    yield found
    context.close()
    assert [one for one in complaints if "503" not in one] == []  # one test answers so on purpose


def said(world: World, draft: str, pointer: str) -> Any:
    with world.site.portal.reading(SYSTEM) as session:
        return pointers.get(drafts.effective(session, draft), f"/layout{pointer}", None)


def thing(page: Any, key: str) -> Any:
    return page.locator(f'[data-thing="{key}"]')


def cells(page: Any, key: str) -> list[int]:
    return [int(one) for one in thing(page, key).get_attribute("data-box").split()]


def settled(page: Any, key: str, box: list[int]) -> None:
    """Wait until a thing stands where it was put."""
    text = " ".join(str(one) for one in box)
    thing(page, key).and_(page.locator(f'[data-box="{text}"]')).wait_for()
    page.wait_for_function(QUIET)


def test_a_room_is_chosen_and_dragged_by_pointer_and_sized_by_its_handle(
    page: Any, world: World, draft: str
) -> None:
    page.goto(world.url(f"/studio/{draft}/layout"))
    x, y, w, h = cells(page, ROOM)
    at = thing(page, ROOM).bounding_box()
    cell = at["width"] / (w * 24 - 6) * 24
    page.mouse.move(at["x"] + 20, at["y"] + 20)
    page.mouse.down()
    page.mouse.move(at["x"] + 20 + cell, at["y"] + 20 + 2 * cell, steps=4)
    page.mouse.up()
    settled(page, ROOM, [x + 1, y + 2, w, h])
    assert page.locator(".outline [aria-current]").get_attribute("data-pick") == ROOM
    handle = page.locator('.plan-picked [data-handle="se"]').bounding_box()
    page.mouse.move(handle["x"] + 3, handle["y"] + 3)
    page.mouse.down()
    page.mouse.move(handle["x"] + 3 + cell, handle["y"] + 3 + cell, steps=4)
    page.mouse.up()
    settled(page, ROOM, [x + 1, y + 2, w + 1, h + 1])
    assert said(world, draft, "/rooms/mediation/position")["w"] == w + 1
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run('main')).violations.map(one => one.id)")
    assert found == []


def test_a_room_is_chosen_moved_sized_and_renamed_by_keys_alone(page: Any, world: World, draft: str) -> None:
    page.goto(world.url(f"/studio/{draft}/layout"))
    x, y, w, h = cells(page, ROOM)
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.thing") == ROOM:
            break
    page.keyboard.press("Enter")
    page.locator(f'.plan-picked [data-thing="{ROOM}"]').wait_for()
    page.wait_for_function(QUIET)
    assert page.evaluate("document.activeElement.dataset.thing") == ROOM
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    settled(page, ROOM, [x, y + 2, w, h])
    assert page.evaluate("document.activeElement.dataset.thing") == ROOM
    page.keyboard.press("Shift+ArrowRight")
    settled(page, ROOM, [x, y + 2, w + 1, h])
    assert said(world, draft, "/rooms/mediation/position")["w"] == w + 1
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "/title":
            break
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("联合会商调解室")
    with page.expect_response(lambda answer: answer.url.endswith("/layout/rooms/mediation")):
        page.keyboard.press("Tab")
    page.locator('[data-pick="rooms/mediation"]', has_text="联合会商调解室").wait_for()
    assert said(world, draft, "/rooms/mediation/title") == "联合会商调解室"


def test_a_zone_and_a_room_are_added_moved_and_taken_away_by_buttons_alone(
    page: Any, world: World, draft: str
) -> None:
    page.goto(world.url(f"/studio/{draft}/layout"))
    page.locator(f'[data-pick="{ROOM}"]').focus()
    page.keyboard.press("Enter")
    page.locator(f'.outline [data-pick="{ROOM}"][aria-current]').wait_for()
    page.wait_for_function(QUIET)
    assert page.evaluate("document.activeElement.dataset.pick") == ROOM
    page.fill("#hall-title", "候办区")
    page.locator('.hall-add button[value="zones"]').click()
    page.locator(".plan-picked.plan-zone").wait_for()
    page.fill("#hall-title", "速裁法庭二")
    page.locator('.hall-add button[value="rooms"]').click()
    page.locator(".outline [aria-current]", has_text="速裁法庭二").wait_for()
    key = page.locator(".outline [aria-current]").get_attribute("data-pick")
    x, y, w, h = cells(page, key)
    page.locator("#nudge-right").click()
    settled(page, key, [x + 1, y, w, h])
    page.locator("#nudge-higher").click()
    settled(page, key, [x + 1, y, w, h + 1])
    page.fill('.cells input[name="x"]', "0")
    page.locator("#numbers-set").click()
    settled(page, key, [x, y, w, h + 1])
    made = said(world, draft, f"/{key}")
    assert (made["kind"], made["position"]["h"]) == ("court", h + 1)
    page.locator('form[action$="/hall/do/remove"] button').click()
    page.locator("#confirm [data-yes]").click()
    thing(page, key).wait_for(state="detached")
    assert said(world, draft, f"/{key}") is None


def test_a_move_that_was_not_saved_is_told_and_sent_again(page: Any, world: World, draft: str) -> None:
    page.goto(world.url(f"/studio/{draft}/layout?at={ROOM}"))
    x, y, w, h = cells(page, ROOM)
    page.route("**/hall/do/nudge", lambda route: route.fulfill(status=503, body=""))
    page.locator("#nudge-down").click()
    page.locator("#editor-lost").wait_for(state="visible")
    page.unroute("**/hall/do/nudge")
    page.locator("[data-save-again]").click()
    settled(page, ROOM, [x, y + 1, w, h])
    page.locator("#editor-lost").wait_for(state="hidden")


def test_a_week_is_filled_by_keys_alone(page: Any, world: World, draft: str) -> None:
    page.goto(world.url(f"/studio/{draft}/layout?view=week&week=2026-11-30"))
    page.locator("#week-department").focus()
    page.keyboard.type("妇联")
    page.select_option("#week-department", "women")
    page.locator("#c-room-analysis-2 [data-cell]").focus()
    page.keyboard.press("ArrowRight")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    cell = page.locator("#c-room-analysis-3")
    assert cell.locator(".shift").count() == 1
    cell.locator(".shift").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator("#c-room-analysis-3 .shift[aria-current]").focus()
    with page.expect_navigation():
        page.keyboard.press("Delete")
    assert page.locator("#c-room-analysis-3 .shift").count() == 0
