"""Due days of years that are not published are shown as provisional: on the page, in lists, by the API."""

from __future__ import annotations

import datetime as dt
import re

from portal.core.access import Access
from portal.core.packs.years import CalendarYear
from portal.services import records
from portal.services.releases.years import import_year
from tests.web.api.program import CASES, Program
from tests.web.records.seeded_site import Browser, Site

SYSTEM = Access.system("test")
CHIP = '<span class="chip chip-warning">暂定</span>'


def due(site: Site, uid: str, day: dt.date) -> None:
    with site.portal.writing(SYSTEM) as uow:
        record = records.get(uow.session, "case", uid)
        record.due_on = day
        uow.audit("edit", record, kind="case", object_id=uid)
        uow.commit()


def test_a_due_day_is_provisional_until_its_year_is_published(site: Site, clerk: Browser) -> None:
    program = Program.of(site, "clerk")
    case = program.register()
    page, listed = f"/records/case/show/{case['uid']}", "/records/case/list/?all=1"
    assert case["due_provisional"] is False
    for day, provisional in ((dt.date(2026, 12, 31), False), (dt.date(2027, 3, 1), True)):
        due(site, case["uid"], day)
        assert program.get(CASES + case["uid"]).json["result"]["due_provisional"] is provisional
        for url in (page, listed):
            text = clerk.get(url).text
            said = rf'<time class="due [^"]*" datetime="{day}".*?</time>(.{{0,60}})'
            # Far ahead, the page of a case tells the day alone, with its weekday.
            alone = rf"<dd>[^<]*{day.month}月{day.day}日(.*?)</dd>"
            (mark,) = set(re.findall(said, text) or re.findall(alone, text))
            assert (CHIP in mark) is provisional, (url, day)
    entry = {"state": "gazetted", "notice": "九号", "source": "国办", "holidays": [], "workdays": []}
    with site.portal.writing(SYSTEM) as uow:
        import_year(uow, CalendarYear(2027, entry), "公布")
        uow.commit()
    assert program.get(CASES + case["uid"]).json["result"]["due_provisional"] is False
    assert CHIP not in clerk.get(listed).text, "what was kept of the calendar is read again at once"


def test_before_a_matter_is_sent_it_is_said_where_nobody_would_receive_it(site: Site) -> None:
    triage = site.login("triage")
    case = Program.of(site, "clerk").register()
    page = triage.get(f"/records/case/dispose/{case['uid']}").text
    assert page.count("该单位还没有接收人账号") > 10
    mediation = page.split('value="department:people_mediation"')[1].split("</label>")[0]
    assert "该单位还没有接收人账号" not in mediation, "a handler works there"
    court = page.split('value="department:court"')[1].split("</label>")[0]
    assert "该单位还没有接收人账号" in court
    assert site.login("clerk").get("/units/without-receiver").status_code in (302, 403)
