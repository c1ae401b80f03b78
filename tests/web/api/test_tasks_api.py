"""Tasks by the API: listed with what is suggested and whom they may be given; added, given, done, dropped once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.program import CASES, Program, entries
from tests.web.records.seeded_site import Site


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Program]:
    return {name: Program.of(site, name) for name in ("clerk", "director", "jinning", "supervisor")}


@pytest.fixture
def case(people: dict[str, Program]) -> str:
    return CASES + people["clerk"].register()["uid"]


def test_a_task_is_added_given_to_a_person_and_done(
    site: Site, people: dict[str, Program], case: str
) -> None:
    clerk, url = people["clerk"], f"{case}/tasks"
    listed = clerk.get(url).json
    assert listed["result"] == []
    (own,) = [one for one in listed["owners"] if one["unit"] == "530112"]
    somebody = next(one for one in own["people"] if one["name"] == "clerk2某")
    made = clerk.post(url, {"words": "约见双方", "due_on": "2026-05-08"})
    assert made.status_code == 201, made.text
    assert made.headers["Location"].endswith(f"{url}/1")
    where = f"{url}/1"
    owner = {"unit": "530112", "person": somebody["person"]}
    assert clerk.post(f"{where}/assign", {"owner": owner}).status_code == 428
    assert clerk.post(f"{where}/assign", {"owner": owner}, version=1).status_code == 200
    one = clerk.get(where)
    assert one.headers["ETag"] == '"2"'
    assert (one.json["result"]["owner"], one.json["result"]["person"]) == ("clerk2某", somebody["person"])
    assert one.json["result"]["title"] == "约见双方"
    late = clerk.post(f"{where}/done", {}, version=1)
    assert late.status_code in (409, 412)
    done = clerk.post(f"{where}/done", {"reason": "已见"}, version=2)
    assert done.json["result"]["status"] == "done"
    assert clerk.post(f"{where}/done", {}, version=3).status_code in (409, 412)
    assert clerk.get(url).json["result"][0]["reason"] == "已见"
    assert entries(site, case.rpartition("/")[2]) == ["add", "task.add", "task.assign", "task.done"]


def test_a_request_that_is_repeated_adds_one_task(people: dict[str, Program], case: str) -> None:
    clerk = people["clerk"]
    answers = [clerk.post(f"{case}/tasks", {"words": "约见"}, key="tasks-once") for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert len(clerk.get(f"{case}/tasks").json["result"]) == 1


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/words"),
        ({"words": "x", "due_on": "soon"}, "/due_on"),
        ({"words": "x", "owner": {"unit": "530115"}}, "/unit"),
        ({"words": "x", "owner": {"person": "7"}}, "/owner"),
        ({"words": "x", "owner": {"person": True}}, "/owner"),
        ({"words": "x", "owner": {"person": 2**40}}, "/owner/person"),
        ({"words": "x", "owner": {"colour": "red"}}, "/owner"),
        ({"task": "no_such"}, "/task"),
    ],
)
def test_what_cannot_be_a_task_is_refused_at_its_place(
    people: dict[str, Program], case: str, body: Any, where: str
) -> None:
    answer = people["clerk"].post(f"{case}/tasks", body)
    assert answer.status_code in (400, 422), answer.text
    assert where in [one["pointer"] for one in answer.json["error"]["details"]]


def test_suggested_tasks_are_taken_over_by_their_names(people: dict[str, Program]) -> None:
    director = people["director"]
    case = CASES + director.register(willing="no")["uid"]
    suggested = director.get(f"{case}/tasks").json["suggested"]
    assert "tell_ways" in {one["task"] for one in suggested}
    assert all(one["title"] and one["why"] for one in suggested)
    answer = director.post(f"{case}/tasks/suggested", {"tasks": ["tell_ways"]})
    assert answer.status_code == 201, answer.text
    assert director.post(f"{case}/tasks/suggested", {"tasks": ["tell_ways"]}).status_code == 409
    (one,) = director.get(f"{case}/tasks").json["result"]
    assert (one["task"], one["role"], one["source"], one["due_on"]) == (
        "tell_ways",
        "clerk",
        "rules",
        "2026-05-07",
    )


def test_tasks_of_a_case_that_one_may_not_see_are_as_unknown_as_the_case(
    people: dict[str, Program], case: str
) -> None:
    people["clerk"].post(f"{case}/tasks", {"words": "约见"})
    stranger = people["jinning"]
    for path in ("tasks", "tasks/1"):
        assert stranger.get(f"{case}/{path}").status_code == 404
    for path in ("tasks", "tasks/suggested", "tasks/1/done", "tasks/1/drop", "tasks/1/assign"):
        assert stranger.post(f"{case}/{path}", {}, version=1).status_code == 404
    assert people["clerk"].post(f"{case}/tasks/1/burn", {}, version=1).status_code == 404
    assert people["clerk"].post(f"{case}/tasks/9/done", {}, version=1).status_code == 404
    assert people["clerk"].post(f"{case}/tasks/1/drop", {"reason": " "}, version=1).status_code == 422
