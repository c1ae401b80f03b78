from __future__ import annotations

import dataclasses

import pytest

from portal.core.errors import DefinitionError
from portal.core.packs import Release, diff, explain, resolve


def codes(resolved):
    return [(problem.code, problem.file, problem.pointer) for problem in resolved.problems]


def test_a_county_is_the_base_with_its_own_changes(sample):
    resolved = resolve("county/xishan", sample.library())
    assert resolved.problems == ()
    assert [layer.id for layer in resolved.chain] == ["base", "city/kunming", "county/xishan"]
    assert resolved.bundle["forms"]["case"]["entity"]["index"] == ["/amount", "/property_kind"]
    assert resolved.bundle["rules"]["referral"]["rules"]["large"]["when"]["all"][0]["value"] == 50000
    assert "layout" not in resolve("city/kunming", sample.library()).bundle


def test_origins_name_the_pack_and_the_file(sample):
    resolved = resolve("county/xishan", sample.library())
    assert resolved.origins.pack_of("/rules/referral/rules/large/when/all") == "county/xishan"
    assert resolved.origins.pack_of("/rules/referral/rules/large/reason") == "base"
    assert resolved.place("/rules/referral/rules/large/when/all") == (
        "rule_sets/county/xishan/referral.json",
        "/rules/large/when/all",
    )
    assert resolved.place("/layout/zones/hall") == ("seed/county/xishan/layout.json", "/zones/hall")


def test_explaining_names_each_pack_that_has_a_say(sample):
    steps = explain(sample.library(), "county/xishan", "/rules/referral/rules/large/when/all/0/value")
    assert [(step.pack, step.value) for step in steps] == [("base", 100000), ("county/xishan", 50000)]
    sample.files["seed/county/xishan/routes.json"] = {"R05": None}
    steps = explain(sample.library(), "county/xishan", "/routes/R05")
    assert [(step.pack, step.present) for step in steps] == [("base", True), ("county/xishan", False)]


def test_the_difference_of_two_packs_is_told_value_by_value(sample):
    library = sample.library()
    changes = diff(resolve("city/kunming", library).bundle, resolve("county/xishan", library).bundle)
    found = {(change.kind, change.pointer) for change in changes}
    assert ("changed", "/rules/referral/rules/large/when/all") in found
    assert ("added", "/layout") in found
    assert ("added", "/forms/case/schema/properties/property_kind") in found
    assert not any(pointer.startswith("/routes") for _, pointer in found)


@pytest.mark.parametrize(
    "patch",
    [
        {"rules": {"safety": {"hidden": True}}},
        {"rules": {"safety": {"then": {"$add": [{"do": "notify", "roles": ["clerk"]}]}}}},
        {"rules": {"safety": None}},
        {"rules": None},
        {"rules": ["replaced"]},
        None,
    ],
)
def test_a_final_path_can_be_changed_neither_from_inside_nor_from_above(sample, patch):
    sample.files["rule_sets/county/xishan/referral.json"] = patch
    resolved = resolve("county/xishan", sample.library())
    found = [problem for problem in resolved.errors if problem.code == "pack.final"]
    assert len(found) == 1
    assert found[0].file == "rule_sets/county/xishan/referral.json"
    assert found[0].params["owner"] == "base"
    assert found[0].remedy
    with pytest.raises(DefinitionError):
        resolved.release()


def test_a_locked_period_is_final_without_being_listed(sample):
    change = {"T45": {"length": {"n": 20}}}
    sample.files["seed/county/xishan/deadlines.json"] = change
    assert resolve("county/xishan", sample.library()).problems == ()
    sample.files["seed/base/deadlines.json"]["T45"]["locked"] = True
    assert codes(resolve("county/xishan", sample.library())) == [
        ("pack.final", "seed/county/xishan/deadlines.json", "/T45/length/n")
    ]


def test_the_same_value_on_a_final_path_is_only_redundant(sample):
    sample.files["rule_sets/county/xishan/referral.json"]["rules"]["safety"] = {"title": "安全优先"}
    resolved = resolve("county/xishan", sample.library())
    assert codes(resolved) == [
        ("pack.redundant", "rule_sets/county/xishan/referral.json", "/rules/safety/title")
    ]
    assert resolved.errors == []


def test_a_final_path_that_names_nothing_is_reported(sample):
    sample.files["seed/base/pack.json"]["final"].append("/rules/referral/rules/nowhere")
    assert codes(resolve("base", sample.library())) == [
        ("pack.final_unknown", "seed/base/pack.json", "/final/1")
    ]


def test_unknown_packs_and_parents_are_reported(sample):
    assert codes(resolve("county/xisan", sample.library())) == [("pack.unknown", "", "")]
    assert resolve("county/xisan", sample.library()).problems[0].params["known"] == "county/xishan"
    sample.files["seed/city/kunming/pack.json"]["extends"] = "province/yunnan"
    assert codes(resolve("county/xishan", sample.library())) == [
        ("pack.unknown_parent", "seed/city/kunming/pack.json", "/extends")
    ]


def test_a_circle_of_packs_is_reported_once(sample):
    sample.files["seed/base/pack.json"]["extends"] = "county/xishan"
    resolved = resolve("city/kunming", sample.library())
    loops = [problem for problem in resolved.problems if problem.code == "pack.loop"]
    assert [loop.file for loop in loops] == ["seed/county/xishan/pack.json"]
    assert loops[0].params["line"] == "city/kunming -> base -> county/xishan -> city/kunming"


def test_removing_nothing_and_editing_no_list_are_told(sample):
    sample.files["seed/county/xishan/routes.json"] = {"R09": None, "R01": {"next": {"$remove": ["R77"]}}}
    sample.files["seed/county/xishan/roles.json"] = {"clerk": {"grants": {"visit": {"$add": ["list"]}}}}
    assert codes(resolve("county/xishan", sample.library())) == [
        ("pack.no_list", "seed/county/xishan/roles.json", "/clerk/grants/visit"),
        ("pack.nothing_to_remove", "seed/county/xishan/routes.json", "/R09"),
        ("pack.not_in_list", "seed/county/xishan/routes.json", "/R01/next"),
    ]


def test_a_release_is_reproducible_and_guards_its_content(sample):
    release = resolve("county/xishan", sample.library()).release()
    assert release == resolve("county/xishan", sample.library()).release()
    assert [link.id for link in release.chain] == ["base", "city/kunming", "county/xishan"]
    assert [link.version for link in release.chain] == ["1.0.0", "1.1.0", "2.0.0"]
    document = release.to_json()
    assert Release.from_json(document) == release
    document["bundle"]["routes"]["R01"]["title"] = "其他"
    with pytest.raises(DefinitionError, match=r"release\.digest"):
        Release.from_json(document)
    with pytest.raises(dataclasses.FrozenInstanceError):
        release.version = "9"


def test_every_change_of_any_pack_gives_another_digest(sample):
    before = resolve("county/xishan", sample.library()).release()
    sample.files["seed/base/routes.json"]["R05"]["organ"] = "法院"
    after = resolve("county/xishan", sample.library()).release()
    assert before.digest != after.digest
    assert [one.digest == two.digest for one, two in zip(before.chain, after.chain, strict=True)] == [
        False,
        True,
        True,
    ]
