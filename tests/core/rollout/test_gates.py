"""Gates answer pass, fail, cannot tell or not yet; a wave begins after the one before, and pauses in doubt."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from portal.core.rollout import GATES, Facts, Judged, Standing, aim_of, judge, state_of

TODAY = dt.date(2026, 11, 27)
DAYS_AGO = {days: TODAY - dt.timedelta(days=days) for days in (0, 3, 7, 10)}

CASES: list[tuple[str, Facts, dict[str, Any], str]] = [
    ("check", Facts(), {}, "none"),
    ("check", Facts(errors=0, checked_on=TODAY), {}, "pass"),
    ("check", Facts(errors=2), {}, "fail"),
    ("conflicts", Facts(), {}, "none"),
    ("conflicts", Facts(counted={"conflicts": (3, 3)}), {}, "pass"),
    ("conflicts", Facts(counted={"conflicts": (0, 0)}), {}, "pass"),
    ("conflicts", Facts(counted={"conflicts": (1, 3)}), {}, "fail"),
    ("stories", Facts(counted={"stories": (8, 9)}), {}, "fail"),
    ("training", Facts(counted={"training": (41, 41)}), {"percent": 100}, "pass"),
    ("training", Facts(counted={"training": (14, 20)}), {"percent": 70}, "pass"),
    ("training", Facts(counted={"training": (13, 20)}), {"percent": 70}, "fail"),
    ("accounts", Facts(counted={"training": (1, 1)}), {"percent": 100}, "none"),
    ("checklist", Facts(), {"least": 1}, "none"),
    ("checklist", Facts(items={"signs": (1, 1), "staff": (3, 4)}), {"least": 1}, "pass"),
    ("checklist", Facts(items={"signs": (1, 1), "staff": (3, 4)}), {"least": 2}, "fail"),
    ("quiet", Facts(), {"days": 7}, "none"),
    ("quiet", Facts(in_force_on=DAYS_AGO[3], matters_since=5), {"days": 7}, "none"),
    ("quiet", Facts(in_force_on=DAYS_AGO[7], matters_since=5), {"days": 7}, "pass"),
    ("quiet", Facts(in_force_on=DAYS_AGO[7]), {"days": 7}, "ask"),
    ("quiet", Facts(in_force_on=DAYS_AGO[3], incidents=1, matters_since=5), {"days": 7}, "fail"),
    ("indicator", Facts(), {"percent": 90}, "none"),
    ("indicator", Facts(counted={"indicator": (0, 0)}), {"percent": 90}, "ask"),
    ("indicator", Facts(counted={"indicator": (9, 10)}), {"percent": 90}, "pass"),
    ("indicator", Facts(counted={"indicator": (8, 10)}), {"percent": 90}, "fail"),
]


@pytest.mark.parametrize(("gate", "facts", "said", "expected"), CASES)
def test_a_gate_answers_from_its_facts(gate: str, facts: Facts, said: dict[str, Any], expected: str) -> None:
    assert judge(gate, facts, said, TODAY).verdict == expected


def test_every_gate_is_tried() -> None:
    assert {gate for gate, *_ in CASES} == set(GATES)


@pytest.mark.parametrize("verdict", ["pass", "fail"])
def test_a_person_settles_only_what_cannot_be_told(verdict: str) -> None:
    unsure = Facts(in_force_on=DAYS_AGO[7], judged={"quiet": verdict})
    assert judge("quiet", unsure, {"days": 7}, TODAY).verdict == verdict
    failed = Facts(in_force_on=DAYS_AGO[7], incidents=1, judged={"quiet": "pass"})
    assert judge("quiet", failed, {"days": 7}, TODAY).verdict == "fail"


def standing(in_force: bool, *verdicts: str) -> Standing:
    return Standing(in_force, {str(at): Judged(one) for at, one in enumerate(verdicts)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("starts", "before", "stands", "expected"),
    [
        (TODAY, None, [standing(False, "none")], "running"),
        (TODAY + dt.timedelta(days=1), None, [standing(False)], "waiting"),
        (TODAY, "running", [standing(False)], "waiting"),
        (TODAY, "paused", [standing(False)], "waiting"),
        (TODAY, "passed", [standing(True, "pass")], "passed"),
        (TODAY, "passed", [standing(True, "pass"), standing(True, "fail")], "running"),
        (TODAY, "passed", [standing(True, "pass"), standing(True, "ask")], "paused"),
        (TODAY, "passed", [standing(False, "pass")], "running"),
    ],
)
def test_a_wave_stands_as_its_centres_do(
    starts: dt.date, before: Any, stands: list[Standing], expected: str
) -> None:
    assert state_of(starts, TODAY, stands, before) == expected


@pytest.mark.parametrize(
    ("eligible", "percent", "passed", "expected"),
    [
        (13, 95, 11, (13, 6)),
        (14, 50, 21, (7, 7)),
        (14, 50, 40, (7, 7)),
        (0, 95, 3, (0, 0)),
        (13, 95, 0, (13, 0)),
    ],
)
def test_the_aim_is_told_in_centres(
    eligible: int, percent: int, passed: int, expected: tuple[int, int]
) -> None:
    assert aim_of(eligible, percent, TODAY - dt.timedelta(days=passed), 21, TODAY) == expected


@pytest.mark.parametrize(
    ("pair", "said", "expected"),
    [
        ((1, 10), {"percent": 10, "most": True}, "pass"),
        ((2, 10), {"percent": 10, "most": True}, "fail"),
        ((0, 10), {"percent": 0, "most": True}, "pass"),
        ((0, 10), {"percent": 0}, "pass"),
    ],
)
def test_a_rate_that_is_better_low_passes_at_most(
    pair: tuple[int, int], said: dict[str, Any], expected: str
) -> None:
    assert judge("indicator", Facts(counted={"indicator": pair}), said, TODAY).verdict == expected


@pytest.mark.parametrize(("days", "expected"), [(0, "none"), (3, "none"), (7, "ask"), (10, "ask")])
def test_where_nothing_was_counted_yet_a_centre_has_some_days(days: int, expected: str) -> None:
    facts = Facts(counted={"indicator": (0, 0)}, in_force_on=DAYS_AGO[days])
    assert judge("indicator", facts, {"percent": 90}, TODAY).verdict == expected
