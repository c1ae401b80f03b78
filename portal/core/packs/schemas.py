"""JSON Schemas of the pack formats, and what a schema error means in words.

One schema per format describes the complete thing. A file of a pack is a patch, so for single files a
*relaxed* twin is derived: nothing is required, because a pack above may have it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs import tables
from portal.core.packs.list_edits import is_list_edit
from portal.core.strict_schemas import StrictValidator
from portal.core.table import revision

_DEMANDS = frozenset({"required", "minProperties", "minItems", "not"})
_PARTIAL = "x-partial"  # marks a part of a schema that describes a patch, so that it demands nothing
_FORMATS = jsonschema.FormatChecker(["date"])


def schema(name: str) -> dict[str, Any]:
    """Return the schema of a format as shipped; ``tables`` is made of the tables of knowledge."""
    return tables.definitions() if name == tables.NAME else _shipped(name)


@cache
def _shipped(name: str) -> dict[str, Any]:
    text = (resources.files("portal.core") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def has_schema(name: str) -> bool:
    """Tell whether a format has a schema."""
    return (resources.files("portal.core") / "schemas" / f"{name}.json").is_file()


def check_file(name: str, value: Any, *, file: str = "", pointer: str = "") -> list[Problem]:
    """Check one file of a pack, which may be a patch, against the relaxed schema of its format."""
    if value is None:
        return []  # the whole thing is removed
    return _check(_validator(name, relaxed=True), _plain(value), file, pointer)


def check_complete(name: str, value: Any, *, file: str = "", pointer: str = "") -> list[Problem]:
    """Check a complete thing of a resolved bundle against the schema of its format."""
    return _check(_validator(name, relaxed=False), value, file, pointer)


def fits(piece: Mapping[str, Any], value: Any) -> bool:
    """Tell whether a value is what a piece of our schemas asks for."""
    return bool(StrictValidator(_inlined(piece), format_checker=_FORMATS).is_valid(value))


def _validator(name: str, *, relaxed: bool) -> Any:
    return _built(name, relaxed, revision())


def _check(validator: Any, value: Any, file: str, pointer: str) -> list[Problem]:
    problems: list[Problem] = []
    for error in validator.iter_errors(value):
        for found in _sharpen(error):
            problems.extend(_problems(found, file, pointer))
    return problems


@cache
def _built(name: str, relaxed: bool, _revision: int) -> Any:
    body = _inlined(schema(name))
    return StrictValidator(_relax(body) if relaxed else body, format_checker=_FORMATS)


def _inlined(body: Any) -> Any:
    """Return a schema with the shared pieces of ``common`` and ``tables`` in place; looking them up is slow."""
    if isinstance(body, list):
        return [_inlined(item) for item in body]
    if not isinstance(body, dict):
        return body
    inlined = {key: _inlined(value) for key, value in body.items() if key != "$ref"}
    if "$ref" in body:
        file, _, where = body["$ref"].partition("#")
        piece = pointers.get(schema(file.removesuffix(".json")), where)
        inlined = {**_inlined(piece), **inlined}
    return _relax(inlined) if inlined.pop(_PARTIAL, False) else inlined


def published(name: str) -> dict[str, Any]:
    """Return the schema of a format on its own: what other schemas and tables say stands in it."""

    def own(body: Any) -> Any:
        if isinstance(body, list):
            return [own(item) for item in body]
        if not isinstance(body, dict):
            return body
        kept = {key: own(value) for key, value in body.items() if key != "$ref"}
        target = body.get("$ref", "")
        if not isinstance(target, str) or not target:
            return kept
        file, _, where = target.partition("#")
        if not file:
            return {**kept, "$ref": target}
        return {**own(pointers.get(schema(file.removesuffix(".json")), where)), **kept}

    return dict(own(schema(name)))


def _relax(body: Any) -> Any:
    """Return a schema without its demands; items of lists keep theirs, because lists are replaced whole."""
    if isinstance(body, list):
        return [_relax(item) for item in body]
    if not isinstance(body, dict):
        return body
    relaxed: dict[str, Any] = {}
    for key, value in body.items():
        if key == "items":
            relaxed[key] = value
        elif key == "oneOf":
            relaxed["anyOf"] = _relax(value)
        elif key == "properties":
            relaxed[key] = {member: _relax(inner) for member, inner in value.items()}
        elif key not in _DEMANDS:
            relaxed[key] = _relax(value)
    return relaxed


def _plain(value: Any) -> Any:
    """Return a patch as the values it sets: without deletions, list edits as the items they add."""
    if is_list_edit(value):
        return value.get("$add", [])
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items() if member is not None}
    return value


def _sharpen(error: ValidationError) -> Iterator[ValidationError]:
    """Replace "none of the variants fits" by what is wrong with the one variant that was meant."""
    if error.validator in ("anyOf", "oneOf") and error.context:
        variants: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            variants.setdefault(inner.relative_schema_path[0], []).append(inner)
        meant = [errors for errors in variants.values() if not any(_wrong_variant(inner) for inner in errors)]
        if len(meant) == 1:
            for inner in meant[0]:
                yield from _sharpen(inner)
            return
    yield error


def _wrong_variant(error: ValidationError) -> bool:
    """Tell whether the error says that the value is of another sort altogether."""
    if error.relative_path:
        return False
    if error.validator in ("type", "const", "enum"):
        return True
    # A map without any of the variant's own keys is meant to be another variant.
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    return isinstance(error.instance, dict) and bool(known) and not (known.keys() & error.instance.keys())


_SIMPLE = {
    "type": (
        msg("Expected %(expected)s, found %(found)s"),
        msg("See the format's description in docs/formats"),
    ),
    "enum": (msg("%(found)s is not among the allowed values"), msg("Use one of: %(expected)s")),
    "const": (msg("%(found)s is not allowed here"), msg("Use %(expected)s")),
    "pattern": (msg("%(found)s does not have the right form"), msg("It must match %(expected)s")),
    "format": (msg("%(found)s is not a valid %(expected)s"), msg("Write days as 2026-05-04")),
    "minimum": (msg("%(found)s is too small"), msg("The smallest value is %(expected)s")),
    "exclusiveMinimum": (msg("%(found)s is too small"), msg("It must be more than %(expected)s")),
    "maximum": (msg("%(found)s is too large"), msg("The largest value is %(expected)s")),
    "minLength": (msg("The text is too short"), msg("Give at least %(expected)s characters")),
    "maxLength": (msg("The text is too long"), msg("Give at most %(expected)s characters")),
    "minItems": (msg("The list is too short"), msg("Give at least %(expected)s entries")),
    "maxItems": (msg("The list is too long"), msg("Give at most %(expected)s entries")),
    "minProperties": (msg("The map has too few entries"), msg("Give at least %(expected)s")),
    "maxProperties": (msg("The map has too many entries"), msg("Give at most %(expected)s")),
    "uniqueItems": (msg("The list holds the same entry twice"), msg("Keep one of them")),
}
_SHAPE = (
    msg("%(found)s has none of the allowed shapes"),
    msg("See the format's description in docs/formats"),
)


def _problems(error: ValidationError, file: str, base: str) -> Iterator[Problem]:
    where = pointers.join(error.absolute_path, base)
    if "propertyNames" in error.absolute_schema_path:
        params = {"name": str(error.instance), "expected": _shown(error.validator_value)}
        yield Problem(
            "schema.name",
            msg("%(name)s is not a valid name here"),
            params,
            file,
            pointers.join([str(error.instance)], where),
            msg("It must match %(expected)s"),
        )
    elif error.validator == "additionalProperties":
        yield from _unknown_keys(error, file, where)
    elif error.validator == "required":
        yield from _missing_keys(error, file, where)
    else:
        message, remedy = _SIMPLE.get(str(error.validator), _SHAPE)
        expected = error.validator_value
        params = {"found": _shown(error.instance), "expected": _shown(expected)}
        yield Problem(f"schema.{error.validator}", message, params, file, where, remedy)


def _unknown_keys(error: ValidationError, file: str, where: str) -> Iterator[Problem]:
    known = list(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
    for key in error.instance if isinstance(error.instance, dict) else ():
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            params = {"key": key, "known": ", ".join(close or known)}
            yield Problem(
                "schema.unknown_key",
                msg("The key %(key)s is not known here"),
                params,
                file,
                pointers.join([key], where),
                msg("Remove it, or use: %(known)s"),
            )


def _missing_keys(error: ValidationError, file: str, where: str) -> Iterator[Problem]:
    # jsonschema reports each missing key in an error of its own; the key stands in the message only.
    wanted = error.validator_value if isinstance(error.validator_value, list) else ()
    missing = next((key for key in wanted if error.message.startswith(repr(key))), "")
    yield Problem(
        "schema.missing_key",
        msg("The key %(key)s is missing"),
        {"key": missing},
        file,
        where,
        msg("Add %(key)s"),
    )


def _shown(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return ", ".join(str(item) for item in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"


def not_a_day(text: str) -> bool:
    """Tell whether a text is no day of the calendar."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return True
    return False
