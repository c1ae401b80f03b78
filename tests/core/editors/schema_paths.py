"""The paths of a format, walked from its JSON Schema by a way of its own: what the editors have to reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.packs import schemas

_BRANCHES = ("oneOf", "anyOf", "allOf")
_CASES = ("then", "else")


def paths_of(name: str) -> list[str]:
    """Return each place that a format describes, ``*`` for any name or number; conditions are not entered."""
    return sorted(dict.fromkeys(_paths(schemas.schema(name), name, "", ())))


def _paths(body: Any, document: str, at: str, above: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(body, Mapping):
        return
    ref = body.get("$ref")
    if isinstance(ref, str):
        file, _, where = ref.partition("#")
        target = file.removesuffix(".json") or document
        name = f"{target}#{where}"
        if target == "conditions" or where == "/$defs/condition" or name in above or name.endswith("/text"):
            yield at
            return
        yield from _paths(pointers.get(schemas.schema(target), where), target, at, (*above, name))
    if at and ("type" in body or "enum" in body or "const" in body):
        yield at
    for key, inner in body.get("properties", {}).items():
        if inner is not True:
            yield f"{at}/{key}"
            yield from _paths(inner, document, f"{at}/{key}", above)
    more = body.get("additionalProperties")
    if isinstance(more, Mapping):
        yield f"{at}/*"
        yield from _paths(more, document, f"{at}/*", above)
    if isinstance(body.get("items"), Mapping):
        yield f"{at}/*"
        yield from _paths(body["items"], document, f"{at}/*", above)
    for word in _BRANCHES:
        for inner in body.get(word, ()):
            yield from _paths(inner, document, at, above)
    for word in _CASES:
        yield from _paths(body.get(word), document, at, above)
