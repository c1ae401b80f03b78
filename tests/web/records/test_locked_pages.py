"""A closed record on its pages and in the API: nothing to change it is offered, and why is said."""

from __future__ import annotations

import re

from portal.services import records
from tests.web.api.program import CASES, Program
from tests.web.records.closed_cases import SYSTEM, close, closed_case, do, version_of
from tests.web.records.seeded_site import Browser, Site, uid_of

CLOSED = "不能再修改"


def test_a_closed_case_offers_no_change_and_says_why(site: Site, clerk: Browser) -> None:
    url = site.register(clerk)
    uid = uid_of(url)
    assert url.replace("/show/", "/edit/") in clerk.get(url).text
    close(site, uid)
    page = clerk.get(url).text
    assert CLOSED in page
    assert "notice-locked" in page
    offered = re.findall(rf'(?:href|action)="/records/[a-z]+/([a-z]+)[/?][^"]*{uid}', page)
    assert not {"add", "delete", "dispose", "event", "grade", "release"} & set(offered), offered
    assert re.findall(rf'href="/records/case/edit/{uid}">([^<]+)<', page) == ["申请更正"]


def test_pages_that_change_lead_back_and_say_why(site: Site, clerk: Browser) -> None:
    url = closed_case(site, clerk)
    director = site.login("director")
    for who, page in ((director, "dispose"), (clerk, "event")):
        answer = who.get(url.replace("/show/", f"/{page}/"))
        assert (answer.status_code, answer.location) == (303, url), page
        assert CLOSED in who.get(url).text
    answer = clerk.get(f"/records/party/add?parent={uid_of(url)}")
    assert (answer.status_code, answer.location) == (303, url)


def test_what_was_typed_before_the_case_was_closed_is_shown_again(site: Site, clerk: Browser) -> None:
    url = site.register(clerk)
    edit, party = url.replace("/show/", "/edit/"), f"/records/party/add?parent={uid_of(url)}"
    typed, part = clerk.form(edit), clerk.form(party)
    close(site, uid_of(url))
    answer = clerk.send(edit, typed, **{"/claim": "其间想改的诉求"})
    assert answer.status_code == 409
    assert "其间想改的诉求" in answer.text
    assert CLOSED in answer.text
    answer = clerk.send(party, part, **{"/name": "王五", "/role": "applicant", "/kind": "person"})
    assert answer.status_code == 409
    assert "王五" in answer.text
    assert CLOSED in answer.text


def test_a_part_of_a_closed_case_offers_no_change(site: Site, clerk: Browser) -> None:
    url = site.register(clerk)
    data = {"role": "applicant", "kind": "person", "name": "赵小"}
    part = do(site, records.register, "party", "530112", data, parent=uid_of(url)).record.uid
    close(site, uid_of(url))
    page = clerk.get(f"/records/party/show/{part}").text
    assert "所属事项已办结" in page
    assert re.findall(rf'href="/records/party/edit/{part}">([^<]+)<', page) == ["申请更正"]
    assert f"/records/party/delete/{part}" not in page
    answer = clerk.get(f"/records/party/delete/{part}")
    assert (answer.status_code, answer.location) == (303, f"/records/party/show/{part}")


def test_the_api_refuses_with_a_code_and_words(site: Site, clerk: Browser) -> None:
    uid = uid_of(closed_case(site, clerk))
    program, director = Program.of(site, "clerk"), Program.of(site, "director")
    version, case = version_of(site, uid), CASES + uid
    decision = director.get(case + "/decisions").json["result"][0]
    with site.portal.reading(SYSTEM) as session:
        before = records.get_any(session, uid).data
    answers = {
        "patch": program.client.patch(
            case,
            json={"data": {"claim": "想改"}},
            headers=program.headers | {"If-Match": f'"{version}"'},
        ),
        "event": program.post(case + "/events", {"event": "x", "day": "2026-05-06"}, version=version),
        "grade": director.post(case + "/grade", {"grade": "complex", "reason": "复杂"}, version=version),
        "dispose": director.post(
            f"{case}/decisions/{decision['id']}/dispositions", {"proposal": 0}, version=version
        ),
    }
    for name, answer in answers.items():
        assert answer.status_code == 409, (name, answer.text)
        assert answer.json["error"]["code"] == "record.locked", name
        assert "closed" in answer.json["error"]["message"] or CLOSED in answer.json["error"]["message"]
    with site.portal.reading(SYSTEM) as session:
        assert records.get_any(session, uid).data == before


def test_rules_are_not_asked_again_of_a_closed_case(site: Site, clerk: Browser) -> None:
    url = site.register(clerk)
    decide = url.replace("/show/", "/decide/")
    close(site, uid_of(url))
    answer = clerk.post(decide, {"csrf_token": clerk.token()})
    assert (answer.status_code, answer.location) == (303, url)
    assert CLOSED in clerk.get(url).text


def test_another_countys_closed_case_stays_unknown(site: Site, clerk: Browser) -> None:
    url = closed_case(site, clerk)
    stranger = site.login("jinning")
    for page in ("show", "edit"):
        assert stranger.get(url.replace("/show/", f"/{page}/")).status_code == 404
