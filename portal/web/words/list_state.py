"""The state of a list: text, filters, order, page; read from an address, written back into one.

Everything unknown or malformed is a problem the person is told about; nothing is silently ignored, since a
filter that is dropped shows more than was asked for.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from portal.core.errors import InvalidInput, Problem, msg
from portal.core.kinds import CODED, MAX_CODE
from portal.core.values import day_of
from portal.core.ways import WAYS
from portal.web.words.screen import Field, Screen

TEXT, SORT, PAGE, SIZE = "text", "sort", "page", "size"
FROM, TO = ".from", ".to"
# Asked for instead of a range: that there is no value.
NONE = "none"
MAX_SIZE = 100
MAX_PAGE = 500
MAX_TEXT = 100
MAX_VALUES = 30
_PROGRAMS = re.compile(r"[0-9-]+")
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ListState:
    """One way to look at a list; immutable, so that links to its neighbours are made from it."""

    text: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sort: str = ""
    page: int = 1
    size: int = 0  # 0: as many as the release says

    @property
    def filtered(self) -> bool:
        """Return whether anything narrows the list."""
        return bool(self.text or self.values or self.ranges)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the state as the arguments of an address; what is usual is left out."""
        found = [(TEXT, self.text)] if self.text else []
        found += [(key, value) for key, values in self.values.items() for value in values]
        for key, (low, high) in self.ranges.items():
            found += [(key + end, value) for end, value in ((FROM, low), (TO, high)) if value]
        if self.sort:
            found.append((SORT, self.sort))
        if self.size:
            found.append((SIZE, str(self.size)))
        if self.page != 1:
            found.append((PAGE, str(self.page)))
        return found

    def without(self, key: str, value: str | None = None) -> ListState:
        """Return the state without one filter, or without one of its values."""
        if key == TEXT:
            return replace(self, text="", page=1)
        values = {k: v for k, v in self.values.items() if k != key}
        if value is not None and (rest := tuple(v for v in self.values.get(key, ()) if v != value)):
            values[key] = rest
        ranges = {k: v for k, v in self.ranges.items() if k != key}
        return replace(self, values=values, ranges=ranges, page=1)

    def sorted_by(self, key: str) -> ListState:
        """Return the state ordered by a column; a second click turns the order round."""
        return replace(self, sort=f"-{key}" if self.sort == key else key, page=1)

    def at(self, page: int) -> ListState:
        """Return the state on another page."""
        return replace(self, page=page)


def read(pairs: Pairs, screen: Screen) -> ListState:
    """Read a state from the arguments of an address; raise InvalidInput with everything that is wrong."""
    reader = _Reader(screen)
    for key, value in pairs:
        reader.take(key, value)
    if reader.problems:
        raise InvalidInput(
            "list.query", msg("This list cannot be shown the way the address asks"), problems=reader.problems
        )
    return reader.state()


class _Reader:
    """Collects the parts of one address."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.problems: list[Problem] = []
        self.text = ""
        self.values: dict[str, list[str]] = {}
        self.ranges: dict[str, list[str]] = {}
        self.sort = ""
        self.page = 1
        self.size = 0

    def state(self) -> ListState:
        return ListState(
            self.text,
            {key: tuple(dict.fromkeys(values)) for key, values in self.values.items()},
            {key: (low, high) for key, (low, high) in self.ranges.items()},
            self.sort,
            self.page,
            self.size,
        )

    def take(self, key: str, value: str) -> None:
        value = value.strip()
        if not value:
            return  # an empty control of the filter form
        if "\x00" in value:
            self._refuse(key, msg("“%(value)s” holds a character that no text may hold"), value)
        elif key == TEXT and len(value) > MAX_TEXT:
            self._refuse(key, msg("“%(value)s” is too long to search for"), value)
        elif key == TEXT:
            self.text = value
        elif key == SORT:
            self._take_sort(value)
        elif key == PAGE:
            self.page = self._whole(key, value, 1, MAX_PAGE)
        elif key == SIZE:
            self.size = self._whole(key, value, 1, MAX_SIZE)
        else:
            self._take_filter(key, value)

    def _take_sort(self, value: str) -> None:
        found = self.screen.find(value.removeprefix("-"))
        if found is None or not found.sortable:
            self._refuse(SORT, msg("The list cannot be sorted by “%(value)s”"), value)
        else:
            self.sort = ("-" if value.startswith("-") else "") + found.key

    def _take_filter(self, key: str, value: str) -> None:
        end = next((end for end in (FROM, TO) if key.endswith(end)), "")
        found = self.screen.find(key.removesuffix(end) if end else key)
        if found is not None and found.filterable and found.ranged and not end and value == NONE:
            self.values[found.key] = [NONE]
        elif found is None or not found.filterable or found.ranged != bool(end):
            self._refuse(key, msg("The list has no filter “%(value)s”"), key)
        elif end:
            self._take_bound(found, end, value)
        elif problem := _refusal(found, value := _as_entered(found, value)):
            self._refuse(key, problem, value)
        elif len(self.values.setdefault(found.key, [])) >= MAX_VALUES:
            self._refuse(key, msg("Too many values at once"), value)
        else:
            self.values[found.key].append(value)

    def _take_bound(self, found: Field, end: str, value: str) -> None:
        bound = _bound(found, value)
        if bound is None:
            is_date = not found.numeric
            text = msg("“%(value)s” is not a date") if is_date else msg("“%(value)s” is not a number")
            self._refuse(found.key + end, text, value)
            return
        self.ranges.setdefault(found.key, ["", ""])[end == TO] = bound

    def _whole(self, key: str, value: str, low: int, high: int) -> int:
        # isdecimal alone would accept digits of other scripts, and int() alone signs and underscores.
        if value.isascii() and value.isdecimal() and len(value) <= 6 and low <= int(value) <= high:
            return int(value)
        self.problems.append(
            Problem(
                "list.query",
                msg("“%(value)s” is not a whole number from %(low)s to %(high)s"),
                {"value": value[:40], "low": low, "high": high},
                pointer=key,
            )
        )
        return low

    def _refuse(self, key: str, message: str, value: str) -> None:
        shown = value.replace("\x00", "�")
        self.problems.append(Problem("list.query", message, {"value": shown[:40]}, pointer=key[:80]))


def _bound(found: Field, value: str) -> str | None:
    """Return the bound of a range as an address has it, of what was typed or pasted; None where it is none.

    Digits with hyphens or alone are what programs write: there a day is exact, and a slip is told.
    """
    if found.numeric:
        if _is_number(value):
            return value
        read = WAYS[found.of.way or "number"].read(value) if _of_one_script(value) else None
        return str(read) if isinstance(read, int | float) and math.isfinite(read) else None
    pasted = WAYS["date"].read(value) if _of_one_script(value) and not _PROGRAMS.fullmatch(value) else value
    for day in (value, pasted):
        if isinstance(day, str) and _is_day(day):
            return day
    return None


def _is_day(value: str) -> bool:
    try:
        day_of(value)
    except ValueError:
        return False
    return True


def _of_one_script(value: str) -> bool:
    """Return whether all digits are those of ASCII, in whichever width."""
    return all(one.isascii() for one in unicodedata.normalize("NFKC", value) if one.isdecimal())


def _is_number(value: str) -> bool:
    try:
        # float() alone would take digits of other scripts, and underscores between them.
        return value.isascii() and "_" not in value and math.isfinite(float(value))
    except ValueError:
        return False


def _as_entered(found: Field, value: str) -> str:
    """Return the value of a filter as a field would store it, so that it finds what a field stored."""
    if found.options or found.of.filter == "yes_no":
        return value
    read = WAYS["code" if found.of.filter in CODED else "text"].read(value)
    return read if isinstance(read, str) and read else value


def _refusal(found: Field, value: str) -> str:
    """Return what is wrong with a value of a filter; empty where nothing is."""
    if found.of.filter == "yes_no":
        return "" if value in ("true", "false") else msg("“%(value)s” is neither true nor false")
    if found.options and value not in found.options:
        return msg("“%(value)s” is not one of the choices of this filter")
    if found.of.filter in CODED and len(value) > MAX_CODE:
        return msg("“%(value)s” is not a code")
    return ""
