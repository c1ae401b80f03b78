"""Forms and entity types: the form itself, and what its entity part names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from portal.core import pointer as pointers
from portal.core.actors import EVERY_PARTY
from portal.core.columns import COLUMNS
from portal.core.errors import Problem, msg
from portal.core.forms import check_form
from portal.core.packs.check.naming import code_pattern, party_roles, unknown
from portal.core.packs.check.registry import Context, check, entries, items
from portal.core.parties import fields_of_party
from portal.core.table import derived

# What a record has beside its columns, and titles may name.
_OF_RECORD = frozenset({"uid", "release", "parent", "updated_by", "version"})
_PLACE = re.compile(r"\{([^{}]+)\}")


@derived
def record_columns() -> frozenset[str]:
    """Return the names that lists, filters and titles may use of every record."""
    return frozenset(COLUMNS) | _OF_RECORD


@check
def forms(context: Context) -> Iterator[Problem]:
    """Each form compiles."""
    for key, definition in items(context.section("forms")):
        if isinstance(definition.get("schema"), dict):
            found = context.memo.once("form", definition, partial(check_form, definition))
            remedy = msg("Add the field to the schema, or take it out here")
            for problem in context.relocate(found, pointers.join(["forms", key])):
                yield replace(problem, remedy=remedy) if problem.code == "ui.field" else problem


@check
def pickers(context: Context) -> Iterator[Problem]:
    """The taxonomies and the types of records that pickers offer exist."""
    for key, definition in items(context.section("forms")):
        ui = definition.get("ui")
        for field, shown in items(ui.get("fields") if isinstance(ui, dict) else None):
            where = pointers.join(["forms", key, "ui", "fields", field, "taxonomy"])
            yield from context.refer(shown.get("taxonomy"), "/taxonomies", where)
            of = pointers.join(["forms", key, "ui", "fields", field, "entity"])
            yield from context.refer(shown.get("entity"), "/forms", of)


@check
def entity_references(context: Context) -> Iterator[Problem]:
    """What an entity type names exists, and its codes can be written."""
    for key, entity in _entities(context):
        base = pointers.join(["forms", key, "entity"])
        yield from context.refer(entity.get("lifecycle"), "/lifecycles", f"{base}/lifecycle")
        yield from context.refer(entity.get("parent"), "/forms", f"{base}/parent")
        yield from context.refer(entity.get("deadline"), "/deadlines", f"{base}/deadline")
        for name, section in (("rules", "/rules"), ("roles", "/roles")):
            for index, target in entries(entity.get(name)):
                yield from context.refer(target, section, f"{base}/{name}/{index}")
        yield from code_pattern(context, entity.get("code"), f"{base}/code")
        lifecycle = context.section("lifecycles").get(str(entity.get("lifecycle")))
        if isinstance(lifecycle, dict) and lifecycle.get("entity") != key:
            yield context.problem(
                "form.lifecycle",
                msg("The lifecycle %(lifecycle)s is for another entity type"),
                f"{base}/lifecycle",
                msg("Name a lifecycle whose entity is %(entity)s"),
                lifecycle=entity.get("lifecycle"),
                entity=key,
            )


@check
def entity_fields(context: Context) -> Iterator[Problem]:
    """The fields that an entity type promotes, indexes, lists and puts into its title exist."""
    for key, entity in _entities(context):
        fields = context.fields(key)
        if fields is None:
            continue
        for where, field in named_fields(entity):
            if field not in fields and field not in record_columns():
                close = difflib.get_close_matches(field, [*fields, *record_columns()], n=1)
                yield context.problem(
                    "form.field",
                    msg("There is no field %(field)s"),
                    pointers.join(["forms", key, "entity"]) + where,
                    msg("Did you mean %(known)s?")
                    if close
                    else msg("Correct the pointer, or use one of: %(known)s"),
                    field=field,
                    known=", ".join(close or sorted(record_columns())),
                )


@check
def list_filters(context: Context) -> Iterator[Problem]:
    """The filters of a list have a column behind them; without one a list would not offer them."""
    for key, entity in _entities(context):
        fields, shown = context.fields(key), entity.get("list")
        names = shown.get("filters") if isinstance(shown, dict) else None
        if fields is None:
            continue
        for index, name in entries(names):
            # What is no field at all is told by ``entity_fields``.
            remedy = _unfiltered(entity, name) if name in fields or name in COLUMNS else ""
            if remedy:
                yield context.problem(
                    "form.filter",
                    msg("A list can't be filtered by %(field)s: no column holds it"),
                    pointers.join(["forms", key, "entity", "list", "filters", index]),
                    remedy,
                    field=name,
                    column=_promoted_as(entity, name),
                )


@check
def same_matters(context: Context) -> Iterator[Problem]:
    """What a person is known by, and what is offered of them, are fields of the form."""
    for key, entity in _entities(context):
        fields, same = context.fields(key), entity.get("same")
        known = same.get("known") if isinstance(same, dict) else None
        if fields is None or not isinstance(known, dict):
            continue
        for part in ("by", "details"):
            for index, field in entries(known.get(part)):
                if field not in fields:
                    yield context.problem(
                        "form.field",
                        msg("There is no field %(field)s"),
                        pointers.join(["forms", key, "entity", "same", "known", part, index]),
                        msg("Correct the pointer"),
                        field=field,
                    )


def _unfiltered(entity: Mapping[str, Any], name: str) -> str:
    """Return the remedy for a filter without a column; empty for one that has its column."""
    promoted, declared = entity.get("fields"), entity.get("index")
    column = COLUMNS.get(name)
    if column is None:
        if name in (declared if isinstance(declared, list) else ()):
            return ""
        if _promoted_as(entity, name):
            return msg("Name the column: %(column)s")
        return msg('Add %(field)s to "index"')
    if column.promoted and name not in (promoted if isinstance(promoted, dict) else {}):
        return msg('Say under "fields" which field fills %(field)s')
    return "" if column.filtered or name == "unit" else msg("Filter by “unit” instead")


def _promoted_as(entity: Mapping[str, Any], name: Any) -> str:
    promoted = entity.get("fields")
    found = promoted.items() if isinstance(promoted, dict) else ()
    return next((str(column) for column, field in found if field == name), "")


def _entities(context: Context) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, definition in items(context.section("forms")):
        entity = definition.get("entity")
        if definition.get("kind") == "entity" and isinstance(entity, dict):
            yield key, entity


def named_fields(entity: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each field that the entity part names, with the place where it does."""
    promoted = entity.get("fields")
    for column, field in promoted.items() if isinstance(promoted, dict) else ():
        if isinstance(field, str):
            yield f"/fields/{column}", field
    shown = entity.get("list")
    lists = {"/index": entity.get("index")}
    for name in ("columns", "filters", "search"):
        lists[f"/list/{name}"] = shown.get(name) if isinstance(shown, dict) else None
    for where, names in lists.items():
        yield from ((f"{where}/{index}", name) for index, name in entries(names) if isinstance(name, str))
    order = shown.get("order") if isinstance(shown, dict) else None
    if isinstance(order, str):
        yield "/list/order", order.removeprefix("-")
    for text in _texts(entity.get("title")):
        for name in _PLACE.findall(text):
            yield "/title", name if name in record_columns() else "/" + name.lstrip("/")


def _texts(text: Any) -> Iterator[str]:
    if isinstance(text, str):
        yield text
    elif isinstance(text, dict):
        yield from (value for value in text.values() if isinstance(value, str))


@check
def entity_part(context: Context) -> Iterator[Problem]:
    """An entity type has an entity part."""
    for key, definition in items(context.section("forms")):
        if definition.get("kind") == "entity" and not isinstance(definition.get("entity"), dict):
            yield context.problem(
                "form.entity",
                msg("An entity type needs an entity part"),
                pointers.join(["forms", key]),
                msg('Add "entity", or set "kind": "form"'),
            )


@check
def findings(context: Context) -> Iterator[Problem]:
    """What stands as a card on the page of a record is the form of a step, and shows fields that it has."""
    for key, definition in items(context.section("forms")):
        finding = definition.get("finding")
        if not isinstance(finding, dict):
            continue
        where = pointers.join(["forms", key, "finding"])
        if definition.get("kind") == "entity":
            yield context.problem(
                "form.finding",
                msg("Only the form of a step is a finding, not the form of a record"),
                where,
                msg("Take it out here, and write it into the form of the step"),
            )
        known = {"/" + pointers.split(name)[0] for name in context.fields(key) or ()}
        for index, field in entries(finding.get("first")):
            if known and field not in known:
                yield context.problem(
                    "form.field",
                    msg("There is no field %(field)s"),
                    f"{where}/first/{index}",
                    msg("Correct the pointer, or use one of: %(known)s"),
                    field=field,
                    known=", ".join(sorted(known)),
                )


@check
def parties(context: Context) -> Iterator[Problem]:
    """The fields by which a form tells parties are fields that it has."""
    for key, definition in items(context.section("forms")):
        known = context.fields(key)
        for name, entry in items(definition.get("parties")):
            where = pointers.join(["forms", key, "parties", name])
            if definition.get("kind") != "entity":
                yield context.problem(
                    "form.parties",
                    msg("Only the form of a record tells parties, not the form of a step"),
                    where,
                    msg("Take it out here, and write it into the form of the record"),
                )
            stands_as, roles = entry.get("as"), party_roles(context) - {EVERY_PARTY}
            if isinstance(stands_as, str) and stands_as not in roles:
                message = msg("No type for parties has the role %(target)s")
                yield unknown(context, "form.party", message, stands_as, roles, f"{where}/as")
            for place, field in fields_of_party(entry):
                if known is not None and field not in known:
                    yield context.problem(
                        "form.field",
                        msg("There is no field %(field)s"),
                        where + place,
                        msg("Correct the pointer, or use one of: %(known)s"),
                        field=field,
                        known=", ".join(sorted(known)),
                    )
