"""Units, releases, types and the OpenAPI document: what is a person's own, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from portal.core.access import Access
from portal.services import users
from portal.web.api.openapi import document
from tests.web.api.program import CASES, DATA, Program
from tests.web.records.seeded_site import PASSWORD, Site


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Program]:
    with site.portal.writing(Access.system("test")) as uow:
        user = users.create(uow, "auditor", PASSWORD, "某", "auditor")
        users.assign(uow, user.id, "auditor", "530112", audited=False)
        uow.commit()
    names = ("clerk", "handler", "supervisor", "auditor", "jinning")
    return {name: Program.of(site, name) for name in names}


def without_id(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json["error"].items() if name != "request_id"}


def test_units_are_those_of_the_own_centre(people: dict[str, Program]) -> None:
    for name in ("clerk", "handler"):
        codes = {unit["code"] for unit in all_units(people[name])}
        assert "530112001" in codes
        assert not any(code.startswith("530115") for code in codes)
    everywhere = people["supervisor"].get("/api/v1/units/").json
    assert everywhere["capped"]
    assert everywhere["count"] == 1000


def all_units(person: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = 1
    while len(rows := person.get("/api/v1/units/", page=page, size=100).json["result"]):
        found += rows
        page += 1
    return found


def test_units_are_filtered_and_paged(people: dict[str, Program]) -> None:
    clerk = people["clerk"]
    below = clerk.get("/api/v1/units/", parent="530112", level="township").json
    assert below["count"] == len(below["result"]) > 3
    assert {unit["parent"] for unit in below["result"]} == {"530112"}
    named = clerk.get("/api/v1/units/", text=below["result"][0]["name"]).json["result"]
    assert below["result"][0]["code"] in {unit["code"] for unit in named}
    second = clerk.get("/api/v1/units/", parent="530112", level="township", size=2, page=2).json["result"]
    assert second == below["result"][2:4]
    assert clerk.get("/api/v1/units/", parent="530115").json["result"] == []


def test_foreign_units_and_releases_are_as_missing(people: dict[str, Program]) -> None:
    clerk = people["clerk"]
    assert clerk.get("/api/v1/units/530112001").json["result"]["centre"] == "530112"
    foreign, missing = (clerk.get(f"/api/v1/units/{code}") for code in ("530115", "999999"))
    assert foreign.status_code == missing.status_code == 404
    assert without_id(foreign) == without_id(missing)
    lines = clerk.get("/api/v1/releases/").json["result"]
    assert [line["unit"] for line in lines] == ["530112"]
    own = clerk.get(f"/api/v1/releases/{lines[0]['release']['id']}").json["result"]
    assert own["digest"] == lines[0]["release"]["digest"]
    assert own["in_force_at"] == ["530112"]
    theirs = people["jinning"].get("/api/v1/releases/").json["result"][0]["release"]["id"]
    foreign, missing = (clerk.get(f"/api/v1/releases/{number}") for number in (theirs, 2**31 - 1))
    assert foreign.status_code == missing.status_code == 404
    assert without_id(foreign) == without_id(missing)


def test_types_are_those_somebody_may_use(people: dict[str, Program]) -> None:
    clerk, auditor = people["clerk"], people["auditor"]
    listed = clerk.get("/api/v1/types/").json
    assert {"case", "party"} <= {one["id"] for one in listed["result"]}
    assert auditor.get("/api/v1/types/").json["result"] == []
    case = clerk.get("/api/v1/types/case").json["result"]
    assert "dispose" not in case["actions"]
    assert {"intake"} <= {stage["id"] for stage in case["stages"]}
    assert "/claim" in {field["pointer"] for field in case["fields"]}
    assert next(one for one in case["filters"] if one["name"] == "amount")["range"]
    assert any(step["schema"] for step in case["transitions"])
    hidden, missing = auditor.get("/api/v1/types/case"), auditor.get("/api/v1/types/nonsense")
    assert hidden.status_code == missing.status_code == 404
    assert without_id(hidden) == without_id(missing)


def test_auditors_search_the_log_and_others_do_not(people: dict[str, Program]) -> None:
    made = people["clerk"].register()
    found = people["auditor"].get("/api/v1/audit/", thing=made["code"], action="add").json
    assert [(entry["kind"], entry["object"]) for entry in found["result"]] == [("case", made["uid"])]
    assert "/claim" in found["result"][0]["fields"]
    assert DATA["claim"] not in str(found)
    for asked in ({"since": "yesterday"}, {"before": "-1"}, {"nonsense": "1"}, {"unit": "\0"}):
        assert people["auditor"].get("/api/v1/audit/", **asked).status_code == 400
    assert people["clerk"].get("/api/v1/audit/").status_code == 403


def test_the_document_holds_what_the_person_may_do(people: dict[str, Program]) -> None:
    clerk = people["clerk"].get("/api/v1/openapi.json").json
    assert clerk["openapi"].startswith("3.")
    assert {"get", "post"} == set(clerk["paths"][CASES])
    assert CASES + "{uid}/transitions/accept" in clerk["paths"]
    assert not any("dispositions" in path or "/audit/" in path for path in clerk["paths"])
    auditor = people["auditor"].get("/api/v1/openapi.json").json
    assert "/api/v1/audit/" in auditor["paths"]
    assert not any("/records/" in path for path in auditor["paths"])
    one = people["clerk"].get("/api/v1/openapi/party.json").json
    assert all(path.startswith("/api/v1/records/party/") for path in one["paths"])
    assert people["auditor"].get("/api/v1/openapi/party.json").status_code == 404


def test_the_document_says_what_the_form_says(people: dict[str, Program]) -> None:
    clerk = people["clerk"]
    document = clerk.get("/api/v1/openapi.json").json
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema), name
    valid = Draft202012Validator({**schemas["case.data"], "components": document["components"]})
    assert valid.is_valid(DATA)
    for wrong in ({"amount": -1}, {"channel": "carrier pigeon"}, {"summary": 5}):
        assert not valid.is_valid(DATA | wrong)
        assert clerk.post(CASES, {"data": DATA | wrong}).status_code == 422
    record = clerk.register()
    Draft202012Validator({**schemas["case.record"], "components": document["components"]}).validate(record)
    english = clerk.client.get("/api/v1/openapi.json", headers=clerk.headers | {"Accept-Language": "en"}).json
    assert (
        english["components"]["schemas"]["case.data"]["properties"]["claim"]["title"]
        != (schemas["case.data"]["properties"]["claim"]["title"])
    )


def test_the_document_is_made_once(people: dict[str, Program], monkeypatch: pytest.MonkeyPatch) -> None:
    made, make = [], document._document
    monkeypatch.setattr(document, "_document", lambda *given: made.append(given) or make(*given))
    document._text.cache_clear()
    first, second = (people["clerk"].get("/api/v1/openapi.json") for _ in range(2))
    assert first.json == second.json
    assert len(made) == 1
    people["handler"].get("/api/v1/openapi.json")
    assert len(made) == 2, "another role's is another one"


def test_an_unchanged_document_is_not_sent_again(people: dict[str, Program]) -> None:
    clerk = people["clerk"]
    first = clerk.get("/api/v1/openapi.json")
    headers = clerk.headers | {"If-None-Match": first.headers["ETag"]}
    assert clerk.client.get("/api/v1/openapi.json", headers=headers).status_code == 304


def test_strangers_are_told_nothing(site: Site) -> None:
    client = site.app.test_client()
    for path in ("units/", "units/530112", "releases/", "types/", "types/case", "openapi.json", "audit/"):
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 401
        assert set(answer.json) == {"error"}
    assert client.get("/api/v1/_openapi").status_code == 404


def test_who_is_there_on_a_day_is_answered_as_the_page_answers_it(people: dict[str, Program]) -> None:
    clerk = people["clerk"]
    found = {day: clerk.get("/api/v1/units/530112/duty", day=day).json["result"] for day in DAYS}
    assert {day: (one["open"], one["next_open"]) for day, one in found.items()} == DAYS
    assert any(one["present"] for one in found["2026-05-06"]["departments"])
    assert not any(one["present"] for one in found["2026-05-16"]["departments"])
    labour = {day: _stay(one, "labour") for day, one in found.items()}
    assert (labour["2026-05-06"]["present"], labour["2026-05-06"]["next_on"]) == (True, None)
    assert (labour["2026-05-07"]["present"], labour["2026-05-07"]["next_on"]) == (False, "2026-05-08")
    police = _stay(found["2026-05-06"], "police")
    assert (police["mode"], police["present"], police["next_on"]) == ("on_call", False, None)
    assert clerk.get("/api/v1/units/530112/duty").json["result"]["day"] == "2026-05-06"
    assert clerk.get("/api/v1/units/530112/duty", day="2027-03-01").json["result"]["provisional"] is True
    assert clerk.get("/api/v1/units/530112001/duty").json["result"]["open"] is True
    assert clerk.get("/api/v1/units/530115/duty").status_code == 404
    assert clerk.get("/api/v1/units/530112/duty", day="yesterday").status_code == 400


DAYS = {
    "2026-05-06": (True, None),
    "2026-05-07": (True, None),
    "2026-05-09": (True, None),
    "2026-05-16": (False, "2026-05-18"),
}


def _stay(answer: Any, department: str) -> Any:
    (found,) = (one for one in answer["departments"] if one["department"] == department)
    return found
