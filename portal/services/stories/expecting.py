"""Compare what a story expects with what came of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.forms import matching
from portal.services.stories.report import StoryReport
from portal.services.stories.state import StoryState
from portal.services.stories.steps import fits, visible

# Expected as members of what there is; everything else must be equal.
MEMBERS = frozenset({"fired", "requires", "flags", "notify", "suggests", "deadlines", "papers"})


def compare(state: StoryState, step: Mapping[str, Any], pointer: str, report: StoryReport) -> None:
    """Check the expectations of a step and report each that is not met."""
    expected: Mapping[str, Any] = step.get("expect", {})
    if "visible" in expected:
        found = visible(state, step)
        if found != expected["visible"]:
            report.fail(f"{pointer}/visible", expected["visible"], found)
    others = {name: value for name, value in expected.items() if name not in ("visible", "refused")}
    if not others:
        return
    facts = state.facts(state.uid(step))
    for name, value in others.items():
        actual = facts.get(name.removeprefix("not_"))
        if not _met(name, value, actual):
            report.fail(f"{pointer}/{name}", value, _shown(name, actual))


def _met(name: str, value: Any, actual: Any) -> bool:
    if name == "code":
        return isinstance(actual, str) and matching.fits(value, actual)
    if name.startswith("not_"):
        return not set(value) & set(actual or ())
    if name in MEMBERS:
        return set(value) <= set(actual or ())
    if name == "lanes":
        return set(value) == {lane for lane, state in (actual or {}).items() if state == "open"}
    if name == "proposals":
        return not actual if value == [] else fits(value, actual or [])
    return fits(value, actual)


def _shown(name: str, actual: Any) -> Any:
    if name == "proposals":
        return [{k: p[k] for k in ("route", "to", "mode", "assist", "deadline")} for p in actual or ()]
    return actual
