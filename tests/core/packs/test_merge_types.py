from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.packs import check, merge, resolve, schemas
from portal.core.packs.merge_types import (
    ATOMIC,
    DERIVED,
    KEYWORD,
    OPTIONS,
    SEQUENCE,
    SET,
    MergeType,
    merge_type,
)

DOCUMENTS = sorted(
    [file.name.removesuffix(".json") for file in (resources.files("portal.core") / "schemas").iterdir()]
    + ["tables"]
)


def arrays(body: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each schema of a list in a document; words and samples of a schema are no schemas."""
    if isinstance(body, list):
        for index, member in enumerate(body):
            yield from arrays(member, f"{at}/{index}")
    if not isinstance(body, dict):
        return
    sort = body.get("type")
    if sort == "array" or (isinstance(sort, list) and "array" in sort) or "prefixItems" in body:
        yield at, body
    for key, member in body.items():
        if key not in ("enum", "const", "default", "examples"):
            yield from arrays(member, pointers.join([key], at))


def required(body: Any, document: str) -> set[str]:
    """Return the members that every object fitting a schema has."""
    if not isinstance(body, dict):
        return set()
    found = set(body.get("required", ()))
    if "$ref" in body:
        file, _, where = body["$ref"].partition("#")
        target = file.removesuffix(".json") or document
        found |= required(pointers.get(schemas.schema(target), where), target)
    for variant in body.get("allOf", ()):
        found |= required(variant, document)
    for keyword in ("oneOf", "anyOf"):
        if keyword in body:
            found |= set.intersection(*(required(variant, document) for variant in body[keyword]))
    return found


LISTS = [(document, at, body) for document in DOCUMENTS for at, body in arrays(schemas.schema(document))]


@pytest.mark.parametrize(("document", "at", "body"), LISTS, ids=[f"{name}{at}" for name, at, _ in LISTS])
def test_every_list_of_every_format_says_how_it_is_merged(document, at, body):
    assert KEYWORD in body, f"{document}{at} has no {KEYWORD}"
    known = MergeType.parse(body[KEYWORD])
    own = {name for name in known.key if name not in DERIVED}
    if known.kind == "by":
        assert own <= required(body["items"], document), f"entries of {document}{at} may lack {own}"


def test_there_are_lists_to_ask():
    assert len(LISTS) > 50
    assert {MergeType.parse(body[KEYWORD]).kind for _, _, body in LISTS} == {
        "set",
        "sequence",
        "by",
        "atomic",
    }


@pytest.mark.parametrize("text", ["", "by", "by:", "by:a+", "list", "set:a"])
def test_an_unknown_merge_type_is_refused(text):
    with pytest.raises(ValueError, match="x-merge"):
        MergeType.parse(text)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("/rules/referral/rules/large/then", MergeType("by", ("do", "target"))),
        ("/rules/referral/examples", MergeType("by", ("name",))),
        ("/rules/referral/rules/large/when/all", ATOMIC),
        ("/rules/referral/rules/large/when/all/0/any/1/value", SET),
        ("/rules/referral/rules/large/then/0/assist", SET),
        ("/layout/patterns/zones/terms", MergeType("by", ("title",))),
        ("/layout/patterns/zones/terms/0/members/departments", SET),
        ("/layout/stationing/court/roster", ATOMIC),
        ("/forms/case/entity/list/columns", SEQUENCE),
        ("/forms/case/schema/required", SET),
        ("/forms/case/schema/properties/required/items/required", SET),
        ("/forms/case/schema/properties/kind/oneOf", OPTIONS),
        ("/forms/case/schema/properties/kind/items/enum", SET),
        ("/forms/case/schema/allOf", SEQUENCE),
        ("/taxonomies/dispute/terms/D01/aliases", SET),
        ("/nowhere/at/all", OPTIONS),
        ("/forms", OPTIONS),
        ("", OPTIONS),
    ],
)
def test_the_merge_type_of_a_place(where, expected):
    assert merge_type(where) == expected


def then(*edit: Any) -> Any:
    lower = {"rules": {"r": {"rules": {"x": {"then": list(THEN)}}}}}
    patch = {"rules": {"r": {"rules": {"x": {"then": dict(edit)}}}}}
    return merge(lower, patch)["rules"]["r"]["rules"]["x"]["then"]


THEN = (
    {"do": "flag", "flag": "safety", "level": "warning"},
    {"do": "flag", "flag": "minor"},
    {"do": "refer", "route": "R01", "to": {"department": "justice"}, "assist": ["women"]},
    {"do": "notify", "roles": ["clerk"]},
)


def test_an_effect_is_named_by_what_it_does_and_to_what():
    assert then(("$remove", [{"do": "flag", "flag": "safety"}])) == list(THEN[1:])
    assert then(("$remove", [{"do": "flag"}, {"do": "refer", "route": "R01"}])) == list(THEN)
    named = {"do": "refer", "route": "R01", "to": {"department": "justice"}}
    assert then(("$remove", [named])) == [*THEN[:2], THEN[3]]


def test_an_added_effect_takes_the_place_of_the_one_with_its_key():
    urgent = {"do": "flag", "flag": "safety", "level": "urgent"}
    assert then(("$add", [urgent])) == [urgent, *THEN[1:]]
    more = {"do": "notify", "roles": ["triage"]}
    assert then(("$add", [more])) == [*THEN, more]


def test_an_example_is_named_by_its_name(sample):
    examples = [
        {"name": name, "today": "2026-05-06", "facts": {}, "expect": {"fired": []}} for name in "一二"
    ]
    sample.files["rule_sets/base/referral.json"]["examples"] = examples
    changed = {**examples[1], "today": "2026-05-07"}
    sample.files["rule_sets/county/xishan/referral.json"]["examples"] = {"$remove": ["一"], "$add": [changed]}
    assert resolve("county/xishan", sample.library()).bundle["rules"]["referral"]["examples"] == [changed]


def test_two_entries_with_one_key_are_reported_where_they_stand(sample):
    pattern = sample.files["seed/county/xishan/layout.json"]["patterns"]["zones"]
    pattern["terms"] = [pattern["terms"][0], {**pattern["terms"][0], "claimed": None}]
    del pattern["terms"][1]["claimed"]
    found = [one for one in check(sample.library()) if one.code == "list.twice"]
    assert [(one.file, one.pointer, one.params["first"]) for one in found] == [
        ("seed/county/xishan/layout.json", "/patterns/zones/terms/1", 0)
    ]
    assert found[0].severity == "error"


keys = st.sampled_from("abc")
items = st.fixed_dictionaries({"name": keys, "n": st.integers(0, 3)})
lists = st.lists(items, max_size=4, unique_by=lambda item: item["name"])
edits = st.fixed_dictionaries({}, optional={"$add": lists, "$remove": st.lists(keys | items, max_size=2)})


def examples_of(lower: list[Any], edit: Any) -> list[Any]:
    result = merge({"rules": {"r": {"examples": lower}}}, {"rules": {"r": {"examples": edit}}})
    return result["rules"]["r"]["examples"]


@given(lists, edits)
def test_an_edited_list_has_each_key_once_and_holds_all_that_was_added(lower, edit):
    if not edit:
        return
    result = examples_of(lower, edit)
    names = [item["name"] for item in result]
    assert len(names) == len(set(names))
    assert all(item in result for item in edit.get("$add", ()))
    assert examples_of(result, edit) == result or edit.get("$remove")
    kept = [item["name"] for item in lower if item["name"] in names]
    if "$remove" not in edit:
        assert names[: len(kept)] == kept == [item["name"] for item in lower]


@given(lists, lists)
def test_removing_what_was_added_restores_the_list(lower, added):
    fresh = [item for item in added if item["name"] not in {one["name"] for one in lower}]
    result = examples_of(examples_of(lower, {"$add": fresh}), {"$remove": [item["name"] for item in fresh]})
    assert canonical(result) == canonical(lower)
