"""A page of a draft that stopped saving says so loudly, and goes on when the portal answers again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.world import World

pytestmark = pytest.mark.browser
ASK = "htmx.trigger(document.getElementById('draftbar'), 'studio:ask')"


def test_a_page_that_cannot_save_says_so_and_holds(chromium: Any, world: World) -> None:
    context = chromium.new_context()
    context.add_cookies(world.cookies("root", "zh_Hans"))
    page = context.new_page()
    page.goto(world.url("/studio/{draft}/compare"))
    lost = page.locator("#draft-lost")
    page.wait_for_load_state("networkidle")
    assert not lost.is_visible()
    page.route("**/here", lambda route: route.abort())
    for _ in range(2):
        with page.expect_event("requestfailed"):
            page.evaluate(ASK)
        page.wait_for_timeout(200)
    lost.wait_for(state="visible")
    assert "没有在保存" in lost.inner_text()
    assert page.evaluate("[...document.querySelectorAll('.draft-edit')].every(part => part.inert)")
    page.unroute("**/here")
    with page.expect_response("**/here"):
        page.evaluate(ASK)
    lost.wait_for(state="hidden")
    assert not page.evaluate("document.body.classList.contains('held')")
    context.close()
