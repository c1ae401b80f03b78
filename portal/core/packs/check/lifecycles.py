"""Lifecycles in their surroundings: entity types, forms, roles and the facts that guards read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from portal.core import pointer as pointers
from portal.core.acts import ACTS
from portal.core.conditions import FieldType, parse
from portal.core.effects import sources
from portal.core.errors import Problem, msg
from portal.core.facts import facts as known_facts
from portal.core.lifecycle import check_lifecycle
from portal.core.packs.check.naming import effects_of, unknown
from portal.core.packs.check.registry import Context, check, entries, items
from portal.core.referrals import SENT, event_of


@check
def lifecycles(context: Context) -> Iterator[Problem]:
    """Stages are reachable and lead to an end; guards read what exists."""
    for name, definition in items(context.section("lifecycles")):
        facts = _facts(context, definition)
        yield from context.relocate(
            check_lifecycle(definition, fields=facts), pointers.join(["lifecycles", name])
        )


def _facts(context: Context, definition: Mapping[str, Any]) -> Mapping[str, FieldType] | None:
    """Return the facts that guards may read; the answers of all transition forms are taken together.

    None, any fact, where a form can't be read: that one problem is enough.
    """
    sources = [("/data", definition.get("entity"))]
    sources += [("/form", step["form"]) for _, step in items(definition.get("transitions")) if "form" in step]
    facts = {"/stage": FieldType("string"), "/correcting": FieldType("boolean"), **known_facts(["referral"])}
    for prefix, name in sources:
        fields = context.fields(str(name))
        if fields is None:
            return None
        facts.update((prefix + pointer, of_rows(pointer, kind)) for pointer, kind in fields.items())
    for key, stage in items(definition.get("stages")):
        if stage.get("parallel"):
            facts[f"/lanes/{key}"] = FieldType("string")
    return facts


def of_rows(pointer: str, kind: FieldType) -> FieldType:
    """Return the kind of a fact: what stands in rows is read as the list of all that stands there."""
    return replace(kind, type="strings") if "/*" in pointer and kind.type != "any" else kind


@check
def lifecycle_references(context: Context) -> Iterator[Problem]:
    """The entity type, the forms and the roles that a lifecycle names exist."""
    for name, definition in items(context.section("lifecycles")):
        base = pointers.join(["lifecycles", name])
        yield from context.refer(definition.get("entity"), "/forms", f"{base}/entity")
        correction = definition.get("correction")
        for index, role in entries(correction.get("roles") if isinstance(correction, dict) else ()):
            yield from context.refer(role, "/roles", f"{base}/correction/roles/{index}")
        for key, step in items(definition.get("transitions")):
            where = pointers.join(["transitions", key], base)
            yield from context.refer(step.get("form"), "/forms", f"{where}/form")
            for name, one in items(step.get("checks")):
                place = pointers.join(["checks", name, "period"], where)
                yield from context.refer(one.get("period"), "/deadlines", place)
            for index, role in entries(step.get("roles")):
                yield from context.refer(role, "/roles", f"{where}/roles/{index}")


@check
def copied_answers(context: Context) -> Iterator[Problem]:
    """Answers that a transition copies exist in its form and in the record."""
    for name, definition in items(context.section("lifecycles")):
        data = context.fields(str(definition.get("entity")))
        for key, step in items(definition.get("transitions")):
            copy = step.get("copy")
            answers = context.fields(str(step["form"])) if "form" in step else {}
            for source, target in copy.items() if isinstance(copy, dict) else ():
                where = pointers.join(["lifecycles", name, "transitions", key, "copy", source])
                if answers is not None and source not in answers:
                    yield _unknown(
                        context, where, source, msg("The form of this step has no field %(field)s")
                    )
                if data is not None and target not in data:
                    yield _unknown(context, where, target, msg("The record has no field %(field)s"))


@check
def added_entries(context: Context) -> Iterator[Problem]:
    """What a step adds to goes into fields of the record; its condition reads the step's form and the record."""
    for name, definition in items(context.section("lifecycles")):
        data = context.fields(str(definition.get("entity")))
        for key, step in items(definition.get("transitions")):
            adds = step.get("adds")
            if not isinstance(adds, dict) or data is None:
                continue
            at = pointers.join(["lifecycles", name, "transitions", key, "adds"])
            for part in ("to", "ticks"):
                if part in adds and adds[part] not in data:
                    message = msg("The record has no field %(field)s")
                    yield _unknown(context, f"{at}/{part}", adds[part], message)
            answers = context.fields(str(step["form"])) if "form" in step else {}
            facts = {f"/form{where}": kind for where, kind in (answers or {}).items()}
            facts |= {f"/data{where}": kind for where, kind in data.items()}
            if "when" in adds and answers is not None:
                yield from parse(adds["when"], fields=facts, pointer=f"{at}/when")[1]


@check
def days_in_order(context: Context) -> Iterator[Problem]:
    """Days that come no earlier than others are days of the step's form and of the record."""
    for name, definition in items(context.section("lifecycles")):
        data = context.fields(str(definition.get("entity")))
        for key, step in items(definition.get("transitions")):
            answers = context.fields(str(step["form"])) if "form" in step else {}
            for where, others in (step.get("not_before") or {}).items():
                at = pointers.join(["lifecycles", name, "transitions", key, "not_before", where])
                if answers is not None and where not in answers:
                    yield _unknown(context, at, where, msg("The form of this step has no field %(field)s"))
                for index, other in entries(others):
                    if data is not None and other not in data:
                        message = msg("The record has no field %(field)s")
                        yield _unknown(context, f"{at}/{index}", other, message)


@check
def opened_records(context: Context) -> Iterator[Problem]:
    """A step that opens a record names a type of its own standing, fills in fields that there are, and asks nothing."""
    forms = context.section("forms")
    for name, definition in items(context.section("lifecycles")):
        data = context.fields(str(definition.get("entity")))
        for key, step in items(definition.get("transitions")):
            opens = step.get("opens")
            if not isinstance(opens, dict):
                continue
            where = pointers.join(["lifecycles", name, "transitions", key, "opens"])
            yield from context.refer(opens.get("entity"), "/forms", f"{where}/entity")
            target = forms.get(str(opens.get("entity")))
            entity = target.get("entity") if isinstance(target, dict) else None
            if isinstance(target, dict) and (not isinstance(entity, dict) or entity.get("parent")):
                message = msg("“%(entity)s” is not registered by itself")
                remedy = msg("Name an entity type without a parent")
                yield context.problem(
                    "lifecycle.opens", message, f"{where}/entity", remedy, entity=opens["entity"]
                )
            if "form" in step or "on" in step or step.get("reason") == "required":
                message = msg(
                    "A step that opens a record asks nothing itself: no form, no required reason, no referral"
                )
                remedy = msg("Take out form, reason or on")
                yield context.problem("lifecycle.opens", message, where, remedy)
            yield from _prefilled(context, opens, where, data)


def _prefilled(
    context: Context, opens: Mapping[str, Any], where: str, data: Mapping[str, FieldType] | None
) -> Iterator[Problem]:
    fields = context.fields(str(opens.get("entity")))
    prefill = opens.get("prefill")
    for target, source in prefill.items() if isinstance(prefill, dict) else ():
        at = pointers.join(["prefill", target], where)
        if fields is not None and target not in fields:
            yield _unknown(context, at, target, msg("The new record has no field %(field)s"))
        if data is not None and source not in data:
            yield _unknown(context, at, source, msg("The record has no field %(field)s"))


def _unknown(context: Context, where: str, field: Any, message: str) -> Problem:
    return context.problem("lifecycle.copy", message, where, msg("Correct the pointer"), field=field)


@check
def other_persons(context: Context) -> Iterator[Problem]:
    """A step that another person takes names a step with that field, and acts or steps; no referral performs it."""
    for name, definition in items(context.section("lifecycles")):
        steps = dict(items(definition.get("transitions")))
        for key, step in steps.items():
            other = step.get("other_than")
            if not isinstance(other, dict):
                continue
            where = pointers.join(["lifecycles", name, "transitions", key, "other_than"])
            before = steps.get(str(other.get("step")))
            if before is None:
                yield _unknown(context, f"{where}/step", other.get("step"), msg("There is no step %(field)s"))
                continue
            fields = context.fields(str(before["form"])) if "form" in before else {}
            if "by" in other and fields is not None and other["by"] not in fields:
                message = msg("The form of this step has no field %(field)s")
                yield _unknown(context, f"{where}/by", other["by"], message)
            if "on" in step:
                message = msg("A step that another person takes is not performed by a referral")
                yield context.problem(
                    "lifecycle.other_than", message, where, msg("Take out on or other_than")
                )
            for value, named in _entries_of(other.get("did")):
                for index, one in entries(named):
                    if one not in steps and not (one in ACTS and ACTS[one].history is not None):
                        message = msg("There is no act and no step %(field)s")
                        yield _unknown(context, f"{where}/did/{value}/{index}", one, message)


def _entries_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the entries of a map, whatever they hold; the schema reports what is none."""
    yield from value.items() if isinstance(value, dict) else ()


@check
def step_effects(context: Context) -> Iterator[Problem]:
    """The effects of steps name what there is, and take their parameters from fields that there are."""
    for name, definition in items(context.section("lifecycles")):
        stages = dict(items(definition.get("stages")))
        local = {
            "stage": set(stages),
            "lane": {key for key, stage in stages.items() if stage.get("parallel")},
        }
        data = context.fields(str(definition.get("entity")))
        for key, step in items(definition.get("transitions")):
            where = pointers.join(["lifecycles", name, "transitions", key, "then"])
            yield from effects_of(context, step.get("then"), where, local)
            answers = context.fields(str(step["form"])) if "form" in step else {}
            for index, raw in entries(step.get("then")):
                if isinstance(raw, dict):
                    yield from _sources(
                        context, step, raw, f"{where}/{index}", {"data": data, "form": answers}
                    )


def _sources(
    context: Context,
    step: Mapping[str, Any],
    raw: Mapping[str, Any],
    where: str,
    known: Mapping[str, Mapping[str, FieldType] | None],
) -> Iterator[Problem]:
    for source, target, place in sources(raw, where):
        if source == "proposal":
            if step.get("on") != event_of(SENT):
                yield context.problem(
                    "effect.proposal",
                    msg("Only a step that a sent referral performs has a proposal"),
                    place,
                    msg('Add "on": "referral.sent" to the step, or write the value'),
                )
            continue
        fields = known[source]
        if fields is not None and target not in fields:
            message = msg("There is no field %(target)s")
            yield unknown(context, f"effect.{source}", message, target, fields, place)
