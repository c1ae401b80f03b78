"""Variants are chosen and places of any shape are filled in with a real browser, with and without scripts."""

from __future__ import annotations

import pytest

from portal.core.forms import compile_form
from tests.web.forms.test_form_browser import site

__all__ = ["site"]
pytestmark = pytest.mark.browser
DEFINITION = {
    "schema": {
        "type": "object",
        "properties": {
            "remedy": {
                "title": "Remedy",
                "oneOf": [
                    {
                        "title": "Money",
                        "type": "object",
                        "properties": {"sum": {"type": "integer", "title": "Sum"}},
                        "required": ["sum"],
                    },
                    {
                        "title": "Repair",
                        "type": "object",
                        "properties": {"what": {"type": "string", "title": "What"}},
                        "required": ["what"],
                    },
                ],
            },
            "notes": {"type": "object", "title": "Notes"},
            "other": {"title": "Other"},
        },
        "required": ["remedy"],
    }
}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_variant_and_named_entries_are_filled_in(site, chromium, scripts):
    served, url = site
    served.form = compile_form(DEFINITION)
    context = chromium.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(url)
    page.fill("[name='/other']", "红色")
    page.select_option("[name='/remedy~variant']", label="Repair")
    if not scripts:
        page.locator("noscript button").first.click()
    page.wait_for_selector("[name='/remedy/what']")
    page.fill("[name='/remedy/what']", "墙")
    page.click("[name='_add:/notes/~e']")
    page.wait_for_selector("[name='/notes/~e0~key']")
    page.fill("[name='/notes/~e0~key']", "颜色")
    page.fill("[name='/notes/~e0']", "白")
    page.click("form button[type=submit]:not([name])")
    page.wait_for_selector("#saved")
    assert served.saved == [{"remedy": {"what": "墙"}, "notes": {"颜色": "白"}, "other": "红色"}]
    context.close()
