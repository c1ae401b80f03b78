"""Changes of a course of stages: stages put in between, moved, begun; steps begun; each as places with values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts import Change
from portal.core.drafts.order import STEP, between
from portal.core.lifecycle.reaching import Entries, entries, main_stages

STAGES, STEPS = "stages", "transitions"


def in_order(things: Entries) -> list[str]:
    """Return stages or steps in the order in which they stand; those without a number come first."""
    return sorted(things, key=lambda key: (_order(things[key]), key))


def _order(thing: Any) -> float:
    number = thing.get("order") if isinstance(thing, Mapping) else None
    return number if isinstance(number, int | float) and not isinstance(number, bool) else 0


def order_after(things: Entries, name: str | None) -> float:
    """Return the number by which something comes right after another one; last where that is None."""
    names = in_order(things)
    if name is None or name not in names or name == names[-1]:
        return int(max((_order(one) for one in things.values()), default=0)) + STEP
    at = names.index(name)
    low, high = _order(things[names[at]]), _order(things[names[at + 1]])
    found = between(low, high)
    return found if found is not None else low + 0.5


def moved(things: Entries, name: str, up: bool) -> float | None:
    """Return the number by which something stands one place further up or down; None where there is no such place."""
    names = in_order(things)
    at = names.index(name)
    if (up and at == 0) or (not up and at == len(names) - 1):
        return None
    first, second = (at - 2, at - 1) if up else (at + 1, at + 2)
    low = _order(things[names[first]]) if first >= 0 else None
    high = _order(things[names[second]]) if second < len(names) else None
    found = between(low, high)
    if found is None:
        return (high if up else low or 0) + (-0.5 if up else 0.5)  # type: ignore[operator]
    return found


def stage_added(
    base: str, course: Mapping[str, Any], name: str, title: str, after: str | None, step: str, words: str
) -> list[Change]:
    """Return the changes that put a stage after another one: steps that led on from there lead to it, and it on.

    ``step`` is the identifier of the step that leads on from it, ``words`` what its button says.
    """
    stages, steps = entries(course.get(STAGES)), entries(course.get(STEPS))
    canonical = str(stages[after].get("canonical", "handle")) if after in stages else "handle"
    made = {"title": title, "canonical": canonical, "order": order_after(stages, after)}
    changes = [Change("add", pointers.join([STAGES, name], base), None, made)]
    follower = _follower(stages, steps, after)
    if after is None or follower is None:
        return changes
    roles = sorted({role for one in _between(steps, after, follower) for role in steps[one].get("roles", ())})
    for one in _between(steps, after, follower):
        changes.append(Change("replace", pointers.join([STEPS, one, "to"], base), follower, name))
    leading = {
        "title": words,
        "from": [name],
        "to": follower,
        "roles": roles,
        "order": order_after(steps, None),
    }
    return [*changes, Change("add", pointers.join([STEPS, step], base), None, leading)]


def _follower(stages: Entries, steps: Entries, after: str | None) -> str | None:
    """Return the main stage that a step leads to from a stage, the nearest one behind it."""
    if after is None or after not in main_stages(stages):
        return None
    names = in_order(stages)
    behind = [key for key in names[names.index(after) + 1 :] if key in main_stages(stages)]
    return next((key for key in behind if _between(steps, after, key)), None)


def _between(steps: Entries, source: str, target: str) -> list[str]:
    """Return the steps that lead from one stage alone to another."""
    return [
        key
        for key, step in steps.items()
        if not step.get("hidden") and step.get("to") == target and step.get("from") == [source]
    ]


def step_added(
    base: str, course: Mapping[str, Any], name: str, title: str, source: str, target: str, roles: list[str]
) -> Change:
    """Return the change that begins a step between two stages."""
    steps = entries(course.get(STEPS))
    made = {"title": title, "from": [source], "to": target, "roles": roles, "order": order_after(steps, None)}
    return Change("add", pointers.join([STEPS, name], base), None, made)


def listed(base: str, before: list[Any], after: list[Any]) -> list[Change]:
    """Return the changes that make one list of another entry by entry, so that entries of others stay."""
    kept = list(before)
    changes = []
    for index in range(len(before) - 1, -1, -1):
        if before[index] not in after:
            changes.append(Change("remove", f"{base}/{index}", before[index], None))
            del kept[index]
    for one in after:
        if one not in kept:
            changes.append(Change("add", f"{base}/-", None, one))
    return changes


def periods_begun(
    bundle: Mapping[str, Any], course: Mapping[str, Any], stage: str = "", step: str = ""
) -> list[str]:
    """Return the periods that begin when a stage is entered, or when a step is taken."""
    stages, steps = entries(course.get(STAGES)), entries(course.get(STEPS))
    canonical = stages.get(stage, {}).get("canonical")
    performed = steps.get(step, {}).get("on")

    def is_met(way: Mapping[str, Any]) -> bool:
        if way.get("entity", course.get("entity")) != course.get("entity"):
            return False
        if stage:
            same = way.get("canonical") == canonical if "canonical" in way else way.get("stage") == stage
            return way.get("on") == "enter" and same
        if way.get("on") == "referral":
            return performed is not None and way.get("event") == performed
        return way.get("on") == "step" and way.get("step") == step

    met = {
        key
        for key, event in entries(bundle.get("events")).items()
        if any(isinstance(way, Mapping) and is_met(way) for way in event.get("arises") or ())
    }
    periods = entries(bundle.get("deadlines"))
    return [
        key
        for key in in_order(periods)
        if not periods[key].get("hidden") and met & set(periods[key].get("starts") or ())
    ]
