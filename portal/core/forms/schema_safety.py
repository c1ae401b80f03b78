"""Refuse schemas that cannot be used safely, with every fault and its pointer.

What is refused: an unknown dialect, breaches of the metaschema, references out of the document or to nothing,
reference chains without an end, schemas that multiply when read, patterns that are unreadable or overlong,
and anything too deep, too large or not JSON.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from referencing.exceptions import Unresolvable

from portal.core import pointer
from portal.core.errors import Problem, msg
from portal.core.forms.document import REFERENCES, SchemaDocument, Sub, dialect_of, subschemas
from portal.core.forms.patterns import MAX_LENGTH, BadPattern, safe_pattern

MAX_DEPTH = 100
MAX_VALUES = 200_000
MAX_EXPANSION = 20_000
MAX_PROBLEMS = 50
_IN_PLACE = (
    "/allOf/",
    "/anyOf/",
    "/oneOf/",
    "/not",
    "/if",
    "/then",
    "/else",
    "/dependentSchemas/",
    "/dependencies/",
)


def load_schema(
    schema: Any, *, file: str = "", base: str = "", strict: bool = True
) -> tuple[SchemaDocument | None, list[Problem]]:
    """Return the document of a schema and all its problems; None for the document if one is an error.

    ``strict=False`` is for schemas that other people publish: faults that leave the rest of the form usable
    (a reference to a definition that is not there, a keyword written where a property belongs) are warnings,
    and the faulty piece accepts anything.
    """
    checker = _Checker(schema, file, base, strict)
    problems = list(checker.problems())
    if any(problem.severity == "error" for problem in problems):
        return None, problems[:MAX_PROBLEMS]
    found = dialect_of(schema)
    assert found is not None
    _translate_patterns(checker.schemas.values())
    return SchemaDocument(checker.schema, *found), problems[:MAX_PROBLEMS]


class _Checker:
    def __init__(self, schema: Any, file: str, base: str, strict: bool) -> None:
        self.schema = schema
        self.file = file
        self.base = base
        self.strict = strict
        self.patterns_seen: set[str] = set()
        self.schemas: dict[int, dict[str, Any]] = {}

    def _problem(self, code: str, message: str, where: str, remedy: str = "", **params: Any) -> Problem:
        return Problem(code, message, params, self.file, self.base + where, remedy)

    def _tolerable(self, problem: Problem) -> Problem:
        return problem if self.strict else replace(problem, severity="warning")

    def problems(self) -> Iterator[Problem]:
        if not isinstance(self.schema, Mapping | bool):
            yield self._problem("schema.type", msg("A schema is a JSON object, true or false"), "")
            return
        shape = list(self._shape())
        yield from shape
        if shape:
            return
        found = dialect_of(self.schema)
        if found is None:
            yield self._problem(
                "schema.dialect",
                msg("The dialect %(name)s is not known"),
                "/$schema",
                msg("use draft 4, 6, 7, 2019-09 or 2020-12"),
                name=str(self.schema["$schema"])[:120],  # type: ignore[index]
            )
            return
        self.schema = copy.deepcopy(self.schema)
        yield from self._misplaced()
        breaches = list(self._metaschema(found[0]))
        yield from breaches
        yield from self._all_patterns(self.schema, "")
        if any(problem.severity == "error" for problem in breaches):
            return
        yield from self._references(SchemaDocument(self.schema, *found))

    def _shape(self) -> Iterator[Problem]:
        """Walk the raw value without recursion: depth, size, keys, numbers and text."""
        todo: list[tuple[Any, str, int]] = [(self.schema, "", 0)]
        count = 0
        while todo:
            value, where, depth = todo.pop()
            count += 1
            if depth > MAX_DEPTH:
                yield self._problem(
                    "schema.depth", msg("Nested deeper than %(limit)s levels"), where, limit=MAX_DEPTH
                )
                return
            if count > MAX_VALUES:
                yield self._problem("schema.size", msg("More than %(limit)s values"), where, limit=MAX_VALUES)
                return
            if isinstance(value, float) and not math.isfinite(value):
                yield self._problem("schema.number", msg("Not a finite number"), where)
            elif isinstance(value, str) and not _clean(value):
                yield self._problem(
                    "schema.text", msg("The text holds NUL or half of a surrogate pair"), where
                )
            elif isinstance(value, Mapping):
                for key, item in value.items():
                    if not isinstance(key, str) or not _clean(key):
                        yield self._problem(
                            "schema.text", msg("The text holds NUL or half of a surrogate pair"), where
                        )
                        continue
                    todo.append((item, f"{where}/{pointer.escape(key)}", depth + 1))
            elif isinstance(value, list):
                todo.extend((item, f"{where}/{index}", depth + 1) for index, item in enumerate(value))
            elif not isinstance(value, str | int | float | bool | None):
                yield self._problem("schema.json", msg("Not a JSON value"), where)

    def _misplaced(self) -> Iterator[Problem]:
        """Drop what stands among the properties but is no schema, such as a misplaced ``required``."""
        if self.strict:
            return  # the metaschema tells
        todo = [(self.schema, "")]
        while todo:
            schema, where = todo.pop()
            for keyword in ("properties", "definitions", "$defs") if isinstance(schema, dict) else ():
                named = schema.get(keyword)
                for name in list(named) if isinstance(named, dict) else ():
                    if not isinstance(named[name], Mapping | bool):
                        del named[name]
                        yield self._tolerable(
                            self._problem(
                                "schema.misplaced",
                                msg("“%(name)s” is not a schema and is left out"),
                                where + pointer.join((keyword, name)),
                                name=name,
                            )
                        )
            todo.extend((member, where + step) for step, member in subschemas(schema))

    def _metaschema(self, validator_class: Any) -> Iterator[Problem]:
        checker = validator_class(validator_class.META_SCHEMA)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for error in checker.iter_errors(self.schema):
                where = pointer.join(error.absolute_path)
                detail = error.message if len(error.message) <= 200 else error.message[:200] + " …"
                problem = self._problem(
                    "schema.metaschema", msg("Not a valid schema: %(detail)s"), where, detail=detail
                )
                harmless = error.validator in (
                    "minItems",
                    "uniqueItems",
                )  # an empty or repeating list of names
                yield self._tolerable(problem) if harmless else problem

    def _all_patterns(self, schema: Any, where: str) -> Iterator[Problem]:
        yield from self._patterns(schema, where)
        for step, member in subschemas(schema):
            yield from self._all_patterns(member, where + step)

    def _patterns(self, schema: Any, where: str) -> Iterator[Problem]:
        if isinstance(schema, dict):
            self.schemas[id(schema)] = schema
            if isinstance(schema.get("pattern"), str):
                yield from self._pattern(schema["pattern"], f"{where}/pattern")
            if isinstance(schema.get("patternProperties"), Mapping):
                for pattern in schema["patternProperties"]:
                    yield from self._pattern(pattern, f"{where}/patternProperties/{pointer.escape(pattern)}")

    def _pattern(self, pattern: str, where: str) -> Iterator[Problem]:
        if where in self.patterns_seen:
            return
        self.patterns_seen.add(where)
        try:
            safe_pattern(pattern)
        except BadPattern as error:
            if error.code == "length":
                yield self._problem(
                    "schema.pattern_length",
                    msg("The pattern is longer than %(limit)s characters"),
                    where,
                    msg("split it into several fields, or shorten it"),
                    limit=MAX_LENGTH,
                )
            elif error.code == "posix":
                yield self._problem(
                    "schema.pattern_posix",
                    msg("Classes such as [[:alpha:]] do not mean what they seem to: %(pattern)s"),
                    where,
                    msg("write the class as a range, such as [a-z]"),
                    pattern=pattern[:120],
                )
            else:
                yield self._problem(
                    "schema.pattern",
                    msg("The pattern cannot be read: %(detail)s"),
                    where,
                    detail=error.detail,
                )

    def _references(self, document: SchemaDocument) -> Iterator[Problem]:
        """Check each reference, then look for chains that never end or that multiply."""
        edges: dict[int, list[tuple[str, int]]] = {}
        todo: list[tuple[Sub, str]] = [(document.top, "")]
        wheres: dict[int, str] = {}
        failed = False
        while todo:
            sub, where = todo.pop()
            schema = sub.schema
            if not isinstance(schema, Mapping) or id(schema) in wheres:
                continue
            wheres[id(schema)] = where
            yield from self._patterns(schema, where)
            out = edges.setdefault(id(schema), [])
            for keyword in REFERENCES:
                if keyword not in schema:
                    continue
                place = f"{where}/{keyword}"
                target = self._target(document, sub, keyword)
                if isinstance(target, Sub):
                    out.append((place, id(target.schema)))
                    todo.append((target, _where(schema[keyword], place)))
                else:
                    problem = self._dangling(schema, keyword, place)
                    failed = failed or problem.severity == "error"
                    yield problem
            for step, member in subschemas(schema):
                if not isinstance(member, Mapping):
                    continue
                todo.append((document.within(sub, member), where + step))
                if step.startswith(_IN_PLACE):
                    out.append((where + step, id(member)))
        if not failed:
            yield from self._loops(edges, wheres)

    def _dangling(self, schema: Any, keyword: str, place: str) -> Problem:
        problem = self._problem(
            "schema.reference",
            msg("%(ref)s names nothing inside this schema"),
            place,
            msg("refer to a definition of the same document, such as #/$defs/name; nothing is ever fetched"),
            ref=str(schema[keyword])[:200],
        )
        if self.strict or not str(schema[keyword]).startswith("#"):
            return problem
        del schema[keyword]
        return self._tolerable(problem)

    def _target(self, document: SchemaDocument, sub: Sub, keyword: str) -> Sub | None:
        try:
            target = document.target(sub, keyword)
        except (Unresolvable, ValueError, TypeError, KeyError, AttributeError, IndexError):
            return None
        return target if isinstance(target.schema, Mapping | bool) else None

    def _loops(
        self, edges: Mapping[int, list[tuple[str, int]]], wheres: Mapping[int, str]
    ) -> Iterator[Problem]:
        weight: dict[int, int] = {}
        state: dict[int, str] = {}
        for start in edges:
            stack = [(start, iter(edges[start]))] if start not in state else []
            state.setdefault(start, "open")
            while stack:
                node, out = stack[-1]
                for place, target in out:
                    if target not in edges:
                        continue
                    if state.get(target) == "open":
                        yield self._problem(
                            "schema.loop",
                            msg("The reference leads back to itself without an end"),
                            place,
                            msg("let a recursive definition pass through properties or items"),
                        )
                        return
                    if target not in state:
                        state[target] = "open"
                        stack.append((target, iter(edges[target])))
                        break
                else:
                    stack.pop()
                    state[node] = "done"
                    weight[node] = 1 + sum(weight.get(target, 1) for _, target in edges[node])
                    if weight[node] > MAX_EXPANSION:
                        yield self._problem(
                            "schema.expansion",
                            msg(
                                "The references multiply: reading this schema takes more than %(limit)s steps"
                            ),
                            wheres[node],
                            limit=MAX_EXPANSION,
                        )
                        return


def _where(ref: Any, fallback: str) -> str:
    return str(ref)[1:] if isinstance(ref, str) and ref.startswith("#/") else fallback


def _clean(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _translate_patterns(schemas: Iterable[dict[str, Any]]) -> None:
    """Put patterns that only ECMA-262 reads into Python's syntax, in place."""
    for schema in schemas:
        if isinstance(schema.get("pattern"), str):
            schema["pattern"] = safe_pattern(schema["pattern"])
        if isinstance(schema.get("patternProperties"), dict):
            named = schema["patternProperties"]
            schema["patternProperties"] = {safe_pattern(pattern): member for pattern, member in named.items()}
