"""The table of gates: what a centre has to show before its wave counts as passed, each from counts or days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from portal.core.errors import Words, msg
from portal.core.table import Table

Verdict = Literal["pass", "fail", "ask", "none"]
VERDICTS: Mapping[Verdict, str] = {
    "pass": msg("gate passed"),
    "fail": msg("not passed"),
    "ask": msg("cannot be told, so the wave is paused"),
    "none": msg("not yet"),
}
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the list that a centre has built or set up."""

    name: str
    title: str


CHECKLIST: Table[Item] = Table(
    "things that a centre sets up",
    Item("premises", msg("Premises")),
    Item("signs", msg("Signs")),
    Item("zoning", msg("Zones of the hall")),
    Item("windows", msg("Windows")),
    Item("stationing", msg("Departments that station people")),
    Item("staff", msg("Staff")),
    Item("training", msg("Training")),
    Item("accounts", msg("Accounts")),
)


@dataclass(frozen=True)
class Facts:
    """What is known of one centre in a campaign: counts, days, and what persons wrote down.

    ``counted`` holds pairs of done and due by gate; ``items`` those of the list; ``judged`` what a person said where a
    gate could not tell.
    """

    checked_on: dt.date | None = None
    errors: int | None = None
    counted: Mapping[str, Pair] = field(default_factory=dict)
    items: Mapping[str, Pair] = field(default_factory=dict)
    in_force_on: dt.date | None = None
    matters_since: int = 0
    incidents: int = 0
    judged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer of one gate at one centre, with its evidence in few words."""

    verdict: Verdict
    evidence: Words | None = None


Judge = Callable[[Facts, Mapping[str, Any], dt.date], Judged]


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: what it asks, how it is judged, its parameter with the value that stands there at first."""

    name: str
    title: str
    judge: Judge
    parameter: str = ""
    first: int = 0


# So many days a centre has until something is counted there.
_DAYS_TO_COUNT = 7
_OF = msg("%(done)s / %(total)s")
_DAYS = msg("%(count)s days")
_NO_MATTERS = msg("%(count)s days, nothing entered")
_INCIDENTS = msg("incidents: %(count)s")
_ERRORS = msg("%(count)s to mend")
_NOTHING = msg("nothing counted yet")
_ON = msg("%(day)s")


def pair_of(done: int, total: int) -> Words:
    """Return two counts in words."""
    return Words(_OF, {"done": done, "total": total})


def _check(facts: Facts, said: Mapping[str, Any], today: dt.date) -> Judged:
    if facts.errors is None:
        return Judged("none")
    if facts.errors:
        return Judged("fail", Words(_ERRORS, {"count": facts.errors}))
    on = facts.checked_on
    return Judged("pass", Words(_ON, {"day": on}) if on else None)


def _counted(name: str) -> Judge:
    def judge_pair(facts: Facts, said: Mapping[str, Any], today: dt.date) -> Judged:
        pair = facts.counted.get(name)
        if pair is None:
            return Judged("none")
        done, total = pair
        least = total * int(said.get("percent", 100)) / 100
        return Judged("pass" if done >= least else "fail", pair_of(done, total))

    return judge_pair


def _list(facts: Facts, said: Mapping[str, Any], today: dt.date) -> Judged:
    if not facts.items:
        return Judged("none")
    done = sum(1 for pair in facts.items.values() if pair[0] >= pair[1])
    least = int(said.get("least", len(CHECKLIST)))
    return Judged("pass" if done >= least else "fail", pair_of(done, len(CHECKLIST)))


def _quiet(facts: Facts, said: Mapping[str, Any], today: dt.date) -> Judged:
    """Judge the days since the version came into force; without a single matter nobody can tell."""
    if facts.in_force_on is None:
        return Judged("none")
    if facts.incidents:
        return Judged("fail", Words(_INCIDENTS, {"count": facts.incidents}))
    days = (today - facts.in_force_on).days
    if days < int(said.get("days", 7)):
        return Judged("none", Words(_DAYS, {"count": days}))
    if not facts.matters_since:
        return Judged("ask", Words(_NO_MATTERS, {"count": days}))
    return Judged("pass", Words(_DAYS, {"count": days}))


def _indicator(facts: Facts, said: Mapping[str, Any], today: dt.date) -> Judged:
    """Judge a rate by its two counts; where nothing is counted nobody can tell, after some days at the least."""
    pair = facts.counted.get("indicator")
    if pair is None:
        return Judged("none")
    done, total = pair
    if not total:
        since = facts.in_force_on
        early = since is not None and (today - since).days < _DAYS_TO_COUNT
        return Judged("none" if early else "ask", Words(_NOTHING))
    share, limit = done * 100, int(said.get("percent", 90)) * total
    passed = share <= limit if said.get("most") else share >= limit
    return Judged("pass" if passed else "fail", pair_of(done, total))


GATES: Table[Gate] = Table(
    "gates of a wave",
    Gate("check", msg("Check"), _check),
    Gate("conflicts", msg("Conflicts decided"), _counted("conflicts")),
    Gate("stories", msg("Sample matters"), _counted("stories")),
    Gate("training", msg("Training"), _counted("training"), "percent", 100),
    Gate("accounts", msg("Accounts"), _counted("accounts"), "percent", 100),
    Gate("checklist", msg("List of things set up"), _list, "least", 6),
    Gate("quiet", msg("Days without an incident"), _quiet, "days", 7),
    Gate("indicator", msg("An indicator"), _indicator, "percent", 90),
)


# What the parameter of a gate may be at most.
MOST: Mapping[str, int] = {"percent": 100, "least": len(CHECKLIST), "days": 365}


def judge(gate: str, facts: Facts, said: Mapping[str, Any], today: dt.date) -> Judged:
    """Return the answer of a gate; where it cannot tell, a person's judgement counts."""
    found = GATES[gate].judge(facts, said, today)
    stands = facts.judged.get(gate)
    if found.verdict == "ask" and stands in ("pass", "fail"):
        return Judged("pass" if stands == "pass" else "fail", found.evidence)
    return found
