"""Referrals and stages: where rules may propose, a sent referral leads on, or the step that comes first is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.lifecycle.reaching import leaves, nowhere, proposed_routes
from portal.core.packs.check.naming import unknown
from portal.core.packs.check.registry import Context, check, items


@check
def referrals_lead_on(context: Context) -> Iterator[Problem]:
    """A referral sent in a stage in which rules may propose performs a step, moves nothing by intent, or waits."""
    for name, lifecycle in items(context.section("lifecycles")):
        routes = proposed_routes(context.bundle, lifecycle.get("entity"))
        steps, stages = dict(items(lifecycle.get("transitions"))), dict(items(lifecycle.get("stages")))
        left = nowhere(stages, steps, routes)
        for stage, raw in stages.items():
            where = pointers.join(["lifecycles", name, "stages", stage])
            declared = raw.get("on_referral")
            declared = declared if isinstance(declared, dict) else {}
            yield from _first(context, stage, declared.get("first"), steps, where)
            if stage in left:
                yield context.problem(
                    "lifecycle.referral",
                    msg(
                        "Rules may propose in the stage %(stage)s, but a sent referral leads nowhere: %(routes)s"
                    ),
                    where,
                    msg('Let a step from here have "on": "referral.sent", or give the stage "on_referral"'),
                    severity="warning",
                    stage=stage,
                    routes=", ".join(route or "-" for route in left[stage]),
                )


def _first(
    context: Context, stage: str, first: Any, steps: Mapping[str, Mapping[str, Any]], where: str
) -> Iterator[Problem]:
    leaving = {key for key, step in steps.items() if leaves(stage, step)}
    if isinstance(first, str) and first not in leaving:
        message = msg("No step %(target)s leaves this stage")
        yield unknown(context, "lifecycle.first", message, first, leaving, f"{where}/on_referral/first")
