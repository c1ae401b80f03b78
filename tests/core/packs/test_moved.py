from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import pointer as pointers
from portal.core.packs import check, resolve
from portal.core.packs.moved import Move, follow, follow_field, goes_round, moves_of, place_of_field
from portal.core.packs.versions import version_key

OLD, NEW = "/forms/case/schema/properties/violence", "/forms/case/schema/properties/any_violence"
MANIFEST = "seed/base/pack.json"


def move(source: str, target: str) -> Move:
    return Move(source, target, "1.0.0", "base")


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/a", "/b"),
        ("/a/x/y", "/b/x/y"),
        ("/ab", "/ab"),
        ("/c", "/e"),
        ("/c/x", "/e/x"),
        ("/d", "/e"),
        ("/a/deep", "/f"),
        ("/a/deep/er", "/f/er"),
        ("", ""),
    ],
)
def test_a_pointer_is_followed_through_moves(pointer, expected):
    moves = [move("/a/deep", "/f"), move("/a", "/b"), move("/c", "/d"), move("/d", "/e")]
    assert follow(pointer, moves) == expected


def test_moves_in_a_circle_end_and_are_told():
    moves = [move("/a", "/b"), move("/b", "/a")]
    assert follow("/a/x", moves) == "/a/x"
    assert all(goes_round(one, moves) for one in moves)
    assert not goes_round(move("/a", "/b"), [move("/a", "/b"), move("/b", "/c")])


FORM = "/forms/case/schema"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (f"{FORM}/properties/name", ("case", "/name")),
        (f"{FORM}/properties/parties/items/properties/name", ("case", "/parties/*/name")),
        (f"{FORM}/allOf/0/then/properties/gap", ("case", "/gap")),
        (f"{FORM}/properties/a~1b", ("case", "/a~1b")),
        (f"{FORM}/properties/properties", ("case", "/properties")),
        ("/forms/case", ("case", "")),
        ("/forms/case/entity/index", None),
        (f"{FORM}/required", None),
        ("/routes/R01", None),
        ("/forms", None),
    ],
)
def test_the_field_that_a_place_describes(place, expected):
    assert place_of_field(place) == expected


FIELDS = [
    move(f"{FORM}/properties/applicant_name", f"{FORM}/properties/person/properties/name"),
    move(
        f"{FORM}/properties/others/items/properties/tel", f"{FORM}/properties/others/items/properties/phone"
    ),
    move(f"{FORM}/properties/others", f"{FORM}/properties/parties"),
    move(f"{FORM}/allOf/0/then/properties/gap", f"{FORM}/properties/gaps/items/properties/words"),
    move("/forms/visit", "/forms/call"),
    move("/forms/call/schema/properties/day", "/forms/call/schema/properties/called_on"),
    move(f"{FORM}/properties/loose", "/settings/values/loose"),
]


@pytest.mark.parametrize(
    ("entity", "pointer", "expected"),
    [
        ("case", "/applicant_name", ("case", "/person/name")),
        ("case", "/others/3/tel", ("case", "/parties/3/phone")),
        ("case", "/others/*/tel", ("case", "/parties/*/phone")),
        ("case", "/others/3/name", ("case", "/parties/3/name")),
        ("case", "/others", ("case", "/parties")),
        ("case", "/gap", ("case", "/gaps/*/words")),
        ("case", "/amount", ("case", "/amount")),
        ("visit", "/applicant_name", ("call", "/applicant_name")),
        ("visit", "/day", ("call", "/called_on")),
        ("visit", "", ("call", "")),
        ("case", "/loose", None),
    ],
)
def test_a_field_is_followed_through_moves(entity, pointer, expected):
    assert follow_field(entity, pointer, FIELDS) == expected


names = st.sampled_from("abcd")
documents = st.recursive(
    st.integers(), lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3), max_leaves=12
).filter(lambda value: isinstance(value, dict))


def places(value: Any, at: str = "") -> list[str]:
    found = [at] if at else []
    for key, member in value.items() if isinstance(value, dict) else ():
        found += places(member, pointers.join([key], at))
    return found


@given(documents, st.data())
def test_every_value_is_found_again_after_any_history_of_moves(document, data):
    """Do the moves on a document, one version after the other: what lay at a pointer lies where it leads."""
    before, after, moves = copy.deepcopy(document), copy.deepcopy(document), []
    for number in range(data.draw(st.integers(0, 5))):
        here = places(after)
        source = data.draw(st.sampled_from(here))
        holders = ["", *[place for place in here if isinstance(pointers.get(after, place), dict)]]
        holder = data.draw(
            st.sampled_from(
                [place for place in holders if place != source and not place.startswith(source + "/")]
            )
        )
        target = pointers.join([f"new{number}"], holder)
        above, _, name = source.rpartition("/")
        taken = pointers.get(after, above).pop(name)
        pointers.get(after, holder)[f"new{number}"] = taken
        moves.append(move(source, target))
    for place in places(before):
        value = pointers.get(before, place)
        if not isinstance(value, dict):
            assert pointers.get(after, follow(place, moves), "gone") == value
            assert follow(follow(place, moves), moves) == follow(place, moves)
    assert not any(goes_round(one, moves) for one in moves)


@given(st.lists(st.tuples(names, names), max_size=6), st.lists(names, max_size=4))
def test_following_ends_whatever_the_moves_are(pairs, parts):
    moves = [move(f"/{source}", f"/{target}/{source}") for source, target in pairs]
    pointer = pointers.join(parts)
    result = follow(pointer, moves)
    assert result == pointer or any(pointer.startswith(one.source) for one in moves)


def moved(sample, *entries: dict[str, Any], file: str = MANIFEST) -> list[tuple[str, str, str]]:
    sample.files[file]["moved"] = list(entries)
    return [
        (one.code, one.file, one.pointer)
        for one in check(sample.library(), ["county/xishan"])
        if one.code.startswith(("moved", "schema", "list"))
    ]


def rename(sample) -> None:
    """Give a field of the base another name, everywhere."""
    properties = sample.files["form_definitions/base/case.json"]["schema"]["properties"]
    properties["any_violence"] = properties.pop("violence")
    sample.files["rule_sets/base/referral.json"]["inputs"]["violence"]["from"] = "/any_violence"


def test_a_move_that_holds_is_in_the_bundle_of_every_pack_below(sample):
    rename(sample)
    assert moved(sample, {"from": OLD, "to": NEW, "in": "1.0.0"}) == []
    assert check(sample.library()) == []
    for pack in ("base", "county/xishan"):
        bundle = resolve(pack, sample.library()).release().current_bundle
        assert moves_of(bundle) == [Move(OLD, NEW, "1.0.0", "base")]
    assert follow_field("case", "/violence", moves_of(bundle)) == ("case", "/any_violence")
    del sample.files[MANIFEST]["moved"]
    assert "moved" not in resolve("base", sample.library()).bundle


def test_moves_of_a_chain_follow_one_another(sample):
    rename(sample)
    form = sample.files["form_definitions/county/xishan/case.json"]["schema"]["properties"]
    form["harm"] = {"type": "boolean", "title": "是否有暴力"}
    form["any_violence"] = None
    sample.files["rule_sets/county/xishan/referral.json"]["inputs"] = {"violence": {"from": "/harm"}}
    sample.files[MANIFEST]["moved"] = [{"from": OLD, "to": NEW, "in": "1.0.0"}]
    own = {"from": NEW, "to": "/forms/case/schema/properties/harm", "in": "2.0.0"}
    assert moved(sample, own, file="seed/county/xishan/pack.json") == []
    moves = moves_of(resolve("county/xishan", sample.library()).bundle)
    assert [one.pack for one in moves] == ["base", "county/xishan"]
    assert follow_field("case", "/violence", moves) == ("case", "/harm")


def test_what_is_still_at_its_old_place_is_reported(sample):
    sample.files["form_definitions/base/case.json"]["schema"]["properties"]["any_violence"] = {
        "type": "boolean"
    }
    assert moved(sample, {"from": OLD, "to": NEW, "in": "1.0.0"}) == [
        ("moved.still_there", MANIFEST, "/moved/0/from")
    ]


def test_a_pack_below_that_writes_at_an_old_place_is_told_the_new_one(sample):
    rename(sample)
    path = "form_definitions/county/xishan/case.json"
    sample.files[path]["schema"]["properties"]["violence"] = {"title": "暴力"}
    assert moved(sample, {"from": OLD, "to": NEW, "in": "1.0.0"}) == [
        ("moved.old_place", path, "/schema/properties/violence")
    ]
    problem = next(one for one in check(sample.library()) if one.code == "moved.old_place")
    assert problem.params["target"] == NEW
    assert problem.remedy


def test_a_move_to_nothing_is_reported_unless_a_pack_below_removed_it(sample):
    del sample.files["form_definitions/base/case.json"]["schema"]["properties"]["violence"]
    assert moved(sample, {"from": OLD, "to": NEW, "in": "1.0.0"}) == [
        ("moved.nowhere", MANIFEST, "/moved/0/to")
    ]
    sample.files["form_definitions/base/case.json"]["schema"]["properties"]["any_violence"] = {
        "type": "boolean"
    }
    sample.files["form_definitions/county/xishan/case.json"]["schema"]["properties"]["any_violence"] = None
    assert moved(sample, {"from": OLD, "to": NEW, "in": "1.0.0"}) == []


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([(OLD, NEW, "1.0.0"), (OLD, "/routes/R01", "1.0.0")], ("moved.twice", "/moved/1/from")),
        ([(OLD, NEW, "1.0.1")], ("moved.later", "/moved/0/in")),
        ([(OLD, OLD, "1.0.0")], ("moved.inside", "/moved/0/to")),
        ([(OLD, f"{OLD}/x", "1.0.0")], ("moved.inside", "/moved/0/to")),
        ([(OLD, NEW, "1.0.0"), (NEW, OLD, "1.0.0")], ("moved.loop", "/moved/0")),
        ([("violence", NEW, "1.0.0")], ("schema.pattern", "/moved/0/from")),
        ([(OLD, NEW, "one")], ("schema.pattern", "/moved/0/in")),
    ],
)
def test_a_move_that_does_not_hold_is_reported(sample, entries, expected):
    rename(sample)
    found = moved(
        sample, *[{"from": source, "to": target, "in": number} for source, target, number in entries]
    )
    assert (expected[0], MANIFEST, expected[1]) in found


def test_two_packs_of_a_chain_do_not_move_one_place(sample):
    rename(sample)
    sample.files[MANIFEST]["moved"] = [{"from": OLD, "to": NEW, "in": "1.0.0"}]
    own = {"from": OLD, "to": "/routes/R01", "in": "2.0.0"}
    assert moved(sample, own, file="seed/county/xishan/pack.json") == [
        ("moved.twice", "seed/county/xishan/pack.json", "/moved/0/from")
    ]


def test_versions_are_in_order():
    ordered = [
        "0.9.0",
        "1.0.0-alpha",
        "1.0.0-alpha.2",
        "1.0.0-alpha.10",
        "1.0.0-rc.1",
        "1.0.0",
        "1.2.0",
        "1.10.0",
    ]
    assert sorted([*ordered[3:], *ordered[:3]], key=version_key) == ordered
    assert version_key("1.2.0+3fa9c1d2") == version_key("1.2.0")
    assert version_key("none") < version_key("0.0.1")
