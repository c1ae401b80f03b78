"""Conditions as SQL, with exactly the verdict that ``core.conditions.evaluate`` has.

A comparison is said twice: when it surely holds, and when it surely does not. Groups are put together from these, so
nothing is ever negated and a NULL never turns a verdict round. Where neither is true SQL cannot say, and only there
Python has to look (``Said.doubtful``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, not_, or_, true

from portal.core.conditions import Condition, Env
from portal.persistence.condition_sql.asked import Asked, Named, Question, Questions, ask, questions
from portal.persistence.condition_sql.columns import Column, Columns, LookedUp, UnitColumn
from portal.persistence.condition_sql.forms import FORMS, MISSING, PRESENT, Form, longest

Test = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Said:
    """What SQL says of a condition.

    ``holds`` is true of the rows for which it surely holds. ``doubtful`` is true of those that only Python can judge;
    None: there are none, ``holds`` alone is the condition.
    """

    holds: Test
    doubtful: Test | None


def translate(condition: Condition, columns: Columns, env: Env) -> Test | None:
    """Return the SQL that holds exactly where a condition does; None where Python must say of some rows."""
    said = split(condition, columns, env)
    return said.holds if said.doubtful is None else None


def split(condition: Condition, columns: Columns, env: Env) -> Said:
    """Return of which rows SQL says that a condition holds, and which are left for Python to judge."""
    return said(ask(condition, columns, env), columns)


def said(asked: Asked, columns: Columns) -> Said:
    """Return the SQL of questions."""
    holds = _holds(asked, columns)
    if all(_is_certain(one, columns) for one in questions(asked)):
        return Said(holds, None)
    narrowed = [
        _holds(member, columns)
        for member in (asked.members if isinstance(asked, Questions) and asked.kind == "all" else ())
        if all(_is_certain(one, columns) for one in questions(member))
    ]
    # What surely must hold as well narrows the rest, and an index may find it.
    doubt = (_is_not_true(holds), _is_not_true(_fails(asked, columns)))
    return Said(holds, and_(*narrowed, *doubt))


def certain(asked: Asked, columns: Columns) -> bool:
    """Tell whether SQL can say of every row whether the questions hold."""
    return all(_is_certain(one, columns) for one in questions(asked))


def _is_not_true(test: Test) -> Test:
    return test.is_not(true())


def _is_certain(one: Question, columns: Columns) -> bool:
    if one.form in ("unsaid", "foreign"):
        return False
    column = columns.get(one.field)
    return column is not None and (column.document is None or one.form in (PRESENT, MISSING))


def _holds(asked: Asked, columns: Columns) -> Test:
    """Return what is true of the rows for which the questions surely hold."""
    if isinstance(asked, Question):
        return _one(asked, columns, _surely)
    match asked.kind:
        case "all":
            return and_(true(), *(_holds(member, columns) for member in asked.members))
        case "any":
            return or_(false(), *(_holds(member, columns) for member in asked.members))
        case _:
            return and_(true(), *(_fails(member, columns) for member in asked.members))


def _fails(asked: Asked, columns: Columns) -> Test:
    """Return what is true of the rows for which the questions surely do not hold."""
    if isinstance(asked, Question):
        return _one(asked, columns, _surely_not)
    match asked.kind:
        case "all":
            return or_(false(), *(_fails(member, columns) for member in asked.members))
        case "any":
            return and_(true(), *(_fails(member, columns) for member in asked.members))
        case _:
            return or_(false(), *(_holds(member, columns) for member in asked.members))


def _one(one: Question, columns: Columns, says: Callable[[Question, Column], Test]) -> Test:
    column = columns.get(one.field)
    return false() if column is None or one.form == "unsaid" else says(one, column)


def _surely(one: Question, column: Column) -> Test:
    if one.form in (PRESENT, MISSING):
        return _is_missing(column) if one.form == MISSING else _is_present(column)
    if one.form in ("within", "beyond"):
        inside = _within(one, column)
        return inside if one.form == "within" else and_(column.is_there(), not_(inside))
    if one.form == "foreign":
        return false()
    test, document = _test(FORMS[one.form], one, column), column.document
    if document is None:
        return column.holds(test)
    return and_(column.holds(test), column.is_so(lambda value: document.agrees(value, one.kind)))


def _surely_not(one: Question, column: Column) -> Test:
    if one.form in (PRESENT, MISSING):
        return _is_missing(column) if one.form == PRESENT else _is_present(column)
    if one.form in ("within", "beyond"):
        inside = _within(one, column)
        return or_(column.is_absent(), not_(inside) if one.form == "within" else inside)
    document = column.document
    if document is None:
        return column.fails(_test(FORMS[one.form], one, column))
    other = not_(document.is_of(one.kind))
    if one.form == "foreign":
        return other
    form = FORMS[one.form]
    test = _test(form, one, column)

    def misses(value: Any) -> Test:
        whole = not_(longest(value)) if form.cut else true()
        return and_(document.agrees(value, one.kind), whole, not_(test(value)))

    return or_(other, column.is_so(misses))


def _is_present(column: Column) -> Test:
    if column.document is not None:
        return not_(column.document.is_missing())
    return column.holds(lambda value: value != "") if column.blank else column.is_there()


def _is_missing(column: Column) -> Test:
    if column.document is not None:
        return column.document.is_missing()
    return column.fails(lambda value: value != "") if column.blank else column.is_absent()


def _within(one: Question, column: Column) -> Test:
    """Return whether a unit lies in one of the subtrees."""
    assert isinstance(column, UnitColumn | LookedUp)
    bounds = [_bound(value, lists=False) for value in one.values]
    return column.within(tuple(zip(bounds[::2], bounds[1::2], strict=True)))


def _test(form: Form, one: Question, column: Column) -> Callable[[Any], Test]:
    values = [_bound(value, form.lists) for value in one.values]

    def says(value: Any) -> Test:
        test = form.holds(value, values)
        return and_(value != "", test) if form.blank and column.blank else test

    return says


def _bound(value: Any, lists: bool) -> Any:
    if isinstance(value, Named):
        return bindparam(value.name, expanding=lists)
    return list(value) if lists else value
