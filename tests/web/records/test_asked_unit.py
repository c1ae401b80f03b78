"""A unit that is asked finds its answer first, and everybody lands where the message is seen."""

from __future__ import annotations

import re

import pytest

from portal.persistence.models import Referral
from portal.services import records
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import Browser, Site, form_in, uid_of
from tests.web.records.test_stage_bar import DEPARTMENT, XISHAN, act, assigned


@pytest.fixture
def case(site: Site, clerk: Browser) -> str:
    """A case that was sent to the mediators."""
    made = assigned(site, clerk)
    act(site, made, records.dispose, override=DEPARTMENT)
    return made


def lead(site: Site, case: str) -> Referral:
    with site.portal.reading(access_for(site.portal, "director", XISHAN)) as session:
        return records.referrals_of(session, records.get_any(session, uid_of(case)))[0]


def part(page: str, name: str) -> str:
    found = re.search(rf'<section class="card no-print" id="{name}">.*?</section>', page, re.S)
    return found[0] if found else ""


def top(page: str) -> str:
    """Return the card of what is next, which stands above everything else on the page."""
    card = page.split('<section class="card no-print" id="now">')[1].split("</section>")[0]
    assert page.index(card) < page.index('class="steps"')
    return card


def flashed(page: str) -> str:
    return page.split('<div id="flash">')[1].split('<button type="button" class="alert-close"')[0]


def test_the_answer_stands_first_and_later_steps_are_not_offered_before_it(site: Site, case: str) -> None:
    handler = site.login("handler")
    page = handler.get(case).text
    accept = f"{case.replace('/show/', '/referral/')}/{lead(site, case).uid}/accept"
    assert f'action="{accept}"' in top(page), "at the top of the page, where a phone shows it"
    now = part(page, "now")
    assert now.index(f'action="{accept}"') < now.index("/return")
    assert re.search(r'btn btn-primary now-action" type="submit">.*?接收</button>', now, re.S)
    assert "反馈办理情况" not in now
    assert "退回重新分流" not in now
    assert "/transition/" not in now
    assert top(page).count("btn-primary") == 1
    answer = handler.post(accept, form_in(page, accept))
    assert answer.status_code == 303
    landed = handler.get(answer.headers["Location"]).text
    assert "#" not in answer.headers["Location"]
    assert "已接收" in flashed(landed)
    after = part(landed, "now")
    assert "/accept" not in after
    assert "反馈办理情况" in after


def test_who_may_act_for_a_unit_below_is_not_asked_first(site: Site, case: str) -> None:
    """The director may answer for the unit on the case's page; it is not asked of him."""
    director = site.login("director")
    page = director.get(case).text
    assert "/accept" not in top(page)
    assert "/accept" not in part(page, "now")
    assert "/accept" in page


def test_a_unit_that_returns_a_matter_is_led_home_with_the_message(site: Site, case: str) -> None:
    handler = site.login("handler")
    url = f"{case.replace('/show/', '/referral/')}/{lead(site, case).uid}/return"
    asks = handler.send(url, form_in(handler.get(case).text, url), reason="不属本单位")
    pairs = form_in(asks.text, url)
    filled = {"/kind": "not_competent", "/grounds": "不属于本单位职责范围", "/law": "《人民调解法》第二条"}
    answer = handler.send(url, pairs, **filled)
    assert answer.status_code == 303, answer.text[:500]
    assert answer.headers["Location"] == "/"
    home = handler.get("/").text
    assert "已退回。" in flashed(home)
    assert handler.get(case).status_code == 404


def test_the_confirmation_of_a_referral_is_where_the_page_lands(site: Site, clerk: Browser) -> None:
    case, director = assigned(site, clerk), site.login("director")
    url = case.replace("/show/", "/dispose/")
    answer = director.post(url, form_in(director.get(case).text, url))
    assert answer.status_code == 303
    assert answer.headers["Location"] == case, "nothing scrolls the message away"
    assert "已交办至" in flashed(director.get(case).text)


def test_a_unit_that_is_asked_already_is_not_proposed_again(site: Site, clerk: Browser) -> None:
    case, director = site.register(clerk), site.login("director")
    url = case.replace("/show/", "/dispose/")

    def offered() -> list[str]:
        return re.findall(rf'action="{re.escape(url)}"', director.get(case).text)

    before = len(offered())
    assert before >= 1
    act(site, case, records.dispose, override=DEPARTMENT)
    assert len(offered()) == before - 1
    with site.portal.writing(access_for(site.portal, "director", XISHAN)) as uow:
        records.referral(uow, lead(site, case).uid, "revoke", reason="派错了")
        uow.commit()
    assert len(offered()) == before, "what was taken back may be proposed again"
