"""Events in their surroundings: stages, steps, fields and documents by which they arise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import FieldType, parse
from portal.core.errors import Problem, msg
from portal.core.facts import facts
from portal.core.packs.check.naming import entity_types, fields_under, lifecycles_of, refer_entity, unknown
from portal.core.packs.check.registry import Context, check, entries, items

DATES = frozenset({"date", "datetime"})


@check
def events(context: Context) -> Iterator[Problem]:
    """Events arise by stages, steps, dates and documents that exist."""
    for key, event in items(context.section("events")):
        for index, way in entries(event.get("arises")):
            if isinstance(way, dict):
                yield from _way(context, way, pointers.join(["events", key, "arises", index]))


def _way(context: Context, way: Mapping[str, Any], where: str) -> Iterator[Problem]:
    yield from refer_entity(context, way.get("entity"), f"{where}/entity")
    yield from context.refer(way.get("document"), "/documents", f"{where}/document")
    lifecycles = lifecycles_of(context, way.get("entity"))
    for name, section, message in (
        ("stage", "stages", msg("No lifecycle has the stage %(target)s")),
        ("step", "transitions", msg("No lifecycle has the step %(target)s")),
    ):
        target = way.get(name)
        known = {one for lifecycle in lifecycles for one, _ in items(lifecycle.get(section))}
        if isinstance(target, str) and target not in known:
            yield unknown(context, f"event.{name}", message, target, known, f"{where}/{name}")
    if way.get("on") == "date":
        yield from _date(context, way, where)
    if "when" in way:
        yield from _condition(context, way, where)


def _date(context: Context, way: Mapping[str, Any], where: str) -> Iterator[Problem]:
    form = way.get("form")
    if form is not None:
        yield from context.refer(form, "/forms", f"{where}/form")
    known = fields_under(context, [form] if isinstance(form, str) else list(entity_types(context)), "")
    field = way.get("field")
    if known is None or not isinstance(field, str):
        return
    if field not in known:
        dates = [name for name, kind in known.items() if kind.type in DATES]
        message = msg("There is no field %(target)s")
        yield unknown(context, "event.field", message, field, dates, f"{where}/field")
    elif known[field].type not in DATES:
        yield context.problem(
            "event.date",
            msg("%(field)s is no date"),
            f"{where}/field",
            msg("Name a field that holds a day"),
            field=field,
        )


def _condition(context: Context, way: Mapping[str, Any], where: str) -> Iterator[Problem]:
    named = [way.get("form")] if way.get("on") != "step" else _forms_of_step(context, way)
    known = event_facts(context, *(one for one in named if isinstance(one, str)))
    yield from context.relocate(
        parse(way["when"], fields=known, pointer="", counts=False)[1], f"{where}/when"
    )


def _forms_of_step(context: Context, way: Mapping[str, Any]) -> list[Any]:
    """Return the forms that are filled in on the way of a step, in whichever lifecycle it is."""
    steps = (
        step
        for lifecycle in lifecycles_of(context, way.get("entity"))
        for name, step in items(lifecycle.get("transitions"))
        if name == way.get("step")
    )
    return [step.get("form") for step in steps]


def event_facts(context: Context, *forms: str) -> dict[str, FieldType] | None:
    """Return the facts that conditions of events and periods may read; None (anything) where a form can't be read."""
    data = fields_under(context, list(entity_types(context)), "/data")
    answers = fields_under(context, list(dict.fromkeys(forms)), "/form")
    if data is None or answers is None:
        return None
    return {**facts(["record", "referral"]), **data, **answers}
