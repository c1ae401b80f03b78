"""Random rule sets and records around their literals, for the comparison of engine and reference."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from portal.core.taxonomy import Taxonomy

TODAY = date(2026, 5, 6)
TYPES = ["D01", "D0101", "D0102", "D06", "D0601", "D9"]
TEXTS = ["", "甲", "乙", "甲乙", "1", "true", "5", "a.b", 'q"\\', "é🌾", "x" * 1000, "x" * 999, " "]
TERMS = {code: {"title": code, **({"parent": code[:3]} if len(code) > 3 else {})} for code in TYPES[:-1]}
TAXONOMIES = {"dispute": Taxonomy.from_definition({"title": "t", "terms": TERMS}, "dispute")}
INPUTS = {
    "kind": {"type": "taxonomy", "taxonomy": "dispute", "from": "/kind"},
    "word": {"type": "string", "from": "/deep/word"},
    "place": {"type": "unit", "from": "/place"},
    "people": {"type": "integer", "from": "/people"},
    "ratio": {"type": "number", "from": "/ratio"},
    "amount": {"type": "money", "from": "/amount"},
    "sudden": {"type": "boolean", "from": "/sudden"},
    "since": {"type": "date", "from": "/since"},
    "needs": {"type": "strings", "from": "/parties/*/need"},
    "similar": {"type": "integer", "count": {"entity": "case", "match": {"/place": "/place"}}},
}
NUMBERS = [-1, 0, 1, 2, 5, 10, 100, 2**40]
AMOUNTS = [0, 0.01, 1, 99.99, 100, 100000, -5.5]
PLACES = ["530112", "530112003", "530115", "530100"]


def random_rule_set(choose: random.Random, sizes: tuple[int, ...] = (1, 2, 5, 12, 60)) -> dict[str, Any]:
    """Return a sound rule set; its rules may be dead or contradictory."""
    return {
        "title": "t",
        "purpose": "test",
        "hit": choose.choice(["all", "all", "first"]),
        "inputs": {name: {"title": name, **entry} for name, entry in INPUTS.items()},
        "rules": {f"r{n}": _rule(choose) for n in range(choose.choice(sizes))},
    }


def _rule(choose: random.Random) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "title": "t",
        "priority": choose.randrange(5),
        "reason": "{kind} {amount}",
        "then": [{"do": "flag", "flag": choose.choice("abc")}],
    }
    if choose.random() < 0.95:
        rule["when"] = _condition(choose, 1)
    if choose.random() < 0.2:
        first = TODAY + timedelta(days=choose.randrange(-3, 3))
        rule["effective"] = {"from": first.isoformat(), "until": None}
    return rule


def _condition(choose: random.Random, depth: int) -> dict[str, Any]:
    if depth < 6 and choose.random() < 0.55 / depth + 0.1:
        kind = choose.choice(["all", "any", "none"])
        return {kind: [_condition(choose, depth + 1) for _ in range(choose.randrange(1, 5))]}
    return _atom(choose)


def _atom(choose: random.Random) -> dict[str, Any]:
    name = choose.choice(list(INPUTS))
    if choose.random() < 0.1:
        return {"field": name, "op": choose.choice(["exists", "missing"])}
    kind = INPUTS[name]["type"]
    if kind in ("integer", "number", "money"):
        values: list[Any] = {"integer": NUMBERS, "money": AMOUNTS, "number": [*NUMBERS, 0.5, 1e-5]}[str(kind)]
        op = choose.choice(["eq", "ne", "lt", "lte", "gt", "gte", "in", "not_in"])
    elif kind == "boolean":
        values, op = [True, False], choose.choice(["eq", "ne"])
    elif kind == "date":
        return _date_atom(choose, name)
    elif kind == "strings":
        values, op = ["甲", "乙", "丙", "1"], choose.choice(["has", "has_any", "has_all"])
    else:
        values = {"taxonomy": TYPES[:-1], "unit": PLACES}.get(str(kind), TEXTS[1:])
        ops = ["eq", "ne", "in", "not_in", "starts_with", "contains"]
        op = choose.choice([*ops, "under", "not_under"] if kind != "string" else ops)
    if op in ("in", "not_in", "has_any", "has_all"):
        return {"field": name, "op": op, "value": choose.choices(values, k=choose.randrange(1, 12))}
    return {"field": name, "op": op, "value": choose.choice(values)}


def _date_atom(choose: random.Random, name: str) -> dict[str, Any]:
    op = choose.choice(["eq", "ne", "before", "after", "lte", "gte", "within_days", "older_than_days"])
    if op.endswith("days"):
        return {"field": name, "op": op, "value": choose.randrange(40)}
    shift = choose.randrange(-3, 3)
    relative = choose.choice([{"today": shift}, {"today": {"months": shift}}])
    fixed = (TODAY + timedelta(days=shift)).isoformat()
    return {"field": name, "op": op, "value": choose.choice([relative, fixed])}


def random_record(choose: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a record's data and counts: mostly fitting, sometimes absent, sometimes of another type."""
    junk: list[Any] = [
        "5",
        5,
        True,
        None,
        "",
        [],
        {},
        float("nan"),
        float("inf"),
        2**62,
        "1\0",
        "\ud800",
        -0.0,
        1e-9,
    ]
    near = TODAY + timedelta(days=choose.randrange(-45, 10))
    fitting = {
        "kind": choose.choice(TYPES),
        "place": choose.choice(PLACES),
        "people": choose.choice(NUMBERS) + choose.randrange(-1, 2),
        "ratio": choose.choice([*NUMBERS, 0.5, 1e-5]),
        "amount": choose.choice(AMOUNTS),
        "sudden": choose.random() < 0.5,
        "since": choose.choice([near.isoformat(), f"{near}T10:00:00+08:00"]),
    }
    data: dict[str, Any] = {}
    for name, value in fitting.items():
        roll = choose.random()
        if roll < 0.8:
            data[name] = value
        elif roll < 0.9:
            data[name] = choose.choice(junk)
    data["deep"] = {"word": choose.choice([*TEXTS, *junk, "x" * 1001, "x" * 5000])}
    data["parties"] = [
        {"need": choose.choice(["甲", "乙", "丙", "1", 1])} for _ in range(choose.randrange(4))
    ]
    return data, {"similar": choose.choice([0, 1, 2, 5, None, "2", True])}
