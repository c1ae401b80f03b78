"""A program looks at a newer release of a case, and moves the case there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.program import CASES, Program, entries
from tests.web.records.seeded_site import Site
from tests.web.records.test_records_release import publish


@pytest.fixture(scope="module")
def clerk_program(site: Site) -> Program:
    return Program.of(site, "clerk")


@pytest.fixture(scope="module")
def moved(site: Site, clerk_program: Program, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    case = clerk_program.register()
    new = {"shore": {"type": "string", "title": "岸线", "minLength": 1}}
    folder = tmp_path_factory.mktemp("newer")
    release = publish(site, folder, "9.2.0", properties=new, required=["shore"], without=["claim"])
    return {"case": case, "release": release}


def test_the_preview_names_fields_and_the_move_follows_it(
    site: Site, clerk_program: Program, moved: dict[str, Any]
) -> None:
    clerk, case = clerk_program, moved["case"]
    url = f"{CASES}{case['uid']}/release"
    looked = clerk.get(url)
    assert looked.status_code == 200, looked.text
    assert looked.headers["ETag"] == '"1"'
    found = looked.json["result"]
    assert found["release"]["version"] == case["release"].split(" ")[-1] or found["release"]["version"]
    assert [one["id"] for one in found["newer"]] == [moved["release"]]
    shown = found["preview"]
    assert shown["to"] == moved["release"]
    assert [one["pointer"] for one in shown["gone"]] == ["/claim"]
    assert [(one["pointer"], one["title"]) for one in shown["required"]] == [("/shore", "岸线")]
    assert (shown["stage"], shown["stages"]) == (case["stage"], [])
    assert clerk.get(url, to=999_999).status_code == 409
    assert clerk.get(url, to="x").status_code == 400
    assert clerk.get(url, what=1).status_code == 400

    body = {"release": moved["release"], "reason": "改用新版"}
    assert clerk.post(url, body).status_code == 428
    assert clerk.post(url, body, version=7).status_code == 412
    assert clerk.post(url, {"release": moved["release"]}, version=1).status_code == 400
    assert clerk.post(url, body | {"reason": " "}, version=1).status_code == 422
    assert clerk.post(url, body | {"release": 0}, version=1).status_code == 400
    assert clerk.post(url, body | {"release": 1}, version=1).status_code == 409
    done = clerk.post(url, body, version=1, key="move-1")
    assert done.status_code == 200, done.text
    assert done.headers["ETag"] == '"2"'
    assert "claim" not in done.json["result"]["data"]
    again = clerk.post(url, body, version=1, key="move-1")
    assert again.status_code == 200
    assert entries(site, case["uid"]) == ["add", "adopt_release"]
    after = clerk.get(url).json["result"]
    assert (after["release"]["id"], after["newer"], after["preview"]) == (moved["release"], [], None)
    history = clerk.get(f"{CASES}{case['uid']}/history").json["result"]
    assert history[0]["kind"] == "adopt_release"


def test_who_may_not_change_a_case_neither_looks_nor_moves(
    site: Site, clerk_program: Program, moved: dict[str, Any]
) -> None:
    url = f"{CASES}{moved['case']['uid']}/release"
    for name, status in (("supervisor", 403), ("jinning", 404)):
        other = Program.of(site, name)
        assert other.get(url).status_code == status
        assert other.post(url, {"release": moved["release"], "reason": "x"}, version=1).status_code == status


def test_the_document_tells_of_it_to_those_who_may(site: Site, clerk_program: Program) -> None:
    found = clerk_program.get("/api/v1/openapi/case.json").json
    assert {"get", "post"} <= set(found["paths"][CASES + "{uid}/release"])
    reader = Program.of(site, "supervisor").get("/api/v1/openapi/case.json").json
    assert CASES + "{uid}/release" not in reader["paths"]
