"""Read JSON strictly: one value per key, finite numbers, clean text, bounded size and depth."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from portal.core import json_faults, pointer
from portal.core.errors import Problem, msg

MAX_BYTES = 2_000_000
MAX_DEPTH = 64
LARGEST_NUMBER = 2**62
_MAX_PROBLEMS = 50
_OTHERS = ("utf-16", "gb18030")  # how Chinese Windows programs save texts
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)


def loads(text: str | bytes, *, file: str = "") -> tuple[Any, list[Problem]]:
    """Return the value of a JSON text and everything wrong with it; the value is None if it can't be read.

    Duplicate keys, NaN, infinities, numbers beyond 2^62, NUL and lone surrogates are refused: each of them is
    read differently by different programs.
    """
    if len(text) > MAX_BYTES:
        return None, [
            Problem("json.size", msg("The file is larger than %(limit)s bytes"), {"limit": MAX_BYTES}, file)
        ]
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return None, [not_utf8("json.encoding", error.object, error.start, file)]
    if _depth(text) > MAX_DEPTH:
        return None, [
            Problem("json.depth", msg("Nested deeper than %(limit)s levels"), {"limit": MAX_DEPTH}, file)
        ]
    doubled: list[tuple[dict[str, Any], str]] = []
    try:
        value = json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=lambda pairs: _object(pairs, doubled)
        )
    except json.JSONDecodeError as error:
        return None, [json_faults.explained(error, file)]
    except ValueError:  # an integer with thousands of digits
        return None, [Problem("json.number", msg("A number is too large"), {}, file)]
    problems = _duplicates(value, doubled, file) if doubled else []
    for where, found in _unclean(value, ""):
        problems.append(Problem(found.code, found.message, found.params, file, where))
        if len(problems) >= _MAX_PROBLEMS:
            break
    return value, problems


def not_utf8(code: str, content: bytes, at: int, file: str) -> Problem:
    """Return the problem of a file that is not UTF-8, with the encoding that it has instead where one fits."""
    line = content.count(b"\n", 0, at) + 1
    params: dict[str, Any] = {"at": at, "line": line}
    for encoding in _OTHERS:
        if encoding == "utf-16" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            params["seen"] = content[:4096].decode(encoding).splitlines()[min(line, 99) - 1][:20].strip()
        except (UnicodeDecodeError, IndexError):
            continue
        return Problem(
            code,
            msg("Not UTF-8 (byte %(at)s, line %(line)s): the file seems to be saved as %(encoding)s"),
            {**params, "encoding": "GBK" if encoding == "gb18030" else "UTF-16"},
            file,
            remedy=msg(
                "Save it anew with the encoding UTF-8; in Notepad and WPS that is a choice of “Save as”"
            ),
        )
    return Problem(
        code,
        msg("Not UTF-8 (byte %(at)s)"),
        params,
        file,
        remedy=msg("Save it anew with the encoding UTF-8"),
    )


def clean_text(value: str) -> bool:
    """Tell whether a text holds neither NUL nor half of a surrogate pair."""
    if "\0" in value:
        return False
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _depth(text: str) -> int:
    """Return how deep brackets nest, without building anything."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for char in _STRING.sub("", text):
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _duplicates(value: Any, doubled: list[tuple[dict[str, Any], str]], file: str) -> list[Problem]:
    """Return a problem for each key given twice, with the place of its object (empty inside a lost one)."""
    places = {id(found): where for where, found in _objects(value, "")}
    message = msg("The key “%(key)s” appears twice in one object")
    return [
        Problem("json.duplicate_key", message, {"key": key[:80]}, file, places.get(id(owner), ""))
        for owner, key in doubled[:_MAX_PROBLEMS]
    ]


def _objects(value: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield where, value
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield from _objects(member, f"{where}/{pointer.escape(str(key))}")


def _object(pairs: list[tuple[str, Any]], doubled: list[tuple[dict[str, Any], str]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                doubled.append((result, key.encode(errors="replace").decode()))
            seen.add(key)
    return result


_BAD_NUMBER = Problem(
    "json.number", msg("Not a number that can be kept: infinite, not a number or beyond 2^62")
)
_BAD_TEXT = Problem("json.text", msg("The text holds NUL or half of a surrogate pair"))


def _unclean(value: Any, where: str) -> Iterator[tuple[str, Problem]]:
    if isinstance(value, str):
        if not clean_text(value):
            yield where, _BAD_TEXT
    elif isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= LARGEST_NUMBER:
            yield where, _BAD_NUMBER
    elif isinstance(value, int):
        if abs(value) >= LARGEST_NUMBER:
            yield where, _BAD_NUMBER
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unclean(item, f"{where}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not clean_text(key):
                yield where, _BAD_TEXT
            else:
                yield from _unclean(item, where + "/" + pointer.escape(key))
