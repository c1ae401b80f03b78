"""Documents in their surroundings: what they state stands somewhere, who signs and receives them exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import FieldType, parse
from portal.core.documents import GIVEN, LISTS
from portal.core.errors import Problem, msg
from portal.core.facts import facts
from portal.core.packs.check.naming import (
    children_of,
    code_pattern,
    fields_under,
    lifecycles_of,
    refer_actors,
    refer_entity,
    unknown,
)
from portal.core.packs.check.registry import Context, check, entries, items
from portal.core.packs.resolve import Resolved
from portal.core.papers import Template, template_of

_ACTORS = ("issued_by", "to", "signatures")


@check
def documents(context: Context) -> Iterator[Problem]:
    """Documents can be numbered, signed, sent, filed and made from what is known."""
    for code, document in items(context.section("documents")):
        where = pointers.join(["documents", code])
        yield from refer_entity(context, document.get("entity"), f"{where}/entity")
        yield from context.refer(document.get("form"), "/forms", f"{where}/form")
        yield from _condition(context, document, where)
        for name in _ACTORS:
            yield from refer_actors(context, document.get(name), f"{where}/{name}")
        yield from code_pattern(context, document.get("number"), f"{where}/number")
        yield from _filed(context, code, document, where)
        yield from _template(context, document, where)
        yield from _fields(context, document, where)


def _condition(context: Context, document: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Yield the problems of the condition on the records about which a document is issued."""
    entity = document.get("entity")
    if "when" not in document or not isinstance(entity, str):
        return
    known = fields_under(context, [entity], "/data")
    if known is not None:
        known |= {f"/lanes/{one}": FieldType("string") for one in _lanes(context, entity)}
        known["/stage"] = FieldType("string")
    yield from context.relocate(
        parse(document["when"], fields=known, pointer="", counts=False)[1], f"{where}/when"
    )


def _lanes(context: Context, entity: str) -> Iterator[str]:
    for lifecycle in lifecycles_of(context, entity):
        for key, stage in items(lifecycle.get("stages")):
            if stage.get("parallel"):
                yield key


def _filed(context: Context, code: str, document: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for index, other in entries(document.get("instead_of")):
        place = f"{where}/instead_of/{index}"
        yield from context.refer(other, "/documents", place)
        if other == code:
            yield context.problem(
                "document.itself",
                msg("A document can't stand for itself"),
                place,
                msg("Name another document, or leave it out"),
            )
    known = pointers.get(context.bundle, "/settings/values/retention", {})
    retention = document.get("retention")
    if isinstance(retention, str) and retention not in known:
        message = msg("There is no retention class %(target)s among the values of the settings")
        yield unknown(context, "document.retention", message, retention, known, f"{where}/retention")


def _template(context: Context, document: Mapping[str, Any], where: str) -> Iterator[Problem]:
    template = document.get("template")
    if not isinstance(template, str):
        return
    known = _assets(context)
    name = template.rpartition("/")[2]
    if name not in known:
        message = msg("There is no asset %(target)s")
        places = {f"assets/{one}" for one in known}
        yield unknown(context, "document.template", message, template, places, f"{where}/template")
        return
    read = _read(known[name])
    for problem in read.problems:
        at = context.problem(problem.code, problem.message, f"{where}/template", problem.remedy)
        yield replace(at, params=problem.params)
    yield from _places(context, document, read, f"{where}/template")


def _assets(context: Context) -> dict[str, bytes]:
    """Return the assets of a chain by their names; those of the nearest pack count."""
    return {
        name.rpartition("/")[2]: content
        for layer in context.resolved.chain
        for name, content in layer.assets.items()
    }


@lru_cache(maxsize=256)
def _read(content: bytes) -> Template:
    """Return what a template states and what is wrong with it; looked into once, however often a draft is checked."""
    return template_of(content)


def _places(context: Context, document: Mapping[str, Any], read: Template, where: str) -> Iterator[Problem]:
    """Yield the places of a template that name nothing which the document states."""
    fields = dict(items(document.get("fields")))
    known = {**{key: str(field.get("title", "")) for key, field in fields.items()}, **GIVEN}
    lists = {key for key, field in fields.items() if field.get("kind") == "strings"} | LISTS
    told: set[str] = set()
    for place in read.places:
        if place.name in told:
            continue
        if place.name not in known:
            told.add(place.name)
            message = msg("The template states %(target)s, which the document does not have")
            yield unknown(context, "template.unknown", message, place.name, known, where)
        elif place.repeated and place.name not in lists:
            told.add(place.name)
            yield context.problem(
                "template.list",
                msg("The template repeats %(name)s, which is no list"),
                where,
                msg("Repeat a field of the kind strings"),
                name=place.name,
            )


def _fields(context: Context, document: Mapping[str, Any], where: str) -> Iterator[Problem]:
    readable = _readable(context, document)
    for key, field in items(document.get("fields")):
        place = pointers.join(["fields", key], where)
        yield from context.refer(field.get("taxonomy"), "/taxonomies", f"{place}/taxonomy")
        yield from _preset(context, field, f"{place}/preset")
        source = field.get("from")
        if readable is None or not isinstance(source, str):
            continue
        if source not in readable:
            message = msg("The document can't read %(target)s")
            yield unknown(context, "document.field", message, source, readable, f"{place}/from")
        elif not _fits(readable[source].type, field.get("kind"), source):
            yield context.problem(
                "document.kind",
                msg("%(field)s is of the kind %(found)s"),
                f"{place}/kind",
                msg("Use the kind %(wanted)s"),
                field=source,
                found=readable[source].type,
                wanted=_wanted(readable[source].type, source),
            )


def _preset(context: Context, field: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Yield a problem where a control would hold what its kind can't say, or there is no control."""
    preset = field.get("preset")
    yes_no = field.get("kind") == "boolean"
    if preset is not None and (yes_no != isinstance(preset, bool) or not field.get("asked")):
        yield context.problem(
            "document.preset",
            msg("%(value)s can't be preset here"),
            where,
            msg("Preset what is asked: true or false of a question, a text of the rest"),
            value=str(preset),
        )


def _wanted(kind: str, source: str) -> str:
    return "strings" if "*" in pointers.split(source) else kind


def _fits(found: str, kind: Any, source: str) -> bool:
    return found == "any" or _wanted(found, source) == kind


def _readable(context: Context, document: Mapping[str, Any]) -> dict[str, FieldType] | None:
    """Return the facts that the document may state; None, anything, where a form can't be read."""
    entity, form = document.get("entity"), document.get("form")
    found = facts(["centre"])
    if isinstance(entity, str):
        found |= facts(["record", "referral", "clock"])
    pieces = (
        ([entity] if isinstance(entity, str) else [], "/data"),
        (children_of(context, str(entity)), "/parties/*"),
        ([form] if isinstance(form, str) else [], "/form"),
    )
    for forms, prefix in pieces:
        fields = fields_under(context, forms, prefix)
        if fields is None:
            return None
        found |= fields
    return found


def left_out(resolved: Resolved) -> list[Problem]:
    """Return a note for each document whose template leaves out something that the document states."""
    context, found = Context(resolved), []
    for code, document in items(context.section("documents")):
        content = _assets(context).get(str(document.get("template")).rpartition("/")[2])
        stated = {one.name for one in _read(content).places} if content is not None else {"paper_rows"}
        lost = [
            str(field.get("title"))
            for key, field in items(document.get("fields"))
            if key not in stated and not field.get("hidden")
        ]
        if lost and "paper_rows" not in stated:
            found.append(
                context.problem(
                    "document.left_out",
                    msg("The template leaves out what the document states: %(fields)s"),
                    pointers.join(["documents", code, "template"]),
                    msg("Add their places to the template, or hide the fields"),
                    severity="note",
                    fields="、".join(lost),
                )
            )
    return found


def without_template(resolved: Resolved) -> list[Problem]:
    """Return a note for each document that has no template of its own: it is printed plainly."""
    context = Context(resolved)
    return [
        context.problem(
            "document.plain",
            msg("The document has no template; it is printed plainly"),
            pointers.join(["documents", code]),
            msg("Add a template where the paper has a form of its own"),
            severity="note",
        )
        for code, document in items(context.section("documents"))
        if "template" not in document
    ]
