"""Who answers a referral after a colleague is told so, by pages and API, although the matter is out of sight."""

from __future__ import annotations

import re
from typing import Any

import pytest

from portal.core.access import Access, Origin
from portal.services import users
from tests.web.api.program import CASES, Program
from tests.web.records.seeded_site import PASSWORD, Site

COLLEAGUE, STRANGER = "handler2", "stranger"


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Program]:
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        for name, unit in ((COLLEAGUE, "530112:people_mediation"), (STRANGER, "530112:justice")):
            user = users.create(uow, name, PASSWORD, "某", name)
            users.assign(uow, user.id, "handler", unit, audited=False)
        uow.commit()
    names = ("clerk", "director", "handler", COLLEAGUE, STRANGER, "jinning")
    return {name: Program.of(site, name) for name in names}


@pytest.fixture
def referral(people: dict[str, Program]) -> str:
    """The address of a referral to the department, in the API."""
    case = people["clerk"].register()
    decision = people["director"].get(f"{CASES}{case['uid']}/decisions").json["result"][0]
    made = people["director"].post(
        f"{CASES}{case['uid']}/decisions/{decision['id']}/dispositions", {"proposal": 0}, version=1
    )
    assert made.status_code == 201, made.text
    return str(made.headers["Location"])


def return_it(people: dict[str, Program], referral: str, name: str = "handler", **more: Any) -> Any:
    return people[name].post(f"{referral}/return", {"reason": "不属本单位"}, version=1, **more)


def test_the_api_says_who_was_first_and_when_to_those_of_the_unit_alone(
    people: dict[str, Program], referral: str
) -> None:
    assert return_it(people, referral).status_code == 200
    late = return_it(people, referral, COLLEAGUE)
    assert (late.status_code, late.json["error"]["code"]) == (409, "referral.answered")
    assert "handler" in late.json["error"]["message"]
    assert re.search(r"2026-05-06 \d\d:\d\d", late.json["error"]["message"])
    assert people[COLLEAGUE].get(referral).status_code == 404, "the matter itself stays out of sight"
    missing = referral[:-32] + "0" * 32
    for name in (STRANGER, "jinning"):
        foreign, none = return_it(people, referral, name), return_it(people, missing, name)
        assert foreign.status_code == none.status_code == 404
        assert foreign.json["error"]["code"] == none.json["error"]["code"]
    assert return_it(people, missing, COLLEAGUE).status_code == 404
    other = people["clerk"].register()["uid"]
    of_another = re.sub(f"{CASES}[^/]+", CASES + other, referral)
    assert return_it(people, of_another, COLLEAGUE).status_code == 404


def test_an_answer_that_is_repeated_with_its_key_is_answered_alike(
    people: dict[str, Program], referral: str
) -> None:
    first = return_it(people, referral, key="return-1")
    again = return_it(people, referral, key="return-1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json


def test_the_page_says_it_too(site: Site, people: dict[str, Program], referral: str) -> None:
    case, uid = (referral.split("/")[at] for at in (5, 7))
    assert return_it(people, referral).status_code == 200
    address = f"/records/case/referral/{case}/{uid}/return"
    browser = site.login(COLLEAGUE)
    told = browser.post(address, {"csrf_token": browser.token(), "reason": "不属本单位"})
    assert told.status_code == 409
    assert "已经答复了这次交办" in told.text
    stranger = site.login(STRANGER)
    assert stranger.post(address, {"csrf_token": stranger.token(), "reason": "试"}).status_code == 404


def test_nobody_is_told_what_no_role_of_theirs_could_have_answered(
    site: Site, people: dict[str, Program], referral: str
) -> None:
    """The clerk of the centre sees the matter and may not answer for the department."""
    assert return_it(people, referral).status_code == 200
    assert return_it(people, referral, "clerk").status_code == 403


def test_only_who_was_answered_is_named(people: dict[str, Program], referral: str) -> None:
    old = people["handler"].post(f"{referral}/return", {"reason": "不属本单位"}, version=0)
    assert (old.status_code, old.json["error"]["code"]) == (412, "referral.stale")
    assert "director" not in old.json["error"]["message"], "who sent it has not answered it"
    dots = people["handler"].post(f"{referral}/return", {"reason": "……"}, version=1)
    assert (dots.status_code, dots.json["error"]["code"]) == (422, "reason.missing")
    assert people["handler"].get(referral).json["result"]["status"] == "sent"


@pytest.mark.parametrize("version", [None, "", "0", "abc", "-1", "9" * 20, "2"])
def test_a_page_answers_only_what_it_was_opened_for(
    site: Site, people: dict[str, Program], referral: str, version: str | None
) -> None:
    browser = site.login("handler")
    case, uid = (referral.split("/")[at] for at in (5, 7))
    pairs = {"csrf_token": browser.token(), "reason": "不属本单位"}
    pairs |= {} if version is None else {"version": version}
    answer = browser.post(f"/records/case/referral/{case}/{uid}/return", pairs)
    assert answer.status_code == 303
    assert "请重新看一下这件事项" in browser.get(answer.headers["Location"]).text
    assert people["handler"].get(referral).json["result"]["status"] == "sent"
