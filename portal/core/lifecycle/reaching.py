"""Which stages of a course can be reached, from which ones an end can be reached, and where referrals lead on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from portal.core import referrals
from portal.core.conditions import Condition, Env, evaluate, leaving_out, parse
from portal.core.lifecycle.model import ANY_STAGE
from portal.core.referrals import event_of

Entries = Mapping[str, Mapping[str, Any]]
SENT = event_of(referrals.SENT)
_NOBODY = Env(date(2000, 1, 1))
_OTHER_FACTS = ("/data/", "/form/", "/stage", "/lanes/", "/correcting")


def entries(value: Any) -> dict[str, Mapping[str, Any]]:
    """Return the well-formed entries of a map; the schema reports the others."""
    if not isinstance(value, Mapping):
        return {}
    return {key: member for key, member in value.items() if isinstance(member, Mapping)}


def main_stages(stages: Entries) -> set[str]:
    """Return the stages of the main line, without lanes."""
    return {key for key, stage in stages.items() if not stage.get("parallel")}


def sources_of(step: Mapping[str, Any], stages: Entries) -> set[str]:
    """Return the main stages from which a step is taken."""
    sources = step.get("from")
    named = {one for one in sources if isinstance(one, str)} if isinstance(sources, list) else set()
    main = main_stages(stages)
    every = {key for key in main if not stages[key].get("final")} if ANY_STAGE in named else set()
    return named & main | every


def ways(stages: Entries, steps: Entries) -> list[tuple[str, str]]:
    """Return the ways from main stage to main stage that steps in use make."""
    main = main_stages(stages)
    return [
        (source, step["to"])
        for step in steps.values()
        if not step.get("hidden") and step.get("to") in main
        for source in sources_of(step, stages)
    ]


def spread(start: Collection[str], edges: Iterable[tuple[str, str]]) -> set[str]:
    """Return everything that can be reached from some stages, themselves included."""
    found, waiting, known = set(start), list(start), list(edges)
    while waiting:
        here = waiting.pop()
        for before, after in known:
            if before == here and after not in found:
                found.add(after)
                waiting.append(after)
    return found


def unreachable(stages: Entries, steps: Entries) -> list[str]:
    """Return the main stages in use that no way leads to; none where it is not said where records start."""
    shown = {key for key in main_stages(stages) if not stages[key].get("hidden")}
    initial = {key for key in main_stages(stages) if stages[key].get("initial")}
    return sorted(shown - spread(initial, ways(stages, steps))) if len(initial) == 1 else []


def dead_ends(stages: Entries, steps: Entries) -> list[str]:
    """Return the main stages in use from which no final stage can be reached; none where no stage is final."""
    shown = {key for key in main_stages(stages) if not stages[key].get("hidden")}
    final = {key for key in main_stages(stages) if stages[key].get("final")}
    back = [(after, before) for before, after in ways(stages, steps)]
    return sorted(shown - spread(final, back)) if final else []


def leaves(stage: str, step: Mapping[str, Any]) -> bool:
    """Tell whether a step in use names a stage, or every stage, among those from which it is taken."""
    sources = step.get("from")
    return not step.get("hidden") and isinstance(sources, list) and (stage in sources or ANY_STAGE in sources)


def leads_on(stage: str, route: str, steps: Entries) -> bool:
    """Tell whether a referral of a route, sent in a stage, performs a step."""
    return any(
        step.get("on") == SENT and leaves(stage, step) and _takes(step, route) for step in steps.values()
    )


def _takes(step: Mapping[str, Any], route: str) -> bool:
    """Tell whether the step's guard lets a route through, whatever else it asks."""
    guard: Condition | None = parse(step["when"])[0] if "when" in step else None
    for prefix in _OTHER_FACTS:
        guard = leaving_out(guard, prefix) if guard is not None else None
    return guard is None or evaluate(guard, {"referral": {"route": route}}, _NOBODY)


def nowhere(stages: Entries, steps: Entries, routes: Collection[str]) -> dict[str, list[str]]:
    """Return the stages in which a proposed route, once sent, would lead nowhere, with these routes."""
    found = {}
    for key, stage in stages.items():
        if stage.get("on_referral") or stage.get("final") or stage.get("parallel") or stage.get("hidden"):
            continue
        left = sorted(route for route in routes if not leads_on(key, route, steps))
        if left:
            found[key] = left
    return found


def proposed_routes(bundle: Mapping[str, Any], entity: Any) -> set[str]:
    """Return the routes that the rules of an entity type may propose; an empty name where they name none."""
    form = entries(bundle.get("forms")).get(str(entity), {})
    declared = form.get("entity")
    names = declared.get("rules") if isinstance(declared, Mapping) else None
    found = set()
    for name in names if isinstance(names, list) else ():
        known = entries(bundle.get("rules")).get(str(name), {})
        for rule in entries(known.get("rules")).values():
            for action in rule.get("then", ()) if not rule.get("hidden") else ():
                if isinstance(action, Mapping) and action.get("do") == "refer":
                    found.add(str(action.get("route", "")))
    return found
