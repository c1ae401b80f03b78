"""A schema document: dialect, references and validators; nothing outside it is ever read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import referencing.jsonschema as dialects
from jsonschema import validators
from referencing import Registry, Resource, Specification
from referencing._core import Resolver

from portal.core import pointer
from portal.core.forms.guarded import guarded

Schema = Any  # a mapping or a boolean

_HOSTS = ("http://json-schema.org/", "https://json-schema.org/")
_BY_NAME: dict[str, tuple[Any, Specification[Any]]] = {
    "draft-04/schema": (guarded(validators.Draft4Validator), dialects.DRAFT4),
    "draft-06/schema": (guarded(validators.Draft6Validator), dialects.DRAFT6),
    "draft-07/schema": (guarded(validators.Draft7Validator), dialects.DRAFT7),
    "draft/2019-09/schema": (guarded(validators.Draft201909Validator), dialects.DRAFT201909),
    "draft/2020-12/schema": (guarded(validators.Draft202012Validator), dialects.DRAFT202012),
    "schema": (guarded(validators.Draft202012Validator), dialects.DRAFT202012),
}
NEWEST: Any = _BY_NAME["schema"][0]
ONE = (
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
MANY = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
NAMED = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties", "dependencies")
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def dialect(name: Any) -> tuple[Any, Specification[Any]] | None:
    """Return the validator class and the reference rules for a ``$schema``; None if it is not one we read."""
    if name is None:
        return _BY_NAME["schema"]
    if not isinstance(name, str):
        return None
    text = name.removesuffix("#")
    for host in _HOSTS:
        if text.startswith(host):
            return _BY_NAME.get(text.removeprefix(host))
    return None


def dialect_of(schema: Schema) -> tuple[Any, Specification[Any]] | None:
    """Return the dialect a schema names; where it names none, the newest one whose metaschema it keeps.

    Many published schemas of the older drafts leave ``$schema`` out; only their shape tells them apart.
    """
    if not isinstance(schema, Mapping) or "$schema" in schema:
        return dialect(schema.get("$schema") if isinstance(schema, Mapping) else None)
    for name in ("schema", "draft-07/schema", "draft-04/schema"):
        validator = _BY_NAME[name][0]
        if validator(validator.META_SCHEMA).is_valid(schema):
            return _BY_NAME[name]
    return _BY_NAME["schema"]


def subschemas(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield each direct subschema of ``schema`` with its pointer, relative to it."""
    if not isinstance(schema, Mapping):
        return
    for keyword in ONE:
        value = schema.get(keyword)
        if isinstance(value, Mapping | bool):
            yield f"/{keyword}", value
    for keyword in MANY:
        value = schema.get(keyword)
        if isinstance(value, list):
            for index, member in enumerate(value):
                yield f"/{keyword}/{index}", member
    for keyword in NAMED:
        value = schema.get(keyword)
        if isinstance(value, Mapping):
            for name, member in value.items():
                if isinstance(member, Mapping | bool):
                    yield pointer.join((keyword, name)), member


@dataclass(frozen=True, slots=True)
class Sub:
    """One subschema together with the base its references are resolved against."""

    schema: Schema
    resolver: Resolver[Any]


@dataclass(slots=True)
class SchemaDocument:
    """A whole schema, ready to resolve references and to validate."""

    root: Schema
    validator_class: Any
    specification: Specification[Any]
    registry: Registry[Any] = field(init=False)
    top: Sub = field(init=False)
    checking: Any = None
    # Which data are valid without asking it; None for most schemas but those of forms, False before it is made.
    surely: Callable[[Any], bool] | Literal[False] | None = False
    _validators: dict[int, Any] = field(default_factory=dict)
    _made: list[Schema] = field(default_factory=list)

    def __post_init__(self) -> None:
        resource: Resource[Any] = self.specification.create_resource(self.root)
        self.registry = Registry().with_resource("", resource)
        self.top = Sub(self.root, self.registry.resolver_with_root(resource))

    @property
    def ignores_siblings(self) -> bool:
        """Tell whether keywords beside ``$ref`` mean nothing (drafts 4 to 7)."""
        return self.specification in (dialects.DRAFT4, dialects.DRAFT6, dialects.DRAFT7)

    def within(self, parent: Sub, schema: Schema) -> Sub:
        """Return a subschema of ``parent``; its own ``$id`` becomes the new base."""
        if isinstance(schema, Mapping) and ("$id" in schema or "id" in schema):
            resource: Resource[Any] = self.specification.create_resource(schema)
            return Sub(schema, parent.resolver.in_subresource(resource))
        return Sub(schema, parent.resolver)

    def made(self, parent: Sub, schema: Schema) -> Sub:
        """Return a schema that is not part of the document, kept alive so that its identity stays its own."""
        self._made.append(schema)
        return Sub(schema, parent.resolver)

    def target(self, sub: Sub, keyword: str = "$ref") -> Sub:
        """Return what the reference of ``sub`` names; raises ``referencing.exceptions.Unresolvable``."""
        ref = sub.schema[keyword]
        found = sub.resolver.lookup(ref)
        resource: Resource[Any] = self.specification.create_resource(found.contents)
        resolver = found.resolver
        if isinstance(found.contents, Mapping) and ("$id" in found.contents or "id" in found.contents):
            resolver = resolver.in_subresource(resource)
        return Sub(found.contents, resolver)

    def validator(self, sub: Sub) -> Any:
        """Return jsonschema's validator of one subschema."""
        found = self._validators.get(id(sub.schema))
        if found is None:
            if sub.schema is self.root:
                found = self.validator_class(self.root, registry=self.registry, _resolver=sub.resolver)
            else:
                found = self.validator_class(sub.schema, registry=self.registry, _resolver=sub.resolver)
            if not isinstance(sub.schema, bool):
                self._validators[id(sub.schema)] = found
        return found

    def allows(self, sub: Sub, instance: Any) -> bool:
        """Tell whether ``instance`` fits ``sub``; formats never decide what is shown."""
        return bool(self.validator(sub).is_valid(instance))
