"""Make instances of a schema, and break them."""

from __future__ import annotations

import copy
import random
import string
from typing import Any

from portal.core.forms.document import SchemaDocument
from portal.core.forms.forge import Forge
from portal.core.forms.visibility import resolve

STRINGS = [
    "",
    " ",
    "a",
    " lead",
    "trail ",
    "张三\n李四",
    "\n first",
    "a\r\nb",
    "tab\there",
    "😀",
    "5",
    "true",
    "null",
    "1e-7",
    "~x",
    "~0",
    '"quoted"',
    "<b>&amp;</b>",
    "{}",
    "[1]",
    "2026-05-06",
    "XXXX-01-01",
    "2026-02-30",
    "x" * 300,
    "2026-05-06T09:30:00+08:00",
    "\u2028",
    "\x0b",
    "a\0b",
    "\ud800",
]
VALUES = [
    None,
    True,
    False,
    0,
    -1,
    5,
    10**30,
    1.0,
    1e-7,
    -0.0,
    1.5,
    1e300,
    [],
    {},
    [None],
    {"": 1},
    {"a": {}},
    [[]],
    *STRINGS,
]


class Maker:
    """Draws instances that mostly fit the schema."""

    def __init__(self, document: SchemaDocument, rng: random.Random) -> None:
        self.document = document
        self.forge = Forge(document)
        self.rng = rng
        self.budget = 0

    def make(self) -> Any:
        self.budget = 250
        return self._value(self.forge.node([self.document.top]), 0)

    def _value(self, node: Any, depth: int) -> Any:
        rng = self.rng
        self.budget -= 1
        picks = {}
        for _ in range(4):
            for choice in node.choices:
                picks[choice.number] = rng.randrange(len(choice.variants))
            for choice in node.choices:
                if choice.discriminator:
                    node = self.forge.node(
                        [*node.subs, choice.variants[picks[choice.number]].sub], frozenset({choice.number})
                    )
                    break
            else:
                node = resolve(self.forge, node, {}, picks).node
                break
        if node.options is not None and node.options:
            return copy.deepcopy(rng.choice(node.options).value)
        if node.kind == "object":
            return self._object(node, depth)
        if node.kind == "array":
            return self._array(node, depth)
        types = sorted(node.types - {"null"}) or ["null"]
        if len(types) > 4:
            return rng.choice(VALUES[:18])
        return self._scalar(node, rng.choice(types))

    def _object(self, node: Any, depth: int) -> dict:
        result = {}
        for name, subs in node.properties.items():
            optional = depth < 5 and self.budget > 0 and self.rng.random() < 0.6
            wanted = name in node.required or optional
            if wanted and depth < 9:
                result[name] = self._value(self.forge.node(subs), depth + 1)
        if node.entries or node.entry_patterns:
            for key in self.rng.sample(["k1", "键", "a/b", "~x"], 2):
                result[key] = self._value(self.forge.entry(node, key), depth + 1)
        return result

    def _array(self, node: Any, depth: int) -> list:
        least = node.keywords.get("minItems", 0)
        count = max(least if isinstance(least, int) else 0, self.rng.randrange(0, 4), len(node.prefix))
        if depth > 6 or self.budget <= 0:
            count = 0
        values = [self._value(self.forge.item(node, i), depth + 1) for i in range(min(count, 6))]
        if node.keywords.get("uniqueItems"):
            values = [v for i, v in enumerate(values) if v not in values[:i]]
        return values

    def _scalar(self, node: Any, kind: str) -> Any:
        rng = self.rng
        words = node.keywords
        if kind == "integer":
            return rng.randrange(int(words.get("minimum", 0)), int(words.get("minimum", 0)) + 50)
        if kind == "number":
            return rng.choice([rng.randrange(100), round(rng.random() * 100, 2), 1e-7, 3.0])
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "null":
            return None
        if kind != "string":
            return {} if kind == "object" else []
        pattern = str(words.get("pattern", ""))
        if words.get("format") == "email":
            return "a@example.com"
        if words.get("format") == "date" or ("\\d{4}" in pattern and "-" in pattern):
            return "1990-07-03"
        if pattern:
            digits = [c for c in pattern if c.isdigit()]
            return "".join(rng.choice("123456789") for _ in range(int(digits[-1]) if digits else 5))
        least, most = words.get("minLength", 1), words.get("maxLength", 30)
        length = min(max(int(least), rng.randrange(1, 12)), int(most)) if isinstance(most, int) else 5
        return "".join(rng.choice(string.ascii_letters + " 张三") for _ in range(length))


def places(value: Any, path: tuple = ()) -> list[tuple]:
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*path, index))
    return found


def mutate(value: Any, rng: random.Random) -> Any:
    """Return a copy with one thing changed, dropped, added or turned into something else."""
    value = copy.deepcopy(value)
    path = rng.choice(places(value))
    if not path:
        if isinstance(value, dict):
            value[rng.choice(["extra", "额外", "a/b~c", ""])] = copy.deepcopy(rng.choice(VALUES))
        return value
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    verb = rng.choice(["set", "set", "drop", "copy"])
    if verb == "drop":
        del holder[path[-1]]
    elif verb == "copy" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[path[-1]]))
    else:
        holder[path[-1]] = copy.deepcopy(rng.choice(VALUES))
    return value
