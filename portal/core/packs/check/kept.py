"""What an entity type keeps: matters from a unit, words from lists, fields from the other side."""

from __future__ import annotations

from collections.abc import Iterator

from portal.core import pointer as pointers
from portal.core.conditions import parse
from portal.core.errors import Problem, msg
from portal.core.kinds import KINDS
from portal.core.packs.check.lifecycles import of_rows
from portal.core.packs.check.registry import Context, check, items


@check
def kept_from(context: Context) -> Iterator[Problem]:
    """It exists and holds a unit."""
    for key, definition in items(context.section("forms")):
        entity, fields = definition.get("entity"), context.fields(key)
        where = entity.get("kept_from") if isinstance(entity, dict) else None
        if where is None or fields is None:
            continue
        found = fields.get(str(where))
        if found is None or found.type != "unit" or "unit" not in KINDS:
            yield context.problem(
                "entity.kept_from",
                msg("%(field)s is no field that holds a unit"),
                pointers.join(["forms", key, "entity", "kept_from"]),
                msg("Name a field with the format unit-code"),
                field=where,
            )


@check
def discreet(context: Context) -> Iterator[Problem]:
    """The condition reads fields of its own form."""
    for key, definition in items(context.section("forms")):
        entity, fields = definition.get("entity"), context.fields(key)
        if isinstance(entity, dict) and "discreet" in entity and fields is not None:
            known = {name: of_rows(name, kind) for name, kind in fields.items()}
            where = pointers.join(["forms", key, "entity", "discreet"])
            yield from parse(entity["discreet"], fields=known, pointer=where)[1]


@check
def withheld(context: Context) -> Iterator[Problem]:
    """Each field is personal, and its condition reads fields of its own form."""
    for key, definition in items(context.section("forms")):
        entity, fields = definition.get("entity"), context.fields(key)
        said = entity.get("withheld") if isinstance(entity, dict) else None
        if not isinstance(said, dict) or fields is None:
            continue
        shown = definition.get("ui", {}).get("fields", {})
        for where, when in said.items():
            at = pointers.join(["forms", key, "entity", "withheld", where])
            if not shown.get(where, {}).get("sensitivity"):
                message = msg("%(field)s is no personal field of the form")
                yield context.problem("entity.withheld", message, at, field=where)
            # In a row, ``*`` means that row.
            yield from parse(when, fields=fields, pointer=at)[1]
