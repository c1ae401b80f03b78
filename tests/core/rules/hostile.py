"""A hundred rule files that somebody careless or malicious might write, each with the problem it must give.

Every entry is a name, the bytes of the file and the code that must be among the problems.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

Edit = Callable[[dict[str, Any]], object]

SOUND: dict[str, Any] = {
    "title": "分流",
    "purpose": "referral",
    "hit": "all",
    "inputs": {
        "kind": {"title": "类型", "type": "taxonomy", "taxonomy": "dispute", "from": "/kind"},
        "amount": {"title": "金额", "type": "money", "from": "/amount"},
        "people": {"title": "人数", "type": "integer", "from": "/people"},
        "since": {"title": "日期", "type": "date", "from": "/since"},
        "sudden": {"title": "突发", "type": "boolean", "from": "/sudden"},
        "needs": {"title": "需求", "type": "strings", "from": "/needs"},
        "word": {"title": "词", "type": "string", "from": "/word"},
    },
    "parameters": {"large": {"title": "大额", "type": "money", "value": 100000}},
    "rules": {
        "big": {
            "title": "大额",
            "priority": 10,
            "when": {"field": "amount", "op": "gte", "value": {"param": "large"}},
            "reason": "金额{amount}元",
            "then": [{"do": "grade", "grade": "complex"}],
        }
    },
    "examples": [
        {"name": "例", "today": "2026-05-06", "facts": {"amount": 200000}, "expect": {"fired": ["big"]}}
    ],
}
TAXONOMY = {"terms": {"D06": {"title": "劳动"}, "D0601": {"title": "欠薪", "parent": "D06"}}}


def sound() -> dict[str, Any]:
    """Return a rule set without problems, to be spoilt."""
    return copy.deepcopy(SOUND)


def _edited(edit: Edit) -> bytes:
    definition = sound()
    edit(definition)
    return json.dumps(definition).encode()


def _when(condition: Any) -> bytes:
    return _edited(lambda d: d["rules"]["big"].update(when=condition))


def _then(*actions: Any) -> bytes:
    return _edited(lambda d: d["rules"]["big"].update(then=list(actions)))


def _rule(**parts: Any) -> bytes:
    return _edited(lambda d: d["rules"]["big"].update(parts))


def _input(**parts: Any) -> bytes:
    return _edited(lambda d: d["inputs"]["people"].update(parts))


def _parameter(**parts: Any) -> bytes:
    return _edited(lambda d: d["parameters"]["large"].update(parts))


def _raw(old: str, new: str) -> bytes:
    text = json.dumps(SOUND)
    assert old in text
    return text.replace(old, new, 1).encode()


def _nested(depth: int, kind: str = "all") -> Any:
    condition: Any = {"field": "people", "op": "gte", "value": 1}
    for _ in range(depth):
        condition = {kind: [condition]}
    return condition


def _deep_text(depth: int) -> bytes:
    opened = '{"all":[' * depth
    closed = "]}" * depth
    return _raw('{"field": "amount", "op": "gte", "value": {"param": "large"}}', opened + closed)


def _atom(field: str, op: str, *value: Any) -> Any:
    return {"field": field, "op": op, **({"value": value[0]} if value else {})}


def _pair(**other: Any) -> Edit:
    """Return an edit that adds a second rule with the same priority."""

    def edit(definition: dict[str, Any]) -> None:
        definition["rules"]["two"] = {**copy.deepcopy(SOUND["rules"]["big"]), **other}

    return edit


def _files() -> Iterator[tuple[str, bytes, str]]:
    yield from _not_json()
    yield from _wrong_structure()
    yield from _wrong_conditions()
    yield from _wrong_meaning()


def _not_json() -> Iterator[tuple[str, bytes, str]]:
    yield "empty file", b"", "json.syntax"
    yield "not JSON", b"rules: yes", "json.syntax"
    yield "python", b"__import__('os').system('id')", "json.syntax"
    yield "cut off", json.dumps(SOUND).encode()[:-20], "json.syntax"
    yield "two documents", b"{} {}", "json.syntax"
    yield "latin-1", '{"title": "é"}'.encode("latin-1"), "json.encoding"
    yield "utf-16", json.dumps(SOUND).encode("utf-16"), "json.encoding"
    yield "binary", bytes(range(256)), "json.encoding"
    yield "5,000 deep expression", _deep_text(5000), "json.depth"
    yield "100,000 open brackets", b"[" * 100_000, "json.depth"
    yield "brackets in an endless text", b'"' + b"[" * 100_000, "json.depth"
    yield "three megabytes", _when(_atom("word", "eq", "x" * 3_000_000)), "json.size"
    yield "NaN", _raw("100000", "NaN"), "json.number"
    yield "Infinity", _raw("100000", "Infinity"), "json.number"
    yield "1e400", _raw("100000", "1e400"), "json.number"
    yield "-1e400 in a condition", _when(_atom("people", "gt", 77)).replace(b"77", b"-1e400"), "json.number"
    yield "2^63", _raw("100000", str(2**63)), "json.number"
    yield "10,000 digits", _raw("100000", "9" * 10_000), "json.number"
    yield (
        "duplicate key",
        _raw('"purpose": "referral"', '"purpose": "a", "purpose": "b"'),
        "json.duplicate_key",
    )
    yield "duplicate rule", _raw('"rules": {', '"rules": {"big": {}, '), "json.duplicate_key"
    yield "NUL in a text", _when(_atom("word", "eq", "a\0b")), "json.text"
    yield "NUL in a key", _edited(lambda d: d["inputs"].update({"a\0": {}})), "json.text"
    yield "lone surrogate", _raw('"referral"', '"\\ud800"'), "json.text"
    yield "lone surrogate in a reason", _rule(reason="x\ud83d"), "json.text"


def _wrong_structure() -> Iterator[tuple[str, bytes, str]]:
    structure = "rules.structure"
    for name, value in {"null": None, "list": [], "text": "x", "number": 1, "true": True}.items():
        yield f"a {name} instead of a rule set", json.dumps(value).encode(), structure
    for key in ("title", "purpose", "inputs", "rules"):
        yield f"without {key}", _edited(lambda d, key=key: d.pop(key)), structure
    for key in ("inputs", "parameters", "rules", "examples"):
        yield f"{key} is a number", _edited(lambda d, key=key: d.update({key: 7})), structure
    yield "unknown key", _edited(lambda d: d.update(run="x")), structure
    yield "unknown hit policy", _edited(lambda d: d.update(hit="loop")), structure
    yield (
        "10,000 rules",
        _edited(lambda d: d["rules"].update({f"r{n}": {} for n in range(10_000)})),
        "rules.size",
    )
    yield "a rule is a text", _edited(lambda d: d["rules"].update(big="always")), structure
    yield "rule without reason", _edited(lambda d: d["rules"]["big"].pop("reason")), structure
    yield "rule identifier with a slash", _edited(lambda d: d["rules"].update({"../x": {}})), structure
    yield "rule called __class__", _edited(lambda d: d["rules"].update(__class__={})), structure
    yield "priority is a text", _rule(priority="10"), structure
    yield "priority is true", _rule(priority=True), structure
    yield "priority is 1e30", _rule(priority=1e18), structure
    yield "rule with code", _rule(run="import os"), structure
    yield "self-asserting rule", _then({"do": "assert", "fact": {"amount": 1}}), structure
    yield "ping-pong rules", _edited(_pair(then=[{"do": "fire", "rule": "big"}])), structure
    yield "retracting rule", _then({"do": "retract"}), structure
    yield "action sets a field", _then({"do": "set", "field": "/stage", "value": "closed"}), structure
    yield "action calls", _then({"do": "call", "url": "http://localhost/"}), structure
    yield "action scores a person", _then({"do": "score", "person": 1}), structure
    yield "no action", _then(), structure
    yield "action is a text", _then("refer"), structure
    yield "refer to two places", _then({"do": "refer", "to": {"room": "a", "window": "b"}}), structure
    yield "refer to nowhere", _then({"do": "refer"}), structure
    yield "flag without a name", _then({"do": "flag"}), structure
    yield "10,000 actions", _then(*[{"do": "flag", "flag": "a"}] * 10_000), "rules.size"
    yield "input type object", _input(type="object"), structure
    yield "input from a number", _input(**{"from": 5}), structure
    yield "input from a path outside", _input(**{"from": "../../etc/passwd"}), structure
    yield "parameter is an object", _parameter(value={"param": "large"}), structure
    yield "reason is a list", _rule(reason=["a"]), structure
    yield "megabyte title", _edited(lambda d: d.update(title="长" * 300_000)), structure
    yield "effective from the 99th", _rule(effective={"from": "yesterday"}), structure
    yield "example without facts", _edited(lambda d: d["examples"][0].pop("facts")), structure
    yield "example facts are a list", _edited(lambda d: d["examples"][0].update(facts=[])), structure


def _wrong_conditions() -> Iterator[tuple[str, bytes, str]]:
    unknown, literal = "condition.unknown_operator", "condition.literal_type"
    for op in ("matches", "regex", "import", "call", "eval", "__class__", "pow", "**", "div", "lambda"):
        yield f"operator {op}", _when(_atom("word", op, "(a+)+$")), unknown
    yield "operator is a list", _when({"field": "word", "op": ["eq"], "value": 1}), unknown
    yield "condition is a text", _when("amount > 1"), "condition.not_object"
    yield "condition is true", _when(True), "condition.not_object"
    yield "condition is empty", _when({}), unknown
    yield "attribute access", _when(_atom("word.__class__", "eq", "x")), "condition.unknown_field"
    yield "unknown field", _when(_atom("/amount", "gte", 1)), "condition.unknown_field"
    yield "field is an object", _when({"field": {"m": "s"}, "op": "exists"}), "condition.field"
    yield "engine syntax", _when({"$and": [{"amount": 1}]}), "condition.unknown_key"
    yield "field against field", _when(_atom("people", "gt", {"field": "amount"})), "condition.operand"
    yield "arithmetic", _when(_atom("people", "gt", {"$mul": [2, 3]})), "condition.operand"
    yield "9 levels", _when(_nested(9)), "condition.too_deep"
    yield "20 levels of none", _when(_nested(20, "none")), "condition.too_deep"
    yield "empty group", _when({"all": []}), "condition.group_size"
    yield (
        "group of 10,000",
        _when({"any": [_atom("people", "eq", n) for n in range(10_000)]}),
        "condition.group_size",
    )
    wide = {"any": [{"all": [_atom("people", "eq", n) for n in range(100)]} for _ in range(4)]}
    yield "400 comparisons", _when(wide), "condition.too_large"
    yield "two groups in one", _when({"all": [_nested(0)], "any": [_nested(0)]}), "condition.mixed_group"
    yield "list of 10,000", _when(_atom("word", "in", ["x"] * 10_000)), "condition.list"
    yield "empty list", _when(_atom("word", "in", [])), "condition.list"
    yield "mixed list", _when(_atom("word", "in", ["a", 1])), literal
    yield "text compared by size", _when(_atom("word", "gt", "a")), "condition.operator_type"
    yield "text for a number", _when(_atom("people", "gte", "5")), literal
    yield "true for a number", _when(_atom("people", "eq", True)), literal
    yield "1 for true", _when(_atom("sudden", "eq", 1)), literal
    yield "null", _when(_atom("people", "eq", None)), "condition.literal"
    yield "long text", _when(_atom("word", "eq", "x" * 100_000)), "condition.text"
    yield "30 February", _when(_atom("since", "before", "2026-02-30")), "condition.date"
    yield "a number for a date", _when(_atom("since", "after", 20260101)), literal
    yield "today is a text", _when(_atom("since", "after", {"today": "x"})), "condition.today"
    yield (
        "a million years ago",
        _when(_atom("since", "after", {"today": {"years": -(10**6)}})),
        "condition.today",
    )
    yield "half a day", _when(_atom("since", "within_days", 0.5)), "condition.days"
    yield "unknown parameter", _when(_atom("amount", "gte", {"param": "huge"})), "condition.unknown_parameter"
    yield "counting in a condition", _when({"count": {}, "op": "gte", "value": 1}), "condition.count_here"


def _wrong_meaning() -> Iterator[tuple[str, bytes, str]]:
    yield "cyclic parameter", _parameter(type="string", value=["large"]), "rules.parameter_value"
    yield "parameter of another type", _parameter(value="a lot"), "rules.parameter_value"
    yield "thousandth of a yuan", _parameter(value=0.001), "rules.parameter_value"
    yield "parameter that is not money", _parameter(type="integer"), "rules.parameter_type"
    yield (
        "an input's name again",
        _edited(lambda d: d["parameters"].update(word=d["parameters"]["large"])),
        "rules.name_twice",
    )
    yield "two sources", _input(count={"entity": "case", "match": {"/a": "/b"}}), "rules.input_source"
    yield (
        "count without match",
        _edited(
            lambda d: d["inputs"].update(n={"title": "n", "type": "integer", "count": {"entity": "case"}})
        ),
        "condition.count",
    )
    yield "unknown taxonomy", _edited(lambda d: d["inputs"]["kind"].update(taxonomy="no")), "rules.taxonomy"
    yield "unknown code", _when(_atom("kind", "under", "D99")), "rules.unknown_code"
    yield "half a person", _when(_atom("people", "gte", 1.5)), "rules.literal"
    yield "unknown place in a reason", _rule(reason="{name}"), "rules.placeholder"
    yield "code in a reason", _rule(reason="{amount.__class__} {0} {amount!r}"), "rules.placeholder"
    yield "31 February in effect", _rule(effective={"from": "2026-02-31"}), "rules.date"
    yield (
        "ends before it starts",
        _rule(effective={"from": "2026-02-02", "until": "2026-02-01"}),
        "rules.period",
    )
    yield "can never hold", _when({"all": [_atom("people", "gt", 5), _atom("people", "lt", 5)]}), "rules.dead"
    yield (
        "never of one class",
        _when({"all": [_atom("kind", "eq", "D06"), _atom("kind", "not_under", "D06")]}),
        "rules.dead",
    )
    yield (
        "equal priority, other grade",
        _edited(_pair(then=[{"do": "grade", "grade": "simple"}])),
        "rules.conflict",
    )
    yield "two grades at once", _then(*({"do": "grade", "grade": g} for g in "ab")), "rules.contradiction"
    yield "example that fails", _edited(lambda d: d["examples"][0].update(facts={})), "rules.example"
    yield "example on no day", _edited(lambda d: d["examples"][0].update(today="2026-13-01")), "rules.date"


HOSTILE = list(_files())
