"""Sample matters of both sides are walked on what would be in force; where one stops, the line is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from portal.adapters.clock import FixedClock
from portal.core.errors import Conflict
from portal.core.json_lines import line_of
from portal.core.packs import MemoryLibrary, Resolved, resolve
from portal.services import rollout
from portal.services.portal import Policy, Portal
from portal.services.stories import story_problem, walked, walked_through
from tests.fixtures import rolling, small_packs
from tests.fixtures.database import KEYS, TODAY
from tests.fixtures.drafting import GUANDU, SYSTEM, XISHAN, drafter
from tests.fixtures.rolling import CITY, bring, next_city, seeded_city

STORY: dict[str, Any] = {
    "id": "front",
    "title": "窗口登记",
    "today": "2026-05-11",
    "centre": "530100",
    "steps": [
        {
            "who": "clerk",
            "do": "register",
            "entity": "case",
            "data": {"name": "张三", "amount": 10},
            "expect": {"stage": "intake", "code": "^昆综〔2026〕\\d{4}$"},
        },
        {"who": "clerk", "do": "transition", "transition": "start", "expect": {"stage": "mediate"}},
    ],
}
FILE = "seed/city/km/stories/front.json"


def silent(at: int, count: int) -> None:
    """Say nothing."""


def told(**expected: Any) -> dict[str, Any]:
    """Return the story with another expectation of its second step."""
    story = copy.deepcopy(STORY)
    story["steps"][1]["expect"] = expected
    return story


def written(story: dict[str, Any]) -> str:
    """Return a story as a person writes it, on many lines."""
    return json.dumps(story, ensure_ascii=False, indent=2)


def chain(pack: str, story: dict[str, Any] | None = None, **own: Any) -> Resolved:
    """Return a pack put together over the city's that tells a story."""
    files = {CITY: rolling.city() | ({"seed/stories/front.json": written(story)} if story else {})}
    packs = {"base": small_packs.BASE, **files}
    if pack != CITY:
        packs[pack] = rolling.own(pack, XISHAN, "西山区", "西综") | own
    library = MemoryLibrary({name: small_packs.files_of(name, one) for name, one in packs.items()})
    return resolve(pack, library)


def test_the_line_of_a_place_is_that_of_the_file() -> None:
    text = json.dumps(STORY, ensure_ascii=False, indent=2)
    lines = text.splitlines()
    assert "mediate" in lines[line_of(text, "/steps/1/expect/stage") - 1]
    assert "张三" in lines[line_of(text, "/steps/0/data/name") - 1]
    assert line_of(text, "") == 1
    # Where a pointer leads nowhere, the last part of it that is there.
    assert line_of(text, "/steps/1/expect/none") == line_of(text, "/steps/1/expect")
    assert line_of("[]", "/0") == 1


def test_a_story_from_above_goes_at_the_centre_that_takes_the_version() -> None:
    after = chain("county/xs", STORY)
    # The word of its code is the county's own; nobody asks for the city's there.
    assert walked_through(after, chain("county/xs"), silent) == {"count": 1, "failed": [], "stays": []}


def test_a_story_that_stops_names_its_file_its_step_and_its_line() -> None:
    stopped = walked(chain(CITY, told(stage="closed")), silent)
    assert stopped["count"] == 1
    problem = story_problem(stopped["failed"][0])
    line = line_of(written(told(stage="closed")), "/steps/1/expect/stage")
    assert line > 20
    assert (problem.file, problem.pointer) == (f"{FILE}:{line}", "/steps/1/expect/stage")
    assert problem.text() == "The sample matter “窗口登记” stops at step 2: closed is told, it was mediate"


def test_where_a_centre_goes_its_own_way_today_too_the_story_holds_nothing_up() -> None:
    gone: dict[str, Any] = {"seed/lifecycles/case.json": {"transitions": {"start": {"roles": ["director"]}}}}
    after, before = chain("county/xs", STORY, **gone), chain("county/xs", **gone)
    found = walked_through(after, before, silent)
    assert (found["count"], found["failed"], [one["title"] for one in found["stays"]]) == (
        0,
        [],
        ["窗口登记"],
    )
    # On what is in force today it would go through: then it has to afterwards.
    assert [one["at"] for one in walked_through(after, chain("county/xs"), silent)["failed"]] == [2]


@pytest.fixture
def portal(database_url: str) -> Iterator[Portal]:
    empty = Portal.from_url(database_url, FixedClock.on(TODAY), KEYS)
    yield seeded_city(replace(empty, policy=Policy(second_person=False)))
    empty.database.dispose()


def test_a_story_from_above_that_stops_holds_the_version_up(portal: Portal) -> None:
    bring(portal, next_city() | {"seed/stories/front.json": written(told(stage="closed"))})
    who = drafter(portal, GUANDU)
    with portal.writing(who) as uow:
        uid = rollout.make_plan(uow, GUANDU).uid
        uow.commit()
    with portal.reading(SYSTEM) as session:
        check = rollout.opened_plan(session, uid)
    keep(portal, check, None)
    assert refused(portal, who, uid) == ["rollout.unwalked"]
    keep(portal, check, walked_through(check.resolved, check.before, silent))
    assert refused(portal, who, uid) == ["rollout.stories"]
    keep(portal, check, {"count": 1, "failed": [], "stays": []})
    with portal.writing(who) as uow:
        rollout.apply(uow, uid)
        uow.commit()


def keep(portal: Portal, check: Any, stories: dict[str, Any] | None) -> None:
    with portal.writing(SYSTEM) as uow:
        rollout.keep_check(uow, check, [], stories)
        uow.commit()


def refused(portal: Portal, who: Any, uid: str) -> list[str]:
    with pytest.raises(Conflict) as found, portal.writing(who) as uow:
        rollout.apply(uow, uid)
    return [one.code for one in found.value.problems]
