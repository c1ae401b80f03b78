"""Steps, decisions, referrals and history through the API: what the pages do, with the same permissions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.program import CASES, Program, entries, total
from tests.web.records.seeded_site import Site


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Program]:
    names = ("clerk", "triage", "director", "handler", "jinning", "supervisor")
    return {name: Program.of(site, name) for name in names}


@pytest.fixture
def case(people: dict[str, Program]) -> dict[str, Any]:
    return people["clerk"].register()


def of(case: dict[str, Any], *more: Any) -> str:
    return "/".join([CASES + case["uid"], *map(str, more)])


def refer(people: dict[str, Program], case: dict[str, Any]) -> dict[str, Any]:
    """Confirm the first proposal; return the referral."""
    decision = people["director"].get(of(case, "decisions")).json["result"][0]
    answer = people["director"].post(
        of(case, "decisions", decision["id"], "dispositions"), {"proposal": 0}, version=case["version"]
    )
    assert answer.status_code == 201, answer.text
    result: dict[str, Any] = answer.json["result"]
    assert answer.headers["Location"] == of(case, "referrals", result["uid"])
    return result


def test_a_step_is_offered_and_taken(site: Site, people: dict[str, Program], case: dict[str, Any]) -> None:
    clerk = people["clerk"]
    offered = clerk.get(of(case, "transitions"))
    assert offered.headers["ETag"] == '"1"'
    step = next(one for one in offered.json["result"] if one["allowed"] and one["form"] is None)
    assert step["blocked"] == []
    url = of(case, "transitions", step["id"])
    assert clerk.post(url).status_code == 428
    assert clerk.post(url, version=7).status_code == 412
    assert clerk.post(url, {"data": {"x": 1}}, version=1).status_code == 400
    before = total(site)
    moved = clerk.post(url, version=1)
    assert moved.status_code == 200, moved.text
    assert moved.headers["ETag"] == '"2"'
    assert moved.json["result"]["stage"] == step["to"] != case["stage"]
    assert total(site) == before + 1
    assert entries(site, case["uid"])[-1] == "transition"
    again = clerk.post(url, version=2)
    assert again.status_code == 409
    assert again.json["error"]["code"] == "lifecycle.stage"


def test_a_step_with_a_form_checks_what_is_entered(people: dict[str, Program], case: dict[str, Any]) -> None:
    clerk = people["clerk"]
    offered = clerk.get(of(case, "transitions")).json["result"]
    step = next(one for one in offered if one["form"])
    refused = clerk.post(of(case, "transitions", step["id"]), {"data": {}, "reason": "x"}, version=1)
    assert refused.status_code == 422, refused.text
    pointers = [detail["pointer"] for detail in refused.json["error"]["details"]]
    assert pointers
    assert not any(pointer.startswith("/form") for pointer in pointers)
    assert clerk.get(of(case)).json["result"]["version"] == 1


def test_unknown_steps_and_records_are_not_there(people: dict[str, Program], case: dict[str, Any]) -> None:
    clerk, jinning = people["clerk"], people["jinning"]
    assert clerk.post(of(case, "transitions", "nonsense"), version=1).status_code == 404
    missing = {**case, "uid": "0" * 32}
    for part in ("transitions", "decisions", "referrals", "history"):
        foreign, none = jinning.get(of(case, part)), jinning.get(of(missing, part))
        assert (foreign.status_code, none.status_code) == (404, 404)
        assert without_id(foreign) == without_id(none)
    for path in (["transitions", "accept"], ["referrals", "x", "accept"]):
        foreign = jinning.post(of(case, *path), version=1)
        none = jinning.post(of(missing, *path), version=1)
        assert foreign.status_code == none.status_code
        assert foreign.status_code in (403, 404)
        assert without_id(foreign) == without_id(none)


def without_id(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json["error"].items() if name != "request_id"}


def test_a_decision_says_why(people: dict[str, Program], case: dict[str, Any]) -> None:
    found = people["clerk"].get(of(case, "decisions"))
    assert found.status_code == 200
    decision = found.json["result"][0]
    assert decision["not_fired"]
    assert all(rule["why"] for rule in decision["not_fired"])
    proposal = decision["proposals"][0]
    assert proposal["reasons"]
    assert proposal["facts"]
    assert proposal["seat"]["title"]
    assert proposal["alternatives"]
    assert all(other["to"] for other in proposal["alternatives"])
    assert decision["fired"][0]["basis"] or proposal["basis"]


def test_a_proposal_is_confirmed_and_answered(
    site: Site, people: dict[str, Program], case: dict[str, Any]
) -> None:
    referral = refer(people, case)
    assert referral["status"] == "sent"
    assert not referral["overridden"]
    handler = people["handler"]
    listed = handler.get(of(case, "referrals")).json["result"]
    assert [one["uid"] for one in listed] == [referral["uid"]]
    assert listed[0]["actions"] == ["accept", "return"]
    url = of(case, "referrals", referral["uid"])
    assert handler.get(url).headers["ETag"] == '"1"'
    assert handler.post(f"{url}/accept").status_code == 428
    before = total(site)
    accepted = handler.post(f"{url}/accept", version=1)
    assert accepted.status_code == 200, accepted.text
    assert accepted.json["result"]["status"] == "accepted"
    assert accepted.headers["ETag"] == '"2"'
    assert total(site) == before + 1
    assert handler.post(f"{url}/accept", version=1).status_code == 412
    assert handler.post(f"{url}/accept", version=2).status_code == 409
    assert handler.post(f"{url}/nonsense", version=2).status_code == 404
    assert people["clerk"].post(f"{url}/done", version=2).status_code == 403
    assert handler.post(f"{url}/done", {"reason": "双方达成一致"}, version=2).json["result"]["answer"]


def test_returning_needs_a_reason_and_is_answered_although_the_case_goes(
    people: dict[str, Program], case: dict[str, Any]
) -> None:
    referral, handler = refer(people, case), people["handler"]
    url = of(case, "referrals", referral["uid"], "return")
    refused = handler.post(url, version=1)
    assert refused.status_code == 422
    assert refused.json["error"]["details"][0]["pointer"] == "/reason"
    assert handler.post(url, {"reason": "不属本单位"}, version=1).json["result"]["status"] == "returned"
    assert handler.get(of(case)).status_code == 404


def test_choosing_otherwise_needs_a_reason(
    site: Site, people: dict[str, Program], case: dict[str, Any]
) -> None:
    director = people["director"]
    decision = director.get(of(case, "decisions")).json["result"][0]
    url = of(case, "decisions", decision["id"], "dispositions")
    to = next(other["to"] for other in decision["proposals"][0]["alternatives"])
    refused = director.post(url, {"override": {"to": to}}, version=1)
    assert refused.status_code == 422
    assert refused.json["error"]["details"][0]["pointer"] == "/reason"
    before = total(site)
    sent = director.post(url, {"override": {"to": to}, "reason": "当事人要求"}, version=1)
    assert sent.status_code == 201, sent.text
    assert sent.json["result"]["overridden"]
    assert total(site) == before + 1
    late = director.post(url, {"override": {"to": to}, "reason": "再来"}, version=1)
    assert late.status_code == 412


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"proposal": 0, "override": {"to": {"tier": "up"}}}, 400),
        ({"proposal": True}, 400),
        ({"proposal": "0"}, 400),
        ({"proposal": 99}, 404),
        ({"proposal": -1}, 404),
        ({"override": {}, "reason": "x"}, 422),
        ({"override": {"to": {}}, "reason": "x"}, 400),
        ({"override": {"to": {"tier": 1}}, "reason": "x"}, 400),
        ({"override": {"to": {"tier": "up", "window": "w1"}}, "reason": "x"}, 400),
        ({"override": {"to": {"planet": "mars"}}, "reason": "x"}, 422),
        ({"override": {"to": {"tier": "up"}, "mode": "x" * 500}, "reason": "x"}, 422),
        ({"override": {"to": {"tier": "up"}, "assist": [1]}, "reason": "x"}, 400),
        ({"override": {"to": {"tier": "up"}, "assist": ["nobody"]}, "reason": "x"}, 422),
        ({"override": {"to": {"tier": "up"}, "handler": 1}, "reason": "x"}, 400),
    ],
)
def test_bad_dispositions_change_nothing(
    people: dict[str, Program], case: dict[str, Any], body: dict[str, Any], status: int
) -> None:
    director = people["director"]
    decision = director.get(of(case, "decisions")).json["result"][0]
    answer = director.post(of(case, "decisions", decision["id"], "dispositions"), body, version=1)
    assert answer.status_code == status, answer.text
    assert director.get(of(case, "referrals")).json["result"] == []


def test_decisions_of_other_records_are_unknown(people: dict[str, Program], case: dict[str, Any]) -> None:
    director, other = people["director"], people["clerk"].register()
    decision = director.get(of(other, "decisions")).json["result"][0]
    for number in (decision["id"], 10**30, "x"):
        url = of(case, "decisions", number, "dispositions")
        assert director.post(url, {"proposal": 0}, version=1).status_code == 404


def test_who_may_only_look_may_do_nothing(people: dict[str, Program], case: dict[str, Any]) -> None:
    clerk, supervisor = people["clerk"], people["supervisor"]
    decision = clerk.get(of(case, "decisions")).json["result"][0]
    url = of(case, "decisions", decision["id"], "dispositions")
    for person in (clerk, supervisor):
        answer = person.post(url, {"proposal": 0}, version=1)
        assert answer.status_code == 403
        assert answer.json["error"]["code"] == "access.denied"
    assert clerk.get(of(case, "referrals")).json["result"] == []


def test_the_history_tells_what_happened(people: dict[str, Program], case: dict[str, Any]) -> None:
    refer(people, case)
    told = people["clerk"].get(of(case, "history")).json["result"]
    assert [event["kind"] for event in told] == ["dispose", "register"]
    assert told[0]["by"]
    assert told[0]["title"]
    assert all("data" not in event and "form" not in event for event in told)


def test_every_write_leaves_one_entry(site: Site, people: dict[str, Program], case: dict[str, Any]) -> None:
    clerk, parties = people["clerk"], "/api/v1/records/party/"
    party = {"kind": "person", "role": "respondent", "name": "李某（虚构）"}
    made = clerk.post(parties, {"data": party, "parent": case["uid"]}, key="one")
    assert made.status_code == 201, made.text
    url = parties + made.json["result"]["uid"]
    clerk.post(parties, {"data": party, "parent": case["uid"]}, key="one")

    def send(method: str, version: int, body: Any = None) -> int:
        headers = {**clerk.headers, "If-Match": f'"{version}"'}
        return clerk.client.open(url, method=method, json=body, headers=headers).status_code

    assert send("PUT", 1, {"data": made.json["result"]["data"] | {"willing": "yes"}}) == 200
    assert send("PATCH", 2, {"data": {"willing": "no"}}) == 200
    assert send("PATCH", 2, {"data": {"willing": "yes"}}) == 412
    assert send("DELETE", 3) == 422
    removed = clerk.client.delete(
        url, headers={**clerk.headers, "If-Match": '"3"'}, query_string={"reason": "录入有误"}
    )
    assert removed.status_code == 204
    assert entries(site, made.json["result"]["uid"]) == ["add", "edit", "edit", "delete"]
