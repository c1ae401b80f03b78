"""What entity types say of meetings: the fields that are booked and brought, and the conditions of what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import FieldType, parse
from portal.core.errors import Problem, msg
from portal.core.masks import KINDS as MASKS
from portal.core.packs.check.lifecycles import of_rows
from portal.core.packs.check.registry import Context, check, entries, items

_WHOLE = {
    "/parent/stage": FieldType("string"),
    "/parent/steps": FieldType("strings"),
    "/parent/flags": FieldType("strings"),
}


def _entities(context: Context) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for key, definition in items(context.section("forms")):
        entity = definition.get("entity")
        if isinstance(entity, dict) and context.fields(key) is not None:
            yield key, entity, pointers.join(["forms", key, "entity"])


@check
def booked_fields(context: Context) -> Iterator[Problem]:
    """The fields with day, times and what is booked exist."""
    for key, entity, base in _entities(context):
        books = entity.get("books")
        named = books if isinstance(books, dict) else {}
        for name in ("day", "from", "until"):
            yield from _field(context, key, named.get(name), f"{base}/books/{name}")
        for index, where in entries(named.get("of")):
            yield from _field(context, key, where, f"{base}/books/of/{index}")


@check
def brought_rows(context: Context) -> Iterator[Problem]:
    """Rows that are brought from the whole have their fields here, in the whole, and in the types they come from."""
    for key, entity, base in _entities(context):
        for where, raw in items(entity.get("brings")):
            at = f"{base}/brings/{pointers.escape(where)}"
            yield from _field(context, key, f"{where}/*{raw.get('ref')}", f"{at}/ref")
            for member, kind in (raw.get("mask") or {}).items():
                place = f"{at}/mask/{pointers.escape(member)}"
                yield from _field(context, key, f"{where}/*{member}", place)
                if kind not in MASKS:
                    yield context.problem(
                        "ui.value",
                        msg("“%(value)s” is not one of: %(allowed)s"),
                        place,
                        msg("Use one of them"),
                        value=kind,
                        allowed=", ".join(sorted(MASKS)),
                    )
            for index, member in entries(raw.get("key")):
                yield from _field(context, key, f"{where}/*{member}", f"{at}/key/{index}")
            for index, source in entries(raw.get("rows")):
                if isinstance(source, dict):
                    yield from _source(
                        context, key, str(entity.get("parent")), where, source, f"{at}/rows/{index}"
                    )


def _source(
    context: Context, key: str, parent: str, where: str, source: Mapping[str, Any], at: str
) -> Iterator[Problem]:
    of, inner = parent, f"{source['at']}/*" if source.get("at") else ""
    if "of" in source:
        yield from context.refer(source["of"], "/forms", f"{at}/of")
        of, inner = str(source["of"]), ""
    taken = source.get("take")
    for target, field in taken.items() if isinstance(taken, dict) else ():
        place = f"{at}/take/{pointers.escape(target)}"
        yield from _field(context, key, f"{where}/*{target}", place)
        yield from _field(context, of, inner + str(field), place)


@check
def refusals(context: Context) -> Iterator[Problem]:
    """What a type refuses reads what there is, and is said at a field that there is."""
    for key, entity, base in _entities(context):
        parent = context.fields(str(entity.get("parent"))) or {}
        facts = {"/stage": FieldType("string"), **_WHOLE}
        facts |= {f"/data{name}": of_rows(name, kind) for name, kind in (context.fields(key) or {}).items()}
        facts |= {f"/parent/data{name}": of_rows(name, kind) for name, kind in parent.items()}
        for name, raw in items(entity.get("refuses")):
            where = pointers.join(["refuses", name], base)
            yield from parse(raw.get("when"), fields=facts, pointer=f"{where}/when")[1]
            yield from _field(context, key, raw.get("at"), f"{where}/at")


@check
def steps_filled_in(context: Context) -> Iterator[Problem]:
    """The form of a step that is filled in from a part has these fields, and so has the part."""
    for name, definition in items(context.section("lifecycles")):
        for key, step in items(definition.get("transitions")):
            raw = step.get("takes_from")
            if not isinstance(raw, dict):
                continue
            where = pointers.join(["lifecycles", name, "transitions", key, "takes_from"])
            yield from context.refer(raw.get("entity"), "/forms", f"{where}/entity")
            for target, source in (raw.get("take") or {}).items():
                place = f"{where}/take/{pointers.escape(target)}"
                yield from _field(context, str(step.get("form")), target, place)
                yield from _field(context, str(raw.get("entity")), source, place)
            for target in raw.get("set") or {}:
                yield from _field(
                    context, str(step.get("form")), target, f"{where}/set/{pointers.escape(target)}"
                )


@check
def steps_continued(context: Context) -> Iterator[Problem]:
    """The fields that open with what was written last are fields of the step's form."""
    for name, definition in items(context.section("lifecycles")):
        for key, step in items(definition.get("transitions")):
            where = pointers.join(["lifecycles", name, "transitions", key, "continues"])
            for index, field in entries(step.get("continues")):
                yield from _field(context, str(step.get("form")), field, f"{where}/{index}")


@check
def steps_that_know(context: Context) -> Iterator[Problem]:
    """The earlier steps that know an answer are steps of the lifecycle, and the fields are fields of the forms."""
    for name, definition in items(context.section("lifecycles")):
        known = dict(items(definition.get("transitions")))
        for key, step in known.items():
            for where, rows in _pairs(step.get("known_from")):
                base = pointers.join(["lifecycles", name, "transitions", key, "known_from", where])
                yield from _field(context, str(step.get("form")), where, base)
                for index, one in entries(rows):
                    other = known.get(str(one.get("step"))) if isinstance(one, dict) else None
                    if other is None:
                        message, remedy = msg("There is no step %(field)s"), msg("Correct the pointer")
                        said = str(one.get("step")) if isinstance(one, dict) else ""
                        yield context.problem(
                            "lifecycle.step", message, f"{base}/{index}", remedy, field=said
                        )
                        continue
                    yield from _field(
                        context, str(other.get("form")), one.get("field"), f"{base}/{index}/field"
                    )


def _pairs(raw: object) -> Iterator[tuple[str, object]]:
    yield from raw.items() if isinstance(raw, dict) else ()


@check
def steps_because_of(context: Context) -> Iterator[Problem]:
    """The earlier steps that a step follows from are steps of the lifecycle, and the field is one of its form."""
    for name, definition in items(context.section("lifecycles")):
        known = dict(items(definition.get("transitions")))
        for key, step in known.items():
            raw = step.get("because_of")
            if not isinstance(raw, dict):
                continue
            where = pointers.join(["lifecycles", name, "transitions", key, "because_of"])
            yield from _field(context, str(step.get("form")), raw.get("by"), f"{where}/by")
            named = raw.get("steps")
            for value, names in named.items() if isinstance(named, dict) else ():
                for index, one in entries(names):
                    if isinstance(one, str) and one not in known:
                        place = f"{where}/steps/{pointers.escape(value)}/{index}"
                        message, remedy = msg("There is no step %(field)s"), msg("Correct the pointer")
                        yield context.problem("lifecycle.step", message, place, remedy, field=one)


@check
def steps_followed(context: Context) -> Iterator[Problem]:
    """The step that a step follows is one of the lifecycle, and the field is one of its form."""
    for name, definition in items(context.section("lifecycles")):
        known = dict(items(definition.get("transitions")))
        for key, step in known.items():
            raw = step.get("follows")
            if not isinstance(raw, dict):
                continue
            where = pointers.join(["lifecycles", name, "transitions", key, "follows"])
            before = known.get(str(raw.get("step")))
            if before is None:
                message, remedy = msg("There is no step %(field)s"), msg("Correct the pointer")
                yield context.problem(
                    "lifecycle.step", message, f"{where}/step", remedy, field=raw.get("step")
                )
            else:
                yield from _field(context, str(before.get("form")), raw.get("by"), f"{where}/by")


def _field(context: Context, form: str, field: Any, where: str) -> Iterator[Problem]:
    known = context.fields(form)
    if isinstance(field, str) and known is not None and field not in known:
        yield context.problem(
            "form.field", msg("There is no field %(field)s"), where, msg("Correct the pointer"), field=field
        )
