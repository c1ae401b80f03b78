"""The periods of a matter as its page tells them: each once, by a name, without a code."""

from __future__ import annotations

import html
import re

from portal.services import records
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import Browser, Site, uid_of
from tests.web.records.test_stage_bar import DEPARTMENT, XISHAN, act, assigned

TITLE = re.compile(r'class="clock-title">(.*?)</p>', re.S)


def periods(page: str) -> list[str]:
    """Return the names of the periods on a page, those that ended too."""
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in TITLE.findall(page)]


def accepted(site: Site, clerk: Browser) -> str:
    """Return a matter that is mediated: handed over with a period, and accepted."""
    case = assigned(site, clerk)
    act(site, case, records.dispose, override=DEPARTMENT.__class__(DEPARTMENT.to, "R01", "transfer", "T45"))
    with site.portal.writing(access_for(site.portal, "handler", f"{XISHAN}:people_mediation")) as uow:
        lead = records.referrals_of(uow.session, records.get_any(uow.session, uid_of(case)))[0]
        records.referral(uow, lead.uid, "accept")
        uow.commit()
    return case


def test_no_period_is_told_twice_under_one_name(site: Site, clerk: Browser) -> None:
    page = clerk.get(accepted(site, clerk)).text
    told = periods(page)
    assert len(told) == len(set(told)) > 3
    assert "人民调解一般期限" in told
    assert "承办单位反馈 按“人民调解一般期限”计算" in told
    assert not any(re.search(r"[A-Z]\d", one) for one in told)
