"""A party with an old telephone: no script, 360 pixels, from the slip to how its matter stands, and to the hall."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from portal.services import records
from portal.services.lookup import LookupLimits
from portal.services.records.entering.lookup_codes import code_of
from portal.web.public.progress import LIMITS
from tests.browser import looks
from tests.browser.screenshots import axe_violations, scrolls_sideways, watch
from tests.browser.world import World
from tests.services.handing import SYSTEM, case

pytestmark = pytest.mark.browser

LABOUR = {
    "dispute_type": "D0601",
    "employer": "某建筑公司",
    "amount": 12000,
    "employment_ended_on": "2026-03-01",
    "summary": "拖欠三个月工资。",
}
VIOLENCE = {"dispute_type": "D0106", "summary": "夫妻之间的家庭暴力。"}


@pytest.fixture(autouse=True)
def at_once(world: World) -> Iterator[None]:
    world.site.app.extensions[LIMITS] = LookupLimits(step=dt.timedelta(0))
    yield
    world.site.app.extensions.pop(LIMITS)


def code(world: World, **data: Any) -> str:
    """Register a matter and return its code."""
    uid = case(world.site.portal, applicant_phone="13987654321", **data)
    with world.site.portal.reading(SYSTEM) as session:
        found = code_of(world.site.portal.keys, session, records.get_any(session, uid))
    assert found
    return found


def look_up(page: Any, world: World, typed: str, digits: str, lang: str) -> None:
    page.goto(world.url(f"/progress/?at=530112&c={typed}&_l_={lang}"))
    page.fill("#d", digits)
    page.click("button")
    page.wait_for_load_state()


@pytest.mark.parametrize("lang", ["zh_Hans", "en"])
def test_no_public_page_has_a_fault_on_a_small_phone(chromium: Any, world: World, lang: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 780})
    page, faults = context.new_page(), []
    complaints = watch(page)
    labour, hidden = code(world, **LABOUR), code(world, **VIOLENCE)
    for name, typed, digits in (
        ("found", labour, "4321"),
        ("hidden", hidden, "4321"),
        ("missed", labour, "0000"),
    ):
        look_up(page, world, typed, digits, lang)
        faults += [f"{name}: {text}" for text in axe_violations(page) + looks.cut_off(page)]
        if scrolls_sideways(page):
            faults.append(f"{name} scrolls sideways")
        if lang == "en":
            faults += [f"{name}: Chinese: {text}" for text in looks.chinese_on_english(page)]
        assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh_Hans": "zh-Hans"}[lang]
        assert float(page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")) >= 17
    assert faults == []
    assert complaints == []
    assert context.cookies() == []
    context.close()


def test_everything_works_without_a_script(chromium: Any, world: World) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 780}, java_script_enabled=False)
    page = context.new_page()
    look_up(page, world, code(world, **LABOUR), "4321", "zh_Hans")
    assert page.inner_text("h1") == "已经登记，正在审核"
    page.click("summary >> nth=0")
    assert page.is_visible("details[open] p")
    page.goto(world.url("/hall/530112"))
    page.fill("#q", "工资")
    page.press("#q", "Enter")
    page.wait_for_load_state()
    assert "劳动维权窗口" in page.inner_text("section[aria-labelledby=found]")
    page.click("text=明天")
    page.wait_for_load_state()
    assert "的大厅" in page.inner_text("main")
    context.close()
