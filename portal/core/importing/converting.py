"""From a row of another system's table to the data of a form, with every reason why something can't be read.

What a text means is asked in this order: what the source's mapping says of it, then what it names in the form itself.
Nothing is guessed: a text that means nothing, or several things, is a problem of its row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Of
from dataclasses import dataclass, field
from typing import Any

from portal.core import pointer as pointers
from portal.core.csv_tables import FLAGS
from portal.core.errors import Problem, msg
from portal.core.importing.cells import is_nothing
from portal.core.importing.mapping import EMPTY, Mapping
from portal.core.importing.targets import CLOSED_ON, NUMBER, REGISTERED_ON, STAGE, UNIT, Target
from portal.core.ways import Refused
from portal.core.ways.days import day
from portal.core.zone import LOCAL

MOST_NUMBER = 100
# What a text stands for: its code, or several that it may mean.
Found = Sequence[str]
Look = Callable[[Target, str], Found]
_PARTS = re.compile(r"[、，,;；|/\n]")
_NAMES = re.compile(r"[、，,;；|\n]")
_MOMENT = re.compile(
    r"(?P<day>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)[ T]+(?P<h>\d{1,2}):(?P<m>\d\d)(?::\d\d(?:\.\d+)?)?"
)
_CUT = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_EARLIEST = dt.date(1949, 10, 1)


@dataclass(slots=True)
class Row:
    """One row as it is understood: what the record itself has, the data of its form, and what can't be read."""

    line: int
    number: str = ""
    registered: dt.datetime | None = None
    stage: str = ""
    closed_on: dt.date | None = None
    unit: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def convert(
    mapping: Mapping, targets: Of[str, Target], line: int, cells: Of[str, str], look: Look, today: dt.date
) -> Row:
    """Return a row as the mapping reads it; its problems point at targets by name."""
    row = Row(line)
    for target, text in _texts(mapping, targets, cells):
        if target.name in (NUMBER, REGISTERED_ON, STAGE, CLOSED_ON, UNIT):
            _head(row, mapping, target, text, look, today)
        elif target.listed:
            _listed(row, mapping, target, text, look)
        else:
            value = _value(row, mapping, target, text, look)
            if value is not None:
                _put(row.data, target.name, value)
    _needed(row, targets)
    return row


def _texts(mapping: Mapping, targets: Of[str, Target], cells: Of[str, str]) -> Iterator[tuple[Target, str]]:
    """Yield each target with the text of its columns, or with the value that holds for every row."""
    texts: dict[str, list[str]] = {}
    for heading, names in mapping.columns.items():
        cell = cells.get(heading, "")
        for name in names:
            if name in targets and cell and not is_nothing(cell):
                texts.setdefault(name, []).append(cell)
    for name, value in mapping.fixed.items():
        if name in targets:
            texts.setdefault(name, [value])
    for name, found in texts.items():
        target = targets[name]
        yield target, ("、" if target.listed or target.kind in ("codes", "texts") else "；").join(found)


def _head(row: Row, mapping: Mapping, target: Target, text: str, look: Look, today: dt.date) -> None:
    """Read what the record itself has."""
    if target.name == NUMBER:
        row.number = text
        if len(text) > MOST_NUMBER:
            _tell(
                row, target, "number", msg("The number is longer than %(most)s characters"), most=MOST_NUMBER
            )
        elif _CUT.fullmatch(text):
            _tell(row, target, "cut", _CUT_SHORT, value=text)
    elif target.name == STAGE:
        row.stage = _code(row, mapping, target, text, look) or ""
    elif target.name == UNIT:
        row.unit = _code(row, mapping, target, text, look) or ""
    else:
        moment = _moment(row, target, text, today)
        if target.name == REGISTERED_ON:
            row.registered = moment
        elif moment is not None:
            row.closed_on = moment.date()


_CUT_SHORT = msg(
    "The spreadsheet has cut this number short (%(value)s): set the column to text and enter it again"
)


def _moment(row: Row, target: Target, text: str, today: dt.date) -> dt.datetime | None:
    """Return when something was, at noon where only the day is known."""
    found = _MOMENT.fullmatch(text)
    plain, clock = (
        (found["day"], dt.time(int(found["h"]) % 24, int(found["m"]) % 60)) if found else (text, dt.time(12))
    )
    read = day(plain)
    if isinstance(read, Refused):
        row.problems.append(Problem(read.code, read.message, read.params, pointer=target.name))
        return None
    try:
        on = dt.date.fromisoformat(read)
    except ValueError:
        _tell(row, target, "day", msg("“%(value)s” is no day"), value=text[:50])
        return None
    if not _EARLIEST <= on <= today:
        _tell(
            row, target, "day", msg("%(value)s can't be: it lies in the future, or before 1949"), value=read
        )
        return None
    return dt.datetime.combine(on, clock, LOCAL).astimezone(dt.UTC)


def _needed(row: Row, targets: Of[str, Target]) -> None:
    told = {one.pointer for one in row.problems}
    held = {NUMBER: row.number, REGISTERED_ON: row.registered, STAGE: row.stage}
    for name, value in held.items():
        if name in targets and not value and name not in told:
            _tell(row, targets[name], "missing", msg("This is missing"))
    # The day of registration holds a time: closing on the same day is no contradiction.
    if row.registered and row.closed_on and row.closed_on < row.registered.astimezone(LOCAL).date():
        _tell(row, targets[CLOSED_ON], "order", msg("The day of closing lies before the day of registration"))


def _value(row: Row, mapping: Mapping, target: Target, text: str, look: Look) -> Any:
    """Return the value of one field; None where it stays empty."""
    match target.kind:
        case "code" | "taxonomy" | "unit":
            return _code(row, mapping, target, text, look)
        case "codes":
            found = [_code(row, mapping, target, part, look) for part in _parted(_PARTS, text)]
            return list(dict.fromkeys(one for one in found if one)) or None
        case "texts":
            return _parted(_NAMES, text) or None
        case "flag":
            return _flag(row, mapping, target, text)
        case "day":
            moment = _MOMENT.fullmatch(text)
            return moment["day"] if moment else text
        case _:
            if _CUT.fullmatch(text) and target.info is not None and target.info.type == "string":
                _tell(row, target, "cut", _CUT_SHORT, value=text)
                return None
            return text


def _listed(row: Row, mapping: Mapping, target: Target, text: str, look: Look) -> None:
    """Put the parts of a text into the rows of a list, one after the other."""
    above, _, below = target.name.partition("/*/")
    rows = pointers.get(row.data, above)
    if not isinstance(rows, list):
        rows = []
        _put(row.data, above, rows)
    for at, part in enumerate(_parted(_NAMES, text)):
        value = _value(row, mapping, target, part, look)
        if value is None:
            continue
        while len(rows) <= at:
            rows.append({})
        _put(rows[at], f"/{below}", value)


def _code(row: Row, mapping: Mapping, target: Target, text: str, look: Look) -> str | None:
    """Return the code that a text stands for; None where it says nothing, or where that is a problem."""
    said = mapping.values.get(target.name, {}).get(text)
    if said is not None:
        if said == EMPTY:
            return None
        found: Found = look(target, said)
    else:
        found = look(target, text)
    if len(found) == 1:
        return found[0]
    if found:
        _tell(row, target, "several", msg("“%(value)s” may be several: write which one"), value=text[:50])
    else:
        _tell(row, target, "value", msg("Nobody knows here what “%(value)s” is"), value=text[:50])
    return None


def _flag(row: Row, mapping: Mapping, target: Target, text: str) -> bool | None:
    said = mapping.values.get(target.name, {}).get(text, text)
    if said == EMPTY:
        return None
    found = FLAGS.get(said.casefold())
    if found is None:
        _tell(row, target, "flag", msg("“%(value)s” is neither yes nor no"), value=text[:50])
    return found


def _parted(signs: re.Pattern[str], text: str) -> list[str]:
    return [part for part in map(str.strip, signs.split(text)) if part and not is_nothing(part)]


def _put(data: dict[str, Any], pointer: str, value: Any) -> None:
    """Put a value at a pointer of new data, making the groups above it."""
    *above, last = pointers.split(pointer)
    here = data
    for part in above:
        here = here.setdefault(part, {})
    here[last] = value


def _tell(row: Row, target: Target, code: str, text: str, **params: Any) -> None:
    row.problems.append(Problem(f"import.{code}", text, params, pointer=target.name))
