"""Where proposals lead: each place that a rule proposes is there, and somebody sits at it on some day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from portal.core import pointer as pointers
from portal.core.access import ANY, REFER
from portal.core.deadlines import WorkCalendar
from portal.core.errors import Problem, msg
from portal.core.layout import Layout, resolve
from portal.core.layout.model import PLACES
from portal.core.packs.check.naming import entity_types
from portal.core.packs.check.registry import Context, check, entries, items
from portal.core.packs.check.rules import users_of

# Plain weeks: whether anybody ever sits there depends on no holiday.
WEEKS = WorkCalendar()
_FIRST, _WEEK = date(2026, 1, 5), 7


@check
def receivers(context: Context) -> Iterator[Problem]:
    """A window, room, zone or sub-centre that rules propose is shown, and somebody answers there on some day."""
    definition = context.section("layout")
    if not definition or not context.broken.isdisjoint({"/layout", "/departments"}):
        return
    layout = Layout.from_definition(definition, dict(items(context.section("departments"))))
    for where, kind, target in _proposed(context):
        if target not in (definition.get(PLACES[kind]) or {}):
            continue  # told as a name that there is not
        if layout.find(kind, target) is None:
            yield context.problem(
                "rules.place_hidden",
                msg("Rules propose %(target)s, which is hidden here: nobody would receive the matter"),
                where,
                msg("Name another place, or show this one"),
                target=target,
            )
        elif not any(resolve(layout, {kind: target}, day, WEEKS) for day in _days(definition)):
            yield context.problem(
                "rules.nobody_there",
                msg("Rules propose %(target)s, but on no day does anybody sit there"),
                where,
                msg("Place a department there in the layout, or name another place"),
                target=target,
            )


def _proposed(context: Context) -> Iterator[tuple[str, str, str]]:
    for key, definition in items(context.section("rules")):
        for rule, body in items(definition.get("rules")):
            for index, action in entries(body.get("then") if body.get("hidden") is not True else None):
                to = action.get("to") if isinstance(action, dict) else None
                for kind, target in to.items() if isinstance(to, dict) else ():
                    if kind in PLACES and isinstance(target, str):
                        yield (
                            pointers.join(["rules", key, "rules", rule, "then", index, "to", kind]),
                            kind,
                            target,
                        )


def _days(definition: Mapping[str, Any]) -> list[date]:
    """Return a week, and each single day of the rosters."""
    found = {_FIRST + timedelta(days) for days in range(_WEEK)}
    for _, stay in items(definition.get("stationing")):
        for bound in ("from", "until"):
            if isinstance(stay.get(bound), str):
                found |= {
                    date.fromisoformat(stay[bound]) + timedelta(days) for days in range(-_WEEK, _WEEK + 1)
                }
        for _, days in entries(stay.get("roster")):
            found |= {date.fromisoformat(day) for day in days.get("dates", ())}
    return sorted(found)


@check
def answering_roles(context: Context) -> Iterator[Problem]:
    """Where rules propose to hand matters over, some role may answer them."""
    roles = [role for _, role in items(context.section("roles")) if role.get("hidden") is not True]
    for key, _ in items(context.section("rules")):
        if not roles or not _refers(context.section("rules")[key]):
            continue
        for entity, _form in users_of(context, key):
            if entity in entity_types(context) and not any(_answers(role, entity) for role in roles):
                yield context.problem(
                    "rules.nobody_answers",
                    msg("Rules hand these matters over, but no role may answer referrals of them"),
                    pointers.join(["forms", entity, "entity", "rules"]),
                    msg('Give a role "refer" for %(form)s in roles.json'),
                    severity="warning",
                    form=entity,
                )


def _refers(definition: Mapping[str, Any]) -> bool:
    return any(
        isinstance(action, dict) and action.get("do") == "refer"
        for _, rule in items(definition.get("rules"))
        for _, action in entries(rule.get("then"))
    )


def _answers(role: Mapping[str, Any], entity: str) -> bool:
    grants = role.get("grants")
    found = [grants.get(entity), grants.get(ANY)] if isinstance(grants, dict) else []
    return any(isinstance(actions, list) and (REFER in actions or ANY in actions) for actions in found)
