"""Worklists in their surroundings: columns that records have, roles, and the codes that conditions compare with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import FieldType, parse
from portal.core.conditions.model import Field, Value, atoms
from portal.core.deadlines.clock import ENDED, LIVE
from portal.core.errors import Problem, msg
from portal.core.packs.check.naming import lifecycles_of, refer_all, refer_entity, unknown
from portal.core.packs.check.registry import Context, check, items
from portal.core.referrals import STATES
from portal.core.worklists import WHO, check_worklist

# Facts whose values are names of things of the pack, and where these stand.
CODES = {
    "/referral/route": "/routes",
    "/referral/mode": "/settings/values/modes",
    "/clock/deadline": "/deadlines",
    "/task/task": "/tasks",
}
# Facts with values of the portal's own. That a period is overdue is no state of it: it follows from its day.
FACT_STATES: Mapping[str, Collection[str]] = {
    "/referral/status": frozenset(STATES),
    "/clock/state": frozenset({*LIVE, *ENDED}),
}


@check
def worklists(context: Context) -> Iterator[Problem]:
    """Worklists name known roles and columns, and their conditions can be said in SQL."""
    for key, definition in items(context.section("worklists")):
        where = pointers.join(["worklists", key])
        yield from refer_all(context, "role", definition.get("roles"), f"{where}/roles")
        yield from refer_entity(context, definition.get("entity"), f"{where}/entity")
        if where not in context.broken:
            entity = str(definition["entity"])
            yield from context.relocate(check_worklist(definition, _columns(context, entity)), where)
            yield from _codes(context, definition, where)


def _columns(context: Context, entity: str) -> Mapping[str, FieldType] | None:
    """Return the fields of an entity type that stand in a column, and its lanes; None where its form is broken."""
    fields = context.fields(entity)
    if fields is None:
        return None
    declared = pointers.get(context.bundle, pointers.join(["forms", entity, "entity"]), {})
    index = declared.get("index") if isinstance(declared, dict) else None
    found = {f"/data{name}": fields[name] for name in index or () if name in fields}
    for lifecycle in lifecycles_of(context, entity):
        lanes = (key for key, stage in items(lifecycle.get("stages")) if stage.get("parallel"))
        found |= {f"/lanes/{lane}": FieldType("string") for lane in lanes}
    return found


def _codes(context: Context, definition: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Yield each code in the condition that names nothing, such as a stage that no lifecycle has."""
    condition = parse(definition["where"], parameters=WHO, counts=False)[0]
    stages: set[str] = set()
    for lifecycle in lifecycles_of(context, str(definition["entity"])):
        stages |= {key for key, _ in items(lifecycle.get("stages"))}
    for atom in atoms(condition) if condition is not None else ():
        if not isinstance(atom.subject, Field) or not isinstance(atom.operand, Value):
            continue
        section = CODES.get(atom.subject.name)
        known: Collection[str] | None = pointers.get(context.bundle, section, {}) if section else None
        known = stages if atom.subject.name == "/record/stage" else FACT_STATES.get(atom.subject.name, known)
        value = atom.operand.value
        for code in value if isinstance(value, tuple) else (value,):
            if known is not None and isinstance(code, str) and code not in known:
                message = msg("%(target)s is the name of nothing")
                place = f"{where}/where{atom.pointer}/value"
                yield unknown(context, "worklist.code", message, code, known, place)
