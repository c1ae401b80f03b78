"""Validate data: jsonschema decides, this module says it in words, at the field it concerns."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsonschema.exceptions import ValidationError

from portal.core import pointer as pointers
from portal.core.errors import Translator, fill, msg
from portal.core.forms.document import NEWEST
from portal.core.forms.formats import FAULTS, format_checker
from portal.core.forms.matching import OutOfTime, fits, run
from portal.core.forms.missing import missing_places
from portal.core.forms.sure import sure

if TYPE_CHECKING:
    from portal.core.forms.compile import CompiledForm

MAX_ERRORS = 200


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with what was entered: where, what (message id, parameters), the field's label."""

    pointer: str
    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""

    def text(self, translate: Translator = str) -> str:
        """Return the message in the translator's language."""
        return fill(translate(self.message), self.params)


Finding = tuple[str, str, str, dict[str, Any]]

_TYPES = {
    "integer": msg("Enter a whole number"),
    "number": msg("Enter a number"),
    "boolean": msg("Choose yes or no"),
    "string": msg("Enter text"),
    "array": msg("This must be a list"),
    "object": msg("This must be a group of fields"),
    "null": msg("Leave this empty"),
}
_FORMATS = {
    "email": msg("Enter an e-mail address, such as name@example.com"),
    "date": msg("Enter a real date as year-month-day, such as 2026-05-06"),
    "date-time": msg("Enter a date with time, such as 2026-05-06T09:30:00+08:00"),
    "time": msg("Enter a time, such as 09:30:00"),
    "uri": msg("Enter a web address, such as https://example.com"),
    "uuid": msg("Enter a UUID of 32 hexadecimal digits"),
    "cn-id-number": msg("This is not a valid resident identity number: check the 18 places"),
    "unit-code": msg("Choose a unit from the list"),
    "taxonomy-code": msg("Choose an entry from the list"),
    "room-code": msg("Choose a room from the list"),
    "window-code": msg("Choose an entry from the list"),
    "record-uid": msg("Choose an entry from the list"),
    "attachment": msg("Upload the file again"),
}
_LIMITS = {
    "minLength": msg("Enter at least %(limit)s characters"),
    "maxLength": msg("Enter at most %(limit)s characters"),
    "minimum": msg("Enter %(limit)s or more"),
    "maximum": msg("Enter %(limit)s or less"),
    "exclusiveMinimum": msg("Enter more than %(limit)s"),
    "exclusiveMaximum": msg("Enter less than %(limit)s"),
    "multipleOf": msg("Enter a multiple of %(limit)s"),
    "minItems": msg("Add at least %(limit)s entries"),
    "maxItems": msg("At most %(limit)s entries are allowed"),
    "minProperties": msg("Fill in at least %(limit)s fields"),
    "maxProperties": msg("Fill in at most %(limit)s fields"),
}
_PLAIN = {
    "enum": msg("Choose one of the listed values"),
    "const": msg("Choose one of the listed values"),
    "pattern": msg("This does not have the expected form"),
    "uniqueItems": msg("Each entry may appear only once"),
    "not": msg("This combination is not allowed"),
    "contains": msg("At least one entry of the expected kind is missing"),
    "propertyNames": msg("One of the names is not allowed"),
    "additionalItems": msg("There are more entries than allowed"),
    "unevaluatedItems": msg("There are more entries than allowed"),
    "items": msg("There are more entries than allowed"),
}
_REQUIRED = msg("Fill in this field")
_EXTRA = msg("This entry does not belong here")
_INVALID = msg("This is not valid")
_ONE_OF = msg("Fill in at least one of: %(fields)s")
_AMBIGUOUS = msg("This fits more than one of the possible variants")
_NO_VARIANT = msg("This fits none of the possible variants")
_TOO_DEEP = msg("The data is nested too deeply")
_TOO_LONG = msg("It takes too long to check this entry: make it shorter")


def validate(form: CompiledForm, data: Any) -> list[FieldError]:
    """Return what is wrong with ``data``; empty exactly when jsonschema accepts it."""
    found: dict[tuple[str, str, str], FieldError] = {}
    with run() as here:
        if _is_sure(form, data):
            return []
        try:
            for error in _validator(form).iter_errors(data):
                for where, code, message, params in _explain(form, error):
                    key = (where, code, str(params))
                    if len(found) >= MAX_ERRORS:
                        break
                    if key not in found:
                        found[key] = FieldError(where, code, message, params, form.label(where))
                if len(found) >= MAX_ERRORS:
                    break
        except RecursionError:
            return [FieldError("", "depth", _TOO_DEEP, {}, form.title)]
        for where in _places(data, here.undecided):
            found[where, "time", ""] = FieldError(where, "time", _TOO_LONG, {}, form.label(where))
    return list(found.values())


def _places(data: Any, texts: Container[str], where: str = "") -> Iterator[str]:
    """Yield the pointers at which one of some texts stands in ``data``, as a value or as a name."""
    if not texts:
        return
    if isinstance(data, Mapping):
        for name, value in data.items():
            place = f"{where}/{pointers.escape(name)}"
            if name in texts:
                yield place
            yield from _places(value, texts, place)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _places(value, texts, f"{where}/{index}")
    elif isinstance(data, str) and data in texts:
        yield where


def is_valid(form: CompiledForm, data: Any) -> bool:
    """Tell whether jsonschema accepts ``data``."""
    with run() as here:
        if _is_sure(form, data):
            return True
        try:
            return bool(_validator(form).is_valid(data)) and not here.undecided
        except RecursionError:
            return False


def _is_sure(form: CompiledForm, data: Any) -> bool:
    """Tell whether data are valid as far as that shows at once: False says nothing."""
    document = form.document
    if document.surely is False:
        dialect = document.validator_class
        usual = dialect is NEWEST
        document.surely = sure(document.root, dialect.VALIDATORS, format_checker(dialect)) if usual else None
    return document.surely is not None and document.surely(data)


def _validator(form: CompiledForm) -> Any:
    document = form.document
    if document.checking is None:
        document.checking = document.validator_class(
            document.root,
            registry=document.registry,
            _resolver=document.top.resolver,
            format_checker=format_checker(document.validator_class),
        )
    return document.checking


def _explain(form: CompiledForm, error: ValidationError, depth: int = 0) -> Iterator[Finding]:
    where = pointers.join(error.absolute_path)
    word = str(error.validator or "")
    if isinstance(error.cause, OutOfTime):
        return  # told for every place at which the text stands
    if word in ("anyOf", "oneOf") and depth < 8:
        yield from _alternatives(form, error, where, depth)
    elif word == "required" or word in ("dependentRequired", "dependencies"):
        names = _missing(error)
        for name in names:
            for place in missing_places(form, f"{where}/{pointers.escape(name)}"):
                yield place, "required", _REQUIRED, {}
        if not names:
            yield where, "required", _REQUIRED, {}
    elif word in ("additionalProperties", "unevaluatedProperties"):
        extra = _extra(error)
        for name in extra:
            yield f"{where}/{pointers.escape(name)}", "unexpected", _EXTRA, {}
        if not extra:
            yield where, "unexpected", _EXTRA, {}
    else:
        yield _simple(where, word, error)


def _simple(where: str, word: str, error: ValidationError) -> Finding:
    value: Any = error.validator_value
    if word == "type":
        wanted = [value] if isinstance(value, str) else list(value)
        first = next((t for t in wanted if t != "null"), "null")
        return where, "type", _TYPES.get(first, _INVALID), {}
    if word == "format":
        return _of_format(where, str(value), error.instance)
    if word in ("minimum", "maximum") and isinstance(error.schema, Mapping):
        strict = "exclusive" + word.capitalize()
        if error.schema.get(strict) is True:  # draft 4
            word = strict
    if word == "minLength" and value == 1:
        return where, "required", _REQUIRED, {}
    if word in _LIMITS:
        return where, word, _LIMITS[word], {"limit": value}
    return where, word or "false", _PLAIN.get(word, _INVALID), {}


def _of_format(where: str, name: str, text: Any) -> Finding:
    """Return the reason that fits a text which has not the form it must have."""
    fault = FAULTS[name](text) if name in FAULTS and isinstance(text, str) else None
    if fault is not None:
        return where, "format", fault.message, dict(fault.params)
    return where, "format", _FORMATS.get(name, _PLAIN["pattern"]), {}


def _missing(error: ValidationError) -> list[str]:
    value, instance = error.validator_value, error.instance
    if not isinstance(instance, Mapping):
        return []
    names: list[Any] = []
    if isinstance(value, list):
        names = value
    elif isinstance(value, Mapping):
        names = [
            n for key, needed in value.items() if key in instance and isinstance(needed, list) for n in needed
        ]
    return [name for name in names if isinstance(name, str) and name not in instance]


def _extra(error: ValidationError) -> list[str]:
    if not isinstance(error.instance, Mapping) or not isinstance(error.schema, Mapping):
        return []
    known = set(error.schema.get("properties") or ())
    patterns = error.schema.get("patternProperties") or {}
    names = [n for n in error.instance if n not in known and not any(fits(p, n) for p in patterns)]
    if error.validator == "unevaluatedProperties":
        names = [n for n in names if repr(n) in error.message]
    return names


def _alternatives(form: CompiledForm, error: ValidationError, where: str, depth: int) -> Iterator[Finding]:
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context or ():
        if not inner.relative_schema_path:
            continue  # a variant that is false: nothing fits it
        branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
    if not branches:
        yield (
            where,
            str(error.validator),
            _NO_VARIANT if error.context or error.validator == "anyOf" else _AMBIGUOUS,
            {},
        )
        return
    if all(
        len(inner) == 1 and inner[0].validator == "required" and not inner[0].relative_path
        for inner in branches.values()
    ):
        names = dict.fromkeys(n for inner in branches.values() for n in _missing(inner[0]))
        labels = ", ".join(form.label(f"{where}/{pointers.escape(n)}") for n in names)
        yield where, "one_required", _ONE_OF, {"fields": labels}
        return
    best = min(branches.values(), key=_distance)
    for inner in best:
        yield from _explain(form, inner, depth + 1)


def _distance(errors: Iterable[ValidationError]) -> tuple[int, int]:
    """Return how far a variant is from what was entered: a wrong type or fixed value counts most."""
    errors = list(errors)
    wrong = 0
    for error in errors:
        if error.validator == "type" and not error.relative_path:
            wrong += 10
        elif error.validator in ("const", "enum", "not") and len(error.relative_path) <= 1:
            wrong += 5
        elif error.validator == "additionalProperties":
            wrong += 2
    return wrong, len(errors)
