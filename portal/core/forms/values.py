"""Scalar values as the text of a control and back, without ever changing a value."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable
from enum import Enum
from typing import Any, Final, Literal

from portal.core import pointer as pointers


class _Absent(Enum):
    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Absent.ABSENT
Absent = Literal[_Absent.ABSENT]

SCALARS = frozenset({"string", "integer", "number", "boolean", "null"})
ALL_TYPES = frozenset({"string", "integer", "number", "boolean", "null", "object", "array"})
_INTEGER = re.compile(r"[+-]?\d{1,400}")
_NUMBER = re.compile(r"[+-]?(\d{1,400}(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?")
_UNSAFE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def type_of(value: Any) -> str:
    """Return the JSON type of a value; ``integer`` for whole Python ints only."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def same(one: Any, two: Any) -> bool:
    """Tell whether two JSON values are the same, telling 1 from true and 1 from 1.0."""
    return type(one) is type(two) and (
        dump(one) == dump(two) if isinstance(one, dict | list | float) else bool(one == two)
    )


def same_number(one: Any, two: Any) -> bool:
    """Tell whether two JSON values are equal as JSON Schema sees it: 1 and 1.0 are."""
    numbers = ("integer", "number")
    return same(one, two) or (type_of(one) in numbers and type_of(two) in numbers and bool(one == two))


def same_key(value: Any) -> tuple[type, Any]:
    """Return what two values have in common exactly when they are ``same``."""
    return type(value), dump(value) if isinstance(value, dict | list | float) else value


def number_key(value: Any) -> tuple[type, Any]:
    """Return what two values have in common exactly when they are ``same_number``."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float, value  # equal numbers have equal hashes
    return same_key(value)


def dump(value: Any) -> str:
    """Return a value as JSON text that survives HTML and a browser; NaN never gets here."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=isinstance(value, dict))
    return json.dumps(value, sort_keys=isinstance(value, dict)) if _UNSAFE.search(text) else text


def load(text: str) -> Any:
    """Return the value of a JSON text; raise ValueError unless it is finite, clean JSON."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    def finite(number: str) -> float:
        value = float(number)
        if not math.isfinite(value):
            raise ValueError(number)
        return value

    try:
        return json.loads(text, parse_constant=refuse, parse_float=finite)
    except RecursionError:
        raise ValueError("depth") from None


def plain(text: str) -> bool:
    """Tell whether a browser gives a text back as it was: no control characters, no carriage return."""
    return _UNSAFE.search(text) is None


def writable(key: str) -> bool:
    """Tell whether a browser gives a name back as it was in a control of one line."""
    return plain(key) and "\n" not in key


def more_than(value: Any, most: int) -> bool:
    """Tell whether a value holds more than ``most`` values; stops counting there."""
    todo, seen = [value], 0
    while todo and seen <= most:
        found = todo.pop()
        seen += 1
        todo.extend(found.values() if isinstance(found, dict) else found if isinstance(found, list) else ())
    return seen > most


def largest(value: Any) -> str:
    """Return the pointer of the list or group that holds the most, the innermost one that holds most of its whole."""
    where = ""
    while isinstance(value, dict | list) and value:
        members = value.items() if isinstance(value, dict) else enumerate(value)
        size, name, inner = max(
            ((_size(one), str(name), one) for name, one in members), key=lambda found: found[0]
        )
        if 2 * size < len(value):
            break
        where, value = f"{where}/{pointers.escape(name)}", inner
    return where


def _size(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(_size(one) for one in inside)


def scalar_text(value: Any) -> str:
    """Return the text that stands for a scalar in a text control."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return str(value)


def read_scalar(text: str, types: Iterable[str]) -> Any:
    """Return what a person meant by ``text`` in a control for ``types``; what fits no type stays text."""
    if "number" in types or "integer" in types:
        number = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
        if _INTEGER.fullmatch(number):
            return int(number)
        if _NUMBER.fullmatch(number):
            value = float(number)
            if math.isfinite(value):
                return value
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    return text


def read_any(text: str) -> Any:
    """Return the JSON value of ``text``, or the text itself where it is not JSON."""
    try:
        return load(text)
    except ValueError:
        return text


def any_text(value: Any) -> str:
    """Return the text that ``read_any`` turns into ``value``."""
    if isinstance(value, str) and value.strip() and plain(value) and same(read_any(value), value):
        return value
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False, indent=2)
        return text if not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text) else dump(value)
    return dump(value)


def lines(text: str) -> str:
    """Return ``text`` with the line ends a person sees: browsers send every one as CRLF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
