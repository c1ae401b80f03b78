"""What forms offer for the inputs of a rule set: the choices of their fields, and the fields that must be filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.core import pointer as pointers
from portal.core.text import Text

Options = Mapping[str, Text]


def forms_of(forms: Mapping[str, Any], rule_set: str) -> list[Mapping[str, Any]]:
    """Return the forms of the entity types that decide by a rule set."""
    found = []
    for form in forms.values():
        entity = form.get("entity") if isinstance(form, Mapping) else None
        if isinstance(entity, Mapping) and rule_set in (entity.get("rules") or ()):
            found.append(form)
    return found


def options_of(schemas: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]) -> dict[str, Options]:
    """Return the choices of each input whose field offers some in every form that has the field."""
    found: dict[str, Options] = {}
    for name, declared in inputs.items():
        fields = [field for schema in schemas if (field := _field(schema, declared.get("from"))) is not None]
        offered = [_choices(field) for field in fields]
        if offered and all(offered):
            found[name] = {code: title for one in offered for code, title in one.items()}
    return found


def given_in(schemas: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]) -> frozenset[str]:
    """Return the inputs that always have a value, since every form asks for their fields."""
    return frozenset(
        name
        for name, declared in inputs.items()
        if schemas and all(declared.get("from") in _required(schema) for schema in schemas)
    )


def _required(schema: Mapping[str, Any]) -> Iterator[str]:
    for name in schema.get("required", ()):
        yield pointers.join([name])


def _field(schema: Mapping[str, Any], where: Any) -> Mapping[str, Any] | None:
    field: Any = schema
    for part in pointers.split(where) if isinstance(where, str) else ():
        field = field.get("items") if part == pointers.EVERY else (field.get("properties") or {}).get(part)
        if not isinstance(field, Mapping):
            return None
    return field if field is not schema else None


def _choices(field: Mapping[str, Any]) -> Options:
    if field.get("type") == "array":
        items = field.get("items")
        return _choices(items) if isinstance(items, Mapping) else {}
    several = field.get("oneOf")
    if isinstance(several, list) and all(isinstance(one, Mapping) and "const" in one for one in several):
        return {
            one["const"]: one.get("title", one["const"]) for one in several if isinstance(one["const"], str)
        }
    return {one: one for one in field.get("enum", ()) if isinstance(one, str)}
