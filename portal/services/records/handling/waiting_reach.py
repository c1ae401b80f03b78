"""Worklists along the reach of one unit: which of their facts its rows hold themselves, in one table.

A row of ``record_reach`` says of its unit that it sees a record, and keeps some of what the record says. Questions that
it answers alone are asked of it alone: such a worklist is counted along an index, and no record is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.core.lifecycle.model import LaneState
from portal.core.values import BOOLEAN
from portal.persistence.condition_sql import Asked, Column, Columns, OwnColumn, Question, Questions, questions
from portal.persistence.condition_sql.columns import Kind
from portal.persistence.condition_sql.forms import MISSING, place_in
from portal.persistence.models import RecordReach
from portal.persistence.models.reach import OWNER

Bounds = tuple[str, str]
OPEN: LaneState = "open"
_LANES = "/lanes/"
_UNIT, _HANDLER, _MAKER = "/record/unit", "/record/handler", "/record/created_by"
_IS_OPEN, _STAGE = "/record/is_open", "/record/canonical_stage"
_IS_OPEN_SURELY = Question(_IS_OPEN, "eq", (True,), BOOLEAN)


def _same(name: str, kind: Kind, *, given: bool = True) -> Column:
    return OwnColumn(getattr(RecordReach, name), kind, given=given)


# What a row keeps of its record, by the fact of the record that it is.
KEPT: Mapping[str, Column] = {
    _IS_OPEN: _same("is_open", "boolean"),
    "/record/due_on": _same("due_on", "day", given=False),
    "/record/created_at": _same("created_at", "moment"),
    "/record/updated_at": _same("updated_at", "moment"),
    "/record/correcting": _same("correcting", "boolean"),
    _STAGE: _same("canonical_stage", "text", given=False),
}
# What a row says of its record and its own unit.
OWNED, HANDLING, WAITING = "/reach/owned", "/reach/handling", "/reach/waiting"
FLAGS: Mapping[str, Column] = {
    OWNED: OwnColumn(RecordReach.why == OWNER, "boolean", given=True),
    HANDLING: _same("handling", "boolean"),
    WAITING: _same("waiting", "boolean"),
}
# A unit of the record that lies at the row's unit or below it.
INSIDE: Mapping[str, str] = {_UNIT: OWNED, _HANDLER: HANDLING}


def _true(flag: str) -> Question:
    return Question(flag, "true")


@dataclass(frozen=True, slots=True)
class Whole:
    """Questions that hold together where a flag does, if ``beside`` is asked as well."""

    members: frozenset[Question]
    beside: Question
    flag: Question


WHOLES = (
    Whole(
        frozenset({_true(OWNED), Question(_HANDLER, MISSING)}),
        _IS_OPEN_SURELY,
        _true(WAITING),
    ),
)


@dataclass(frozen=True, slots=True)
class Split:
    """Questions that all must hold: those that a row of reach answers alone, and the others."""

    inside: Asked
    rest: Asked


def split(asked: Asked, bounds: Bounds, own: Mapping[str, str]) -> Split:
    """Return questions parted by who answers them; ``bounds`` are those of the unit whose rows are looked at.

    ``own``: the fields by which the rows of the list say themselves where a unit of their record lies.
    """
    inside: list[Asked] = []
    rest: list[Asked] = []
    for one in _members(asked):
        if isinstance(one, Question) and one.form == "within" and one.field in own:
            rest.append(Question(own[one.field], one.form, one.values, one.kind))
            continue
        said = _said(one, bounds)
        (rest if said is None else inside).append(one if said is None else said)
    for whole in WHOLES:
        if whole.beside in inside and whole.members <= {one for one in (*inside, *rest) if _is_one(one)}:
            inside = [one for one in inside if one not in whole.members] + [whole.flag]
            rest = [one for one in rest if one not in whole.members]
    return Split(Questions("all", tuple(_each_open(inside))), Questions("all", tuple(rest)))


def _each_open(inside: list[Asked]) -> list[Asked]:
    """Say in each of some alternatives that the record is open, instead of beside them, where all have an index.

    SQLite finds an index of open rows for an alternative only if the alternative itself says so.
    """
    alternatives = [one for one in inside if isinstance(one, Questions) and one.kind == "any"]
    found = [one for one in alternatives if all(_is_indexed(member) for member in one.members)]
    if _IS_OPEN_SURELY not in inside or not found:
        return inside
    parted: list[Asked] = []
    for one in found:
        each = (Questions("all", (_IS_OPEN_SURELY, *_members(member))) for member in one.members)
        parted.append(Questions("any", tuple(each)))
    return [*(one for one in inside if one not in found and one != _IS_OPEN_SURELY), *parted]


def _is_indexed(asked: Asked) -> bool:
    """Tell whether the open rows that an alternative asks for stand together in an index."""
    return any(
        isinstance(one, Question) and (one.field == _STAGE or one.field.startswith(_LANES))
        for one in _members(asked)
    )


def _is_one(asked: Asked) -> bool:
    return isinstance(asked, Question)


def _members(asked: Asked) -> Iterable[Asked]:
    """Yield what all must hold, groups of such opened; a group of one is that one."""
    if isinstance(asked, Questions) and (
        asked.kind == "all" or (asked.kind == "any" and len(asked.members) == 1)
    ):
        for member in asked.members:
            yield from _members(member)
    else:
        yield asked


def _said(asked: Asked, bounds: Bounds) -> Asked | None:
    """Return the same as a row of reach is asked; None where it does not answer all of it."""
    if isinstance(asked, Questions):
        members = [_said(member, bounds) for member in asked.members]
        found = tuple(one for one in members if one is not None)
        return Questions(asked.kind, found) if len(found) == len(members) else None
    if asked.field in KEPT and asked.form != "unsaid":
        return asked
    if asked.field in INSIDE and asked.form == "within" and asked.values == bounds:
        return _true(INSIDE[asked.field])
    if asked.field.startswith(_LANES) and (asked.form, asked.values) == ("eq", (OPEN,)):
        return _true(asked.field)
    return None


def reach_columns(asked: Asked) -> Columns:
    """Return the columns of reach behind the questions that it answers."""
    lanes = {one.field for one in questions(asked) if one.field.startswith(_LANES)}
    return {**KEPT, **FLAGS, **{name: _lane(name.removeprefix(_LANES)) for name in sorted(lanes)}}


def _lane(name: str) -> Column:
    """Return whether a lane is open; that some lane is makes an index of these few rows found."""
    there = (RecordReach.lanes != "") & (place_in(RecordReach.lanes, f",{name},") > 0)
    return OwnColumn(there, "boolean", given=True)


def narrowed(asked: Asked, columns: Columns, bounds_of: Mapping[str, Bounds]) -> Asked:
    """Return questions with others beside them that hold as well, and by which an index is found.

    Beside the code of a unit stands its range, beside an account its number, with whether the record is open.
    """
    members = list(_members(asked))
    more: list[Asked] = []
    for one in members:
        if not isinstance(one, Question) or one.form != "eq":
            continue
        column, value = columns.get(one.field), one.values[0]
        if column is not None and column.kind == "unit" and value in bounds_of:
            more.append(Question(one.field, "within", bounds_of[value], one.kind))
        if one.field == _MAKER and str(value).isascii() and str(value).isdecimal():
            more.append(Question("/record/maker", "eq", (int(value),)))
            more += [Question("/record/open", "eq", (True,), BOOLEAN)] if _IS_OPEN_SURELY in members else []
    return Questions("all", (*members, *more))


def fields(asked: Asked) -> Sequence[str]:
    """Return the fields that questions are about."""
    return [one.field for one in questions(asked)]
