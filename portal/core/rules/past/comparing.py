"""One past matter: what was proposed then, beside what other rules propose on what was seen then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.core.rules.past.replays import Outcome, Side, Target, Undecided, target_of
from portal.core.rules.past.tally import EXAMPLES, Load, Tally
from portal.core.rules.replaying import is_replayable

# Why a matter can't be decided on anew, beside inputs that nobody can answer.
OLDER, DESTROYED = "older", "destroyed"


@dataclass(frozen=True, slots=True)
class Matter:
    """A past matter: the answers of its rule sets as they were stored, with their proposals.

    ``kept`` holds for each rule set what was stored; ``proposals`` those of all, in order; ``entered`` the data then.
    """

    uid: str
    kept: Mapping[str, Mapping[str, Any]]
    proposals: Sequence[Mapping[str, Any]]
    entered: Any = None


def outcome_then(matter: Matter) -> Outcome:
    """Return what was proposed for a matter."""
    targets = tuple(target_of(one) for one in matter.proposals)
    periods = {one.get("deadline") for one in matter.proposals}
    for kept in matter.kept.values():
        periods |= {one.get("deadline") for one in kept["actions"] if one["do"] == "deadline"}
    return Outcome(targets, frozenset(str(one) for one in periods if one))


def compare(
    tally: Tally, matter: Matter, sides: Iterable[Side], seat: Callable[[Target, date], Load]
) -> None:
    """Count a matter: what it was proposed then, and what the rule sets of ``sides`` propose now.

    ``seat`` says who answers for a target on a day.
    """
    tally.matters += 1
    if any(kept.get("destroyed") for kept in matter.kept.values()):
        tally.unknown[DESTROYED, ""] += 1
        return
    if not all(is_replayable(kept) for kept in matter.kept.values()):
        tally.unknown[OLDER, ""] += 1
        return
    day = date.fromisoformat(next(iter(matter.kept.values()))["day"])
    facts = {rules_id: kept["facts_used"] for rules_id, kept in matter.kept.items()}
    now = Outcome()
    for side in sides:
        found = side.answer(facts, matter.entered, day)
        if isinstance(found, Undecided):
            tally.unknown[found.why, found.name] += 1
            return
        now += found
    _count(tally, matter, outcome_then(matter), now, lambda target: seat(target, day))


def _count(tally: Tally, matter: Matter, then: Outcome, now: Outcome, seat: Callable[[Target], Load]) -> None:
    first, other = _first(then), _first(now)
    way = first, other
    tally.ways[way] += 1
    if first == other:
        tally.same += 1
        tally.beside += set(then.targets) != set(now.targets)
    elif len(tally.examples[way]) < EXAMPLES:
        tally.examples[way].append(matter.uid)
    tally.lost.update(then.periods - now.periods)
    tally.gained.update(now.periods - then.periods)
    if first is not None:
        tally.seated("before", _seated_then(first, matter.proposals[0]["seat"]))
    if other is not None:
        tally.seated("after", seat(other))


def _first(outcome: Outcome) -> Target | None:
    return outcome.targets[0] if outcome.targets else None


def _seated_then(target: Target, stored: Mapping[str, Any]) -> Load:
    """Return the window and the department that a matter was proposed to."""
    window = stored["id"] if stored.get("kind") == "window" else ""
    return Load(window, target.name if target.kind == "department" else stored.get("department") or "")
