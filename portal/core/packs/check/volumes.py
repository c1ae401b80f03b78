"""Volumes in their surroundings: the classes they are kept in exist, their conditions read what a record holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import FieldType, parse
from portal.core.errors import Problem, msg
from portal.core.facts import facts
from portal.core.packs.check.lifecycles import of_rows
from portal.core.packs.check.naming import code_pattern, refer_entity, unknown
from portal.core.packs.check.registry import Context, check, entries, items


@check
def kept_volumes(context: Context) -> Iterator[Problem]:
    """Volumes are of types that there are, and are kept in classes that there are."""
    settings = context.section("settings")
    archive = settings.get("archive") if isinstance(settings, dict) else None
    raw: dict[str, Any] = archive if isinstance(archive, dict) else {}
    classes = dict(items(raw.get("classes")))
    yield from code_pattern(
        context, raw.get("destruction"), pointers.join(["settings", "archive", "destruction"])
    )
    for etype, one in items(raw.get("volumes")):
        where = pointers.join(["settings", "archive", "volumes", etype])
        yield from refer_entity(context, etype, where)
        yield from _class(context, one.get("class"), classes, f"{where}/class")
        for index, other in entries(one.get("along")):
            yield from refer_entity(context, other, f"{where}/along/{index}")
        yield from context.refer(one.get("cover"), "/documents", f"{where}/cover")
        for name, case in items(one.get("cases")):
            place = pointers.join(["cases", name], where)
            yield from _class(context, case.get("class"), classes, f"{place}/class")
            yield from _reads(context, etype, case.get("when"), f"{place}/when")


@check
def held_documents(context: Context) -> Iterator[Problem]:
    """The condition under which a file must hold a document reads what a record of its type holds."""
    for code, document in items(context.section("documents")):
        if "archive_when" not in document:
            continue
        where = pointers.join(["documents", code, "archive_when"])
        if document.get("archive") != "required" or not isinstance(document.get("entity"), str):
            yield context.problem(
                "document.archive",
                msg("Only a document that a file must hold has a condition for it"),
                where,
                msg("Say archive: required and the entity, or leave the condition out"),
            )
            continue
        yield from _reads(context, document["entity"], document["archive_when"], where)


def _class(context: Context, name: Any, known: dict[str, Any], where: str) -> Iterator[Problem]:
    if isinstance(name, str) and name not in known:
        message = msg("There is no class %(target)s of keeping in the settings")
        yield unknown(context, "archive.class", message, name, known, where)


def _reads(context: Context, etype: str, raw: Any, where: str) -> Iterator[Problem]:
    fields = context.fields(etype)
    if fields is None or raw is None:
        return
    known: dict[str, FieldType] = facts(["record"])
    known |= {f"/data{name}": of_rows(name, kind) for name, kind in fields.items()}
    yield from context.relocate(parse(raw, fields=known, pointer="", counts=False)[1], where)
