"""The worklist of those who look after several centres."""

from __future__ import annotations

import re

from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Record
from portal.services import records, units
from tests.web.records.seeded_site import Browser, Site
from tests.web.records.test_stage_bar import DEPARTMENT, act, assigned

LIST = "/records/case/list/"


def test_a_stage_of_another_centre_has_its_own_name_and_is_counted(site: Site) -> None:
    site.register(site.login("wuhua"), **{"/place": "530102001", "/wished_centre": "unsure"})
    visitor = site.login("supervisor")
    listed = visitor.get("/records/case/list/").text
    assert "前端受理" in listed
    assert not re.search(r">\s*front\s*<", listed)
    home = visitor.get("/").text
    assert "其他中心的阶段" not in home
    box = re.search(r"各阶段在办案件.*?</section>", home, re.S)
    assert box
    intake = re.search(r'href="([^"]*canonical_stage=intake)">.*?<span class="num">(\d+)<', box[0], re.S)
    assert intake
    total = re.search(r'class="num">(\d+)<', box[0])
    assert total
    assert sum(int(one) for one in re.findall(r'</progress><span class="num">(\d+)<', box[0])) == int(
        total[1]
    )
    found = visitor.get(intake[1].replace("&amp;", "&")).text
    assert "前端受理" in found, "the stage of another centre is found by the common one"
    shown = re.search(r'class="list-count".*?<span class="num">(\d+)<', found, re.S)
    assert shown
    assert shown[1] == intake[2]


def test_the_filter_by_stage_offers_the_common_stages(site: Site) -> None:
    page = site.login("supervisor").get("/records/case/list/?all=1").text
    control = re.search(r'name="canonical_stage".*?</select>', page, re.S)
    assert control
    assert 'value="supervise"' in control[0]
    assert 'name="stage"' not in page


def test_a_list_is_narrowed_to_a_handler_and_to_those_without_a_period(site: Site, clerk: Browser) -> None:
    site.register(clerk)
    act(site, assigned(site, clerk), records.dispose, override=DEPARTMENT)
    visitor = site.login("supervisor")
    with site.portal.reading(Access.system("test")) as session:
        rows = session.execute(
            select(Record.uid, Record.handler_path, Record.due_on).where(Record.etype == "case")
        ).all()
        path = units.by_code(session, "530112").path
    handled = {row.uid for row in rows if (row.handler_path or "").startswith(path)}
    found = set(
        re.findall(
            r'data-href="/records/case/show/(\w+)"', visitor.get(f"{LIST}?handler=530112&size=100").text
        )
    )
    assert found == handled != set()
    undated = set(
        re.findall(r'data-href="/records/case/show/(\w+)"', visitor.get(f"{LIST}?due_on=none&size=100").text)
    )
    assert undated == {row.uid for row in rows if row.due_on is None}
    assert visitor.get(f"{LIST}?handler=nowhere").status_code == 400
    assert visitor.get(f"{LIST}?due_on=never").status_code == 400
