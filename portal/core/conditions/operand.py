"""Parse the right-hand side of a comparison: literals, lists, parameters, days relative to today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.conditions.model import Operand, Parameter, Today, Value
from portal.core.conditions.operators import ANY_KIND, OPERATORS, Operator
from portal.core.errors import Problem, msg
from portal.core.kinds import KINDS
from portal.core.values import DATE, LIST, NUMBER, TEXT, as_date, as_text, kind_of

MAX_LIST = 500
MAX_TEXT = 1000
MAX_DAYS = 36_600


@dataclass(frozen=True, slots=True)
class FieldType:
    """What is known about a field or parameter: its type, its taxonomy, its title."""

    type: str
    taxonomy: str = ""
    title: str = ""

    @property
    def kind(self) -> str:
        """Return the kind of its values; empty where any value is possible."""
        known = KINDS.get(self.type)
        return known.compared if known else ""

    @property
    def tree(self) -> str:
        """Return the tree of codes its values belong to; units are the tree called unit."""
        return self.taxonomy or ("unit" if self.type == "unit" else "")


def comparison_schema() -> dict[str, Any]:
    """Return the JSON Schema of what each operator is given, as their table says."""
    reference = {"type": "object"}
    shapes: dict[str, Any] = {
        "value": {"type": ["string", "number", "boolean", "object"]},
        "values": {"not": {"type": ["string", "number", "boolean"]}},
        "part": {"type": ["string", "object"]},
        "codes": {"not": {"type": ["number", "boolean"]}},
        "days": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_DAYS}, reference]},
    }

    def of(operand: str) -> dict[str, Any]:
        names = [one.name for one in OPERATORS.values() if one.operand == operand]
        return {"properties": {"op": {"enum": names}}, "required": ["op"]}

    given = {"if": of("nothing"), "then": {"not": {"required": ["value"]}}, "else": {"required": ["value"]}}
    return {
        "allOf": [
            given,
            *({"if": of(name), "then": {"properties": {"value": shape}}} for name, shape in shapes.items()),
        ]
    }


@dataclass(slots=True)
class OperandParser:
    """Collects problems and parses operands; the parser of whole conditions builds on it."""

    file: str
    parameters: Mapping[str, FieldType] | None = None
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, code: str, message: str, where: str, remedy: str = "", /, **params: Any) -> None:
        """Note a problem."""
        shown = {name: short(value) for name, value in params.items()}
        self.problems.append(Problem("condition." + code, message, shown, self.file, where, remedy))

    def operand(
        self, raw: dict[str, Any], op: Operator, known: FieldType | None, where: str
    ) -> Operand | None:
        """Parse the value that an operator compares with."""
        if op.operand == "nothing":
            if "value" in raw:
                self.refuse("value", msg("“%(op)s” takes no value"), where + "/value", op=op.name)
            return Value(None)
        if "value" not in raw:
            self.refuse("value", msg("“%(op)s” needs a value"), where, op=op.name)
            return None
        value, where = raw["value"], where + "/value"
        if isinstance(value, dict):
            return self._reference(value, op, known, where)
        if op.operand == "days":
            if not is_days(value):
                self.refuse(
                    "days", msg("A span is a whole number of days, 0 to %(limit)s"), where, limit=MAX_DAYS
                )
            return Value(value)
        if op.operand == "values" or (op.operand == "codes" and isinstance(value, list)):
            return self._values(value, op, known, where)
        literal = self._literal(value, op, known, where)
        return None if literal is None else Value(literal)

    def _values(self, raw: Any, op: Operator, known: FieldType | None, where: str) -> Value | None:
        if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_LIST:
            self.refuse(
                "list",
                msg("“%(op)s” needs a list of 1 to %(limit)s values"),
                where,
                op=op.name,
                limit=MAX_LIST,
            )
            return None
        found = [self._literal(item, op, known, f"{where}/{index}") for index, item in enumerate(raw)]
        items = tuple(item for item in found if item is not None)
        if len({kind_of(item) for item in items}) > 1:
            self.refuse("mixed_list", msg("The values of a list are all of one kind"), where)
        return Value(items)

    def _literal(self, raw: Any, op: Operator, known: FieldType | None, where: str) -> Any:
        """Return the literal as the kind that field and operator need."""
        kind = kind_of(raw)
        if kind in ("", "list"):
            self.refuse("literal", msg("%(value)s can't be compared with anything"), where, value=raw)
            return None
        if kind == TEXT and len(raw) > MAX_TEXT:
            self.refuse(
                "text", msg("A text in a condition has at most %(limit)s characters"), where, limit=MAX_TEXT
            )
            return None
        wanted = self._wanted(op, known)
        if kind == TEXT and (wanted == {DATE} or (op.ordered and DATE in wanted)):
            day = as_date(raw)
            if day is None:
                self.refuse("date", msg("“%(value)s” is not a date such as 2026-05-04"), where, value=raw)
            return day
        if kind not in wanted:
            self.refuse(
                "literal_type",
                msg("%(value)s is a %(kind)s, expected: %(wanted)s"),
                where,
                value=raw,
                kind=kind,
                wanted=" ".join(sorted(wanted)),
            )
            return None
        return raw

    def _wanted(self, op: Operator, known: FieldType | None) -> frozenset[str]:
        """Return the kinds that a single operand value may have."""
        if LIST in op.kinds:
            return frozenset({TEXT}) if known and known.kind else frozenset({TEXT, NUMBER, "boolean"})
        return frozenset({known.kind}) if known and known.kind else op.kinds & (ANY_KIND - {LIST})

    def _reference(
        self, raw: dict[str, Any], op: Operator, known: FieldType | None, where: str
    ) -> Operand | None:
        """Parse ``{"param": …}``, ``{"list": …}`` or ``{"today": …}``."""
        key = next(iter(raw)) if len(raw) == 1 else ""
        if key == "today":
            return self._today(raw[key], op, known, where)
        if key not in ("param", "list") or not is_name(raw[key]):
            self.refuse(
                "operand",
                msg("A value is a literal or exactly one of param, list, today"),
                where,
                msg('for example {"param": "large_amount"} or {"today": -30}'),
            )
            return None
        name = raw[key]
        if self.parameters is None:
            return Parameter(name, key == "list")
        if name not in self.parameters:
            self.refuse(
                "unknown_parameter",
                msg("There is no parameter “%(name)s”"),
                where,
                msg("known: %(known)s"),
                name=name,
                known=" ".join(sorted(self.parameters)[:40]),
            )
            return None
        given = self.parameters[name].kind
        if op.operand == "days":
            wanted = frozenset({NUMBER})
        elif op.operand == "values":
            wanted = frozenset({LIST})
        else:
            wanted = self._wanted(op, known) | (frozenset({LIST}) if op.operand == "codes" else frozenset())
        if given not in wanted or (given == LIST and known and known.kind == NUMBER):
            self.refuse(
                "parameter_type",
                msg("The parameter “%(name)s” is of type %(type)s, expected: %(wanted)s"),
                where,
                name=name,
                type=self.parameters[name].type,
                wanted=" ".join(sorted(wanted)),
            )
            return None
        return Parameter(name, key == "list")

    def _today(self, raw: Any, op: Operator, known: FieldType | None, where: str) -> Today | None:
        if op.operand != "value" or DATE not in self._wanted(op, known):
            self.refuse("today", msg("“%(op)s” does not compare dates here"), where, op=op.name)
            return None
        spans = raw if isinstance(raw, dict) else {"days": raw}
        if not spans or any(
            key not in ("days", "months", "years") or not _is_shift(n) for key, n in spans.items()
        ):
            self.refuse(
                "today",
                msg("“today” takes a whole number of days, or days, months and years"),
                where,
                msg('for example {"today": -30} or {"today": {"months": -6}}'),
            )
            return None
        return Today(**spans)


def is_name(value: Any) -> bool:
    """Tell whether ``value`` can name a field, a parameter or an entity."""
    return isinstance(value, str) and 0 < len(value) <= 300 and as_text(value) is not None


def is_days(value: Any) -> bool:
    """Tell whether ``value`` is a span of days."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_DAYS


def _is_shift(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_DAYS


def short(value: Any, limit: int = 240) -> Any:
    """Return something short and clean to show for a value."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return value
    try:
        text = value if isinstance(value, str) else repr(value)
    except (RecursionError, ValueError):
        text = type(value).__name__
    cut = text[:limit].encode(errors="backslashreplace").decode().replace("\0", "\\0")
    return cut if len(text) <= limit else cut + "…"
