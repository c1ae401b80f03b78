"""Personal data: what roles say of fields exists, and nothing lets personal data out by another way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs.check.forms import named_fields
from portal.core.packs.check.registry import Context, check, items
from portal.core.packs.check.rules import users_of

_SECTIONS = ("/index/", "/fields/", "/list/filters/", "/list/order")


@check
def role_fields(context: Context) -> Iterator[Problem]:
    """The entity types, the forms of steps and the fields of which roles speak exist."""
    for role, definition in items(context.section("roles")):
        granted = definition.get("grants")
        for entity, levels in items(definition.get("fields")):
            where = pointers.join(["roles", role, "fields", entity])
            yield from context.refer(entity, "/forms", where)
            of_step = context.section("forms").get(entity, {}).get("kind") == "form"
            if (
                entity in context.section("forms")
                and not of_step
                and isinstance(granted, dict)
                and not granted.get(entity)
            ):
                yield context.problem(
                    "role.fields",
                    msg("The role may do nothing with %(entity)s, so it need not speak of its fields"),
                    where,
                    msg("Take this out, or grant the role an action"),
                    entity=entity,
                )
            yield from _levels(context, entity, levels, where)


def _levels(context: Context, entity: str, levels: Mapping[str, Any], where: str) -> Iterator[Problem]:
    fields, titled = context.fields(entity), _in_title(context, entity)
    for field, level in levels.items():
        at = pointers.join([field], where)
        if fields is not None and field not in fields:
            yield context.problem(
                "form.field",
                msg("There is no field %(field)s"),
                at,
                msg("Correct the pointer, or use one of: %(known)s"),
                field=field,
                known=", ".join(sorted(fields)),
            )
        elif level in ("hidden", "masked") and field in titled and not class_of(context, entity, field):
            yield context.problem(
                "role.title",
                msg("%(field)s is part of the title, which everybody reads who sees the record"),
                at,
                msg("Declare the field personal, or take it out of the title"),
                field=field,
            )


@check
def open_columns(context: Context) -> Iterator[Problem]:
    """Lists are not filtered or sorted by personal data: that would tell it one question at a time."""
    for key, definition in items(context.section("forms")):
        entity = definition.get("entity")
        for where, field in named_fields(entity) if isinstance(entity, dict) else ():
            if where.startswith(_SECTIONS) and class_of(context, key, field):
                yield context.problem(
                    "form.personal",
                    msg("Lists cannot be filtered or sorted by %(field)s, which is personal data"),
                    pointers.join(["forms", key, "entity"]) + where,
                    msg("Take it out: people are found by the search box, by whole names and numbers"),
                    field=field,
                )


@check
def rules_read(context: Context) -> Iterator[Problem]:
    """Rules read no personal data: their reasons and their facts are shown in clear."""
    for key, rules in items(context.section("rules")):
        users = [form for form, _ in users_of(context, key)]
        for name, declared in items(rules.get("inputs")):
            source = declared.get("from")
            if isinstance(source, str) and any(class_of(context, form, source) for form in users):
                yield context.problem(
                    "rules.personal",
                    msg("Rules must not read %(field)s, which is personal data"),
                    pointers.join(["rules", key, "inputs", name, "from"]),
                    msg("Decide by the matter, not by the person"),
                    field=source,
                )


def class_of(context: Context, form: str, field: str) -> str:
    """Return the class of a field, or of something in it or around it; empty where nothing is personal."""
    definition = context.section("forms").get(form)
    ui = definition.get("ui") if isinstance(definition, dict) else None
    for where, shown in items(ui.get("fields") if isinstance(ui, dict) else None):
        near = where == field or where.startswith(field + "/") or field.startswith(where + "/")
        if near and shown.get("sensitivity"):
            return str(shown["sensitivity"])
    return ""


def _in_title(context: Context, form: str) -> set[str]:
    definition = context.section("forms").get(form)
    entity = definition.get("entity") if isinstance(definition, dict) else None
    return (
        {"/" + field.lstrip("/") for where, field in named_fields(entity) if where == "/title"}
        if isinstance(entity, dict)
        else set()
    )
