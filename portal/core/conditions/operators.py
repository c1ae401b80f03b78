"""The operators of the condition language, all of them in one table."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

from portal.core.conditions.values import as_date, as_text, is_missing, is_sequence, like
from portal.core.errors import msg
from portal.core.table import Table


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
NOWHERE = Scope(date.min)  # for tests that look at the two values alone
_SCOPED = frozenset({"under", "not_under", "within_days", "older_than_days"})
TEXT, NUMBER, BOOLEAN, DATE, LIST = "text", "number", "boolean", "date", "list"
ANY_KIND = frozenset({TEXT, NUMBER, BOOLEAN, DATE, LIST})


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator: what it looks at, what it is given, when it holds, how it reads."""

    name: str
    kinds: frozenset[str]
    operand: Literal["nothing", "value", "values", "codes", "days"]
    test: Test
    phrase: str

    @property
    def scoped(self) -> bool:
        """Tell whether the test needs to know the day or the taxonomies."""
        return self.name in _SCOPED


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


_SCALAR = frozenset({TEXT, NUMBER, BOOLEAN, DATE})
_SIZED = frozenset({NUMBER, DATE})
_NAMED = frozenset({TEXT, NUMBER})
_LIST, _TEXT, _DATE = frozenset({LIST}), frozenset({TEXT}), frozenset({DATE})

OPERATORS: Table[Operator] = Table(
    "operators",
    Operator("eq", _SCALAR, "value", lambda a, e, _: _equal(a, e), msg("is")),
    Operator("ne", _SCALAR, "value", lambda a, e, _: _differs(a, e), msg("is not")),
    Operator("lt", _SIZED, "value", _ordered(operator.lt), msg("is less than")),
    Operator("lte", _SIZED, "value", _ordered(operator.le), msg("is at most")),
    Operator("gt", _SIZED, "value", _ordered(operator.gt), msg("is more than")),
    Operator("gte", _SIZED, "value", _ordered(operator.ge), msg("is at least")),
    Operator("before", _DATE, "value", _ordered(operator.lt), msg("is before")),
    Operator("after", _DATE, "value", _ordered(operator.gt), msg("is after")),
    Operator("in", _NAMED, "values", lambda a, e, _: _among(a, e), msg("is one of")),
    Operator("not_in", _NAMED, "values", lambda a, e, _: _not_among(a, e), msg("is none of")),
    Operator("has", _LIST, "value", lambda a, e, _: _has(a, e), msg("includes")),
    Operator("has_any", _LIST, "values", lambda a, e, _: any(_has(a, x) for x in e), msg("includes any of")),
    Operator(
        "has_all",
        _LIST,
        "values",
        lambda a, e, _: is_sequence(a) and all(_has(a, x) for x in e),
        msg("includes all of"),
    ),
    Operator("exists", ANY_KIND, "nothing", lambda a, _e, _s: not is_missing(a), msg("is given")),
    Operator("missing", ANY_KIND, "nothing", lambda a, _e, _s: is_missing(a), msg("is not given")),
    Operator("under", _TEXT, "codes", _under, msg("belongs to")),
    Operator("not_under", _TEXT, "codes", _not_under, msg("does not belong to")),
    Operator("contains", _TEXT, "value", _contains, msg("contains")),
    Operator("starts_with", _TEXT, "value", _starts_with, msg("starts with")),
    Operator("within_days", _DATE, "days", _within_days, msg("is within the last days:")),
    Operator("older_than_days", _DATE, "days", _older_than_days, msg("is older, in days, than")),
)
ORDERED = frozenset({"lt", "lte", "gt", "gte", "before", "after"})
