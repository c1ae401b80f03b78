"""Schemas that together use everything the engine claims to show, with instances that are hard to keep."""

from __future__ import annotations

from typing import Any

D7 = "http://json-schema.org/draft-07/schema#"
D4 = "http://json-schema.org/draft-04/schema#"
D19 = "https://json-schema.org/draft/2019-09/schema"


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


PERSON = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0},
        "spouse": {"$ref": "#/$defs/person"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/person"}},
    },
}

SCHEMAS: dict[str, Any] = {
    "scalars": obj(
        text={"type": "string"},
        long={"type": "string", "maxLength": 2000},
        whole={"type": "integer"},
        real={"type": "number"},
        yes={"type": "boolean"},
        nothing={"type": "null"},
        maybe={"type": ["string", "null"]},
        maybe_number={"type": ["number", "null"]},
        mixed={"type": ["string", "integer", "boolean"]},
        day={"type": "string", "format": "date"},
        moment={"type": "string", "format": "date-time"},
        clock={"type": "string", "format": "time"},
        mail={"type": "string", "format": "email"},
        site={"type": "string", "format": "uri"},
        phone={"type": "string", "format": "cn-phone"},
        identity={"type": "string", "format": "cn-id-number"},
        unit={"type": "string", "format": "unit-code"},
        kind={"type": "string", "format": "taxonomy-code"},
        file={"type": "string", "format": "attachment"},
        anything=True,
        never=False,
    ),
    "choices": obj(
        one={"enum": ["a", "b", "c", "d", "e"]},
        mixed={
            "enum": ["5", 5, 5.5, True, None, "", "true", "null", [1], {"a": 1}, " x ", "~y", "line\nend"]
        },
        const={"const": "fixed"},
        number_const={"const": 7},
        agree={"const": True},
        agree4={"type": "boolean", "enum": [True]},
        titled={"oneOf": [{"const": "a", "title": "Apple"}, {"const": "b", "title": "Bean"}]},
        any_titled={"type": "integer", "anyOf": [{"const": 1, "title": "One"}, {"enum": [2, 3]}]},
        many={"type": "array", "uniqueItems": True, "items": {"enum": ["x", "y", "z", "1", "~w"]}},
        many_numbers={"type": "array", "items": {"type": "integer", "enum": [1, 2, 3]}},
        maybe={"anyOf": [{"type": "string", "enum": ["p", "q"]}, {"type": "null"}]},
    ),
    "lists": obj(
        texts={"type": "array", "items": {"type": "string"}},
        numbers={"type": "array", "items": {"type": "number"}, "minItems": 2},
        rows={
            "type": "array",
            "items": obj(a={"type": "string"}, b={"type": "boolean"}, c={"type": "object"}),
        },
        nested={"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
        tuple={
            "type": "array",
            "prefixItems": [{"type": "string"}, {"type": "integer"}, obj(x={"type": "string"})],
        },
        open_tuple={"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "boolean"}},
        free={"type": "array"},
        files={"type": "array", "items": {"type": "string", "format": "attachment"}},
    ),
    "maps": obj(
        words={"type": "object", "additionalProperties": {"type": "string"}},
        rooms={"type": "object", "additionalProperties": obj(size={"type": "integer"})},
        both={
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "additionalProperties": {"type": "integer"},
        },
        patterned={
            "type": "object",
            "patternProperties": {"^s_": {"type": "string"}, "^n_": {"type": "number"}},
            "additionalProperties": False,
        },
        free={"type": "object"},
        open={"type": "object", "additionalProperties": True, "properties": {"a": {"type": "string"}}},
    ),
    "conditions": {
        **obj(
            kind={"enum": ["person", "company"]},
            minor={"type": "boolean"},
            card={"type": "string"},
            amount={"type": "number"},
        ),
        "if": {"properties": {"kind": {"const": "company"}}, "required": ["kind"]},
        "then": {"properties": {"licence": {"type": "string"}}, "required": ["licence"]},
        "else": {"properties": {"birthday": {"type": "string", "format": "date"}}},
        "dependentRequired": {"card": ["amount"]},
        "dependentSchemas": {"amount": obj(currency={"enum": ["CNY", "USD"]})},
        "allOf": [
            {
                "if": {"properties": {"minor": {"const": True}}, "required": ["minor"]},
                "then": {
                    "properties": {
                        "guardian": {
                            **obj(name={"type": "string"}, same={"type": "boolean"}),
                            "required": ["name"],
                        }
                    },
                    "required": ["guardian"],
                },
            }
        ],
    },
    "variants": obj(
        shape={
            "oneOf": [
                {"title": "Circle", **obj(kind={"const": "circle"}, radius={"type": "number"})},
                {
                    "title": "Box",
                    **obj(kind={"const": "box"}, width={"type": "number"}, height={"type": "number"}),
                },
            ]
        },
        contact={
            "anyOf": [obj(mail={"type": "string"}), obj(phone={"type": "string"}, ext={"type": "integer"})]
        },
        value={
            "oneOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
                obj(x={"type": "number"}),
            ]
        },
        maybe={"anyOf": [obj(a={"type": "string"}), {"type": "null"}]},
        by_type={
            "type": ["string", "object", "array"],
            "properties": {"a": {"type": "string"}},
            "items": {"type": "integer"},
        },
        ids={
            **obj(mail={"type": "string"}, phone={"type": "string"}),
            "anyOf": [{"required": ["mail"]}, {"required": ["phone"]}],
        },
        deep={"oneOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}]},
        scalar={"oneOf": [{"type": "integer", "multipleOf": 5}, {"type": "integer", "multipleOf": 3}]},
    )
    | {
        "$defs": {
            "a": obj(t={"enum": ["a"]}, one={"type": "string"}),
            "b": obj(t={"enum": ["b"]}, two={"type": "string"}),
        }
    },
    "recursive": {"$defs": {"person": PERSON}, "$ref": "#/$defs/person"},
    "draft4": {
        "$schema": D4,
        "type": "object",
        "properties": {
            "a": {"$ref": "#/definitions/money", "title": "ignored sibling"},
            "pair": {
                "type": "array",
                "items": [{"type": "string"}, {"type": "number"}],
                "additionalItems": False,
            },
        },
        "definitions": {"money": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
        "dependencies": {"a": ["pair"], "pair": {"properties": {"why": {"type": "string"}}}},
    },
    "draft7": {
        "$schema": D7,
        "$id": "http://example.com/root.json",
        "type": "object",
        "properties": {
            "a": {"$ref": "item.json"},
            "b": {"$ref": "#here"},
            "c": {"$ref": "root.json#/definitions/x"},
        },
        "definitions": {
            "i": {
                "$id": "item.json",
                "type": "object",
                "properties": {"z": {"$ref": "#/definitions/w"}},
                "definitions": {"w": {"type": "integer"}},
            },
            "h": {"$id": "#here", "type": "string"},
            "x": {"type": "boolean"},
        },
    },
    "draft2019": {
        "$schema": D19,
        "type": "object",
        "properties": {"tree": {"$recursiveRef": "#"}, "name": {"type": "string"}},
        "unevaluatedProperties": False,
    },
    "closed": {**obj(a={"type": "string"}), "additionalProperties": False, "required": ["a", "b"]},
    "untyped": {
        "properties": {
            "a": {"minLength": 2},
            "b": {"minimum": 1},
            "c": {"items": {"type": "string"}},
            "d": {},
        }
    },
    "all": {
        "allOf": [obj(a={"type": "string"}), obj(b={"type": "integer"}), {"required": ["a"]}],
        "properties": {"c": {"allOf": [{"type": "string"}, {"enum": ["x", "y"]}]}},
    },
    "names": obj(
        **{
            "a/b": {"type": "string"},
            "~t": {"type": "string"},
            "": {"type": "string"},
            "张三": obj(**{"0": {"type": "string"}}),
            "a b": {"type": "string"},
            "_add:x": {"type": "string"},
            'q"<>': {"type": "string"},
        }
    ),
    "root_list": {"type": "array", "items": obj(a={"type": "string"})},
    "root_text": {"type": "string"},
    "root_any": True,
    "root_choice": {"enum": ["a", "b"]},
    "root_map": {"type": "object", "additionalProperties": {"type": "number"}},
}

INSTANCES: dict[str, list[Any]] = {
    "scalars": [
        {
            "text": "",
            "maybe": None,
            "maybe_number": None,
            "mixed": 5,
            "nothing": None,
            "anything": {"a": [1, None]},
        },
        {
            "text": " x ",
            "long": "a\n\n b\n",
            "whole": 10**40,
            "real": 1e-7,
            "yes": False,
            "mixed": "true",
            "never": 1,
        },
        {
            "real": -0.0,
            "whole": 5.0,
            "mixed": True,
            "anything": "5",
            "day": "2026-02-30",
            "moment": "2026-05-06T09:30:00+08:00",
        },
        {
            "moment": "2026-05-06T09:30:00Z",
            "clock": "10:00:00Z",
            "anything": "plain",
            "day": "XXXX-01-01",
            "mail": " a@b ",
        },
        {
            "text": None,
            "whole": "5",
            "real": True,
            "yes": "true",
            "day": 5,
            "anything": False,
            "mail": "a@例子.公司",
        },
        {
            "text": "\ufeff",
            "long": "\n",
            "mixed": "5",
            "moment": "2026-05-06T09:30",
            "anything": "",
            "phone": "x",
        },
        {
            "moment": "2026-05-06T09:30:15+08:00",
            "day": "2026-05-06",
            "clock": "09:30",
            "real": 1e22,
            "whole": -3,
        },
        {"moment": "2026-05-06T09:30+08:00", "real": 1.0, "day": "0000-01-01", "yes": None},
    ],
    "choices": [
        {"mixed": v}
        for v in [
            "5",
            5,
            5.5,
            5.0,
            True,
            None,
            "",
            "true",
            "null",
            [1],
            {"a": 1},
            " x ",
            "~y",
            "line\nend",
            "zz",
            6,
            "~",
            "[1]",
        ]
    ]
    + [
        {
            "one": "f",
            "const": "other",
            "agree": False,
            "agree4": "x",
            "titled": "c",
            "many": ["z", "x"],
            "maybe": None,
        },
        {
            "many": ["x", "x"],
            "many_numbers": [3, 1],
            "number_const": 7.0,
            "any_titled": 3,
            "agree": True,
            "agree4": False,
        },
        {"many": [], "many_numbers": ["1", 9], "number_const": "7", "maybe": "p"},
        {"many": ["u", 5, None], "many_numbers": [True], "maybe": "r"},
        {"many": {"a": 1}, "many_numbers": "x", "one": ["a"]},
    ],
    "lists": [
        {
            "texts": [],
            "numbers": [1, "2", None],
            "rows": [{}, {"a": ""}, {"b": False}, {"c": {}}],
            "nested": [[], [1], [[]]],
        },
        {
            "texts": ["", None, "a", "b\nc", " "],
            "tuple": ["a"],
            "open_tuple": ["a", True, False],
            "free": [1, {"a": 2}],
        },
        {"tuple": [None, None, {}], "rows": [None, 5, "x", []], "texts": "no", "files": ["abc", "def"]},
        {"tuple": ["a", 1, {"x": "y"}, "more"], "open_tuple": [], "free": [], "rows": [{"z": 1}]},
        {"texts": [f"t{i}" for i in range(30)], "rows": {"0": 1}},
    ],
    "maps": [
        {
            "words": {},
            "rooms": {"r": {}},
            "both": {"a": "x", "b": 5},
            "patterned": {"s_a": "t", "n_b": 1.5, "zz": 1},
            "free": {"q": [1]},
        },
        {
            "words": {"": "empty key", "a/b": "", "~": " ", "k": None, "l": {"x": 1}},
            "open": {"z": 1},
            "free": {},
        },
        {
            "words": {"line\nbreak": "v"},
            "rooms": {"r": 5, "s": {"size": "x", "other": True}},
            "both": {"a": 1},
        },
    ],
    "conditions": [
        {},
        {"kind": "company"},
        {"kind": "company", "licence": "L", "birthday": "2000-01-01"},
        {"kind": "person", "licence": "L"},
        {"minor": True, "guardian": {}},
        {"minor": True, "guardian": {"name": "x", "same": False}},
        {"minor": False, "guardian": {"a": 1}},
        {"amount": 5, "currency": "CNY"},
        {"currency": "CNY"},
        {"kind": 5, "minor": "x", "guardian": "y"},
    ],
    "variants": [
        {"shape": {"kind": "circle", "radius": 2}},
        {"shape": {"radius": 2}},
        {"shape": {"kind": "box", "radius": 2}},
        {"shape": {"kind": "x"}},
        {"contact": {"mail": "m", "phone": "p"}},
        {"contact": {}},
        {"contact": {"ext": "bad"}},
        {"contact": 5},
        {"value": "x"},
        {"value": ["x", ""]},
        {"value": {"x": 1}},
        {"value": []},
        {"value": ""},
        {"value": 5},
        {"value": None},
        {"value": {}},
        {"maybe": None},
        {"maybe": {"a": "b"}},
        {"maybe": {}},
        {"maybe": "x"},
        {"by_type": "s"},
        {"by_type": {"a": "b"}},
        {"by_type": [1]},
        {"by_type": 5},
        {"ids": {}},
        {"ids": {"mail": ""}},
        {"deep": {"t": "b", "two": "x"}},
        {"deep": {"two": "x"}},
        {"scalar": 15},
        {"scalar": 5},
        {"deep": {"t": "c", "one": 1, "two": 2}},
    ],
    "recursive": [
        {"name": "a"},
        {"name": "a", "spouse": {"name": "b", "spouse": {"name": "c", "children": [{"name": "d"}, {}]}}},
        {"name": "a", "spouse": {}, "children": []},
        {"spouse": None, "children": [None, {"children": [{"children": []}]}]},
    ],
    "draft4": [
        {"a": 0, "pair": ["x", 1]},
        {"pair": ["x"], "why": "z"},
        {"a": 1.5},
        {"why": "stale"},
        {"pair": [1, "x", None]},
    ],
    "draft7": [{"a": {"z": 1}, "b": "x", "c": True}, {"a": {}, "b": 5, "c": None}],
    "draft2019": [{"tree": {"tree": {"name": "x"}}}, {"tree": {}, "extra": 1}, {}],
    "closed": [{}, {"a": "x", "b": 1}, {"c": 1}],
    "untyped": [
        {"a": 1, "b": "x", "c": "y", "d": [1]},
        {"a": "x", "b": 2, "c": ["q"], "d": "w"},
        [],
        "x",
        5,
        None,
    ],
    "all": [{"a": "x", "b": 1, "c": "x"}, {"c": "z"}, {"b": 1.5}],
    "names": [
        {"a/b": "1", "~t": "2", "": "3", "张三": {"0": "4"}, "a b": "5", "_add:x": "6", 'q"<>': "7"},
        {"": ""},
    ],
    "root_list": [[], [{"a": "x"}, {}], [1, None], {}, None, "x"],
    "root_text": ["", "x", 5, None, ["a"], "line\nend", {}],
    "root_any": [None, 1, "x", {}, [], "", {"a": {"b": [1.5]}}, "true", True],
    "root_choice": ["a", "z", None, 5, []],
    "root_map": [{}, {"a": 1, "b": "x"}, [], {"": 0}],
}
