"""The question a client of the API asks of a list: plain arguments, or Flask-AppBuilder's rison in ``q``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import prison

from portal.core.errors import InvalidInput, Problem, msg
from portal.web.words.list_state import FROM, MAX_TEXT, PAGE, SIZE, SORT, TEXT, TO

RISON = "q"
MAX_RISON = 4000
_KNOWN = frozenset({"filters", "order_column", "order_direction", "page", "page_size", "text"})
_OPERATORS = {"eq": "", "in": "", "gte": FROM, "lte": TO}


def pairs_of(args: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the arguments as the pairs that a list's address has; rison is taken apart into them."""
    found: list[tuple[str, str]] = []
    for key, value in args:
        if key == RISON:
            found += _from_rison(value)
        elif value.strip() and len(value) <= MAX_TEXT:
            found.append((key, value))
        else:
            # A page leaves empty controls aside and cuts long texts; a program may mean something else.
            raise _refused(msg("The value of “%(name)s” cannot be used"), {"name": key[:80]}, key[:80])
    return found


def _from_rison(text: str) -> Iterator[tuple[str, str]]:
    try:
        asked = prison.loads(text) if len(text) <= MAX_RISON else None
    except (prison.decoder.ParserException, ValueError, TypeError, LookupError, RecursionError):
        # A text that ends in the middle makes the library fail where it looks at the next sign.
        asked = None
    if not isinstance(asked, dict):
        raise _refused(msg("q is not a rison object"), {})
    unknown = sorted(set(asked) - _KNOWN)
    if unknown:
        raise _refused(msg("q has no “%(name)s”"), {"name": str(unknown[0])[:40]})
    if "text" in asked:
        yield TEXT, str(asked["text"])
    if "order_column" in asked:
        descending = asked.get("order_direction", "asc") == "desc"
        yield SORT, ("-" if descending else "") + str(asked["order_column"])
    if "page" in asked:
        # Flask-AppBuilder counts pages from 0, addresses of ours from 1.
        page = asked["page"]
        yield PAGE, str(page + 1 if isinstance(page, int) and not isinstance(page, bool) else page)
    if "page_size" in asked:
        yield SIZE, str(asked["page_size"])
    filters = asked.get("filters", [])
    for one in filters if isinstance(filters, list) else [filters]:
        yield from _from_filter(one)


def _from_filter(one: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(one, dict) or not {"col", "opr", "value"} <= set(one) or one["opr"] not in _OPERATORS:
        raise _refused(
            msg("A filter is (col:…,opr:…,value:…), with one of the operators %(names)s"),
            {"names": " ".join(_OPERATORS)},
        )
    values = one["value"] if isinstance(one["value"], list) else [one["value"]]
    for value in values:
        shown = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else str(value)
        yield str(one["col"]) + _OPERATORS[one["opr"]], str(shown)


def _refused(message: str, params: dict[str, Any], pointer: str = RISON) -> InvalidInput:
    problem = Problem("list.query", message, params, pointer=pointer)
    return InvalidInput(
        "list.query", msg("This list cannot be shown the way the address asks"), {}, [problem]
    )
