"""A correction on the pages: asked from the closed record, shown as a difference to the person who decides."""

from __future__ import annotations

import re

from tests.web.records.closed_cases import closed_case
from tests.web.records.seeded_site import Browser, Site, form_in

WHY = "诉求登记有误，已与当事人核对"


def ask(clerk: Browser, url: str, claim: str = "退还双倍定金") -> None:
    edit = url.replace("/show/", "/edit/")
    answer = clerk.send(edit, clerk.form(edit), **{"/claim": claim, "reason": WHY})
    assert (answer.status_code, answer.location) == (303, url), answer.text


def settle(who: Browser, url: str, answer: str, **more: str) -> str:
    way = f"{url.replace('/show/', '/correction/')}/{answer}"
    sent = who.send(way, form_in(who.get(url).text, way), **more)
    assert (sent.status_code, sent.location) == (303, url)
    return who.get(url).text


def test_a_correction_is_asked_for_seen_and_approved(site: Site, clerk: Browser) -> None:
    url, director = closed_case(site, clerk), site.login("director")
    page = clerk.get(url.replace("/show/", "/edit/")).text
    assert "申请更正" in page
    assert "由第二人" in page
    ask(clerk, url)
    page = director.get(url).text
    assert re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td><td><strong>([^<]+)<', page) == [
        ("诉求", "退还定金", "退还双倍定金")
    ]
    assert WHY in page
    page = settle(director, url, "approve")
    assert "退还双倍定金" in page
    assert "更正已批准" in page
    assert "等待决定的更正" not in page


def test_the_person_who_asked_may_withdraw_and_not_approve(site: Site, clerk: Browser) -> None:
    url = closed_case(site, clerk)
    ask(clerk, url)
    page = clerk.get(url).text
    assert "/approve" not in page
    way = f"{url.replace('/show/', '/correction/')}/approve"
    sent = clerk.post(way, form_in(page, way.replace("approve", "withdraw")))
    assert sent.status_code == 303
    assert "退还双倍定金" in clerk.get(url).text
    assert "等待决定的更正" in clerk.get(url).text
    page = settle(clerk, url, "withdraw")
    assert "等待决定的更正" not in page


def test_refusing_asks_for_a_reason(site: Site, clerk: Browser) -> None:
    url, director = closed_case(site, clerk), site.login("director")
    ask(clerk, url)
    assert "等待决定的更正" in settle(director, url, "refuse", reason=" ")
    page = settle(director, url, "refuse", reason="与笔录一致，无需更正")
    assert "与笔录一致" in page
    assert "等待决定的更正" not in page


def test_without_a_reason_everything_typed_is_shown_again(site: Site, clerk: Browser) -> None:
    url = closed_case(site, clerk)
    edit = url.replace("/show/", "/edit/")
    answer = clerk.send(edit, clerk.form(edit), **{"/claim": "其间想改的诉求", "reason": ""})
    assert answer.status_code == 422
    assert "其间想改的诉求" in answer.text
    assert 'id="reason-error"' in answer.text


def test_while_one_waits_no_other_is_asked_for(site: Site, clerk: Browser) -> None:
    url = closed_case(site, clerk)
    edit = url.replace("/show/", "/edit/")
    second = clerk.form(edit)
    ask(clerk, url)
    assert clerk.get(edit).location == url
    answer = clerk.send(edit, second, **{"/claim": "另一种改法", "reason": WHY})
    assert answer.status_code == 409
    assert "另一种改法" in answer.text


def test_a_handler_and_another_county_decide_nothing(site: Site, clerk: Browser) -> None:
    url = closed_case(site, clerk)
    ask(clerk, url)
    way = f"{url.replace('/show/', '/correction/')}/approve"
    jinning = site.login("jinning")
    assert jinning.post(way, {"csrf_token": jinning.token(), "version": "3"}).status_code == 404
    triage = site.login("triage")
    triage.post(way, {"csrf_token": triage.token(), "version": "3"})
    assert "等待决定的更正" in clerk.get(url).text
    assert clerk.post(way.replace("approve", "rewrite"), {"csrf_token": clerk.token()}).status_code == 404
