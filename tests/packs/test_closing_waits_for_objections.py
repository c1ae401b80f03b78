"""No step leads into a last stage while an objection waits: nobody would have it in a list, nobody could answer it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.core.lifecycle import compile_lifecycle
from tests.packs.conftest import PACKS

WAITS = {"field": "/lanes/objection", "op": "eq", "value": "open"}


def refuses(when: Any) -> bool:
    """Tell whether a guard refuses an open objection, whatever else it asks."""
    if not isinstance(when, dict):
        return False
    return WAITS in when.get("none", ()) or any(refuses(one) for one in when.get("all", ()))


@pytest.mark.parametrize("pack", [*PACKS, "city/ordos", "city/shaoxing", "city/yulin"])
def test_no_step_ends_a_matter_while_an_objection_waits(shipped: Any, pack: str) -> None:
    raw = next(one for one in shipped.bundle(pack)["lifecycles"].values() if one["entity"] == "case")
    cycle = compile_lifecycle(raw, lifecycle_id="case")
    ending = [
        step
        for step in cycle.transitions
        if not step.hidden
        and step.to is not None
        and cycle.stage(step.to).final
        and not all(name != "*" and cycle.stage(name).final for name in step.sources)
    ]
    assert {step.to for step in ending} >= {"closed", "rejected"}
    for step in ending:
        when = raw["transitions"][step.id].get("when")
        assert refuses(when), f"{pack} {step.id}: {json.dumps(when, ensure_ascii=False)}"


def test_a_guard_that_lets_an_objection_through_is_told() -> None:
    assert not refuses(None)
    assert not refuses({"any": [{"none": [WAITS]}, {"field": "/data/outcome", "op": "exists"}]})
    assert refuses({"all": [{"field": "/data/outcome", "op": "exists"}, {"none": [WAITS]}]})
