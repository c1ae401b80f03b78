"""Courses of stages: put in between, moved by one number, periods that begin; pictures of all shipped courses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from portal.adapters.pack_files import default_library
from portal.core import pointer as pointers
from portal.core.designing.courses import listed, moved, order_after, periods_begun, stage_added
from portal.core.designing.diagram import HEIGHT, WIDTH, Box, diagram, fitted
from portal.core.lifecycle import check_lifecycle
from portal.core.lifecycle.reaching import dead_ends, entries, nowhere, unreachable
from portal.core.packs.resolve import resolve

COURSE: dict[str, Any] = {
    "entity": "case",
    "title": "办理",
    "stages": {
        "intake": {"title": "登记", "canonical": "intake", "order": 10, "initial": True},
        "work": {"title": "办理", "canonical": "mediate", "order": 20},
        "done": {"title": "办结", "canonical": "close", "order": 30, "final": True},
        "watch": {"title": "督办", "canonical": "supervise", "order": 40, "parallel": True},
    },
    "transitions": {
        "accept": {"title": "受理", "from": ["intake"], "to": "work", "roles": ["clerk"], "order": 10},
        "refuse": {"title": "不受理", "from": ["intake"], "to": "done", "roles": ["clerk"], "order": 20},
        "close": {"title": "结案", "from": ["work"], "to": "done", "roles": ["director"], "order": 30},
    },
}


def after(course: dict[str, Any], changes: list[Any]) -> dict[str, Any]:
    for change in changes:
        assert pointers.get(course, change.path, None) == change.before
        course = pointers.put(course, change.path, change.after)
    return course


def test_a_stage_put_in_between_is_on_the_way_and_leads_on() -> None:
    made = after(COURSE, stage_added("", COURSE, "study", "研判", "intake", "on", "转办"))
    assert made["transitions"]["accept"]["to"] == "study"
    assert made["transitions"]["on"] == {
        "title": "转办",
        "from": ["study"],
        "to": "work",
        "roles": ["clerk"],
        "order": 40,
    }
    assert made["transitions"]["refuse"]["to"] == "done"
    assert 10 < made["stages"]["study"]["order"] < 20
    assert check_lifecycle(made) == []


def test_a_stage_after_the_last_one_changes_no_step() -> None:
    changes = stage_added("", COURSE, "kept", "归档", "done", "on", "归档")
    assert [one.path for one in changes] == ["/stages/kept"]


def test_a_move_changes_one_number_to_between_its_neighbours() -> None:
    stages = entries(COURSE["stages"])
    assert moved(stages, "intake", True) is None
    assert moved(stages, "watch", False) is None
    up = moved(stages, "done", True)
    assert up is not None
    assert 10 < up < 20
    down = moved(stages, "intake", False)
    assert down is not None
    assert 20 < down < 30
    assert order_after(stages, None) == 50


def test_lists_change_entry_by_entry() -> None:
    changes = listed("/roles", ["a", "b", "c"], ["c", "d"])
    assert [(one.op, one.path, one.before, one.after) for one in changes] == [
        ("remove", "/roles/1", "b", None),
        ("remove", "/roles/0", "a", None),
        ("add", "/roles/-", None, "d"),
    ]


def test_periods_begin_with_stages_and_steps() -> None:
    bundle = {
        "events": {
            "in": {"arises": [{"on": "enter", "stage": "work"}]},
            "end": {"arises": [{"on": "enter", "canonical": "close", "entity": "case"}]},
            "taken": {"arises": [{"on": "step", "step": "accept"}, {"on": "recorded"}]},
            "other": {"arises": [{"on": "enter", "stage": "work", "entity": "visit"}]},
        },
        "deadlines": {
            "one": {"starts": ["in"], "order": 2},
            "two": {"starts": ["end"]},
            "three": {"starts": ["taken", "other"]},
        },
    }
    assert periods_begun(bundle, COURSE, stage="work") == ["one"]
    assert periods_begun(bundle, COURSE, stage="done") == ["two"]
    assert periods_begun(bundle, COURSE, step="accept") == ["three"]
    assert periods_begun(bundle, COURSE, stage="intake") == []


def test_what_is_cut_off_or_leads_nowhere_is_found() -> None:
    stages, steps = dict(COURSE["stages"]), dict(COURSE["transitions"])
    assert (unreachable(stages, steps), dead_ends(stages, steps)) == ([], [])
    alone = {**stages, "lost": {"title": "x", "canonical": "handle"}}
    assert (unreachable(alone, steps), dead_ends(alone, steps)) == (["lost"], ["lost"])
    hidden = {**steps, "close": {**steps["close"], "hidden": True}}
    assert dead_ends(stages, hidden) == ["work"]
    assert nowhere(stages, steps, {"R01"}) == {"intake": ["R01"], "work": ["R01"]}
    sent = {**steps, "close": {**steps["close"], "on": "referral.sent"}}
    assert nowhere(stages, sent, {"R01"}) == {"intake": ["R01"]}
    guard = {"field": "/referral/route", "op": "eq", "value": "R02"}
    guarded = {**steps, "close": {**sent["close"], "when": guard}}
    assert nowhere(stages, guarded, {"R01", "R02"})["work"] == ["R01"]


# -- the picture -----------------------------------------------------------------------------------


def points(path: str) -> list[tuple[float, float]]:
    """Return the corners of a path of upright and level lines."""
    found: list[tuple[float, float]] = []
    for sign, numbers in re.findall(r"([MHV])([-0-9. ]+)", path):
        values = [float(one) for one in numbers.split()]
        if sign == "M":
            found.append((values[0], values[1]))
        elif sign == "H":
            found.append((values[0], found[-1][1]))
        else:
            found.append((found[-1][0], values[0]))
    return found


def crosses(box: Box, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Tell whether a line runs through the inside of a stage."""
    left, right = sorted((start[0], end[0]))
    high, low = sorted((start[1], end[1]))
    inside_x = left < box.x + box.width - 1 and right > box.x + 1
    return inside_x and high < box.y + box.height - 1 and low > box.y + 1


def courses() -> Iterator[dict[str, Any]]:
    yield COURSE
    library = default_library()
    for pack in library.ids():
        yield from resolve(pack, library).bundle.get("lifecycles", {}).values()


def test_pictures_of_all_shipped_courses_show_stages_apart_and_no_line_crosses_one() -> None:
    seen = 0
    for course in courses():
        is_sound(course)
        seen += 1
    assert seen > 20


def is_sound(course: dict[str, Any]) -> None:
    stages, steps = entries(course["stages"]), entries(course["transitions"])
    found = diagram(stages, steps)
    shown = {key for key, stage in stages.items() if not stage.get("hidden")}
    assert {box.id for box in found.boxes} == shown
    for number, box in enumerate(found.boxes):
        assert 0 <= box.x <= found.width - box.width
        assert 0 <= box.y <= found.height - box.height
        for other in found.boxes[number + 1 :]:
            apart = abs(box.x - other.x) >= WIDTH or abs(box.y - other.y) >= min(box.height, other.height)
            assert apart, (box, other)
    for line in found.lines:
        corners = points(line.path)
        for start, end in pairwise(corners):
            for box in found.boxes:
                assert not crosses(box, start, end), (line, box)
    drawn = {key for line in found.lines for key in line.steps}
    main = {key for key in shown if not stages[key].get("parallel")}
    for key, step in steps.items():
        leads = step.get("to") in main and set(step.get("from", ())) & main - {step["to"]}
        assert (key in drawn) == bool(leads and not step.get("hidden"))


def test_words_are_cut_to_their_room() -> None:
    assert fitted("登记受理", 100) == "登记受理"
    assert fitted("登记受理", 30) == "登…"
    assert HEIGHT > 40
