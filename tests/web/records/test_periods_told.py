"""The periods of a matter as its page tells them: each once, by a name, without a code."""

from __future__ import annotations

import html
import re

from portal.core.access import Access
from portal.services import records, users
from portal.services.records import Override
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import PASSWORD, Browser, Site, uid_of
from tests.web.records.test_stage_bar import DEPARTMENT, XISHAN, act, assigned

TITLE = re.compile(r'class="clock-title">(.*?)</p>', re.S)


def periods(page: str) -> list[str]:
    """Return the names of the periods on a page, those that ended too."""
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in TITLE.findall(page)]


def text_of(page: str) -> str:
    """Return the words of a page, without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def accepted(site: Site, clerk: Browser) -> str:
    """Return a matter that is mediated: handed over with a period, and accepted."""
    case = assigned(site, clerk)
    act(site, case, records.dispose, override=Override(DEPARTMENT.to, "R01", "transfer", "T45"))
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


def test_a_department_reads_by_when_to_accept_and_by_when_to_report(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    act(site, case, records.dispose, override=Override(DEPARTMENT.to, "R01", "transfer", "T45"))
    handler = site.login("handler")
    page = text_of(handler.get(case).text)
    assert "签收期限 5月7日" in page
    assert "反馈期限 6月5日" in page
    waiting = text_of(clerk.get(case).text)
    assert "签收期限 5月7日" in waiting, "those who wait for it read the same"
    listed = text_of(handler.get("/?list=to_answer").text)
    assert "签收期限" in listed
    assert "反馈期限 6月5日" in listed


def test_the_day_of_the_centre_is_not_told_to_the_department(site: Site, clerk: Browser) -> None:
    case = accepted(site, clerk)
    due = re.compile(r"<dt>期限</dt><dd>(.*?)</dd>", re.S)
    centre, department = (due.search(who.get(case).text) for who in (clerk, site.login("handler")))
    assert centre
    assert department
    assert "今天" in text_of(centre[1])
    assert "6月5日" in text_of(department[1])


def test_a_department_that_helps_reads_its_own_day(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    act(
        site,
        case,
        records.dispose,
        override=Override(DEPARTMENT.to, "R01", "joint", "T45", ("justice",)),
    )
    name = "helps_justice"
    with site.portal.writing(Access.system("test")) as uow:
        user = users.create(uow, name, PASSWORD, "某", name)
        users.assign(uow, user.id, "handler", f"{XISHAN}:justice", audited=False)
        uow.commit()
    page = site.login(name).get(case).text
    found = re.search(r"<dt>期限</dt><dd>(.*?)</dd>", page, re.S)
    assert found
    assert "今天" not in found[1]
    assert "6月5日" in text_of(found[1])


def test_what_was_told_already_is_no_period_to_keep(site: Site, clerk: Browser) -> None:
    case = site.register(clerk)
    card = clerk.get(case).text.split('id="proposals"')[1].split("</section>")[0]
    told = "登记告知"
    assert told in text_of(card)
    with site.portal.writing(access_for(site.portal, "clerk", XISHAN)) as uow:
        version = records.get_any(uow.session, uid_of(case)).version
        records.record_event(uow, uid_of(case), "notice_given", site.portal.clock.today(), version=version)
        uow.commit()
    card = clerk.get(case).text.split('id="proposals"')[1].split("</section>")[0]
    assert told not in text_of(card)
