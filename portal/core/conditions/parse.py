"""Parse the JSON of a condition, reporting every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, cast

from portal.core import pointer as pointers
from portal.core.conditions.model import Atom, Condition, CountQuery, Field, Group
from portal.core.conditions.operand import MAX_DAYS, FieldType, OperandParser, is_days, is_name
from portal.core.conditions.operators import OPERATORS, Operator
from portal.core.errors import Problem, msg
from portal.core.values import as_text

MAX_DEPTH = 8
MAX_ATOMS = 300
MAX_MEMBERS = 100
GROUPS = ("all", "any", "none")

Types = Mapping[str, FieldType | str]


def parse(
    raw: Any,
    *,
    fields: Types | None = None,
    parameters: Types | None = None,
    file: str = "",
    pointer: str = "",
    counts: bool = True,
) -> tuple[Condition | None, list[Problem]]:
    """Return the condition and no problems, or None and everything that is wrong with it.

    ``fields`` and ``parameters`` say what may be read; None allows any name. ``counts=False`` refuses
    questions about other records.
    """
    parser = _Parser(file, _typed(parameters), fields=_typed(fields), counts=counts)
    condition = parser.condition(raw, pointer, 1)
    return (None, parser.problems) if parser.problems else (condition, [])


def _typed(types: Types | None) -> Mapping[str, FieldType] | None:
    if types is None:
        return None
    return {name: FieldType(entry) if isinstance(entry, str) else entry for name, entry in types.items()}


@dataclass(slots=True)
class _Parser(OperandParser):
    fields: Mapping[str, FieldType] | None = None
    counts: bool = True
    size: int = 0

    def condition(self, raw: Any, where: str, depth: int) -> Condition | None:
        if not isinstance(raw, dict):
            self.refuse(
                "not_object",
                msg("A condition is an object, not %(found)s"),
                where,
                msg('write {"field": …, "op": …, "value": …} or a group'),
                found=raw,
            )
            return None
        kinds = [kind for kind in GROUPS if kind in raw]
        if not kinds:
            return self.atom(raw, where)
        if len(raw) > 1:
            self.refuse(
                "mixed_group",
                msg("A group holds exactly one of all, any, none and nothing else; found %(found)s"),
                where,
                msg("nest the groups in one another"),
                found=", ".join(map(str, raw)),
            )
            return None
        return self.group(kinds[0], raw[kinds[0]], pointers.join(kinds, where), depth)

    def group(self, kind: str, raw: Any, where: str, depth: int) -> Condition | None:
        if depth > MAX_DEPTH:
            self.refuse("too_deep", msg("Groups are nested deeper than %(limit)s"), where, limit=MAX_DEPTH)
            return None
        if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_MEMBERS:
            self.refuse(
                "group_size", msg("A group is a list of 1 to %(limit)s conditions"), where, limit=MAX_MEMBERS
            )
            return None
        members = [self.condition(item, f"{where}/{index}", depth + 1) for index, item in enumerate(raw)]
        return Group(cast("Literal['all', 'any', 'none']", kind), tuple(m for m in members if m is not None))

    def atom(self, raw: dict[str, Any], where: str) -> Atom | None:
        self.size += 1
        if self.size > MAX_ATOMS:
            if self.size == MAX_ATOMS + 1:
                self.refuse("too_large", msg("More than %(limit)s comparisons"), where, limit=MAX_ATOMS)
            return None
        before = len(self.problems)
        self.unknown_keys(raw, ("field", "count", "sum", "op", "value", "taxonomy"), where)
        operator = self.operator(raw, where)
        subject, known = self.subject(raw, where)
        if operator is None or subject is None:
            return None
        kind = known.kind if known else ""
        if kind and kind not in operator.kinds:
            self.refuse(
                "operator_type",
                msg("“%(op)s” can't be used on “%(field)s”, which is of type %(type)s"),
                where + "/op",
                msg("operators that fit: %(fitting)s"),
                op=operator.name,
                field=raw.get("field", ""),
                type=known.type if known else "",
                fitting=" ".join(name for name, op in OPERATORS.items() if kind in op.kinds),
            )
            return None
        taxonomy = raw.get("taxonomy", known.tree if known else "")
        if not isinstance(taxonomy, str):
            self.refuse("taxonomy", msg("The taxonomy is named by a text"), where + "/taxonomy")
        operand = self.operand(raw, operator, known, where)
        if operand is None or len(self.problems) > before:
            return None
        return Atom(subject, operator.name, operand, taxonomy, where)

    def unknown_keys(self, raw: dict[str, Any], known: Iterable[str], where: str) -> None:
        for key in map(str, list(raw)[:20]):
            if key not in known:
                self.refuse(
                    "unknown_key",
                    msg("“%(key)s” has no meaning here"),
                    pointers.join([key], where) if len(key) < 200 else where,
                    msg("known: %(known)s"),
                    key=key,
                    known=" ".join(known),
                )

    def operator(self, raw: dict[str, Any], where: str) -> Operator | None:
        name = raw.get("op")
        operator = OPERATORS.get(name) if isinstance(name, str) else None
        if operator is None:
            self.refuse(
                "unknown_operator",
                msg("“%(op)s” is not an operator"),
                where + "/op" if "op" in raw else where,
                msg("operators: %(known)s"),
                op=raw.get("op", ""),
                known=" ".join(OPERATORS),
            )
        return operator

    def subject(self, raw: dict[str, Any], where: str) -> tuple[Field | CountQuery | None, FieldType | None]:
        named = [key for key in ("field", "count", "sum") if key in raw]
        if len(named) != 1:
            self.refuse("subject", msg("A comparison has exactly one of field, count, sum"), where)
            return None, None
        if named[0] != "field":
            return self.count(named[0], raw[named[0]], f"{where}/{named[0]}"), FieldType("number")
        name = raw["field"]
        if not isinstance(name, str) or not name or len(name) > 300 or as_text(name) is None:
            self.refuse(
                "field", msg("A field is named by a JSON pointer or an input's name"), where + "/field"
            )
            return None, None
        if self.fields is None:
            return Field.of(name), None
        if name not in self.fields:
            self.refuse(
                "unknown_field",
                msg("There is no field “%(field)s”"),
                where + "/field",
                msg("known: %(known)s"),
                field=name,
                known=" ".join(get_close_matches(name, self.fields, n=5) or sorted(self.fields)[:40]),
            )
            return None, None
        return Field.of(name), self.fields[name]

    def count(self, kind: str, raw: Any, where: str) -> CountQuery | None:
        if not self.counts:
            self.refuse(
                "count_here",
                msg("Related records can't be counted inside a rule's condition"),
                where,
                msg("declare an input with “count” and compare the input"),
            )
            return None
        return self.count_query(kind, raw, where)

    def count_query(self, kind: str, raw: Any, where: str) -> CountQuery | None:
        """Parse a question about related records."""
        if not isinstance(raw, dict):
            self.refuse("count", msg("A count is an object with entity and match"), where)
            return None
        before = len(self.problems)
        self.unknown_keys(raw, ("entity", "match", "within_days", "where", "of"), where)
        entity, match, days, of = (
            raw.get("entity"),
            raw.get("match"),
            raw.get("within_days"),
            raw.get("of", ""),
        )
        if not is_name(entity):
            self.refuse("count", msg("A count names the entity it counts"), where)
        if not isinstance(match, dict) or not 1 <= len(match) <= 10 or not all(map(is_name, match.values())):
            self.refuse(
                "count", msg("“match” maps 1 to 10 fields of the other record to fields of this one"), where
            )
        if days is not None and not is_days(days):
            self.refuse(
                "days", msg("A span is a whole number of days, 0 to %(limit)s"), where, limit=MAX_DAYS
            )
        if (kind == "sum") is not bool(is_name(of)):
            self.refuse("count", msg("A sum names the field it adds up in “of”; a count has no “of”"), where)
        condition = None
        if "where" in raw:
            inner = _Parser(self.file, counts=False)
            condition = inner.condition(raw["where"], where + "/where", 1)
            self.problems += inner.problems
        if len(self.problems) > before:
            return None
        return CountQuery(
            cast("Literal['count', 'sum']", kind), str(entity), match or {}, days, of, condition
        )


def parse_count(
    kind: str, raw: Any, *, file: str = "", pointer: str = ""
) -> tuple[CountQuery | None, list[Problem]]:
    """Return a question about related records, or everything that is wrong with it."""
    parser = _Parser(file)
    query = parser.count_query(kind, raw, pointer)
    return (None, parser.problems) if parser.problems else (query, [])
