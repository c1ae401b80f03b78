"""Schemas in which what is shown depends on the data in every way that JSON Schema has, and instances of them."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from portal.core.forms import CompiledForm, build_view, compile_form, is_valid, parse_body
from portal.web.forms import FormContext, render_form
from tests.web.forms.browser import read_page
from tests.web.forms.corpus import reference

NAMES = ("a", "b", "c", "d", "kind", "n/1", "中~文")
KINDS = ("x", "y", "z")
DRAFTS = {
    "new": "https://json-schema.org/draft/2020-12/schema",
    "middle": "https://json-schema.org/draft/2019-09/schema",
    "old": "http://json-schema.org/draft-07/schema#",
}
SCALARS: tuple[Any, ...] = ("x", "y", "z", "", " ", "文", "5", 0, 1, 5, 1.0, 2.5, True, False, None)
CARRIED = FormContext(carry=True)
STORED = FormContext()


class Schemas:
    """Draws schemas, deep enough to hold conditions within conditions."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.draft = rng.choice(list(DRAFTS))
        self.words: list[Callable[[int], dict[str, Any]]] = [
            self._if,
            self._if,
            self._dependent,
            self._all,
            self._variants,
            self._told_apart,
            self._patterns,
        ]

    def schema(self) -> dict[str, Any]:
        top = self._object(0)
        top.setdefault("type", "object")
        return {"$schema": DRAFTS[self.draft], **top}

    def place(self, depth: int) -> Any:
        draw = self.rng.random()
        if depth > 3 or draw < 0.45:
            return self._scalar()
        if draw < 0.75:
            return self._object(depth)
        if draw < 0.85:
            return {"type": "array", "items": self.place(depth + 1)}
        if draw < 0.92:
            return self._tuple(depth)
        if draw < 0.96:
            return self.rng.choice([{}, True, {"type": "object"}, {"type": "array"}])
        return self.rng.choice(self.words)(depth + 1)

    def _scalar(self) -> dict[str, Any]:
        rng = self.rng
        return copy.deepcopy(
            rng.choice(
                [
                    {"type": "string"},
                    {"type": "integer"},
                    {"type": "number", "minimum": 1},
                    {"type": "boolean"},
                    {"enum": list(KINDS)},
                    {"const": rng.choice(KINDS)},
                    {"type": ["string", "null"]},
                    {"type": ["integer", "string"]},
                    {"type": "string", "minLength": 2, "title": "文字"},
                    {"oneOf": [{"const": "x", "title": "X"}, {"const": "y", "title": "Y"}]},
                    {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    {"oneOf": [{"type": "string"}, False]},
                ]
            )
        )

    def _object(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        schema: dict[str, Any] = {}
        if rng.random() < 0.85:
            schema["properties"] = {n: self.place(depth + 1) for n in rng.sample(NAMES, rng.randrange(0, 4))}
        if rng.random() < 0.6:
            schema["type"] = "object"
        if rng.random() < 0.3:
            schema["required"] = rng.sample(NAMES, rng.randrange(1, 3))
        for _ in range(rng.choice([0, 1, 1, 2]) if depth < 3 else 0):
            schema |= rng.choice(self.words)(depth)
        if rng.random() < 0.12:
            schema["additionalProperties"] = rng.choice([False, {"type": "string"}, {}])
        if rng.random() < 0.06 and self.draft != "old":
            schema["unevaluatedProperties"] = False
        return schema

    def _test(self, depth: int) -> Any:
        rng = self.rng
        name = rng.choice(NAMES)
        return rng.choice(
            [
                {"required": [name]},
                {"properties": {name: self._scalar()}},
                {"properties": {name: self._scalar()}, "required": [name]},
                {"properties": {name: {"const": rng.choice(SCALARS)}}, "required": [name]},
                {"not": {"required": [name]}},
                {"anyOf": [{"required": [name]}, {"required": [rng.choice(NAMES)]}]},
                {"minProperties": rng.randrange(1, 4)},
                {"type": rng.choice(["object", "string", "array"])},
                rng.choice([True, False]),
            ]
        )

    def _part(self, depth: int) -> Any:
        if self.rng.random() < 0.15:
            return self.rng.choice([{"required": [self.rng.choice(NAMES)]}, True, False])
        return self._object(depth + 1)

    def _if(self, depth: int) -> dict[str, Any]:
        schema = {"if": self._test(depth)}
        for word in ("then", "else"):
            if self.rng.random() < 0.7:
                schema[word] = self._part(depth)
        return schema

    def _dependent(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        names = {name: rng.sample(NAMES, rng.randrange(1, 3)) for name in rng.sample(NAMES, 2)}
        parts = {name: self._part(depth) for name in rng.sample(NAMES, 1)}
        if self.draft == "old":
            return {"dependencies": rng.choice([names, parts, {**names, **parts}])}
        return rng.choice([{"dependentRequired": names}, {"dependentSchemas": parts}])

    def _all(self, depth: int) -> dict[str, Any]:
        return {"allOf": [self._part(depth) for _ in range(self.rng.randrange(1, 4))]}

    def _variants(self, depth: int) -> dict[str, Any]:
        rng = self.rng
        members = [self.place(depth + 1) if rng.random() < 0.3 else self._part(depth) for _ in range(2)]
        if rng.random() < 0.1:
            members = rng.choice([[False, False], [*members, False]])
        return {rng.choice(["oneOf", "anyOf"]): members}

    def _told_apart(self, depth: int) -> dict[str, Any]:
        members = []
        for kind in self.rng.sample(KINDS, self.rng.randrange(2, 4)):
            part = self._object(depth + 1)
            part["properties"] = {**part.get("properties", {}), "kind": {"const": kind}}
            if self.rng.random() < 0.7:
                part["required"] = ["kind"]
            members.append(part)
        return {self.rng.choice(["oneOf", "anyOf"]): members}

    def _patterns(self, depth: int) -> dict[str, Any]:
        patterns = self.rng.sample(["^a", "^[bc]$", "d|kind", "文$"], self.rng.randrange(1, 3))
        return {"patternProperties": {pattern: self.place(depth + 1) for pattern in patterns}}

    def _tuple(self, depth: int) -> dict[str, Any]:
        first = [self.place(depth + 1) for _ in range(self.rng.randrange(1, 4))]
        rest = self.rng.choice([None, False, self._scalar()])
        words = ("prefixItems", "items") if self.draft == "new" else ("items", "additionalItems")
        return {"type": "array", words[0]: first, **({} if rest is None else {words[1]: rest})}


class Instances:
    """Draws data of the names and values that schemas of ``Schemas`` speak of, whether they fit or not."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def value(self, schema: Any, depth: int = 0) -> Any:
        rng = self.rng
        known = schema if isinstance(schema, dict) else {}
        draw = rng.random()
        if depth == 0 or "properties" in known or known.get("type") == "object":
            draw = 0.9 if rng.random() < 0.93 else draw
        elif known.get("type") == "array":
            draw = 0.7
        elif "const" in known or "enum" in known:
            return rng.choice([known.get("const"), *known.get("enum", KINDS)])
        if draw < 0.6 or depth > 4:
            return self._scalar(known.get("type"))
        if draw < 0.75:
            return self._list(known, depth)
        return self._object(known, depth)

    def _scalar(self, kind: Any) -> Any:
        fitting = {"string": ("x", "y", "文", "5", ""), "integer": (0, 1, 5), "number": (1, 2.5, 1.0)}
        if isinstance(kind, str) and kind in fitting and self.rng.random() < 0.8:
            return self.rng.choice(fitting[kind])
        return self.rng.choice(SCALARS)

    def _list(self, schema: dict[str, Any], depth: int) -> list[Any]:
        first = schema.get("prefixItems") or (
            schema["items"] if isinstance(schema.get("items"), list) else []
        )
        rest = schema.get("items") if isinstance(schema.get("items"), dict) else {}
        count = self.rng.randrange(0, 4)
        return [self.value(first[i] if i < len(first) else rest, depth + 1) for i in range(count)]

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        parts = list(parts_of(schema))
        data: dict[str, Any] = {}
        for name in self.rng.sample(NAMES, self.rng.randrange(0, len(NAMES))):
            own = [p["properties"][name] for p in parts if name in p.get("properties", {})]
            data[name] = self.value(self.rng.choice(own) if own else {}, depth + 1)
        if "kind" in data and self.rng.random() < 0.7:
            data["kind"] = self.rng.choice(KINDS)
        if self.rng.random() < 0.05:
            data["\n"] = 1
        return data


def parts_of(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and all schemas that may apply to the same place."""
    if not isinstance(schema, dict):
        return
    yield schema
    for word in ("if", "then", "else"):
        yield from parts_of(schema.get(word))
    for word in ("allOf", "anyOf", "oneOf"):
        for member in schema.get(word, ()):
            yield from parts_of(member)
    for word in ("dependentSchemas", "dependencies"):
        for member in schema.get(word, {}).values():
            yield from parts_of(member)


@dataclass
class Tally:
    """What happened to the instances."""

    schemas: int = 0
    instances: int = 0
    accepted: int = 0
    conditional: int = 0
    changed: int = 0
    verdicts: int = 0
    first: str = ""

    def note(self, what: str, schema: Any, data: Any, found: Any) -> None:
        if not self.first:
            self.first = f"{what}: {json.dumps(schema)} | {json.dumps(data)} | {json.dumps(found)}"


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def ways_back(form: CompiledForm, data: Any, every: bool) -> Iterator[Any]:
    """Yield the data of pages that are sent back: beside what is stored; carried; and after a refresh of the page."""
    pairs = read_page(str(render_form(form, data, context=STORED, new=False))).pairs
    yield parse_body(form, pairs, data).data
    if every:
        again = parse_body(form, [*pairs, ("_refresh", "1")], data)
        yield again.data
        page = read_page(str(render_form(form, data, context=CARRIED, new=False)))
        yield parse_body(form, page.pairs, carry=True).data
        page = read_page(str(render_form(form, again.data, state=again.state, context=STORED, new=False)))
        yield parse_body(form, page.pairs, data).data


def run(instances: int, seed: str = "conditions") -> Tally:
    """Send back at least ``instances`` instances, ten for each schema."""
    rng = random.Random(seed)
    tally = Tally()
    while tally.instances < instances:
        schema = Schemas(rng).schema()
        form = compile_form({"schema": schema})
        tally.schemas += 1
        for _ in range(10):
            _send_back(form, schema, Instances(rng).value(schema), tally)
    return tally


def _send_back(form: CompiledForm, schema: Any, data: Any, tally: Tally) -> None:
    tally.instances += 1
    tally.conditional += "~shape" in str(build_view(form, data))
    for found in ways_back(form, data, tally.instances % 5 == 0):
        if canonical(found) != canonical(data):
            tally.changed += 1
            tally.note("changed", schema, data, found)
            break
    verdict = reference(schema, data)
    tally.accepted += verdict is True
    if verdict is not None and verdict is not is_valid(form, data):
        tally.verdicts += 1
        tally.note("verdict", schema, data, verdict)
