"""Each condition of a step that closes a matter can be met by a step or by changing the facts, in every pack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from portal.core import conditions
from portal.core.access import EDIT
from portal.core.lifecycle import Lifecycle, Transition, compile_lifecycle
from portal.core.lifecycle.model import ANY_STAGE
from tests.packs.conftest import PACKS

CITIES = ("city/ordos", "city/shaoxing", "city/yulin")


def closing(cycle: Lifecycle) -> Iterator[tuple[Transition, str]]:
    """Yield the steps with a guard that close a matter, with each open stage that they lead from."""
    for step in cycle.transitions:
        if step.hidden or step.to is None or not cycle.stage(step.to).final or step.when is None:
            continue
        for stage in sorted(step.sources - {ANY_STAGE}):
            if not cycle.stage(stage).final:
                yield step, stage


def supplies(cycle: Lifecycle, bundle: dict[str, Any], field: str, stage: str) -> set[str]:
    """Return the roles that can supply what a guard asks for while the matter stands in a stage."""
    steps = [one for one in cycle.transitions if not one.hidden and cycle.leads_from(one, stage)]
    if field.startswith("/lanes/"):
        lane = field.removeprefix("/lanes/")
        return {
            role for one in steps if one.lane == lane and one.lane_state == "closed" for role in one.roles
        }
    where = field.removeprefix("/data")
    by_step = {role for one in steps if where in one.copy.values() for role in one.roles}
    entered = where[1:] in bundle["forms"]["case"]["schema"]["properties"]
    readonly = bundle["forms"]["case"]["ui"]["fields"].get(where, {}).get("readonly", False)
    changed = {key for key, role in bundle["roles"].items() if EDIT in role.get("grants", {}).get("case", ())}
    return by_step | (changed if entered and not readonly else set())


@pytest.mark.parametrize("pack", [*PACKS, *CITIES])
def test_what_closing_needs_can_be_supplied(shipped: Any, pack: str) -> None:
    bundle = shipped.bundle(pack)
    cycle = compile_lifecycle(
        next(one for one in bundle["lifecycles"].values() if one["entity"] == "case"), lifecycle_id="case"
    )
    asked = 0
    for step, stage in closing(cycle):
        assert step.when is not None
        for field in conditions.pointers(step.when):
            if field.startswith("/form/"):
                fields = bundle["forms"][step.form]["schema"]["properties"]
                assert field.split("/")[2] in fields, f"{pack} {step.id}: {field}"
                continue
            asked += 1
            roles = supplies(cycle, bundle, field, stage)
            shown = {role for role in roles if not bundle["roles"].get(role, {}).get("hidden")}
            assert shown, f"{pack} {step.id} in {stage}: nobody can supply {field}"
    assert asked >= 4, pack
