"""jsonschema's validators with the four keywords that match patterns going through the port, and a quick ``enum``.

Everything else is jsonschema's own, and so is every verdict. A text whose match runs out of time fails its
keyword and stays noted in the run, so that no ``not`` or ``if`` around it makes it valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema import validators
from jsonschema.exceptions import ValidationError
from referencing.jsonschema import lookup_recursive_ref

from portal.core.forms.matching import OutOfTime, fits, search
from portal.core.forms.options import members_of

Schema = Any
Errors = Iterator[ValidationError]


def guarded(stock: Any) -> Any:
    """Return the validator class of a dialect that matches patterns through the port."""
    return _GUARDED[stock]


def _pattern(validator: Any, pattern: Any, instance: Any, _schema: Schema) -> Errors:
    if not validator.is_type(instance, "string"):
        return
    try:
        if not search(pattern, instance):
            yield ValidationError(f"{instance!r} does not match {pattern!r}")
    except OutOfTime as late:
        yield ValidationError(f"{instance!r} takes too long to match", cause=late)


def _enum(_validator: Any, values: Any, instance: Any, _schema: Schema) -> Errors:
    if instance not in members_of(values):
        yield ValidationError(f"{instance!r} is none of the {len(values)} values")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _schema: Schema) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in patterns.items():
        for key, value in instance.items():
            if fits(pattern, key):
                yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, more: Any, instance: Any, schema: Schema) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    extras = [
        key
        for key in instance
        if key not in schema.get("properties", {}) and not _fits_one(schema.get("patternProperties"), key)
    ]
    if validator.is_type(more, "object"):
        for extra in extras:
            yield from validator.descend(instance[extra], more, path=extra)
    elif not more and extras:
        yield ValidationError(f"Additional properties are not allowed ({_named(extras)} unexpected)")


def _unevaluated_properties(validator: Any, rest: Any, instance: Any, schema: Schema) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    known = set(_evaluated(validator, instance, schema))
    bad = [
        key
        for key, value in instance.items()
        if key not in known
        for _ in validator.descend(value, rest, path=key, schema_path=key)
    ]
    if bad:
        yield ValidationError(f"Unevaluated properties are not allowed ({_named(bad)} unexpected)")


def _evaluated(validator: Any, instance: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    """Yield the members of an object that some keyword of ``schema`` or of what it applies has looked at."""
    if isinstance(schema, bool):
        return
    for inner in _referred(validator, schema):
        yield from _evaluated(inner, instance, inner.schema)
    yield from _looked_at(validator, instance, schema)
    for key in instance:
        if _fits_one(schema.get("patternProperties"), key):
            yield key
    for name, subschema in schema.get("dependentSchemas", {}).items():
        if name in instance:
            yield from _evaluated(validator, instance, subschema)
    for keyword in ("allOf", "oneOf", "anyOf"):
        for subschema in schema.get(keyword, ()):
            if _allows(validator, instance, subschema):
                yield from _evaluated(validator, instance, subschema)
    if "if" in schema:
        holds = _allows(validator, instance, schema["if"])
        if holds:
            yield from _evaluated(validator, instance, schema["if"])
        branch = "then" if holds else "else"
        if branch in schema:
            yield from _evaluated(validator, instance, schema[branch])


def _referred(validator: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield a validator of what each reference of ``schema`` names."""
    for keyword in ("$ref", "$dynamicRef"):
        if schema.get(keyword) is not None:
            found = validator._resolver.lookup(schema[keyword])
            yield validator.evolve(schema=found.contents, _resolver=found.resolver)
    if "$recursiveRef" in schema:
        found = lookup_recursive_ref(validator._resolver)
        yield validator.evolve(schema=found.contents, _resolver=found.resolver)


def _looked_at(validator: Any, instance: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the keywords of properties evaluate: as jsonschema has it, another way in draft 2019-09."""
    yield from (key for key in schema.get("properties", {}) if key in instance)
    old = "2019-09" in str(validator.META_SCHEMA.get("$id"))
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if keyword not in schema:
            continue
        inner = schema[keyword]
        if not old:
            yield from (key for key, value in instance.items() if _allows(validator, value, inner))
        elif inner is True:
            yield from instance
        elif isinstance(inner, Mapping):
            yield from (key for key in inner if key in instance)


def _allows(validator: Any, instance: Any, schema: Schema) -> bool:
    return next(validator.descend(instance, schema), None) is None


def _fits_one(patterns: Iterable[str] | None, key: str) -> bool:
    return any(fits(pattern, key) for pattern in patterns or ())


def _named(keys: Iterable[str]) -> str:
    return ", ".join(repr(key) for key in sorted(keys, key=str))


def _guard(stock: Any) -> Any:
    """Return a dialect's class with our keywords; a subschema that names a dialect gets the guarded class of that."""
    words = {
        "enum": _enum,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    if "unevaluatedProperties" in stock.VALIDATORS:
        words["unevaluatedProperties"] = _unevaluated_properties
    extend: Any = validators.extend
    made = extend(stock, words)
    evolve = made.evolve

    def evolved(self: Any, **changes: Any) -> Any:
        schema = changes.get("schema", self.schema)
        plain = not (isinstance(schema, Mapping) and "$schema" in schema)
        if plain and type(self) is made and self._ref_resolver is None and changes.keys() <= _DESCENDING:
            # Hardly a subschema names a dialect: without one the class stays, and a form has dozens of subschemas.
            return made(
                schema,
                format_checker=self.format_checker,
                registry=self._registry,
                _resolver=changes.get("_resolver", self._resolver),
            )
        found = evolve(self, **changes)
        ours = _GUARDED.get(type(found))
        if ours is None:
            return found
        return ours(
            found.schema,
            format_checker=found.format_checker,
            registry=found._registry,
            _resolver=found._resolver,
        )

    made.evolve = evolved
    return made


# What changes from a schema to one within it.
_DESCENDING = {"schema", "_resolver"}
_STOCK = (
    validators.Draft3Validator,
    validators.Draft4Validator,
    validators.Draft6Validator,
    validators.Draft7Validator,
    validators.Draft201909Validator,
    validators.Draft202012Validator,
)
_GUARDED: dict[Any, Any] = {}
_GUARDED |= {stock: _guard(stock) for stock in _STOCK}
