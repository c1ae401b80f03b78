"""Handing a matter over takes few clicks: from triage's home to the assigned case, and for the unit that gets it."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from portal.core.access import Access
from portal.services import records
from tests.browser.screenshots import WIDTHS, log_in, watch
from tests.services.handing import case, do, now, standing
from tests.web.records.seeded_site import PASSWORD, Site

pytestmark = pytest.mark.browser
SYSTEM = Access.system("test")
ANALYSIS = {"grade": "ordinary", "findings": "双方对欠款无争议", "conclusion": "mediate"}


@pytest.fixture(scope="module")
def live(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A seeded portal behind a real HTTP server."""
    folder = tmp_path_factory.mktemp("clicks")
    shutil.copy(filled_sqlite, folder / "portal.db")
    site = Site.open(f"sqlite:///{folder / 'portal.db'}", folder)
    server = make_server("localhost", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site, f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    site.close()


class Hand:
    """A person at a browser whose clicks are counted; typing a text is none."""

    def __init__(self, chromium: Any, base: str, name: str) -> None:
        wide, high = WIDTHS["wide"]
        self.page = chromium.new_context(viewport={"width": wide, "height": high}).new_page()
        self.complaints = watch(self.page)
        log_in(self.page, base, name, PASSWORD)
        self.page.goto(base)
        self.clicks = 0

    def click(self, what: Any) -> None:
        if what.first.evaluate("found => found.tagName") == "SUMMARY":
            what.first.click()
        else:
            with self.page.expect_navigation():
                what.first.click()
        self.clicks += 1


def to_be_assigned(site: Site, **changes: Any) -> str:
    """Register a matter and bring it to the stage in which it is handed over."""
    uid = case(site.portal, **changes)
    for step, form in (("accept", None), ("submit_analysis", ANALYSIS)):
        do(site.portal, records.transition, uid, step, version=now(site.portal, uid).version, form=form)
    return uid


def opened(hand: Hand, site: Site, uid: str, listed: str = "") -> None:
    """Open a matter from home, from the list that is named where it does not stand on the first one."""
    if listed:
        hand.click(hand.page.get_by_role("link", name=re.compile(listed)))
    hand.click(hand.page.locator(f'a[href*="/show/{uid}"]'))
    if "/show/" not in hand.page.url and "/dispose/" not in hand.page.url:
        raise AssertionError(hand.page.url)


def test_from_the_home_of_triage_to_the_assigned_case_in_three_clicks(live: Any, chromium: Any) -> None:
    site, base = live
    uid = to_be_assigned(site)
    hand = Hand(chromium, base, "triage")
    opened(hand, site, uid)
    hand.click(hand.page.get_by_role("button", name="采纳建议"))
    assert standing(site.portal, uid)[0] == ("530112:people_mediation", True, "sent")
    assert now(site.portal, uid).stage == "mediate"
    assert hand.clicks <= 3
    assert hand.complaints == []


def test_a_unit_accepts_and_answers_in_four_clicks_each(live: Any, chromium: Any) -> None:
    site, base = live
    uid = to_be_assigned(site)
    version = now(site.portal, uid).version
    decision = _decision(site, uid)
    do(site.portal, records.dispose, uid, version=version, decision_id=decision, proposal=0)
    hand = Hand(chromium, base, "handler")
    opened(hand, site, uid)
    hand.click(hand.page.get_by_role("button", name="接收"))
    assert standing(site.portal, uid)[0][2] == "accepted"
    assert hand.clicks <= 4
    hand.page.goto(base)
    hand.clicks = 0
    opened(hand, site, uid, "本单位承办")
    hand.click(hand.page.locator("#referrals summary").filter(has_text="反馈办结"))
    hand.page.locator('#referrals details[open] textarea[name="reason"]').fill("双方已经谈妥，当场付清")
    hand.click(hand.page.locator('#referrals details[open] button[type="submit"]'))
    if re.search(r"/referral/", hand.page.url):
        hand.click(hand.page.locator('form button[type="submit"].btn-primary'))
    assert standing(site.portal, uid)[0][2] == "done"
    assert hand.clicks <= 4
    assert hand.complaints == []


def _decision(site: Site, uid: str) -> int:
    with site.portal.reading(SYSTEM) as session:
        found = records.last_decision(site.portal, session, records.get_any(session, uid))
    assert found is not None
    return found.id


@pytest.mark.parametrize("lang", ["zh_Hans", "en"])
@pytest.mark.parametrize("width", list(WIDTHS))
def test_the_page_of_handing_over_says_days_law_and_practice_apart(
    live: Any, chromium: Any, lang: str, width: str, tmp_path: Path
) -> None:
    site, base = live
    uid = to_be_assigned(site, respondent_willing="no", amount=600_000, legal_relation="clear")
    wide, high = WIDTHS[width]
    page = chromium.new_context(viewport={"width": wide, "height": high}).new_page()
    complaints = watch(page)
    log_in(page, base, "triage", PASSWORD, lang)
    page.goto(f"{base}/records/case/dispose/{uid}?proposal=0")
    page.locator(".more-picks > summary").first.click()
    page.screenshot(path=str(tmp_path / f"dispose-{lang}-{width}.png"), full_page=True)
    assert page.locator(".pick .pick-end .num").count() > 1, "each choice with a period has its day"
    refused = {"zh_Hans": "不愿调解", "en": "One side clearly refuses"}[lang]
    assert refused in page.locator(".not-now").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert complaints == []
    page.locator(".all-departments > summary").click()
    offered = page.locator("#deadline option").count() - 1
    assert 0 < offered < 25, "not every period of the law"
    assert page.locator("#route option[value=R01]").count() == 0
    page.screenshot(path=str(tmp_path / f"all-{lang}-{width}.png"), full_page=True)


@pytest.mark.parametrize("lang", ["zh_Hans", "en"])
@pytest.mark.parametrize("width", list(WIDTHS))
def test_the_page_of_calling_units_in_says_each_day(
    live: Any, chromium: Any, lang: str, width: str, tmp_path: Path
) -> None:
    site, base = live
    uid = to_be_assigned(site, cross_boundary=True, legal_relation="complex")
    wide, high = WIDTHS[width]
    page = chromium.new_context(viewport={"width": wide, "height": high}).new_page()
    complaints = watch(page)
    log_in(page, base, "triage", PASSWORD, lang)
    page.goto(f"{base}/records/case/whistle/{uid}")
    page.screenshot(path=str(tmp_path / f"whistle-{lang}-{width}.png"), full_page=True)
    second_day = "5月8日（周五）" if lang == "zh_Hans" else "May 8 (Fri)"
    assert second_day in page.locator(".call select").first.inner_text()
    page.locator('.call input[type="checkbox"]').first.check()
    page.locator("#lead").select_option("people_mediation")
    page.locator("#reason").fill("请到场会商")
    with page.expect_navigation():
        page.locator('form button[type="submit"].btn-primary').click()
    page.screenshot(path=str(tmp_path / f"case-{lang}-{width}.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert complaints == []
