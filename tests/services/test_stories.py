"""Stories run against the real services, and say precisely what failed."""

from __future__ import annotations

from typing import Any

import pytest

from portal.services.portal import Portal
from portal.services.stories import StoryReport, run_story

STORY: dict[str, Any] = {
    "id": "s",
    "title": "一件案子",
    "today": "2026-05-11",
    "steps": [
        {
            "who": "clerk",
            "do": "register",
            "entity": "case",
            "as": "case",
            "data": {"name": "张三", "amount": 200000},
            "expect": {
                "stage": "intake",
                "code": "^西综〔2026〕\\d{4}$",
                "fired": ["large"],
                "not_fired": ["labour"],
                "requires": ["W01"],
                "flags": ["large"],
                "proposals": [{"route": "R01", "to": {"department": "justice"}, "seat": {"id": "w2"}}],
            },
        },
        {"who": "clerk:530115", "do": "see", "expect": {"visible": False}},
        {"who": "supervisor:530100", "do": "see", "expect": {"visible": True}},
        {
            "who": "clerk",
            "do": "dispose",
            "proposal": {"route": "R01"},
            "expect": {"refused": "access.denied"},
        },
        {
            "who": "director",
            "do": "dispose",
            "proposal": {"route": "R01"},
            "expect": {"handler": "530112:justice"},
        },
        {"who": "handler", "do": "referral", "action": "accept", "expect": {"referral": "accepted"}},
        {
            "who": "clerk",
            "do": "change",
            "data": {"amount": 10},
            "expect": {"fired": [], "data": {"name": "张三"}},
        },
        {"do": "wait", "today": "2026-06-01"},
        {
            "who": "clerk",
            "do": "transition",
            "transition": "start",
            "expect": {"stage": "mediate", "open": True},
        },
        {
            "who": "director",
            "do": "transition",
            "transition": "close",
            "form": {"outcome": "达成协议"},
            "expect": {"stage": "closed", "open": False, "requires": ["W02"]},
        },
    ],
}


def run(portal: Portal, *steps: Any) -> StoryReport:
    story = STORY if not steps else STORY | {"steps": [STORY["steps"][0], *steps]}
    return run_story(portal, "county/xs", "530112", story, "seed/county/xs/stories/s.json")


def test_a_whole_story_passes(seeded: Portal) -> None:
    report = run(seeded)
    assert report.failures == []
    assert len(report.steps) == len(STORY["steps"])


@pytest.mark.parametrize(
    ("expect", "actual"),
    [
        ({"stage": "closed"}, "intake"),
        ({"code": "^晋"}, "西综〔2026〕0001"),
        ({"fired": ["labour"]}, ["large"]),
        ({"not_fired": ["large"]}, ["large"]),
        ({"requires": ["W09"]}, ["W01"]),
        ({"visible": False}, True),
        ({"proposals": []}, None),
        ({"proposals": [{"route": "R02"}]}, None),
        ({"handler": "530112:justice"}, None),
        ({"nonsense": 1}, None),
    ],
)
def test_a_failed_expectation_names_file_pointer_and_both_sides(
    seeded: Portal, expect: dict[str, Any], actual: Any
) -> None:
    (failure,) = run(seeded, {"expect": expect}).failures
    (name,) = expect
    assert failure.file == "seed/county/xs/stories/s.json"
    assert failure.pointer == f"/steps/1/expect/{name}"
    assert failure.expected == expect[name]
    if actual is not None:
        assert failure.actual == actual


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (
            {"who": "clerk", "do": "transition", "transition": "close", "form": {"outcome": "达成"}},
            "present stage",
        ),
        ({"who": "nobody", "do": "transition", "transition": "start"}, "no role"),
        ({"who": "director", "do": "dispose", "proposal": {"route": "R07"}}, "No proposal"),
        ({"who": "handler", "do": "referral", "action": "accept"}, "no such referral"),
        ({"who": "clerk", "do": "change", "record": "other", "data": {}}, "no record"),
        ({"who": "clerk", "do": "change", "data": {"name": ""}}, "/name"),
    ],
)
def test_a_refused_step_fails_the_story_and_ends_it(seeded: Portal, step: dict[str, Any], why: str) -> None:
    report = run(seeded, step, {"who": "clerk", "do": "see", "expect": {"visible": False}})
    (failure,) = report.failures
    assert (failure.pointer, failure.expected) == ("/steps/1", "done")
    assert why in failure.actual
    assert len(report.steps) == 2


def test_an_expected_refusal_that_does_not_come_fails(seeded: Portal) -> None:
    step = {
        "who": "clerk",
        "do": "transition",
        "transition": "start",
        "expect": {"refused": "lifecycle.stage"},
    }
    (failure,) = run(seeded, step).failures
    assert failure.pointer == "/steps/1/expect/refused"


def test_a_department_answers_the_referral_of_its_own_and_the_lead_stays_open(seeded: Portal) -> None:
    report = run(
        seeded,
        {"who": "director", "do": "dispose", "proposal": {"route": "R01"}},
        {
            "who": "handler:530112:court",
            "do": "referral",
            "action": "accept",
            "expect": {"referral": "sent", "handler": "530112:justice"},
        },
        {"who": "handler:530112:court", "do": "referral", "action": "done", "expect": {"referral": "sent"}},
        {"who": "handler", "do": "referral", "action": "accept", "expect": {"referral": "accepted"}},
    )
    assert report.failures == []
