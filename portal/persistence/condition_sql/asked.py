"""A condition made ready for SQL: each comparison with its values worked out, days and trees of codes resolved.

What is left are plain questions to columns (``Question``), in the groups of the condition. They know no column yet: the
same questions with other values have the same shape, so that statements can be kept by it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from portal.core.conditions import Atom, Condition, Env, Terms
from portal.core.conditions.evaluate import expected_of, scope_of
from portal.core.conditions.model import Field
from portal.core.conditions.operators import OPERATORS, Operator
from portal.core.values import BOOLEAN, DATE, NUMBER, TEXT, kind_of, shifted
from portal.core.zone import begin_of, end_of
from portal.persistence.condition_sql.columns import Column, Columns
from portal.persistence.condition_sql.documents import MAX_TEXT
from portal.persistence.condition_sql.forms import FORMS, MISSING, PRESENT

# A list of codes that is longer is not sent along with a statement.
MAX_CODES = 20_000
_COMPARED = {
    "text": TEXT,
    "unit": TEXT,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "flag": BOOLEAN,
    "day": DATE,
    "moment": DATE,
}


# From one end and the other to both.
_RANGES = {("gte", "lte"): "between", ("gte", "lt"): "span"}


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a column: the name of its form in SQL, and the values it compares with.

    ``kind`` is the kind of literal that is meant. The form ``unsaid`` is a question that SQL cannot answer, ``foreign``
    one whose values no column of this kind has.
    """

    field: str
    form: str
    values: tuple[Any, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions taken together, as in a group of a condition; ``any`` of none never holds."""

    kind: Literal["all", "any", "none"]
    members: tuple[Asked, ...]


Asked = Question | Questions
NEVER = Questions("any", ())


@dataclass(frozen=True, slots=True)
class Named:
    """A value that is a parameter of a statement, by the parameter's name."""

    name: str


@runtime_checkable
class Below(Protocol):
    """A tree of codes that can list what lies below one."""

    def below(self, code: str) -> Iterable[str]:
        """Return a code that is known, with all that are below it."""
        ...


@runtime_checkable
class Ranges(Protocol):
    """A tree of units that knows the range of paths of one of them."""

    def range_of(self, code: str) -> tuple[str, str] | None:
        """Return where the paths of a unit and all below it begin and end; None for an unknown one."""
        ...


def ask(condition: Condition, columns: Columns, env: Env) -> Asked:
    """Return a condition as questions to columns."""
    if isinstance(condition, Atom):
        return _asked(condition, columns, env)
    members = [ask(member, columns, env) for member in condition.members]
    return Questions(condition.kind, tuple(_in_ranges(members) if condition.kind == "all" else members))


def _in_ranges(members: list[Asked]) -> list[Asked]:
    """Return questions that all must hold with both ends of a range as one: an index is looked through once."""
    found: list[Asked] = []
    for one in members:
        last = found[-1] if found else None
        if isinstance(one, Question) and isinstance(last, Question):
            ends = _RANGES.get((last.form, one.form), "")
            if ends and (last.field, last.kind) == (one.field, one.kind):
                found[-1] = Question(one.field, ends, (*last.values, *one.values), one.kind)
                continue
        found.append(one)
    return found


def shaped(asked: Asked, prefix: str) -> tuple[Asked, dict[str, Any]]:
    """Return the same questions with parameters for values, and the values by parameter."""
    values: dict[str, Any] = {}

    def named(one: Asked) -> Asked:
        if isinstance(one, Questions):
            return Questions(one.kind, tuple(named(member) for member in one.members))
        names = tuple(f"{prefix}{len(values) + at}" for at in range(len(one.values)))
        values.update(zip(names, one.values, strict=True))
        return Question(one.field, one.form, tuple(Named(name) for name in names), one.kind)

    return named(asked), values


def questions(asked: Asked) -> Iterable[Question]:
    """Yield each question, in reading order."""
    if isinstance(asked, Question):
        yield asked
    else:
        for member in asked.members:
            yield from questions(member)


def _asked(atom: Atom, columns: Columns, env: Env) -> Asked:
    operator, subject = OPERATORS[atom.op], atom.subject
    column = columns.get(subject.name) if isinstance(subject, Field) else None
    name = subject.name if isinstance(subject, Field) else ""
    if column is None or not operator.sql:
        return Question(name, "unsaid")
    expected = expected_of(atom, operator, env)
    if operator.operand == "nothing":
        return Question(name, operator.sql if operator.sql in (PRESENT, MISSING) else "unsaid")
    if expected is None:
        return NEVER
    if operator.sees == "terms":
        return _coded(name, column, atom, operator, env, expected)
    if operator.operand == "days":
        return _since(name, column, operator, env.today, expected)
    if operator.operand == "values":
        return _listed(name, column, operator, expected)
    return _compared(name, column, operator, expected)


def _compared(name: str, column: Column, operator: Operator, expected: Any) -> Asked:
    kind = kind_of(expected)
    if operator.operand == "part":
        if not isinstance(expected, str):
            return NEVER
        # An empty part is in every text, but no literal is empty.
        kind = TEXT if expected else ""
    if operator.ordered and kind in (TEXT, BOOLEAN):
        return NEVER
    if not kind or (kind == TEXT and column.document is not None and len(expected) >= MAX_TEXT):
        return Question(name, "unsaid")
    if not _fits(column, kind):
        return _other(name, column, kind)
    if column.kind == "moment":
        return _moment(name, operator.sql, expected)
    if operator.sql not in FORMS:
        return Question(name, "unsaid")
    if operator.operand == "part":
        return Question(name, operator.sql, (expected, len(expected)), kind)
    if column.kind == "flag" and operator.sql == "ne":
        # A column of numbers may hold others than these two: they are neither yes nor no.
        return Question(name, "eq", (float(not expected),), kind)
    if kind == NUMBER and column.document is None and float(expected) != expected:
        return _between_floats(name, operator.sql, expected)
    value = float(expected) if kind == NUMBER or column.kind == "flag" or _flagged(column, kind) else expected
    return Question(name, operator.sql, (value,), kind)


def _between_floats(name: str, form: str, expected: int) -> Asked:
    """Return the question with a whole number that columns do not hold exactly: no value is equal to it."""
    value = float(expected)
    if form in ("eq", "ne"):
        return NEVER if form == "eq" else Question(name, PRESENT)
    low = ("lte", "gt") if value < expected else ("lt", "gte")
    return Question(name, low[0] if form in ("lt", "lte") else low[1], (value,), NUMBER)


def _fits(column: Column, kind: str) -> bool:
    return _COMPARED[column.kind] == kind or _flagged(column, kind)


def _flagged(column: Column, kind: str) -> bool:
    """Tell whether yes and no may lie in a column of numbers: the document tells which it is."""
    return kind == BOOLEAN and column.kind == "number" and column.document is not None


def _other(name: str, column: Column, kind: str) -> Asked:
    """Return the question after a value of a kind that the column does not hold."""
    if column.document is not None:
        return Question(name, "foreign", (), kind)
    # A text is compared with a day where it is written as one, and a column of yes and no may hold another number:
    # these only Python reads.
    read = (kind == DATE and _COMPARED[column.kind] == TEXT) or (kind == NUMBER and column.kind == "flag")
    return Question(name, "unsaid") if read else NEVER


def _listed(name: str, column: Column, operator: Operator, expected: tuple[Any, ...]) -> Asked:
    kinds = {kind_of(one) for one in expected}
    kind = kinds.pop() if len(kinds) == 1 else ""
    if kind not in (TEXT, NUMBER) or len(expected) > MAX_CODES or operator.sql not in FORMS:
        return Question(name, "unsaid")
    if kind == TEXT and column.document is not None and any(len(one) >= MAX_TEXT for one in expected):
        return Question(name, "unsaid")
    if not _fits(column, kind):
        return _other(name, column, kind)
    # A whole number that no column holds exactly is equal to no value.
    values = tuple(
        float(one) if kind == NUMBER else one for one in expected if kind == TEXT or float(one) == one
    )
    if not values and column.document is not None:
        return Question(name, "unsaid")
    if not values:
        return NEVER if operator.sql == "in" else Question(name, PRESENT)
    return Question(name, operator.sql, (values,), kind)


def _coded(
    name: str, column: Column, atom: Atom, operator: Operator, env: Env, expected: str | tuple[Any, ...]
) -> Asked:
    ancestors = (expected,) if isinstance(expected, str) else expected
    if not isinstance(ancestors, tuple) or not all(isinstance(one, str) for one in ancestors):
        return Question(name, "unsaid")
    if operator.sql not in ("under", "not_under"):
        return Question(name, "unsaid")
    terms = scope_of(atom, operator, env).terms
    if not _fits(column, TEXT):
        return _other(name, column, TEXT)
    inside = operator.sql == "under"
    if column.kind == "unit" and len(terms) == 1 and isinstance(terms[0], Ranges):
        found = (terms[0].range_of(one) for one in ancestors)
        bounds = tuple(bound for one in found if one is not None for bound in one)
        return Question(name, "within" if inside else "beyond", bounds, TEXT)
    codes = _below(terms, ancestors)
    if codes is None or (column.document is not None and any(len(code) >= MAX_TEXT for code in codes)):
        return Question(name, "unsaid")
    if not codes and column.document is None:
        # NOT IN an empty list would hold for a missing value too.
        return NEVER if inside else Question(name, PRESENT)
    return Question(name, "in" if inside else "not_in", (codes,), TEXT)


def _below(terms: tuple[Terms, ...], ancestors: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return all codes that stand under some others; None where a tree does not list them, or too many."""
    codes: set[str] = set()
    for tree in terms:
        if not isinstance(tree, Below):
            return None
        for ancestor in ancestors:
            codes.update(tree.below(ancestor))
    return tuple(sorted(codes)) if len(codes) <= MAX_CODES else None


def _since(name: str, column: Column, operator: Operator, today: dt.date, days: int) -> Asked:
    if not _fits(column, DATE):
        return _other(name, column, DATE)
    first = shifted(today, -days)
    if operator.sql == "within_days":
        first = first or dt.date.min
        if column.kind == "moment":
            return Question(name, "span", (begin_of(first), end_of(today)), DATE)
        return Question(name, "between", (first, today), DATE)
    if operator.sql != "older_than_days":
        return Question(name, "unsaid")
    if first is None:
        return NEVER
    return _moment(name, "lt", first) if column.kind == "moment" else Question(name, "lt", (first,), DATE)


def _moment(name: str, form: str, day: dt.date) -> Asked:
    """Return the question whether a moment lies before, on or after a day."""
    begin, end = begin_of(day), end_of(day)
    forms: Mapping[str, tuple[str, tuple[dt.datetime, ...]]] = {
        "eq": ("span", (begin, end)),
        "ne": ("outside", (begin, end)),
        "lt": ("lt", (begin,)),
        "lte": ("lt", (end,)),
        "gt": ("gte", (end,)),
        "gte": ("gte", (begin,)),
    }
    if form not in forms:
        return Question(name, "unsaid")
    return Question(name, *forms[form], DATE)
