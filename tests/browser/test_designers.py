"""Designers of forms and of stages by pointer, by keys alone and by buttons alone; axe and the policy find nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.services import drafts
from tests.browser.screenshots import axe_violations, watch
from tests.browser.world import World

pytestmark = pytest.mark.browser
SYSTEM = Access.system("test")
MOST_TABS = 150
ACTIVE = "document.activeElement"


@pytest.fixture(scope="module")
def draft(world: World) -> Iterator[str]:
    """A draft of its own, gone afterwards."""
    with world.site.portal.writing(SYSTEM) as uow:
        uid = drafts.open_draft(uow, "530112", "设计").uid
        uow.commit()
    yield uid
    with world.site.portal.writing(SYSTEM) as uow:
        drafts.discard(uow, uid, "试完了")
        uow.commit()


@pytest.fixture
def page(chromium: Any, world: World) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies(world.cookies("root", "zh_Hans"))
    page = context.new_page()
    page.complaints = watch(page)
    yield page
    assert axe_violations(page) == []
    assert page.complaints == []
    context.close()


def value(world: World, draft: str, pointer: str) -> Any:
    with world.site.portal.reading(SYSTEM) as session:
        return pointers.get(drafts.effective(session, draft), pointer, None)


def opened(page: Any, world: World, draft: str, what: str, query: str = "") -> None:
    page.goto(world.url(f"/studio/{draft}/designer/{what}/case{query}"))
    page.wait_for_load_state("networkidle")


def fields(page: Any) -> list[str]:
    return [str(one.get_attribute("data-field")) for one in page.locator("#design-canvas .design-pick").all()]


def box(page: Any, field: str) -> Any:
    return page.locator(f'#design-canvas .form-field:has(> [data-field="{field}"])')


def tab_to(page: Any, selector: str) -> None:
    """Press the tabulator until something is in focus."""
    for _ in range(MOST_TABS):
        if page.evaluate(f"{ACTIVE}.matches({selector!r})"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way by keys to {selector}")


def saved(page: Any, act: Any) -> None:
    """Do something that the page saves at once, and wait for the answer."""
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/designer/" in answer.url):
        act()
    page.wait_for_load_state("networkidle")


# -- forms -----------------------------------------------------------------------------------------


def test_a_form_by_pointer(page: Any, world: World, draft: str) -> None:
    opened(page, world, draft, "form", "?section=claim")
    assert fields(page) == ["/claim", "/amount"]
    with page.expect_navigation():
        box(page, "/amount").drag_to(box(page, "/claim"), target_position={"x": 30, "y": 12})
    assert fields(page) == ["/amount", "/claim"]
    with page.expect_navigation():
        box(page, "/amount").click(position={"x": 60, "y": 50})
    assert page.locator(".design-pick.is-chosen").get_attribute("data-field") == "/amount"
    with page.expect_navigation():
        box(page, "/amount").drag_to(page.locator('.design-sections a[data-section="matter"]'))
    assert value(world, draft, "/forms/case/ui/fields/~1amount/section") == "matter"
    page.locator("#field-title").fill("涉及田亩")
    with page.expect_navigation():
        page.locator('.design-kinds button[value="number"]').click()
    assert "/she_ji_tian_mu" in fields(page)


def test_a_form_by_keys_alone(page: Any, world: World, draft: str) -> None:
    opened(page, world, draft, "form", "?section=will")
    tab_to(page, "#field-title")
    page.keyboard.type("联系时段")
    tab_to(page, '.design-kinds button[value="select"]')
    with page.expect_navigation():
        page.keyboard.press("Enter")
    place = "/forms/case/schema/properties/lian_xi_shi_duan"
    tab_to(page, "#d-options")
    page.keyboard.press("Control+A")
    page.keyboard.type("上午\n下午")
    saved(page, lambda: page.keyboard.press("Tab"))
    assert [one["title"] for one in value(world, draft, place)["oneOf"]] == ["上午", "下午"]
    tab_to(page, '#lines-when ~ button, [value="line"]')
    saved(page, lambda: page.keyboard.press("Enter"))
    page.locator("#c-0-0-field").wait_for()
    before = value(world, draft, "/forms/case/ui/fields/~1lian_xi_shi_duan/order")
    page.keyboard.press("Control+Home")
    page.evaluate(f"{ACTIVE}.blur()")
    tab_to(page, '.design-panel [aria-label="上移"]')
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert value(world, draft, "/forms/case/ui/fields/~1lian_xi_shi_duan/order") < before


def test_a_form_by_buttons_alone(page: Any, world: World, draft: str) -> None:
    opened(page, world, draft, "form", "?field=/willing")
    first = fields(page)
    with page.expect_navigation():
        page.locator('.design-panel [aria-label="下移"]').click()
    assert fields(page).index("/willing") == first.index("/willing") + 1
    with page.expect_navigation():
        page.locator('.design-panel [aria-label="停用"]').click()
    assert value(world, draft, "/forms/case/ui/fields/~1willing/hidden") is True
    assert "这一项必填，却不一定出现" in page.locator("#editor-told").inner_text()
    with page.expect_navigation():
        page.locator('.design-panel [aria-label="恢复使用"]').click()
    assert value(world, draft, "/forms/case/ui/fields/~1willing/hidden") is None


# -- stages ----------------------------------------------------------------------------------------


def test_stages_by_pointer(page: Any, world: World, draft: str) -> None:
    opened(page, world, draft, "stages")
    stages = value(world, draft, "/lifecycles/case/stages")
    first, title = next((key, one["title"]) for key, one in stages.items() if one.get("initial"))
    with page.expect_navigation():
        page.locator(".flow-stage", has_text=title).first.click()
    page.locator("#stage-title").fill("会商")
    with page.expect_navigation():
        page.locator("#stage-title ~ button").click()
    made = value(world, draft, "/lifecycles/case/stages/hui_shang")
    assert made["order"] > stages[first].get("order", 0)
    assert "会商" in page.locator(".flow-stage.is-chosen").text_content()
    with page.expect_navigation():
        page.locator(".flow-line .flow-wide").last.click(force=True)
    assert page.locator("#d-on").count() == 1


def test_stages_by_keys_alone(page: Any, world: World, draft: str) -> None:
    opened(page, world, draft, "stages")
    tab_to(page, ".flow-stage")
    before = page.evaluate(f"{ACTIVE}.getAttribute('href')")
    page.keyboard.press("ArrowRight")
    after = page.evaluate(f"{ACTIVE}.getAttribute('href')")
    assert after != before
    with page.expect_navigation():
        page.keyboard.press("Enter")
    chosen = after.rpartition("=")[2]
    tab_to(page, "#d-title")
    page.keyboard.press("Control+A")
    page.keyboard.type("换了名称")
    saved(page, lambda: page.keyboard.press("Tab"))
    assert value(world, draft, f"/lifecycles/case/stages/{chosen}/title") == "换了名称"
    assert "换了名称" in page.locator("#flow-picture").inner_text()


def test_stages_by_buttons_alone(page: Any, world: World, draft: str) -> None:
    stages = value(world, draft, "/lifecycles/case/stages")
    last = max(stages, key=lambda key: stages[key].get("order", 0))
    opened(page, world, draft, "stages", f"?stage={last}")
    with page.expect_navigation():
        page.locator('.flow-panel [aria-label="上移"]').click()
    changed = value(world, draft, "/lifecycles/case/stages")
    moved = [key for key in stages if stages[key] != changed[key]]
    assert moved == [last]
    assert {**changed[last], "order": 0} == {**stages[last], "order": 0}
    with page.expect_navigation():
        page.get_by_role("button", name="停用").click()
    assert value(world, draft, f"/lifecycles/case/stages/{last}/hidden") is True
