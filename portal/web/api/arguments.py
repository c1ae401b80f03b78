"""The arguments of an address, read strictly: unknown, repeated and malformed ones are refused by name."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import request

from portal.core.errors import InvalidInput, Problem, msg
from portal.core.values import day_of

MAX_TEXT, MAX_PAGE, MAX_SIZE = 100, 500, 100
CODE = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
_WHOLE = re.compile(r"[1-9][0-9]{0,17}")


def text(value: str) -> str:
    """Return a text of bounded length without NUL."""
    if len(value) > MAX_TEXT or "\0" in value:
        raise ValueError
    return value.strip()


def code(value: str) -> str:
    """Return an identifier, such as the code of a unit."""
    if not re.fullmatch(CODE, value):
        raise ValueError
    return value


def whole(most: int) -> Callable[[str], int]:
    """Return the reader of a whole number from 1 to ``most``."""

    def read(value: str) -> int:
        if not _WHOLE.fullmatch(value) or int(value) > most:
            raise ValueError
        return int(value)

    return read


def day(value: str) -> dt.date:
    """Return a day written year-month-day."""
    if not value.startswith("20"):
        raise ValueError
    return day_of(value)


def yes_no(value: str) -> bool:
    """Return a yes or no written true or false."""
    if value not in ("true", "false"):
        raise ValueError
    return value == "true"


def one_or_two(names: Collection[str]) -> Callable[[str], tuple[str, ...]]:
    """Return the reader of one of some names, or of two different ones with a comma between them."""

    def read(value: str) -> tuple[str, ...]:
        found = tuple(value.split(","))
        if len(found) > 2 or len(set(found)) < len(found) or not set(found) <= set(names):
            raise ValueError
        return found

    return read


PAGES: Mapping[str, Callable[[str], Any]] = {"page": whole(MAX_PAGE), "size": whole(MAX_SIZE)}


def read(readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """Return the arguments of the request by name; InvalidInput with everything that is wrong."""
    found: dict[str, Any] = {}
    problems = []
    for name, value in request.args.items(multi=True):
        if name not in readers or name in found:
            problems.append(_problem(name, msg("There is no “%(name)s” to ask for, or it is given twice")))
            continue
        try:
            found[name] = readers[name](value)
        except ValueError:
            problems.append(_problem(name, msg("The value of “%(name)s” cannot be used")))
    if problems:
        title = msg("This list cannot be shown the way the address asks")
        raise InvalidInput("list.query", title, problems=problems[:20])
    return found


def _problem(name: str, message: str) -> Problem:
    shown = name[:80].replace("\0", "�")
    return Problem("list.query", message, {"name": shown}, pointer=shown)
