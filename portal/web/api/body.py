"""What a client of the API sends, read strictly: only what may be set, and JSON without surprises."""

from __future__ import annotations

import copy
from typing import Any

from flask import request

from portal.core import strict_json
from portal.core.errors import InvalidInput, PortalError, Problem, msg

MAX_BODY = 1024 * 1024


class PreconditionRequired(PortalError):
    """A change that does not say which version it is for."""


def read_object(allowed: frozenset[str]) -> dict[str, Any]:
    """Return the JSON object of the request; refuse members nobody may set."""
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise _refused("body.size", msg("The body is larger than %(limit)s bytes"), {"limit": MAX_BODY})
    if not request.is_json:
        raise _refused("body.type", msg("Send JSON, with Content-Type: application/json"), {})
    value, problems = strict_json.loads(request.get_data(cache=False))
    if problems:
        raise InvalidInput("body.json", msg("The body is not usable JSON"), problems=problems)
    if not isinstance(value, dict):
        raise _refused("body.object", msg("The body must be a JSON object"), {})
    unknown = sorted(set(value) - allowed)
    if unknown:
        problems = [
            Problem(
                "body.member", msg("“%(name)s” cannot be set"), {"name": name[:80]}, pointer=f"/{name[:80]}"
            )
            for name in unknown[:20]
        ]
        raise InvalidInput("body.member", msg("The body holds what cannot be set"), problems=problems)
    if not isinstance(value.get("data", {}), dict):
        raise _refused("body.data", msg("“data” must be a JSON object"), {}, "/data")
    for name in allowed - {"data"}:
        if name in value and not isinstance(value[name], str):
            raise _refused("body.text", msg("“%(name)s” must be a text"), {"name": name}, f"/{name}")
    return value


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


def expected_version() -> int:
    """Return the version that If-Match names; a change without one is refused."""
    tags = request.if_match
    if not request.headers.get("If-Match"):
        raise PreconditionRequired(
            "version.missing", msg("Say which version you change: send If-Match with the record's ETag")
        )
    values = [tag for tag in tags.as_set() if tag.isascii() and tag.isdecimal() and len(tag) < 10]
    if len(values) != 1:
        raise _refused("version.form", msg("If-Match must hold the one ETag of the record"), {}, "If-Match")
    return int(values[0])


def _refused(code: str, message: str, params: dict[str, Any], pointer: str = "") -> InvalidInput:
    return InvalidInput(code, message, params, [Problem(code, message, params, pointer=pointer)])
