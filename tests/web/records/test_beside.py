"""Facts and findings stand beside the form of a step and the choice of a unit; a print is the case."""

from __future__ import annotations

import re

from portal.services import records
from tests.web.records.seeded_site import Browser, Site, form_in
from tests.web.records.test_stage_bar import ANALYSED, DEPARTMENT, act, assigned


def test_facts_and_findings_stand_beside_the_form(site: Site, clerk: Browser) -> None:
    case, director = assigned(site, clerk), site.login("director")
    for page in ("/transition/", "/dispose/"):
        url = case.replace("/show/", page) + ("/assign_to_appraisal" if page == "/transition/" else "")
        shown = director.get(url).text
        side = shown.split('class="split-side beside"')[1].split("</aside>")[0]
        assert "退还定金" in side
        assert "张*" in side
        assert "138****0000" in side
        assert ANALYSED["findings"] in side
        assert "13800000000" not in shown


def test_the_form_of_a_step_that_a_referral_performs_has_them_too(site: Site, clerk: Browser) -> None:
    case, handler = assigned(site, clerk), site.login("handler")
    act(site, case, records.dispose, override=DEPARTMENT)
    found = re.search(r'action="([^"]+/referral/[^"]+/return)"', handler.get(case).text)
    assert found
    asks = handler.send(found[1], form_in(handler.get(case).text, found[1]), reason="不属本单位")
    assert asks.status_code == 422, "the step of the return asks for more"
    side = asks.text.split('class="split-side beside"')[1].split("</aside>")[0]
    assert ANALYSED["findings"] in side


def test_a_print_asks_for_the_whole_history_first(site: Site, clerk: Browser) -> None:
    case = site.register(clerk)
    act(site, case, records.transition, "accept")
    assert "data-print" in clerk.get(case).text
    assert "data-print-now" not in clerk.get(case).text
    assert "data-print-now" in clerk.get(f"{case}?history=all&print=1").text
