"""An event that a person recorded is told by its name and its day in the history."""

from __future__ import annotations

import datetime as dt

from portal.services import records
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import TODAY, Browser, Site, uid_of
from tests.web.records.test_stage_bar import XISHAN, act, assigned


def test_it_is_named_with_its_day(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    with site.portal.reading(access_for(site.portal, "director", XISHAN)) as session:
        record = records.get_any(session, uid_of(case))
        found = records.events_of(site.portal, session, record)
        one = next(each for each in found if not each.picks)
    day = TODAY - dt.timedelta(days=2)
    act(site, case, records.record_event, one.event.id, day, reason="见回执")
    history = clerk.get(case).text.split('id="history"')[1]
    title = str(one.event.title)
    assert title in history
    assert f"{day.year}年{day.month}月{day.day}日" in history.split(title)[1][:300]
    assert "已登记事件" not in history
