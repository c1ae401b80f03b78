"""Generated triples of a merge: a base, a new version of it, and a county's layer on the base."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass
from typing import Any

from portal.core.packs.merge import merge

NAMES = ["a", "b", "c", "d", "order", "x/y", "m~n"]
VALUES: list[Any] = [0, 1, 2, 3, 4, 5, 1.5, True, False, "甲", "乙", "丙", "0", ""]


@dataclass(frozen=True)
class Triple:
    """The three sides; ``own`` is what the layer makes of the base."""

    base: dict[str, Any]
    theirs: dict[str, Any]
    layer: dict[str, Any]

    @property
    def own(self) -> dict[str, Any]:
        """Return the county's effective configuration."""
        made: dict[str, Any] = merge(self.base, self.layer)
        return made


def maps(chance: random.Random) -> Triple:
    """Return a triple of nested maps without lists."""
    base = {f"part{n}": _map(chance, 3) for n in range(chance.randint(1, 3))}
    theirs = _changed(chance, base, chance.choice((0.0, 0.1, 0.3, 0.45)))
    return Triple(base, theirs, _patch(chance, base, theirs, chance.choice((0.0, 0.1, 0.3, 0.5))))


def _map(chance: random.Random, depth: int) -> dict[str, Any]:
    names = chance.sample(NAMES, chance.choice((0, 2, 3, 4, 5)))
    return {name: chance.randint(0, 9) if name == "order" else _value(chance, depth - 1) for name in names}


def _value(chance: random.Random, depth: int) -> Any:
    return _map(chance, depth) if depth > 0 and chance.random() < 0.5 else chance.choice(VALUES)


def _changed(chance: random.Random, value: Any, rate: float) -> Any:
    """Return a value with some members changed, removed or added."""
    if not isinstance(value, dict):
        return chance.choice(VALUES)
    result = {}
    for name, member in value.items():
        roll = chance.random()
        if roll < rate * 0.4:
            continue
        if roll < rate * 0.6:
            result[name] = _value(chance, 2)
        elif isinstance(member, dict):
            result[name] = _changed(chance, member, rate)
        else:
            result[name] = chance.choice(VALUES) if roll < rate * 2 else member
    if chance.random() < rate * 2:
        result.setdefault(chance.choice(NAMES), _value(chance, 2))
    return result


def _patch(chance: random.Random, base: Any, theirs: Any, rate: float) -> dict[str, Any]:
    """Return a layer: removals, changes, what the base or the new version says, and removals of nothing."""
    patch: dict[str, Any] = {}
    there = theirs if isinstance(theirs, dict) else {}
    for name, member in base.items():
        roll = chance.random()
        if name in there and type(there[name]) is int and there[name] != member and roll < rate * 2:
            patch[name] = chance.randint(0, 9)
        elif roll < rate * 0.5:
            patch[name] = None
        elif roll < rate:
            patch[name] = chance.choice(range(6)) if isinstance(member, int) else _value(chance, 2)
        elif roll < rate * 1.3:
            patch[name] = copy.deepcopy(member)
        elif roll < rate * 1.8 and name in there:
            patch[name] = copy.deepcopy(there[name])
        elif isinstance(member, dict):
            inner = _patch(chance, member, there.get(name), rate)
            if inner:
                patch[name] = inner
    if chance.random() < rate:
        patch.setdefault(chance.choice(NAMES), chance.choice([None, _value(chance, 2)]))
    return patch


# Lists by their merge type, at places whose formats say it.
SETS = ["roles", "columns", "examples", "then"]


def lists(chance: random.Random) -> Triple:
    """Return a triple of lists of every merge type."""
    base = _bundle({name: _list(chance, name) for name in SETS})
    theirs = _bundle({name: _edited(chance, name, _of(base, name)) for name in SETS})
    layer = _bundle({name: _edit(chance, name, _of(base, name)) for name in SETS if chance.random() < 0.8})
    return Triple(base, theirs, layer)


def _bundle(parts: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "roles" in parts:
        made.setdefault("forms", {}).setdefault("case", {}).setdefault("entity", {})["index"] = parts["roles"]
    if "columns" in parts:
        entity = made.setdefault("forms", {}).setdefault("case", {}).setdefault("entity", {})
        entity["list"] = {"columns": parts["columns"]}
    rules = {}
    if "examples" in parts:
        rules["examples"] = parts["examples"]
    if "then" in parts:
        rules["rules"] = {"large": {"then": parts["then"]}}
    return {**made, "rules": {"r": rules}} if rules else made


def _of(bundle: dict[str, Any], name: str) -> list[Any]:
    entity, rules = bundle["forms"]["case"]["entity"], bundle["rules"]["r"]
    found: dict[str, list[Any]] = {
        "roles": entity["index"],
        "columns": entity["list"]["columns"],
        "examples": rules["examples"],
        "then": rules["rules"]["large"]["then"],
    }
    return found[name]


def _entry(chance: random.Random, name: str) -> Any:
    if name == "examples":
        return {
            "name": chance.choice("一二三四五"),
            "n": chance.randint(0, 2),
            "facts": {"x": chance.randint(0, 1)},
        }
    if name == "then":
        return {
            "do": "flag",
            "flag": chance.choice(["safety", "minor", "group"]),
            "level": chance.choice(["a", "b"]),
        }
    return chance.choice(["/a", "/b", "/c", "/d", "/e"])


def key_of(entry: Any) -> str:
    """Return what tells entries apart, as the formats of these lists say it."""
    if not isinstance(entry, dict):
        return str(entry)
    return str(entry.get("name") or entry.get("flag"))


def _unique(entries: list[Any]) -> list[Any]:
    return list({key_of(entry): entry for entry in entries}.values())


def _list(chance: random.Random, name: str) -> list[Any]:
    return _unique([_entry(chance, name) for _ in range(chance.randint(0, 5))])


def _edited(chance: random.Random, name: str, entries: list[Any]) -> list[Any]:
    kept = [entry for entry in entries if chance.random() < 0.8]
    changed = [
        {**entry, "n": 9}
        if isinstance(entry, dict) and name == "examples" and chance.random() < 0.3
        else entry
        for entry in kept
    ]
    for _ in range(chance.randint(0, 2)):
        changed.insert(chance.randint(0, len(changed)), _entry(chance, name))
    if chance.random() < 0.2:
        chance.shuffle(changed)
    return _unique(changed)


def _edit(chance: random.Random, name: str, entries: list[Any]) -> Any:
    if chance.random() < 0.5:
        return _edited(chance, name, entries)
    gone = [entry for entry in entries if chance.random() < 0.3]
    edit = {"$remove": gone, "$add": _list(chance, name)[:2]}
    return {what: found for what, found in edit.items() if found} or {"$add": []}
