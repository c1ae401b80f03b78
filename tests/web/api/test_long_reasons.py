"""What a person writes about an act, outside of its form, has one bound: in the API and on pages."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.errors import MAX_REASON
from tests.web.api.program import CASES, Program, total
from tests.web.records.seeded_site import TODAY, Site, form_in, uid_of

LONG, JUST = "由" * (MAX_REASON + 1), "由\r\n" + "由" * (MAX_REASON - 2)
EVENT = {"event": "notice_given", "day": TODAY.isoformat()}


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Program]:
    return {name: Program.of(site, name) for name in ("clerk", "director", "handler")}


def refused(answer: Any) -> None:
    assert answer.status_code == 422, answer.text
    assert answer.json["error"]["code"] == "reason.long"
    assert str(MAX_REASON) in answer.json["error"]["message"]
    assert [one["pointer"] for one in answer.json["error"]["details"]] == ["/reason"]


def test_the_api_refuses_a_reason_that_is_too_long(site: Site, people: dict[str, Program]) -> None:
    clerk, director = people["clerk"], people["director"]
    case = clerk.register()
    url = CASES + case["uid"]
    decision = director.get(f"{url}/decisions").json["result"][0]["id"]
    step = next(one for one in clerk.get(f"{url}/transitions").json["result"] if one["form"] is None)
    disposing, stepping = f"{url}/decisions/{decision}/dispositions", f"{url}/transitions/{step['id']}"
    before = total(site)
    refused(director.post(disposing, {"proposal": 0, "reason": LONG}, version=1))
    refused(director.post(f"{url}/grade", {"grade": "complex", "reason": LONG}, version=1))
    refused(clerk.post(f"{url}/events", EVENT | {"reason": LONG}, version=1))
    refused(clerk.post(stepping, {"reason": LONG}, version=1))
    headers = clerk.headers | {"If-Match": '"1"'}
    body = {"data": {"claim": "换一个"}, "reason": LONG}
    refused(clerk.client.patch(url, json=body, headers=headers))
    refused(clerk.client.patch(url, json=body | {"data": {}}, headers=headers))
    refused(clerk.client.put(url, json=body | {"data": case["data"]}, headers=headers))
    assert total(site) == before, "nothing of it is stored"
    made = director.post(disposing, {"proposal": 0, "reason": JUST}, version=1)
    assert made.status_code == 201, made.text
    referral = made.headers["Location"]
    refused(people["handler"].post(f"{referral}/return", {"reason": LONG}, version=1))
    assert people["handler"].post(f"{referral}/return", {"reason": JUST}, version=1).status_code == 200


def test_pages_refuse_it_too_and_say_how_long_it_may_be(site: Site) -> None:
    case = site.register(site.login("clerk"))
    director = site.login("director")
    url = case.replace("/show/", "/dispose/")
    page = director.get(url).text
    assert f'maxlength="{MAX_REASON}"' in page
    pairs = [pair for pair in form_in(page, url) if pair[0] != "reason"]
    told = director.post(url, [*pairs, ("reason", LONG)])
    assert told.status_code in (400, 422), told.status_code
    assert str(MAX_REASON) in told.text
    grading = {"csrf_token": director.token(), "version": "1", "grade": "complex", "reason": LONG}
    answer = director.post(f"/records/case/grade/{uid_of(case)}", grading, follow_redirects=True)
    assert str(MAX_REASON) in answer.text
