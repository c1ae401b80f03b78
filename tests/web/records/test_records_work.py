"""What happens to a case after it was registered: steps, referrals, files, deletion."""

from __future__ import annotations

import io
import re

import pytest

from tests.web.records.seeded_site import Browser, Site, form_in, uid_of


@pytest.fixture
def case(site: Site, clerk: Browser) -> str:
    return site.register(clerk)


def step_urls(page: str) -> list[str]:
    return re.findall(
        r'href="([^"]+/transition/[^"]+)"', page.split('id="now"')[1] + page.split('id="now"')[0]
    )


def confirm(site: Site, person: Browser, case: str) -> None:
    url = case.replace("/show/", "/dispose/")
    pairs = form_in(person.get(case).text, url)
    answer = person.post(url, pairs)
    assert answer.status_code == 303, answer.text[:2000]


def test_a_case_takes_its_first_step(site: Site, clerk: Browser, case: str) -> None:
    url = step_urls(clerk.get(case).text)[0]
    answer = clerk.send(url, clerk.form(url))
    assert answer.status_code == 303, answer.text
    page = clerk.get(case).text
    assert "分析研判" in re.findall(r'chip-stage">([^<]+)<', page)
    assert "登记受理 → 分析研判" in page


def test_a_step_from_an_old_page_is_refused_and_keeps_what_was_typed(
    site: Site, clerk: Browser, case: str
) -> None:
    url = step_urls(clerk.get(case).text)[-1]
    pairs = clerk.form(url)
    edit = case.replace("/show/", "/edit/")
    clerk.send(edit, clerk.form(edit), **{"/claim": "其间修改"})
    answer = clerk.send(url, pairs, reason="我的理由")
    assert answer.status_code in (409, 422)
    assert "我的理由" in answer.text or answer.status_code == 422


def test_unknown_steps_are_not_there(clerk: Browser, case: str) -> None:
    assert clerk.get(case.replace("/show/", "/transition/") + "/nonsense").status_code == 404


def test_a_director_confirms_and_the_handler_answers(site: Site, case: str) -> None:
    director = site.login("director")
    confirm(site, director, case)
    page = director.get(case).text
    assert "待接收" in page
    assert "已交办" in page
    handler = site.login("handler")
    seen = handler.get(case)
    assert seen.status_code == 200
    url = re.search(r'action="([^"]+/referral/[^"]+)/accept"', seen.text)
    assert url
    pairs = form_in(seen.text, url[1] + "/accept")
    assert handler.post(url[1] + "/accept", pairs).status_code == 303
    assert "已接收" in handler.get(case).text
    done = form_in(handler.get(case).text, url[1] + "/done")
    assert handler.send(url[1] + "/done", done, reason="双方达成一致").status_code == 303
    assert "双方达成一致" in director.get(case).text


def test_returning_needs_a_reason(site: Site, case: str) -> None:
    director, handler = site.login("director"), site.login("handler")
    confirm(site, director, case)
    url = re.search(r'action="([^"]+/referral/[^"]+)/return"', handler.get(case).text)
    assert url
    pairs = form_in(handler.get(case).text, url[1] + "/return")
    handler.send(url[1] + "/return", pairs)
    assert "待接收" in director.get(case).text
    handler.send(url[1] + "/return", pairs, reason="不属本单位")
    page = director.get(case).text
    assert "已退回" in page
    assert "不属本单位" in page


@pytest.mark.parametrize("accepted", [False, True])
def test_who_may_dispose_takes_a_referral_back(site: Site, case: str, accepted: bool) -> None:
    """A triage officer answers no referrals, but sends them; so it is hers to take one back, and nobody else's."""
    triage, handler = site.login("triage"), site.login("handler")
    confirm(site, triage, case)
    found = re.search(r'action="([^"]+/referral/[^"]+)/revoke"', triage.get(case).text)
    assert found
    if accepted:
        assert (
            handler.post(
                found[1] + "/accept", form_in(handler.get(case).text, found[1] + "/accept")
            ).status_code
            == 303
        )
    assert "/revoke" not in handler.get(case).text
    assert "/revoke" not in site.login("clerk").get(case).text
    url, page = found[1] + "/revoke", triage.get(case).text
    assert "撤回" in page
    pairs = form_in(page, url)
    assert handler.post(url, {"csrf_token": handler.token(), "reason": "误派"}).status_code == 403
    assert triage.send(url, pairs, reason="").status_code == 303
    assert "已撤回" not in triage.get(case).text, "nothing is taken back without a reason"
    assert triage.send(url, pairs, reason="派错了单位").status_code == 303
    page = triage.get(case).text
    assert "已撤回" in page
    assert "派错了单位" in page
    assert handler.get(case).status_code == 404, "the matter is the centre's again"
    triage.get("/language/en")
    try:
        assert "revoked" in triage.get(case).text
    finally:
        triage.get("/language/zh_Hans")


def test_a_referral_that_asks_for_help_names_the_unit_asked(site: Site, clerk: Browser) -> None:
    case = site.register(clerk, **{"/dispute_type": "D0106"})
    director = site.login("director")
    url = case.replace("/show/", "/dispose/")
    asked = director.post(url, form_in(director.get(case).text, url))
    assert asked.status_code == 422, "the referral also hands the matter over: what it does not say is asked"
    assert "已知内容已经填好" in asked.text
    assert 'class="error-summary' not in asked.text, "nothing is wrong yet"
    rest = {"/period_told": "true", "/period_note": "自收到之日起十五日内申请"}
    kept = form_in(asked.text, url)
    assert {name for name, value in kept if value} >= {"version", "decision", "choice", "/route", "/organ"}
    assert director.send(url, kept, **{"/period_told": None}).status_code == 422
    assert director.send(url, kept, **rest).status_code == 303
    page = director.get(case).text
    assert 'id="to-do"' in page, (
        "names are masked for the director: the paper of the step is left to a person"
    )
    cards = re.findall(r'<h3 class="proposal-title">([^<]+) <', page[page.index('id="referrals"') :])
    assert len(set(map(str.strip, cards))) == len(cards) > 1, cards


def test_choosing_otherwise_needs_a_reason(site: Site, case: str) -> None:
    director = site.login("director")
    url = case.replace("/show/", "/dispose/")
    pairs = director.form(url + "?proposal=0", url)
    answer = director.send(url, pairs, choice="tier:centre", reason="")
    assert answer.status_code == 422
    answer = director.send(url, pairs, choice="tier:centre", reason="中心牵头办理")
    assert answer.status_code == 303
    assert "中心牵头办理" in director.get(case).text


def test_a_clerk_does_not_dispose(clerk: Browser, case: str) -> None:
    url = case.replace("/show/", "/dispose/")
    assert clerk.get(url).status_code == 403
    assert clerk.post(url, {"csrf_token": clerk.token(), "choice": "tier:centre"}).status_code == 403


def test_why_other_rules_did_not_fire(clerk: Browser, case: str) -> None:
    part = clerk.get(case.replace("/show/", "/why/"), headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "why-list" in part
    assert part.count("<dt>") > 5


def test_files_go_with_their_case(site: Site, clerk: Browser) -> None:
    sent = clerk.client.post(
        "/records/case/upload",
        data={"file": (io.BytesIO(b"%PDF-1.7 evidence"), "证据 一.pdf"), "csrf_token": clerk.token()},
    )
    assert sent.status_code == 201
    case = site.register(clerk, **{"/attachments/0": sent.json["id"]})
    link = re.search(r'href="([^"]+/attachment/[^"]+)"', clerk.get(case).text)
    assert link
    answer = clerk.get(link[1])
    assert answer.data == b"%PDF-1.7 evidence"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "%E8%AF%81%E6%8D%AE" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert site.login("jinning").get(link[1]).status_code == 404
    other = site.register(clerk)
    assert clerk.get(link[1].replace(uid_of(case), uid_of(other))).status_code == 404


def test_a_foreign_file_cannot_be_adopted(site: Site, clerk: Browser) -> None:
    sent = site.login("jinning").client
    browser = Browser(sent)
    answer = sent.post(
        "/records/case/upload",
        data={"file": (io.BytesIO(b"%PDF-1.7 secret"), "a.pdf"), "csrf_token": browser.token()},
    )
    url = "/records/case/add"
    from tests.web.records.seeded_site import CASE

    refused = clerk.send(url, clerk.form(url), **CASE | {"/attachments/0": answer.json["id"]})
    assert refused.status_code == 422


def test_cases_are_kept_parts_may_go(site: Site, clerk: Browser, case: str) -> None:
    assert clerk.get(case.replace("/show/", "/delete/")).status_code in (403, 404)


def test_unsafe_requests_need_a_token(site: Site, clerk: Browser, case: str) -> None:
    director = site.login("director")
    for person, action in ((clerk, "edit"), (clerk, "transition"), (director, "dispose"), (clerk, "delete")):
        url = case.replace("/show/", f"/{action}/") + ("/accept" if action == "transition" else "")
        assert person.post(url, {"version": "1", "choice": "tier:centre"}).status_code in (400, 403, 404)
    assert "登记受理" in re.findall(r'chip-stage">([^<]+)<', clerk.get(case).text)


def test_the_page_of_handing_over_opens_with_what_the_rules_propose(site: Site, case: str) -> None:
    director = site.login("director")
    url = case.replace("/show/", "/dispose/")
    page = director.get(url).text
    assert re.search(r'name="choice" value="proposed" required checked', page)
    assert dict(form_in(page, url))["proposal"] == "0"
    nothing = director.send(url, form_in(page, url), choice=None)
    assert nothing.status_code == 422
    assert "选择承办单位" in nothing.text
    assert director.send(url, form_in(page, url)).status_code == 303
