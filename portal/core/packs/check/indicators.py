"""Indicators in their surroundings: types, fields that are not personal, codes they compare with, and their pairs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import FieldType, parse
from portal.core.conditions.model import Field, Value, atoms
from portal.core.errors import Problem, msg
from portal.core.indicators.checking import CONDITIONS, check_indicator
from portal.core.indicators.sorts import SORTS
from portal.core.packs.check.naming import lifecycles_of, refer_all, refer_entity, unknown
from portal.core.packs.check.personal import class_of
from portal.core.packs.check.registry import Context, check, entries, items
from portal.core.packs.check.worklists import CODES, FACT_STATES
from portal.core.values import LIST

_CODES = {**CODES, "/document/document": "/documents", "/record/route": "/routes"}
_QUESTION = "/evaluation/question"


@check
def indicators(context: Context) -> Iterator[Problem]:
    """Indicators count things that there are, compare with codes that there are, and name each other."""
    for key, definition in items(context.section("indicators")):
        where = pointers.join(["indicators", key])
        yield from refer_entity(context, definition.get("entity"), f"{where}/entity")
        yield from refer_all(context, "indicator", definition.get("pairs"), f"{where}/pairs")
        if where not in context.broken:
            yield from _personal(context, definition, where)
            columns = _columns(context, str(definition.get("entity", "")), str(definition["of"]))
            yield from context.relocate(check_indicator(definition, columns), where)
            yield from _codes(context, definition, where)


@check
def meetings(context: Context) -> Iterator[Problem]:
    """Meetings, and what needs a second person, name figures that there are."""
    settings = context.section("settings")
    board = settings.get("board") if isinstance(settings, Mapping) else None
    held = board.get("meetings") if isinstance(board, Mapping) else None
    asked = board.get("second_person") if isinstance(board, Mapping) else None
    if isinstance(asked, Mapping):
        where = pointers.join(["settings", "board", "second_person"])
        yield from refer_all(context, "indicator", asked.get("indicators"), f"{where}/indicators")
    for key, one in items(held or {}):
        where = pointers.join(["settings", "board", "meetings", key])
        yield from refer_all(context, "indicator", one.get("indicators"), f"{where}/indicators")


@check
def class_tables(context: Context) -> Iterator[Problem]:
    """Tables of classes name dispute types that there are, each in one class."""
    settings = context.section("settings")
    board = settings.get("board") if isinstance(settings, Mapping) else None
    held = board.get("tables") if isinstance(board, Mapping) else None
    for key, one in items(held or {}):
        seen: set[str] = set()
        for name, row in items(one.get("rows")):
            where = pointers.join(["settings", "board", "tables", key, "rows", name, "types"])
            for index, kind in entries(row.get("types")):
                at = f"{where}/{index}"
                yield from context.refer(kind, "/taxonomies/dispute/terms", at)
                if kind in seen:
                    message = msg("%(type)s stands in two classes of the table")
                    yield context.problem("table.twice", message, at, msg("Leave it in one"), type=kind)
                seen.add(str(kind))


def _columns(context: Context, entity: str, of: str) -> Mapping[str, FieldType] | None:
    """Return the fields of a type that figures may read, its lanes, steps and events; None where its form is broken."""
    if not SORTS[of].fields:
        return {}
    fields = context.fields(entity)
    if fields is None:
        return None
    found = {
        f"/data{name}": kind
        for name, kind in fields.items()
        if "*" not in name and kind.kind not in ("", LIST) and not class_of(context, entity, name)
    }
    for lifecycle in lifecycles_of(context, entity):
        for key, stage in items(lifecycle.get("stages")):
            if stage.get("parallel"):
                found[f"/lanes/{key}"] = FieldType("string")
        found |= {f"/steps/{key}": FieldType("boolean") for key, _ in items(lifecycle.get("transitions"))}
    return found | {f"/events/{key}": FieldType("boolean") for key in _of_periods(context)}


def _of_periods(context: Context) -> set[str]:
    """Return the events by which some period starts or ends: only these are kept with a record."""
    periods = [one for _, one in items(context.section("deadlines"))]
    named = (one.get(name) for one in periods for name in ("starts", "ends"))
    return {str(event) for events in named if isinstance(events, list) for event in events}


def _personal(context: Context, definition: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Yield each personal field that a figure would count by."""
    for name, field, at in _compared(definition):
        pointer = field.removeprefix("/data")
        if field.startswith("/data/") and class_of(context, str(definition.get("entity", "")), pointer):
            yield context.problem(
                "indicator.personal",
                msg("Figures must not count by %(field)s, which is personal data"),
                f"{where}/{name}{at}/field",
                msg("Count matters, not persons"),
                field=field,
            )


def _compared(definition: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield each field that a condition compares: the condition, the field and its place there."""
    for name in CONDITIONS:
        condition = parse(definition[name], counts=False)[0] if name in definition else None
        for atom in atoms(condition) if condition is not None else ():
            if isinstance(atom.subject, Field):
                yield name, atom.subject.name, atom.pointer


def _codes(context: Context, definition: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Yield each code in the conditions that names nothing, such as a stage that no lifecycle has."""
    entity = str(definition.get("entity", ""))
    for name in CONDITIONS:
        condition = parse(definition[name], counts=False)[0] if name in definition else None
        for atom in atoms(condition) if condition is not None else ():
            if not isinstance(atom.subject, Field) or not isinstance(atom.operand, Value):
                continue
            known = _known(context, entity, atom.subject.name)
            value = atom.operand.value
            for code in value if isinstance(value, tuple) else (value,):
                if known is not None and isinstance(code, str) and code not in known:
                    message = msg("%(target)s is the name of nothing")
                    place = f"{where}/{name}{atom.pointer}/value"
                    yield unknown(context, "indicator.code", message, code, known, place)


def _known(context: Context, entity: str, field: str) -> Collection[str] | None:
    """Return the codes that a field may have; None where any text may stand."""
    if field == "/record/stage":
        return {key for one in lifecycles_of(context, entity) for key, _ in items(one.get("stages"))}
    if field == _QUESTION:
        found = pointers.get(context.bundle, "/settings/lookup/questions", {})
        return found if isinstance(found, dict) else {}
    if field.startswith("/data/"):
        return context.options(entity).get(field.removeprefix("/data"))
    section = _CODES.get(field)
    if section is not None:
        found = pointers.get(context.bundle, section, {})
        return found if isinstance(found, dict) else {}
    return FACT_STATES.get(field)
