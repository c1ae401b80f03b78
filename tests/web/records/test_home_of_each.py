"""The first page: what waits names its unit, is the person's own, and leads on; nobody gets empty boxes of cases."""

from __future__ import annotations

import re

import pytest

from portal.core.access import Access, Origin
from portal.services import records, users
from tests.web.records.seeded_site import PASSWORD, Browser, Site, form_in, uid_of
from tests.web.records.test_stage_bar import DEPARTMENT, XISHAN, act, assigned


@pytest.fixture(scope="module")
def case(site: Site, clerk: Browser) -> str:
    """A case that was sent to the mediators."""
    made = assigned(site, clerk)
    act(site, made, records.dispose, override=DEPARTMENT)
    return made


def box(page: str, name: str) -> str:
    found = re.search(rf'<section class="card" id="{name}">.*?</section>', page, re.S)
    return found[0] if found else ""


def lists(page: str) -> list[str]:
    return re.findall(r'href="/\?list=(\w+)#work"', page)


def test_what_is_to_be_accepted_names_the_unit_that_is_asked(site: Site, case: str) -> None:
    shown = box(site.login("handler").get("/?list=to_answer").text, "work")
    assert "交办单位" in shown
    assert "人民调解" in re.sub(r"<a .*?</a>", "", shown, flags=re.S)
    assert f'<tr data-href="{case}">' in shown
    link = re.search(rf'<a class="case-link" href="{case}">(.*?)</a>', shown, re.S)
    assert link
    assert "西综〔2026〕" in link[1], "title and number are one link"


def test_a_director_is_not_asked_for_what_went_to_other_units(site: Site, case: str) -> None:
    page = site.login("director").get("/?list=to_answer").text
    assert "to_answer" not in lists(page)
    assert "to_dispose" in lists(page)
    assert "签收" not in box(page, "work")


def test_a_role_at_the_unit_itself_is_asked(site: Site, case: str) -> None:
    """Who holds roles at the centre and at the unit below it is asked for the unit."""
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        both = users.create(uow, "both", PASSWORD, "某", "两")
        users.assign(uow, both.id, "director", XISHAN, audited=False)
        users.assign(uow, both.id, "handler", "530112:people_mediation", audited=False)
        uow.commit()
    assert uid_of(case) in box(site.login("both").get("/?list=to_answer").text, "work")


def test_who_keeps_accounts_sees_no_boxes_of_cases_but_what_there_is_to_do(site: Site) -> None:
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        keeper = users.create(uow, "keeper", PASSWORD, "某", "管")
        users.assign(uow, keeper.id, "config_admin", XISHAN, audited=False)
        uow.commit()
    page = site.login("keeper").get("/").text
    assert lists(page) == []
    assert box(page, "work") == ""
    assert "环节" not in re.sub(r"<nav.*?</nav>", "", page, flags=re.S)
    assert 'href="/releases/"' in box(page, "chores")
    assert box(site.login("clerk").get("/").text, "chores") == ""


def test_in_a_list_number_and_title_lead_to_the_record(site: Site, clerk: Browser, case: str) -> None:
    page = clerk.get("/records/case/list/?all=1").text
    row = re.search(rf'<tr data-href="{case}">(.*?)</tr>', page, re.S)
    assert row
    assert row[1].count(f'href="{case}"') == 2


def test_a_matter_is_accepted_from_its_row_and_once_only(site: Site, clerk: Browser) -> None:
    made = assigned(site, clerk)
    act(site, made, records.dispose, override=DEPARTMENT)
    handler = site.login("handler")
    page = handler.get("/?list=to_answer").text
    row = re.search(rf'<tr data-href="{made}">(.*?)</tr>', box(page, "work"), re.S)
    assert row
    action = re.search(r'action="([^"]+/accept)"', row[1])
    assert action
    given = form_in(page, action[1])
    answer = handler.post(action[1], given)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?list=to_answer&page=1#work")
    page = handler.get("/?list=to_answer").text
    assert made not in box(page, "work")
    again = handler.post(action[1], given)
    assert again.status_code == 303
    assert "已" in re.sub(r"<[^>]+>", "", handler.get("/").text)
    with site.portal.reading(Access.system("test")) as session:
        record = records.get(session, "case", uid_of(made))
        assert [one.status for one in records.referrals_of(session, record)] == ["accepted"]
