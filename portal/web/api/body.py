"""What a client of the API sends, read strictly: only what may be set, and JSON without surprises."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from portal.core import pointer, strict_json
from portal.core.errors import InvalidInput, PortalError, Problem, msg

MAX_BODY = 1024 * 1024
KINDS: Mapping[type, str] = MappingProxyType(
    {
        dict: msg("“%(name)s” must be a JSON object"),
        list: msg("“%(name)s” must be a JSON array"),
        str: msg("“%(name)s” must be a text"),
        int: msg("“%(name)s” must be a whole number"),
    }
)
# The step of another record that registering one takes.
OPENED: Mapping[str, type] = MappingProxyType({"type": str, "uid": str, "step": str, "version": int})
# What a header may hold without being read differently on the way.
_KEY = re.compile(r"[!-~]{1,80}")


def read_json() -> Any:
    """Return the JSON of the request, read strictly; what is too long is not read to its end."""
    request.max_content_length = MAX_BODY  # also where the request does not say how long it is
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise RequestEntityTooLarge
    if not request.is_json:
        raise UnsupportedMediaType
    value, problems = strict_json.loads(request.get_data(cache=False))
    if problems:
        raise InvalidInput("body.json", msg("The body is not usable JSON"), problems=problems)
    return value


def read_object(members: Mapping[str, type], *needed: str) -> dict[str, Any]:
    """Return the JSON object of the request; refuse members nobody may set, and values of another kind.

    Each member ``needed`` must be there: data that were forgotten are not the same as none.
    """
    value = read_json()
    if not isinstance(value, dict):
        raise _refused("body.object", msg("The body must be a JSON object"), {})
    problems = list(problems_of(value, members))
    problems += [
        Problem(f"body.{name}", msg("“%(name)s” is missing"), {"name": name}, pointer=f"/{name}")
        for name in needed
        if name not in value
    ]
    if problems:
        raise InvalidInput("body.member", msg("The body is not as it must be"), problems=problems)
    return value


def problems_of(value: Mapping[str, Any], members: Mapping[str, type], at: str = "") -> Iterator[Problem]:
    """Yield the members nobody may set, and those of another kind than they must be."""
    for name in sorted(value.keys() - members.keys())[:20]:
        shown = name[:80]
        message = msg("“%(name)s” cannot be set")
        yield Problem("body.member", message, {"name": shown}, pointer=f"{at}/{shown}")
    for name, kind in members.items():
        # JSON's true is no number, though Python's is.
        if name in value and (not isinstance(value[name], kind) or isinstance(value[name], bool)):
            yield Problem(f"body.{name}", KINDS[kind], {"name": name}, pointer=f"{at}/{name}")


def patched(current: Any, patch: Any) -> Any:
    """Return ``current`` changed by a JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = copy.deepcopy(current) if isinstance(current, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = patched(result.get(key), value)
    return result


def emptied(patch: Any, at: str = "") -> Iterator[str]:
    """Yield the pointers that a merge patch takes out."""
    for key, value in patch.items() if isinstance(patch, dict) else ():
        where = f"{at}/{pointer.escape(key)}"
        if value is None:
            yield where
        else:
            yield from emptied(value, where)


def expected_version() -> int:
    """Return the version that If-Match names; a change without one is refused."""
    tags = request.if_match
    if not request.headers.get("If-Match"):
        raise PortalError(
            "version.missing", msg("Say which version you change: send If-Match with the record's ETag")
        )
    values = [tag for tag in tags.as_set() if tag.isascii() and tag.isdecimal() and len(tag) < 10]
    if len(values) != 1:
        raise _refused("version.form", msg("If-Match must hold the one ETag of the record"), {}, "If-Match")
    return int(values[0])


def request_key() -> str | None:
    """Return the key that makes repeating this request harmless; None where the client sent none."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise _refused(
            "key.form",
            msg("Idempotency-Key must be 1 to 80 printable ASCII characters"),
            {},
            "Idempotency-Key",
        )
    return f"api:{key}"


def _refused(code: str, message: str, params: dict[str, Any], pointer: str = "") -> InvalidInput:
    return InvalidInput(code, message, params, [Problem(code, message, params, pointer=pointer)])
