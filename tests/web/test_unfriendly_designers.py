"""What an unfriendly or hurried person does to the designers: each ends in a sentence, and nothing is half written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.records.seeded_site import Browser, Site
from tests.web.test_designer_pages import draft, keeper, page, site, value
from tests.web.test_hall_pages import groups

__all__ = ["draft", "keeper", "site"]
ODD = {
    "": "请写明名称",
    "  ": "请写明名称",
    "很" * 5000: "最多 100 个字",
    "a\x00b": "看不见的字符",
    "\u202eabc": "看不见的字符",
}
STAGES = "/lifecycles/case/stages"
GONE = "这一项已经被人删除"


def told(browser: Browser, url: str, **sent: str) -> str:
    """Return the page on which an act ends."""
    answer = browser.post(url, {"csrf_token": browser.token(), **sent})
    assert answer.status_code == 302, answer.text[:300]
    return browser.get(answer.headers["Location"]).text


def acts(site: Site, draft: str) -> list[tuple[str, dict[str, str]]]:
    """Return the acts that begin something with a name."""
    first, second = list(value(site, draft, STAGES))[:2]
    return [
        (f"{page(draft, 'stages')}/do/add_stage", {"after": first}),
        (f"{page(draft, 'stages')}/do/add_step", {"source": first, "target": second}),
        (f"{page(draft, 'form')}/do/add", {"kind": "text", "section": "matter"}),
        (f"{page(draft, 'form')}/do/add_section", {}),
        (f"/studio/{draft}/ruling/referral/do/add", {}),
    ]


@pytest.mark.parametrize("name", ODD, ids=["none", "blanks", "long", "nul", "turned"])
def test_a_name_that_cannot_be_kept_is_refused_with_the_reason(
    site: Site, keeper: Browser, draft: str, name: str
) -> None:
    hall = (f"/studio/{draft}/hall/do/add", {"group": "rooms"})
    for url, more in [*acts(site, draft), hall]:
        before = groups(site, draft)
        assert ODD[name] in told(keeper, url, title=name, **more), url
        assert groups(site, draft) == before, url


@pytest.mark.parametrize(
    "name", ["再按一次", "🏠👨\u200d👩\u200d👧", "<script>alert(1)</script>", "'\"%s%(x)s{y}"]
)
def test_the_same_button_twice_makes_one_thing(site: Site, keeper: Browser, draft: str, name: str) -> None:
    for url, more in acts(site, draft):
        before = len(groups(site, draft))
        assert "<script>alert" not in told(keeper, url, title=name, **more)
        assert "已经有了" in told(keeper, url, title=name, **more), url
        assert len(groups(site, draft)) == before + 1, url


def test_what_is_gone_is_told_and_nothing_else_is_changed_in_its_place(
    site: Site, keeper: Browser, draft: str
) -> None:
    stages, form = page(draft, "stages"), page(draft, "form")
    before: Any = groups(site, draft)
    for url, sent in [
        (f"{stages}/do/hide", {"stage": "nowhere"}),
        (f"{stages}/do/remove", {"step": "nowhere"}),
        (f"{stages}/do/add_stage", {"title": "新环节", "after": "nowhere"}),
        (f"{form}/do/hide", {"section": "nowhere"}),
        (f"{form}/do/remove", {"field": "/nowhere"}),
        (f"{form}/do/up", {"field": "/nowhere"}),
        (f"/studio/{draft}/ruling/referral/do/reason", {"rule": "nowhere", "reason": "x"}),
        (f"/studio/{draft}/hall/do/remove", {"at": "rooms/nowhere"}),
    ]:
        assert GONE in told(keeper, url, **sent), url
        assert groups(site, draft) == before, url
