"""The operators of the condition language, all of them in one table.

An entry carries everything that the portal knows of an operator. The enum and the operand shapes of the JSON Schema,
the checker, the search for dead rules, the words of pages, the API's document and the table in
``docs/formats/conditions.md`` follow from it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

from portal.core.conditions.samples import Samples, as_given, as_parts, days_back, none_needed
from portal.core.errors import msg
from portal.core.table import Table
from portal.core.values import (
    BOOLEAN,
    DATE,
    LIST,
    NUMBER,
    TEXT,
    as_date,
    as_text,
    is_missing,
    is_sequence,
    like,
)


class Terms(Protocol):
    """A tree of codes: a taxonomy, or administrative units."""

    def __contains__(self, code: object) -> bool: ...

    def is_under(self, code: str, ancestor: str) -> bool:
        """Tell whether ``code`` is ``ancestor`` or below it."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What a test may know beside the two values it compares."""

    today: date
    terms: tuple[Terms, ...] = ()


Test = Callable[[Any, Any, Scope], bool]
# What the rule engine can be asked beside its own six comparisons.
ANY_OF, GIVEN, ABSENT = "any", "given", "absent"
NOWHERE = Scope(date.min)  # for tests that look at the two values alone
ANY_KIND = frozenset({TEXT, NUMBER, BOOLEAN, DATE, LIST})


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator: what it looks at, what it is given, when it holds, how it reads, and who else can ask it."""

    name: str
    kinds: frozenset[str]
    # nothing; a value of the field's own type; a list of such; a part of a text; a code or several; a number of days.
    operand: Literal["nothing", "value", "values", "part", "codes", "days"]
    test: Test
    phrase: str  # a message id, read after the name of the field
    # Which values make a difference; None: it cannot be said, and rules with it are never called dead.
    samples: Samples | None = None
    # What the test must know beside the two values.
    sees: Literal["", "day", "terms"] = ""
    # A text among its operands is meant as a day.
    ordered: bool = False
    # The operator that holds for a value of the right kind exactly where this one does not.
    complement: str = ""
    # The name of its form in SQL; empty: it is asked in Python only, so no list can be narrowed by it.
    sql: str = ""
    # How the rule engine compares: eq, ne, lt, lte, gt, gte, any (one of several), given, absent; empty: not at all.
    engine: str = ""
    # What the documents say beside the phrase.
    note: str = ""

    @property
    def presence_only(self) -> bool:
        """Tell whether the verdict says no more than whether there is a value."""
        return self.engine in (GIVEN, ABSENT)


def _equal(actual: Any, expected: Any) -> bool:
    if isinstance(expected, str):
        return isinstance(actual, str) and actual == expected
    found = like(actual, expected)
    return found is not None and bool(found == expected)


def _differs(actual: Any, expected: Any) -> bool:
    found = like(actual, expected)
    return found is not None and bool(found != expected)


def _ordered(compare: Callable[[Any, Any], bool]) -> Test:
    def test(actual: Any, expected: Any, _scope: Scope) -> bool:
        if isinstance(expected, str | bool):
            return False
        found = like(actual, expected)
        return found is not None and compare(found, expected)

    return test


def _among(actual: Any, expected: tuple[Any, ...]) -> bool:
    return any(_equal(actual, item) for item in expected)


def _not_among(actual: Any, expected: tuple[Any, ...]) -> bool:
    return like(actual, expected[0] if expected else "") is not None and not _among(actual, expected)


def _has(actual: Any, expected: Any) -> bool:
    return is_sequence(actual) and any(_equal(item, expected) for item in actual)


def _under(actual: Any, expected: Any, scope: Scope) -> bool:
    code = as_text(actual)
    ancestors = (expected,) if isinstance(expected, str) else expected
    return code is not None and any(terms.is_under(code, a) for terms in scope.terms for a in ancestors)


def _not_under(actual: Any, expected: Any, scope: Scope) -> bool:
    return as_text(actual) is not None and not _under(actual, expected, scope)


def _contains(actual: Any, expected: Any, _scope: Scope) -> bool:
    text = as_text(actual)
    return text is not None and isinstance(expected, str) and expected in text


def _starts_with(actual: Any, expected: Any, _scope: Scope) -> bool:
    text = as_text(actual)
    return text is not None and isinstance(expected, str) and text.startswith(expected)


def _within_days(actual: Any, expected: int, scope: Scope) -> bool:
    day = as_date(actual)
    return day is not None and 0 <= (scope.today - day).days <= expected


def _older_than_days(actual: Any, expected: int, scope: Scope) -> bool:
    day = as_date(actual)
    return day is not None and (scope.today - day).days > expected


def _sized(
    name: str,
    compare: Callable[[Any, Any], bool],
    phrase: str,
    complement: str,
    kinds: frozenset[str] = frozenset({NUMBER, DATE}),
    same: str = "",
) -> Operator:
    """Return an operator that compares by size; ``same`` names it where it is asked as another one."""
    return Operator(
        name,
        kinds,
        "value",
        _ordered(compare),
        phrase,
        as_given,
        ordered=True,
        complement=complement,
        sql=same or name,
        engine=same or name,
    )


_SCALAR = frozenset({TEXT, NUMBER, BOOLEAN, DATE})
_NAMED = frozenset({TEXT, NUMBER})
_LIST, _TEXT, _DATE = frozenset({LIST}), frozenset({TEXT}), frozenset({DATE})

_PLAIN = "plain text, no patterns"

OPERATORS: Table[Operator] = Table(
    "operators",
    Operator(
        "eq",
        _SCALAR,
        "value",
        lambda a, e, _: _equal(a, e),
        msg("is"),
        as_given,
        complement="ne",
        sql="eq",
        engine="eq",
    ),
    Operator(
        "ne",
        _SCALAR,
        "value",
        lambda a, e, _: _differs(a, e),
        msg("is not"),
        as_given,
        complement="eq",
        sql="ne",
        engine="ne",
    ),
    _sized("lt", operator.lt, msg("is less than"), "gte"),
    _sized("lte", operator.le, msg("is at most"), "gt"),
    _sized("gt", operator.gt, msg("is more than"), "lte"),
    _sized("gte", operator.ge, msg("is at least"), "lt"),
    _sized("before", operator.lt, msg("is before"), "gte", _DATE, "lt"),
    _sized("after", operator.gt, msg("is after"), "lte", _DATE, "gt"),
    Operator(
        "in",
        _NAMED,
        "values",
        lambda a, e, _: _among(a, e),
        msg("is one of"),
        as_given,
        complement="not_in",
        sql="in",
        engine=ANY_OF,
    ),
    Operator(
        "not_in",
        _NAMED,
        "values",
        lambda a, e, _: _not_among(a, e),
        msg("is none of"),
        as_given,
        complement="in",
        sql="not_in",
    ),
    Operator("has", _LIST, "value", lambda a, e, _: _has(a, e), msg("includes"), as_given),
    Operator(
        "has_any",
        _LIST,
        "values",
        lambda a, e, _: any(_has(a, x) for x in e),
        msg("includes any of"),
        as_given,
    ),
    Operator(
        "has_all",
        _LIST,
        "values",
        lambda a, e, _: is_sequence(a) and all(_has(a, x) for x in e),
        msg("includes all of"),
        as_given,
    ),
    Operator(
        "exists",
        ANY_KIND,
        "nothing",
        lambda a, _e, _s: not is_missing(a),
        msg("is given"),
        none_needed,
        complement="missing",
        sql="present",
        engine=GIVEN,
        note='null, `""`, `[]` are not given',
    ),
    Operator(
        "missing",
        ANY_KIND,
        "nothing",
        lambda a, _e, _s: is_missing(a),
        msg("is not given"),
        none_needed,
        complement="exists",
        sql="missing",
        engine=ABSENT,
    ),
    Operator(
        "under",
        _TEXT,
        "codes",
        _under,
        msg("belongs to"),
        as_given,
        note="the code itself, or one below it in the taxonomy",
        sees="terms",
        complement="not_under",
        sql="under",
    ),
    Operator(
        "not_under",
        _TEXT,
        "codes",
        _not_under,
        msg("does not belong to"),
        as_given,
        sees="terms",
        complement="under",
        sql="not_under",
    ),
    Operator("contains", _TEXT, "part", _contains, msg("contains"), as_parts, sql="contains", note=_PLAIN),
    Operator(
        "starts_with",
        _TEXT,
        "part",
        _starts_with,
        msg("starts with"),
        as_given,
        sql="starts_with",
        note=_PLAIN,
    ),
    Operator(
        "within_days",
        _DATE,
        "days",
        _within_days,
        msg("is within the last days:"),
        days_back,
        sees="day",
        sql="within_days",
        note="today included; not in the future",
    ),
    Operator(
        "older_than_days",
        _DATE,
        "days",
        _older_than_days,
        msg("is older, in days, than"),
        days_back,
        sees="day",
        sql="older_than_days",
    ),
)
