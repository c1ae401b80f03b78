"""A schema as plain functions, which say at once that data are valid; whatever they do not accept jsonschema judges.

A validator object per subschema and value is most of what checking a form costs, and nearly all data are right. Of
schemas with other keywords than the usual ones of the newest dialect nothing is made here, and a value that is not
plain JSON is left to jsonschema as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema._utils import equal, uniq
from jsonschema.exceptions import UndefinedTypeCheck

from portal.core.forms.matching import OutOfTime, search
from portal.core.forms.options import Members

Check = Callable[[Any], bool]
_PLAIN = frozenset({str, int, float, bool, type(None), dict, list})
_NUMBERS = frozenset({int, float})


class _Unusual(Exception):
    """A keyword or a value that jsonschema has to judge."""


def sure(schema: Any, known: Mapping[str, Any], formats: FormatChecker) -> Check | None:
    """Return what tells that data are valid, True only where they are; None for a schema with unusual keywords.

    ``known`` are the keywords of the dialect; others say nothing there either.
    """
    try:
        check = _Maker(known, formats).schema(schema, top=True)
    except _Unusual:
        return None

    def is_sure(data: Any) -> bool:
        try:
            return check(data)
        except (_Unusual, OutOfTime, RecursionError):
            return False

    return is_sure


class _Maker:
    """Makes the function of each subschema: exact, for a wrong one may stand below ``not`` or ``if``."""

    def __init__(self, known: Mapping[str, Any], formats: FormatChecker) -> None:
        self._known = known
        self._formats = formats

    def schema(self, schema: Any, *, top: bool = False) -> Check:
        if isinstance(schema, bool):
            return lambda _: schema
        if not isinstance(schema, Mapping) or ("$schema" in schema and not top):
            raise _Unusual
        checks = [self._keyword(word, value, schema) for word, value in schema.items() if word in self._known]
        if len(checks) == 1:
            return _plain(checks[0])

        def check(data: Any) -> bool:
            if type(data) not in _PLAIN:
                raise _Unusual
            return all(one(data) for one in checks)

        return check

    def _keyword(self, word: str, value: Any, schema: Mapping[str, Any]) -> Check:
        if word in _SIMPLE:
            return _SIMPLE[word](value)
        match word:
            case "format":
                return self._format(value)
            case "properties":
                return self._properties(value)
            case "additionalProperties" if "patternProperties" not in schema:
                return self._additional(value, frozenset(schema.get("properties", ())))
            case "items" if "prefixItems" not in schema:
                of_item = self.schema(value)
                return lambda data: type(data) is not list or all(map(of_item, data))
            case "allOf":
                every = [self.schema(one) for one in value]
                return lambda data: all(one(data) for one in every)
            case "anyOf":
                some = [self.schema(one) for one in value]
                return lambda data: any(one(data) for one in some)
            case "oneOf":
                return self._one_of(value)
            case "not":
                no = self.schema(value)
                return lambda data: not no(data)
            case "if":
                return self._if(schema)
        raise _Unusual

    def _format(self, name: str) -> Check:
        function, raises = self._formats.checkers.get(name, (None, ()))
        if function is None:
            return lambda _: True

        def check(data: Any) -> bool:
            try:
                return bool(function(data))
            except raises:
                return False

        return check

    def _properties(self, properties: Mapping[str, Any]) -> Check:
        checks = {name: self.schema(one) for name, one in properties.items()}

        def check(data: Any) -> bool:
            if type(data) is not dict:
                return True
            for name, value in data.items():
                one = checks.get(name)
                if one is not None and not one(value):
                    return False
            return True

        return check

    def _additional(self, value: Any, known: frozenset[str]) -> Check:
        of_other = self.schema(value)
        return lambda data: (
            type(data) is not dict or all(of_other(one) for name, one in data.items() if name not in known)
        )

    def _one_of(self, schemas: list[Any]) -> Check:
        checks = [self.schema(one) for one in schemas]
        # A list of words to choose from: the usual case has one look-up.
        only_words = all(
            isinstance(one, Mapping)
            and isinstance(one.get("const"), str)
            and set(one) & set(self._known) == {"const"}
            for one in schemas
        )
        words = Counter(one["const"] for one in schemas) if only_words else Counter[str]()

        def check(data: Any) -> bool:
            if only_words and type(data) is str:
                return words.get(data) == 1
            return sum(one(data) for one in checks) == 1

        return check

    def _if(self, schema: Mapping[str, Any]) -> Check:
        condition = self.schema(schema["if"])
        then = self.schema(schema["then"]) if "then" in schema else None
        other = self.schema(schema["else"]) if "else" in schema else None

        def check(data: Any) -> bool:
            branch = then if condition(data) else other
            return branch is None or branch(data)

        return check


def _plain(one: Check) -> Check:
    def check(data: Any) -> bool:
        if type(data) not in _PLAIN:
            raise _Unusual
        return one(data)

    return check


def _type(value: Any) -> Check:
    names = [value] if isinstance(value, str) else list(value)
    try:
        kinds = frozenset(type(one) for one in _SAMPLES for name in names if _IS_TYPE(one, name))
    except UndefinedTypeCheck:
        raise _Unusual from None
    # A number without a fraction is whole, however it is written.
    whole = int in kinds and float not in kinds
    return lambda data: type(data) in kinds or (whole and type(data) is float and data.is_integer())


_IS_TYPE = Draft202012Validator.TYPE_CHECKER.is_type
_SAMPLES: tuple[Any, ...] = ("", True, None, {}, [], 1, 0.5)


def _const(value: Any) -> Check:
    if isinstance(value, str):
        return lambda data: bool(data == value) if type(data) is str else False
    return lambda data: bool(equal(data, value))


def _enum(values: Any) -> Check:
    return Members(values).__contains__


def _required(names: Any) -> Check:
    return lambda data: type(data) is not dict or all(name in data for name in names)


def _dependent_required(names: Any) -> Check:
    return lambda data: (
        type(data) is not dict
        or all(one in data for name, wanted in names.items() if name in data for one in wanted)
    )


def _unique(value: Any) -> Check:
    return lambda data: not value or type(data) is not list or bool(uniq(data))


def _limit(kinds: frozenset[type], holds: Callable[[Any, Any], bool]) -> Callable[[Any], Check]:
    return lambda limit: lambda data: type(data) not in kinds or holds(data, limit)


_TEXT, _LIST, _OBJECT = frozenset({str}), frozenset({list}), frozenset({dict})
_SIMPLE: Mapping[str, Callable[[Any], Check]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "required": _required,
    "dependentRequired": _dependent_required,
    "uniqueItems": _unique,
    "pattern": _limit(_TEXT, lambda data, pattern: search(pattern, data)),
    "minLength": _limit(_TEXT, lambda data, limit: len(data) >= limit),
    "maxLength": _limit(_TEXT, lambda data, limit: len(data) <= limit),
    # Not the same as ``>=``: of a number that is none (NaN) jsonschema finds nothing wrong.
    "minimum": _limit(_NUMBERS, lambda data, limit: not data < limit),
    "maximum": _limit(_NUMBERS, lambda data, limit: not data > limit),
    "exclusiveMinimum": _limit(_NUMBERS, lambda data, limit: not data <= limit),
    "exclusiveMaximum": _limit(_NUMBERS, lambda data, limit: not data >= limit),
    "minItems": _limit(_LIST, lambda data, limit: len(data) >= limit),
    "maxItems": _limit(_LIST, lambda data, limit: len(data) <= limit),
    "minProperties": _limit(_OBJECT, lambda data, limit: len(data) >= limit),
    "maxProperties": _limit(_OBJECT, lambda data, limit: len(data) <= limit),
}
