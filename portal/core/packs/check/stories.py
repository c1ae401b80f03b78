"""Stories: the roles, units, entity types, transitions and records they name exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core.errors import Problem, msg
from portal.core.packs.check.registry import Context, check, entries, items


@check
def stories(context: Context) -> Iterator[Problem]:
    """The pack's own stories name what there is; stories of packs above are checked with those."""
    layer = context.resolved.chain[-1]
    for key, story in items(layer.stories):
        file = f"seed/{layer.id}/stories/{key}.json"
        made: set[str] = set()
        for index, step in entries(story.get("steps")):
            if isinstance(step, dict):
                for name, place, where in _unknown(context, step, made):
                    yield Problem(
                        "reference.unknown" if place else "reference.unit",
                        msg("There is no %(target)s in %(section)s"),
                        {"target": name, "section": place or "divisions.csv"},
                        file,
                        f"/steps/{index}/{where}",
                        msg("Correct the name, or add it to %(section)s"),
                    )


def _unknown(context: Context, step: Mapping[str, Any], made: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each name of a step that names nothing: the name, where it should be, and the step's key."""
    role, unit, department, *_ = (*str(step.get("who", "")).split(":"), "", "")
    if role and role not in context.section("roles"):
        yield role, "/roles", "who"
    if (
        unit
        and unit not in context.divisions
        and unit not in dict(items(context.section("units").get("points")))
    ):
        yield unit, "", "who"
    if department and department not in context.section("departments"):
        yield department, "/departments", "who"
    for key, section in (("entity", "forms"), ("route", "routes"), ("document", "documents")):
        name = step.get(key)
        if isinstance(name, str) and name not in context.section(section):
            yield name, f"/{section}", key
    called = [one.get("department") for _, one in entries(step.get("called")) if isinstance(one, dict)]
    for name in (*called, step.get("lead")):
        if isinstance(name, str) and name not in context.section("departments"):
            yield name, "/departments", "lead" if name == step.get("lead") else "called"
    transition = step.get("transition")
    lifecycles = items(context.section("lifecycles"))
    transitions = {key for _, lifecycle in lifecycles for key, _ in items(lifecycle.get("transitions"))}
    if isinstance(transition, str) and transition not in transitions:
        yield transition, "/lifecycles", "transition"
    if isinstance(step.get("as"), str):
        made.add(step["as"])
    record = step.get("record")
    if isinstance(record, str) and record not in made:
        yield record, "steps", "record"
