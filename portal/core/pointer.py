"""JSON Pointers (RFC 6901), and every way in which the portal walks along them.

In a *pattern* ``*`` stands for every item of a list (or every member of an object). Nothing here changes what it is
given: functions that set or remove return a copy that shares all other parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

EVERY = "*"
_INDEX = re.compile(r"/\d+(?=/|$)")
_MISSING = object()
_LONGEST_INDEX = 7


def escape(part: str) -> str:
    """Return one reference token, escaped."""
    return part.replace("~", "~0").replace("/", "~1")


def join(parts: Iterable[str | int], base: str = "") -> str:
    """Return ``base`` extended by ``parts``."""
    tokens = [str(part) for part in parts]
    joined = "/".join(tokens)
    # Packs have hundreds of thousands of places, and hardly ever a name with anything to escape.
    if "~" in joined or joined.count("/") != len(tokens) - 1:
        return base + "".join("/" + escape(token) for token in tokens)
    return f"{base}/{joined}"


def split(pointer: str) -> list[str]:
    """Return the unescaped tokens of ``pointer``; the empty pointer has none."""
    if not pointer:
        return []
    return [p.replace("~1", "/").replace("~0", "~") for p in pointer.removeprefix("/").split("/")]


def pattern_of(pointer: str) -> str:
    """Return a pointer with ``*`` for the index of each item."""
    return _INDEX.sub("/*", pointer)


def meets(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether one pointer or pattern, as tokens, lies at, above or below the other."""
    return all(a == b or EVERY in (a, b) for a, b in zip(one, other, strict=False))


@lru_cache(maxsize=8_192)
def _tokens(pointer: str) -> tuple[str, ...]:
    # The same few hundred pointers are followed at each record.
    return tuple(split(pointer))


def is_index(part: str) -> bool:
    """Tell whether a token can be the index of an item: digits alone, and no more of them than a list has items."""
    return part.isdecimal() and len(part) < _LONGEST_INDEX


def get(value: Any, pointer: str, default: Any = None) -> Any:
    """Return the value at ``pointer`` inside ``value``, or ``default``."""
    for part in _tokens(pointer):
        if isinstance(value, dict):
            value = value.get(part, _MISSING)
        elif isinstance(value, list) and is_index(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            return default
        if value is _MISSING:
            return default
    return value


def put(value: Any, pointer: str, new: Any) -> Any:
    """Return a copy of ``value`` with ``new`` at ``pointer``; objects that are missing on the way are made."""
    return _changed(value, split(pointer), new)


def without(value: Any, pointer: str) -> Any:
    """Return a copy of ``value`` without the member at ``pointer``; the same where there is none."""
    return _changed(value, split(pointer), _MISSING)


def with_value(value: Mapping[str, Any], pointer: str, new: Any) -> dict[str, Any]:
    """Return a copy of ``value`` with one field set, or taken out where ``new`` is None."""
    return dict(without(value, pointer) if new is None else put(value, pointer, new))


def patched(value: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of ``value`` with each pointer of ``changes`` set; None takes a field out."""
    result = dict(value)
    for pointer, new in changes.items():
        result = with_value(result, pointer, new)
    return result


def values(value: Any, pattern: str | Sequence[str]) -> Iterator[Any]:
    """Yield the values at a pattern, in order; nothing where it leads nowhere."""
    parts = split(pattern) if isinstance(pattern, str) else pattern
    if not parts:
        yield value
    elif isinstance(value, Mapping):
        for name in value if parts[0] == EVERY else (parts[0],):
            if name in value:
                yield from values(value[name], parts[1:])
    elif isinstance(value, list) and parts[0] == EVERY:
        for member in value:
            yield from values(member, parts[1:])


def found(value: Any, pattern: str | Sequence[str], at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values at a pattern with the pointer of each, in order."""
    parts = split(pattern) if isinstance(pattern, str) else pattern
    if not parts:
        yield at, value
    elif isinstance(value, Mapping):
        for name in value if parts[0] == EVERY else (parts[0],):
            if name in value:
                yield from found(value[name], parts[1:], f"{at}/{escape(str(name))}")
    elif isinstance(value, list) and parts[0] == EVERY:
        for index, member in enumerate(value):
            yield from found(member, parts[1:], f"{at}/{index}")


def mapped(value: Any, pattern: str | Sequence[str], change: Callable[[Any], Any]) -> Any:
    """Return a copy of ``value`` with each value at a pattern changed; what is not there stays away."""
    parts = split(pattern) if isinstance(pattern, str) else pattern
    if not parts:
        return change(value)
    head, rest = parts[0], parts[1:]
    if isinstance(value, list) and head == EVERY:
        return [mapped(member, rest, change) for member in value]
    if isinstance(value, Mapping):
        names = list(value) if head == EVERY else [head] if head in value else []
        return {**value, **{name: mapped(value[name], rest, change) for name in names}}
    return value


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each field with its pointer; objects are entered, lists are values."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from leaves(member, f"{at}/{escape(str(name))}")
    else:
        yield at, value


def scalars(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every single value below ``value`` with its pointer, those in rows of lists too."""
    members: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        members = value.items()
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        members = enumerate(value)
    elif at:
        yield at, value
    for name, member in members:
        yield from scalars(member, f"{at}/{escape(str(name))}")


def collected(value: Any, parts: Sequence[str]) -> Any:
    """Return the value at the tokens of a pattern; from ``*`` on, the list of all that is there.

    Conditions read facts by this, often: tokens are split once, and rows are any sequence.
    """
    for at, part in enumerate(parts):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif not isinstance(value, Sequence) or isinstance(value, str | bytes):
            return None
        elif part == EVERY:
            found = (collected(row, parts[at + 1 :]) for row in value)
            return [item for item in found if item is not None]
        elif is_index(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _changed(value: Any, parts: Sequence[str], new: Any) -> Any:
    if not parts:
        return new
    head, rest = parts[0], parts[1:]
    if isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        index = int(head)
        if not rest and new is _MISSING:
            return value[:index] + value[index + 1 :]
        return [*value[:index], _changed(value[index], rest, new), *value[index + 1 :]]
    if not isinstance(value, dict):
        return value if new is _MISSING else {head: _changed({}, rest, new)}
    if rest:
        if head not in value and new is _MISSING:
            return value
        return {**value, head: _changed(value.get(head, {}), rest, new)}
    if new is _MISSING:
        return {name: member for name, member in value.items() if name != head}
    return {**value, head: new}
