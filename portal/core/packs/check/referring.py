"""Referrals and stages: where rules may propose, a sent referral leads on, or the step that comes first is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from portal.core import pointer as pointers
from portal.core import referrals
from portal.core.conditions import Condition, Env, evaluate, leaving_out, parse
from portal.core.errors import Problem, msg
from portal.core.lifecycle.model import ANY_STAGE
from portal.core.packs.check.naming import entity_types, unknown
from portal.core.packs.check.registry import Context, check, items
from portal.core.referrals import event_of

SENT = event_of(referrals.SENT)
_NOBODY = Env(date(2000, 1, 1))
_OTHER_FACTS = ("/data/", "/form/", "/stage", "/lanes/", "/correcting")


@check
def referrals_lead_on(context: Context) -> Iterator[Problem]:
    """A referral sent in a stage in which rules may propose performs a step, moves nothing by intent, or waits."""
    for name, lifecycle in items(context.section("lifecycles")):
        routes = _proposed_routes(context, lifecycle.get("entity"))
        steps = dict(items(lifecycle.get("transitions")))
        for stage, raw in items(lifecycle.get("stages")):
            where = pointers.join(["lifecycles", name, "stages", stage])
            declared = raw.get("on_referral")
            declared = declared if isinstance(declared, dict) else {}
            yield from _first(context, stage, declared.get("first"), steps, where)
            if declared or raw.get("final") or raw.get("parallel") or raw.get("hidden"):
                continue
            left = sorted(route for route in routes if not _led_on(stage, route, steps))
            if left:
                yield context.problem(
                    "lifecycle.referral",
                    msg(
                        "Rules may propose in the stage %(stage)s, but a sent referral leads nowhere: %(routes)s"
                    ),
                    where,
                    msg('Let a step from here have "on": "referral.sent", or give the stage "on_referral"'),
                    severity="warning",
                    stage=stage,
                    routes=", ".join(route or "-" for route in left),
                )


def _first(
    context: Context, stage: str, first: Any, steps: Mapping[str, Mapping[str, Any]], where: str
) -> Iterator[Problem]:
    leaving = {key for key, step in steps.items() if _leaves(stage, step)}
    if isinstance(first, str) and first not in leaving:
        message = msg("No step %(target)s leaves this stage")
        yield unknown(context, "lifecycle.first", message, first, leaving, f"{where}/on_referral/first")


def _leaves(stage: str, step: Mapping[str, Any]) -> bool:
    sources = step.get("from")
    return not step.get("hidden") and isinstance(sources, list) and (stage in sources or ANY_STAGE in sources)


def _led_on(stage: str, route: str, steps: Mapping[str, Mapping[str, Any]]) -> bool:
    return any(
        step.get("on") == SENT and _leaves(stage, step) and _takes(step, route) for step in steps.values()
    )


def _takes(step: Mapping[str, Any], route: str) -> bool:
    """Tell whether the step's guard lets a route through, whatever else it asks."""
    guard: Condition | None = parse(step["when"])[0] if "when" in step else None
    for prefix in _OTHER_FACTS:
        guard = leaving_out(guard, prefix) if guard is not None else None
    return guard is None or evaluate(guard, {"referral": {"route": route}}, _NOBODY)


def _proposed_routes(context: Context, entity: Any) -> set[str]:
    """Return the routes that the rules of an entity type may propose; an empty name where they name none."""
    form = entity_types(context).get(str(entity), {})
    declared = form.get("entity")
    rules = declared.get("rules") if isinstance(declared, dict) else None
    found = set()
    for name in rules if isinstance(rules, list) else ():
        for _, rule in items(pointers.get(context.section("rules"), pointers.join([name, "rules"]), {})):
            for action in rule.get("then", ()) if not rule.get("hidden") else ():
                if isinstance(action, dict) and action.get("do") == "refer":
                    found.add(str(action.get("route", "")))
    return found
