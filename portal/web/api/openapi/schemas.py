"""JSON Schemas of an OpenAPI document: those of forms taken over, those of records made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.forms import CompiledForm

Json = dict[str, Any]
NEWEST = "https://json-schema.org/draft/2020-12/schema"
# Values of these keywords are data, not schemas: nothing in them is a reference or a title.
LITERAL = frozenset({"const", "default", "enum", "examples", "example", "required"})
NAMED = frozenset(
    {"properties", "$defs", "definitions", "patternProperties", "dependentSchemas", "dependencies"}
)
TEXTS = frozenset({"title", "description"})
_READ = "What is stored. Values are also taken as people write them, and read: docs/formats/values.md"


def ref(name: str, part: str = "schemas") -> Json:
    """Return the reference to a component."""
    return {"$ref": f"#/components/{part}/{name}"}


def text(**more: Any) -> Json:
    """Return the schema of a text."""
    return {"type": "string", **more}


def optional(schema: Json) -> Json:
    """Return a schema that allows null besides."""
    return {**schema, "type": [schema["type"], "null"]}


def listed(schema: Json) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def thing(properties: Mapping[str, Json], *, needed: bool = True, closed: bool = False) -> Json:
    """Return the schema of an object; ``needed`` where all of its members are always there."""
    schema: Json = {"type": "object", "properties": dict(properties)}
    if needed:
        schema["required"] = list(properties)
    if closed:
        schema["additionalProperties"] = False
    return schema


def result(schema: Json, **beside: Json) -> Json:
    """Return the schema of an answer."""
    return thing({"result": schema, **beside})


def of_form(form: CompiledForm, name: str) -> Json:
    """Return the JSON Schema of a form as the component ``name``: what is accepted, with texts in its language."""
    schema = _taken(form, form.definition["schema"], f"#/components/schemas/{name}")
    if not isinstance(schema, dict):
        return {"type": "object"}
    schema.pop("$id", None)
    if str(schema.get("$schema", NEWEST)).removesuffix("#") == NEWEST:
        schema.pop("$schema", None)
    schema.setdefault("type", "object")
    schema.setdefault("description", _READ)
    return schema


def _taken(form: CompiledForm, value: Any, home: str) -> Any:
    if isinstance(value, list):
        return [_taken(form, one, home) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: _member(form, key, member, home) for key, member in value.items()}


def _member(form: CompiledForm, key: str, value: Any, home: str) -> Any:
    if key in LITERAL:
        return value
    if key == "$ref" and isinstance(value, str) and value.startswith("#"):
        return home + value[1:]
    if key in TEXTS and isinstance(value, str | dict):
        return form.text(value)
    if key in NAMED and isinstance(value, dict):
        return {name: _taken(form, one, home) for name, one in value.items()}
    return _taken(form, value, home)
