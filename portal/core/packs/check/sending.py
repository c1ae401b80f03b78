"""Forms that can be sent: each field that must be filled in can be filled in, and some person may send the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.access import ADD, ANY
from portal.core.errors import Problem, msg
from portal.core.packs.check.naming import entity_types
from portal.core.packs.check.registry import Context, check, items
from portal.core.packs.places import said

_WRITABLE = (None, "write")
_REMEDY = msg('Take it out of "required" too, give it a "default", or show it')


@check
def required_fields(context: Context) -> Iterator[Problem]:
    """No field that must be filled in is hidden, read-only or without a place of its own."""
    for key, definition in items(context.section("forms")):
        schema = definition.get("schema")
        if isinstance(schema, dict) and context.fields(key) is not None:
            for field, named_at, described in _demanded(schema, "", "/schema", schema):
                yield from _fillable(context, key, definition, field, named_at, described)


def _fillable(
    context: Context,
    form: str,
    definition: Mapping[str, Any],
    field: str,
    named_at: str,
    described: Mapping[str, Any] | None,
) -> Iterator[Problem]:
    base = pointers.join(["forms", form])
    if described is None:
        yield context.problem(
            "form.required_unknown",
            msg("“%(field)s” must be filled in, but the form has no such field"),
            base + named_at,
            msg('Take it out of "required", or add the field'),
            field=field,
        )
        return
    if "default" in described or "const" in described:
        return
    found = _kept_from(definition.get("ui"), field, described)
    if found is not None:
        where, message = found
        yield context.problem(
            "form.required_closed",
            message,
            base
            + (
                where
                or f"{named_at.rpartition('/required')[0]}/properties/{field.rpartition('/')[2]}/readOnly"
            ),
            _REMEDY,
            field=str(described.get("title") or field),
        )


def _kept_from(ui: Any, field: str, described: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the place that keeps everybody from filling a field in, with the message; None where nothing does."""
    if described.get("readOnly") is True:
        return "", msg("“%(field)s” must be filled in, but nobody can: it is read-only")
    ui = ui if isinstance(ui, dict) else {}
    fields, sections = ui.get("fields"), ui.get("sections")
    fields = fields if isinstance(fields, dict) else {}
    sections = sections if isinstance(sections, dict) else {}
    around = field
    while around:
        shown = fields.get(around)
        at = pointers.join(["ui", "fields", around])
        if isinstance(shown, dict):
            if shown.get("hidden") is True or shown.get("widget") == "hidden":
                key = "hidden" if shown.get("hidden") is True else "widget"
                return f"{at}/{key}", msg("“%(field)s” must be filled in, but nobody can: it is hidden")
            if shown.get("readonly") is True:
                return f"{at}/readonly", msg("“%(field)s” must be filled in, but nobody can: it is read-only")
        around = around.rpartition("/")[0]
    return None


def _demanded(
    schema: Mapping[str, Any], field: str, where: str, whole: Mapping[str, Any]
) -> Iterator[tuple[str, str, Mapping[str, Any] | None]]:
    """Yield each field that may have to be filled in: its pointer, where that is said, how the schema describes it.

    What is demanded under a condition counts too: it stops those whom the condition meets.
    """
    for part, at in _branches(schema, where):
        for index, name in enumerate(part["required"] if isinstance(part.get("required"), list) else ()):
            inner = pointers.join([str(name)], field)
            yield inner, f"{at}/required/{index}", _described(whole, inner)
        properties = part.get("properties")
        for name, member in items(properties):
            if isinstance(part.get("required"), list) and name in part["required"]:
                inner = pointers.join([name], field)
                yield from _demanded(member, inner, pointers.join(["properties", name], at), whole)


def _branches(schema: Mapping[str, Any], where: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    yield schema, where
    for index, part in enumerate(schema["allOf"] if isinstance(schema.get("allOf"), list) else ()):
        if isinstance(part, dict):
            yield from _branches(part, f"{where}/allOf/{index}")
    if "if" in schema:
        for key in ("then", "else"):
            if isinstance(schema.get(key), dict):
                yield from _branches(schema[key], f"{where}/{key}")


def _described(schema: Mapping[str, Any], field: str) -> Mapping[str, Any] | None:
    """Return how a schema describes a field, {} where its own words do not reach; None where it has none."""
    here: Any = schema
    for name in pointers.split(field):
        if not isinstance(here, dict):
            return {}
        members = here.get("properties")
        if isinstance(members, dict) and name in members:
            here = members[name]
        elif "$ref" in here or "oneOf" in here or "anyOf" in here or "allOf" in here or "if" in here:
            found = (
                _described(part, pointers.join([name])) for part, _ in _branches(here, "") if part is not here
            )
            here = next((one for one in found if one), {} if "$ref" in here or "oneOf" in here else None)
        elif here.get("additionalProperties", True) is not True or "patternProperties" in here:
            return {}
        else:
            return None
    return here if isinstance(here, dict) else {} if here is not None else None


@check
def senders(context: Context) -> Iterator[Problem]:
    """Each type of record can be entered by some role that may fill in what must be filled in."""
    roles = [role for _, role in items(context.section("roles")) if role.get("hidden") is not True]
    if not roles:
        return
    for key, form in entity_types(context).items():
        entity = form.get("entity")
        if not isinstance(entity, dict) or entity.get("parent"):
            continue  # rows of another record are entered with it
        able = [role for role in roles if _may_add(role, key)]
        if not able:
            yield context.problem(
                "form.nobody",
                msg("No role may enter this form"),
                pointers.join(["forms", key]),
                msg('Give a role "add" for %(form)s in roles.json'),
                form=key,
            )
            continue
        schema = form.get("schema")
        required = schema.get("required") if isinstance(schema, dict) else None
        for index, name in enumerate(required if isinstance(required, list) else ()):
            if not any(_level(role, key, f"/{name}") in _WRITABLE for role in able):
                yield context.problem(
                    "form.nobody_fills",
                    msg("“%(field)s” must be filled in, but no role that enters the form may write it"),
                    pointers.join(["forms", key, "schema", "required", index]),
                    msg('Let one of these roles write it: "fields" in roles.json'),
                    field=_title(schema, str(name)),
                )


def _title(schema: Any, name: str) -> str:
    """Return what a field of a form is called; its name where it bears no title."""
    return said(pointers.get(schema, pointers.join(["properties", name, "title"]), None), name)


def _may_add(role: Mapping[str, Any], entity: str) -> bool:
    grants = role.get("grants")
    found = [grants.get(entity), grants.get(ANY)] if isinstance(grants, dict) else []
    return any(isinstance(actions, list) and (ADD in actions or ANY in actions) for actions in found)


def _level(role: Mapping[str, Any], entity: str, field: str) -> Any:
    fields = role.get("fields")
    levels = fields.get(entity) if isinstance(fields, dict) else None
    return levels.get(field) if isinstance(levels, dict) else None
