"""The shell in a real browser: keyboard, dialogs, narrow screens, weight. Every page: test_every_page.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.screenshots import log_in
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.browser


def test_a_user_is_made_by_keyboard_alone(chromium: Any, base_url: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{base_url}/language/en?next=/login/")
    page.wait_for_function("document.activeElement.id === 'username'")
    page.keyboard.type("root")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base_url}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    page.goto(f"{base_url}/users/add")
    page.focus("#username")
    # Name of the account and of the person; no role, no unit; the address; that the account is open stays.
    for text in ("zhang.san", "张三", "", "", "z@example.org", ""):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "password"
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type("something else")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".error-summary")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    assert page.input_value("#username") == "zhang.san", "nothing typed is lost"
    for field in ("#password", "#conf_password"):
        page.focus(field)
        page.keyboard.type(PASSWORD)
    page.keyboard.press("Control+s")
    page.wait_for_url(f"{base_url}/users/list/")
    assert page.locator("td:first-child", has_text="zhang.san").count() == 1
    context.close()


def test_taking_a_role_back_asks_and_names_it(chromium: Any, base_url: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, base_url, "root", PASSWORD, "en")
    page.goto(f"{base_url}/users/show/2")
    page.click(".cell-actions button")
    question = page.locator("#confirm-text").inner_text()
    assert "Administrator" in question
    assert "西山区" in question
    page.click("#confirm [data-no]")
    assert page.locator(".data-table tbody tr").count() == 1
    page.click(".cell-actions button")
    page.click("#confirm [data-yes]")
    page.wait_for_selector(".alert-success")
    assert page.locator(".data-table").count() == 0
    context.close()


def test_the_navigation_opens_on_a_phone(chromium: Any, base_url: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    log_in(page, base_url, "root", PASSWORD)
    assert not page.locator(".sidebar").is_visible()
    page.click(".topbar-menu")
    assert page.locator(".sidebar").is_visible()
    assert page.locator(".topbar-menu").get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not page.locator(".sidebar").is_visible()
    context.close()


def test_a_cold_page_is_light(chromium: Any, base_url: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, base_url, "root", PASSWORD)
    cold = chromium.new_context(storage_state=context.storage_state())
    page = cold.new_page()
    seen: list[Any] = []
    page.on("response", lambda response: seen.append(response.url))
    page.goto(f"{base_url}/users/list/", wait_until="networkidle")
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').reduce((n, e) => n + e.encodedBodySize, 0)"
    )
    assert len(seen) <= 15
    assert sizes < 200_000
    context.close()
    cold.close()
