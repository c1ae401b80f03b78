"""Effects: what rules propose and what steps perform, all of them in one table.

An effect is ``{"do": name, ...}``. Rules write its parameters as literals, and a person decides; a step may also take
them from its form (``{"form": "/ptr"}``), from the record (``{"data": "/ptr"}``) or from the accepted proposal
(``{"proposal": true}``). There are no expressions, and no effect says something about a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.errors import msg
from portal.core.layout.model import TARGETS, TIERS
from portal.core.links import FOUND
from portal.core.table import Table

Where = Literal["rules", "steps"]
Schema = dict[str, Any]
RULES: frozenset[Where] = frozenset({"rules"})
STEPS: frozenset[Where] = frozenset({"steps"})
BOTH: frozenset[Where] = RULES | STEPS
# Where a parameter of a step may come from instead of standing there.
SOURCES = frozenset({"form", "data", "proposal"})

_CODE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"}
_TIME: Schema = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"}
_CODES: Schema = {
    "type": "array",
    "items": _CODE,
    "minItems": 1,
    "maxItems": 50,
    "uniqueItems": True,
    "x-merge": "set",
}
# Rows of a form's list; words, unit, person and due name the members in which these stand. Rows that are the whole plan
# leave none of the step's other tasks open; ``why`` says why one falls away.
_ROWS: Schema = {"type": "array", "items": {"type": "object"}, "maxItems": 100, "x-merge": "atomic"}
_TO: Schema = {
    "type": "object",
    "properties": {
        **dict.fromkeys(TARGETS, _CODE),
        "tier": {"enum": list(TIERS)},
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an effect: the schema of its literal, and the kind of thing that it names."""

    schema: Schema
    names: str = ""  # such as document, deadline, role; "to": a map of kind to name


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect: its words, its parameters, where it may stand, and which parameters tell two of a list apart."""

    name: str
    words: str
    parameters: Mapping[str, Parameter]
    where: frozenset[Where]
    needs: tuple[tuple[str, ...], ...] = ()  # of each group at least one is given
    key: tuple[str, ...] = ()
    empty: str = ""  # a parameter that may hold nothing: then there is nothing to be done
    leads: bool = False  # one matter has one: rules of equal priority must not propose different ones

    @property
    def single(self) -> bool:
        """Tell whether a list holds at most one of it, whatever it says."""
        return not self.key

    def schema(self, where: Where) -> Schema:
        """Return the JSON Schema of the effect as a rule or as a step writes it."""
        written = {
            name: known.schema if where == "rules" else {"anyOf": [known.schema, SOURCE]}
            for name, known in self.parameters.items()
        }
        demands = [
            {"required": list(group)}
            if len(group) == 1
            else {"anyOf": [{"required": [name]} for name in group]}
            for group in self.needs
        ]
        made: Schema = {
            "description": self.words,
            "properties": {"do": {"const": self.name}, **written},
            "additionalProperties": False,
        }
        for demand in demands:
            made.update(demand)
        return made

    def identity(self, raw: Mapping[str, Any]) -> str:
        """Return the key of an effect in a list: its name and its key parameters."""
        return canonical([self.name, *(raw.get(name) for name in self.key)])


# A value that is looked up when the step is taken.
SOURCE: Schema = {
    "type": "object",
    "properties": {
        "form": {"$ref": "common.json#/$defs/pointer"},
        "data": {"$ref": "common.json#/$defs/pointer"},
        "proposal": {"const": True},
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
_DEADLINE = Parameter(_CODE, "deadline")
_ROLES, _DEPARTMENTS = Parameter(_CODES, "role"), Parameter(_CODES, "department")
_LANE = Parameter(_CODE, "lane")

EFFECTS: Table[Effect] = Table(
    "effects",
    Effect(
        "refer",
        msg("Hand the matter over: a route, and who takes it"),
        {
            "route": Parameter(_CODE, "route"),
            "to": Parameter(_TO, "to"),
            "assist": _DEPARTMENTS,
            "mode": Parameter(_NAME, "mode"),
            "deadline": _DEADLINE,
        },
        BOTH,
        needs=(("route", "to"),),
        key=("route", "to"),
        leads=True,
    ),
    Effect(
        "exclude",
        msg("Rule out a route: no rule proposes it then, and nobody may choose it"),
        {"route": Parameter(_CODE, "route")},
        RULES,
        needs=(("route",),),
        key=("route",),
    ),
    Effect(
        "require",
        msg("Ask for documents or tasks"),
        {"documents": Parameter(_CODES, "document"), "steps": Parameter(_CODES, "task")},
        BOTH,
        needs=(("documents", "steps"),),
        key=("documents", "steps"),
    ),
    Effect(
        "flag",
        msg("Mark the matter, never a person"),
        {"flag": Parameter(_NAME, "flag"), "level": Parameter({"enum": ["info", "warning", "urgent"]})},
        BOTH,
        needs=(("flag",),),
        key=("flag",),
    ),
    Effect(
        "notify",
        msg("Notify roles or departments"),
        {"roles": _ROLES, "departments": _DEPARTMENTS},
        BOTH,
        needs=(("roles", "departments"),),
        key=("roles", "departments"),
    ),
    Effect(
        "suggest_stage",
        msg("Suggest a stage"),
        {"stage": Parameter(_NAME, "stage")},
        BOTH,
        needs=(("stage",),),
        leads=True,
    ),
    Effect(
        "grade",
        msg("Grade the matter"),
        {"grade": Parameter(_NAME, "grade")},
        BOTH,
        needs=(("grade",),),
        leads=True,
    ),
    Effect(
        "deadline",
        msg("Start a period"),
        {"deadline": _DEADLINE},
        BOTH,
        needs=(("deadline",),),
        key=("deadline",),
    ),
    *(
        Effect(name, words, {"deadline": _DEADLINE}, STEPS, needs=(("deadline",),), key=("deadline",))
        for name, words in (
            ("end_deadline", msg("End a period")),
            ("pause_deadline", msg("Stop the clock of a period")),
            ("resume_deadline", msg("Let the clock of a period go on")),
        )
    ),
    Effect(
        "extend_deadline",
        msg("Extend a period"),
        {
            "deadline": _DEADLINE,
            "n": Parameter({"type": "integer", "minimum": 1, "maximum": 10000}),
            "unit": Parameter({"$ref": "common.json#/$defs/length_unit"}),
        },
        STEPS,
        needs=(("deadline",),),
        key=("deadline",),
    ),
    Effect(
        "create_task",
        msg("Create a task"),
        {"task": Parameter(_CODE, "task"), "due": Parameter({"$ref": "common.json#/$defs/date"})},
        STEPS,
        needs=(("task",),),
        key=("task",),
    ),
    Effect(
        "tasks_of_rows",
        msg("Create a task for each row of a list"),
        {
            "rows": Parameter(_ROWS),
            "words": Parameter(_NAME),
            "unit": Parameter(_NAME),
            "person": Parameter(_NAME),
            "due": Parameter(_NAME),
            "whole": Parameter({"const": True}),
            "past": Parameter({"const": True}),
            "why": Parameter({"type": "string", "minLength": 1, "maxLength": 1000}),
        },
        STEPS,
        needs=(("rows",), ("words",)),
        key=("rows",),
        empty="rows",
    ),
    Effect(
        "issue_document",
        msg("Issue a document"),
        {"document": Parameter(_CODE, "document")},
        STEPS,
        needs=(("document",),),
        key=("document",),
    ),
    Effect(
        "open_session",
        msg("Open a session"),
        {
            "room": Parameter(_CODE, "room"),
            "held_on": Parameter({"$ref": "common.json#/$defs/date"}),
            "begins": Parameter(_TIME),
            "ends": Parameter(_TIME),
            "mediator": Parameter(_CODE),
            "invite": _DEPARTMENTS,
        },
        STEPS,
        key=("room", "held_on"),
    ),
    Effect(
        "link",
        msg("Link with another record"),
        {"record": Parameter(_CODE), "as": Parameter({"enum": [FOUND]})},
        STEPS,
        needs=(("record",), ("as",)),
        key=("as", "record"),
        empty="record",
    ),
    Effect(
        "open_record",
        msg("Open a record of another type from the form of the step"),
        {"entity": Parameter(_NAME, "entity")},
        STEPS,
        needs=(("entity",),),
        key=("entity",),
    ),
    Effect(
        "send_to",
        msg("Send it to a unit below"),
        {"unit": Parameter(_CODE), "due": Parameter({"$ref": "common.json#/$defs/date"})},
        STEPS,
        needs=(("unit",),),
        leads=True,
    ),
    Effect(
        "step_of_opener",
        msg("End what it was opened for"),
        {"step": Parameter(_NAME)},
        STEPS,
        needs=(("step",),),
    ),
    Effect("open_lane", msg("Open a lane"), {"lane": _LANE}, STEPS, needs=(("lane",),), key=("lane",)),
    Effect("close_lane", msg("Close a lane"), {"lane": _LANE}, STEPS, needs=(("lane",),), key=("lane",)),
)


def effect_names(where: Where) -> list[str]:
    """Return the names of the effects that may stand in rules, or in steps."""
    return [effect.name for effect in EFFECTS.values() if where in effect.where]


def schema(where: Where) -> Schema:
    """Return the JSON Schema of any effect that may stand in rules, or in steps."""
    names = effect_names(where)
    return {
        "type": "object",
        "properties": {"do": {"enum": names}},
        "required": ["do"],
        "allOf": [
            {
                "if": {"properties": {"do": {"const": name}}, "required": ["do"]},
                "then": EFFECTS[name].schema(where),
            }
            for name in names
        ],
    }


@dataclass(frozen=True, slots=True)
class Named:
    """One thing that an effect names: what kind of thing, its identifier, where it is named."""

    kind: str
    id: str
    pointer: str


def named(raw: Mapping[str, Any], place: str = "") -> Iterator[Named]:
    """Yield the things that an effect names as literals; members that do not fit the schema are passed over."""
    effect = EFFECTS.get(str(raw.get("do")))
    for name, known in effect.parameters.items() if effect else ():
        value, where = raw.get(name), pointers.join([name], place)
        if known.names == "to":
            yield from (
                Named(kind, target, pointers.join([kind], where))
                for kind, target in (value.items() if isinstance(value, dict) else ())
                if kind not in SOURCES and isinstance(target, str)
            )
        elif known.names:
            yield from _literals(known.names, value, where)


def _literals(kind: str, value: Any, where: str) -> Iterator[Named]:
    if isinstance(value, str):
        yield Named(kind, value, where)
    elif isinstance(value, list):
        yield from (
            Named(kind, item, f"{where}/{index}") for index, item in enumerate(value) if isinstance(item, str)
        )


def sources(raw: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any, str]]:
    """Yield each parameter that is looked up: where it comes from, the pointer, where that is written."""
    for name, value in raw.items():
        if isinstance(value, dict) and len(value) == 1:
            ((source, target),) = value.items()
            if source in SOURCES:
                yield source, target, pointers.join([name, source], place)
