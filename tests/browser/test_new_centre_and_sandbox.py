"""A county's centre opened from the first step to the last, and a draft tried: by keys and by pointer alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.screenshots import watch
from tests.browser.world import World
from tests.web.test_sandbox import work

pytestmark = pytest.mark.browser
SLOW = 90_000


def choose(page: Any, label: str, role: str = "link") -> None:
    """Go to a control by its name and press Enter on it."""
    page.get_by_role(role, name=label).first.focus()
    page.keyboard.press("Enter")


def test_a_centre_is_opened_and_a_draft_of_it_is_tried(chromium: Any, world: World, tmp_path: Path) -> None:
    units, people = tmp_path / "units.csv", tmp_path / "people.csv"
    units.write_bytes(
        "代码,名称\n530197,滇池试验区\n530197001,一街道\n530197001001,一社区居委会\n".encode("gbk")
    )
    people.write_text("账号,姓名,角色,单位\ndc.clerk,赵登记,登记员,530197\n", encoding="utf-8")
    context = chromium.new_context()
    context.set_default_timeout(SLOW)
    context.add_cookies(world.cookies("root", "zh_Hans"))
    page = context.new_page()
    complaints = watch(page)
    page.goto(world.url("/studio/"))
    choose(page, "新建中心")
    # The units of a county that is not there yet, by keys.
    page.set_input_files("#file", str(units))
    page.locator("#county").focus()
    page.keyboard.type("530197")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=滇池试验区：将加入 1 个乡镇街道、1 个村社区")
    choose(page, "加入这些单位并继续", "button")
    page.wait_for_url("**/studio/new-centre/530197")
    assert page.locator("[name=guideline]:checked").count() == 1
    page.locator("#agency").focus()
    page.keyboard.type("滇池")
    page.keyboard.press("Enter")
    page.wait_for_url("**/530197/people")
    # Its people, by the pointer.
    page.set_input_files("#file", str(people))
    page.locator("form[enctype] button").click()
    page.get_by_role("button", name="确认开通").click()
    page.wait_for_selector("text=dc.clerk")
    page.get_by_role("link", name="下一步").click()
    page.wait_for_url("**/530197/done")
    page.wait_for_selector("text=以“滇池”字单独编号")
    page.get_by_role("link", name="打开它的草稿").click()
    page.wait_for_url("**/studio/*/")
    # The draft is tried as a clerk, then as somebody else.
    page.locator("#draftbar").get_by_role("link", name="试用").click()
    page.get_by_role("button", name="开始试用").click()
    page.wait_for_selector("text=几秒内开始")
    work(world.site)
    # The page finds out by itself that it is made.
    page.get_by_role("link", name="进入试用").click()
    page.wait_for_url("**/try/**")
    assert page.locator("#trial-role option:checked").inner_text() == "登记员"
    page.locator("#trial-role").select_option(label="研判员")
    choose(page, "换个身份", "button")
    page.wait_for_selector("text=研判员（试用）")
    assert "/try/" in page.url
    choose(page, "离开试用")
    page.wait_for_url("**/studio/*/try")
    page.wait_for_selector("text=与草稿一致")
    assert complaints == []
    context.close()
