"""On which line of a JSON text a place stands: what a person opens the file at."""

from __future__ import annotations

import json
import re

from portal.core import pointer as pointers

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def line_of(text: str, pointer: str) -> int:
    """Return the line of the value at a pointer; of the last part of it that is there, where it leads nowhere."""
    at = _skip(text, 0)
    for part in pointers.split(pointer):
        inner = _inner(text, at, part)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def _inner(text: str, at: int, wanted: str) -> int | None:
    """Return where the value of a member or an entry begins; None where there is none."""
    opened = text[at : at + 1]
    if opened not in ("{", "["):
        return None
    at, number = _skip(text, at + 1), 0
    while text[at] not in "}]":
        name = str(number)
        if opened == "{":
            name, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if name == wanted:
            return at
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        at = _skip(text, at + 1) if text[at] == "," else at
        number += 1
    return None


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
