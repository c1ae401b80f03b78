"""The arguments of an address, read strictly: unknown, repeated and malformed ones are refused by name.

A view declares what its address can ask for (``asks``), and finds it in ``asked``; where it declares nothing, nothing
can be asked for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import g, request

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


Readers = Mapping[str, Callable[[str], Any]]
_DECLARED = "_asks"
_NOTHING: Readers = {}


def asks(readers: Readers | None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what the address of a view can ask for; None where the view itself reads, and refuses, all of it."""

    def declared(view: Callable[..., Any]) -> Callable[..., Any]:
        setattr(view, _DECLARED, readers)
        return view

    return declared


def take(view: Callable[..., Any]) -> None:
    """Read the arguments of the request as its view declares them; InvalidInput with everything that is wrong."""
    readers = getattr(view, _DECLARED, _NOTHING)
    g.asked = {} if readers is None else read(readers)


def asked() -> dict[str, Any]:
    """Return the arguments of the request by name."""
    found: dict[str, Any] = g.asked
    return found


def read(readers: Readers) -> dict[str, Any]:
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
    if problems and not readers:
        raise InvalidInput(
            "address.query", msg("This address takes nothing behind a question mark"), problems=problems[:20]
        )
    if problems:
        title = msg("This list cannot be shown the way the address asks")
        raise InvalidInput("list.query", title, problems=problems[:20])
    return found


def _problem(name: str, message: str) -> Problem:
    shown = name[:80].replace("\0", "�")
    return Problem("list.query", message, {"name": shown}, pointer=shown)
