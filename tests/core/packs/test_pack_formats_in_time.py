from __future__ import annotations

import copy
import json
import lzma
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.adapters.pack_files import default_library
from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.errors import DefinitionError
from portal.core.packs import ChainLink, MemoryLibrary, Release, check, format_steps, merge, resolve
from portal.core.packs.chains import Layers
from portal.core.packs.format_steps import CURRENT, POINTERS, STEPS, upgrade, upgrade_pointer
from portal.core.packs.formats import FORMATS
from portal.core.packs.steps import each, in_list, renamed

DUMP = Path(__file__).parents[2] / "fixtures/released/0001/sqlite.sql.xz"
# What the releases of revision 0001 were digested as, when they were made.
DIGESTS = {
    "city/kunming": "97197f892643",
    "county/jinning": "4c35fb075bd5",
    "county/wuhua": "524f6c844204",
    "county/xishan": "4baf4ace6b02",
}


@pytest.fixture(scope="module")
def released() -> dict[str, dict[str, Any]]:
    """The releases of revision 0001 as documents."""
    database = sqlite3.connect(":memory:")
    lines = lzma.decompress(DUMP.read_bytes()).decode()
    database.executescript(lines)
    rows = database.execute("SELECT pack, version, manifest, chain, bundle, digest FROM release").fetchall()
    database.close()
    return {
        pack: {
            "pack": pack,
            "version": version,
            **json.loads(manifest),
            "chain": json.loads(chain),
            "bundle": json.loads(bundle),
            "digest": digest,
        }
        for pack, version, manifest, chain, bundle, digest in rows
    }


def test_releases_of_format_1_keep_their_digests(released):
    assert {pack: document["digest"][:12] for pack, document in released.items()} == DIGESTS
    for document in released.values():
        assert "format" not in document
        release = Release.from_json(document)
        assert release.format == 1
        assert release.digest == document["digest"]
        assert canonical(release.to_json()) == canonical(document)
        assert canonical(release.bundle) == canonical(document["bundle"])


def test_releases_of_format_1_are_worked_with_in_the_current_one(released):
    for document in released.values():
        release = Release.from_json(copy.deepcopy(document))
        assert release.current_bundle == upgrade(document["bundle"], 1)
        assert release.bundle == document["bundle"]
        assert release.current_bundle is release.current_bundle


def test_the_links_of_old_releases_are_opaque_to_the_layers_of_today(released):
    layers = Layers(default_library())
    digests = {layer.digest for pack in layers.library.ids() if (layer := layers.get(pack))}
    for document in released.values():
        release = Release.from_json(document)
        assert all(link.is_opaque(digests) for link in release.chain)
    made = resolve("county/xishan", layers.library).release()
    assert not any(link.is_opaque(digests) for link in made.chain)


def test_a_release_of_today_says_its_format(sample):
    release = resolve("county/xishan", sample.library()).release()
    document = release.to_json()
    assert document["format"] == release.format == CURRENT
    assert Release.from_json(document) == release
    del document["format"]
    with pytest.raises(DefinitionError, match=r"release\.digest"):
        Release.from_json(document)


def test_the_format_is_part_of_what_is_digested():
    link = (ChainLink("base", "1.0.0", "d"),)
    two = Release.of("base", "1.0.0", "T", None, link, {}, 2)
    assert two.digest != Release.of("base", "1.0.0", "T", None, link, {}, 1).digest


def test_a_release_of_a_later_portal_is_refused_with_a_remedy(sample):
    document = resolve("base", sample.library()).release().to_json()
    document["format"] = CURRENT + 1
    with pytest.raises(DefinitionError, match=r"release\.format") as raised:
        Release.from_json(document)
    assert raised.value.problems[0].remedy == "Update the portal"


def test_a_pack_of_a_later_format_gives_one_problem_and_no_noise(sample):
    sample.files["seed/base/pack.json"]["format"] = CURRENT + 1
    sample.files["seed/base/routes.json"] = {"R01": {"a key of the future": True}}
    for pack in ("base", "city/kunming", "county/xishan"):
        found = check(sample.library(), [pack])
        assert [(one.code, one.file, one.pointer) for one in found if one.file.startswith("seed/base/")] == [
            ("pack.format", "seed/base/pack.json", "/format")
        ]
        assert [one.code for one in found] == ["pack.format"]
        assert found[0].remedy == "Update the portal"


def test_files_of_an_older_format_are_checked_as_the_current_one(monkeypatch, sample):
    def step(content):
        content = STEPS[CURRENT - 1](content)
        return {
            **content,
            **(
                {"routes": each(content["routes"], lambda route: renamed(route, organ_old="organ"))}
                if isinstance(content.get("routes"), dict)
                else {}
            ),
        }

    monkeypatch.setattr(format_steps, "STEPS", {**STEPS, CURRENT - 1: step})
    routes = sample.files["seed/base/routes.json"]
    routes["R01"]["organ_old"] = routes["R01"].pop("organ")
    before = copy.deepcopy(sample.files)
    library = sample.library()
    assert check(library) == []
    layer = Layers(library).get("base")
    assert layer.files["seed/base/routes.json"].value["R01"]["organ"] == "调解委员会"
    assert layer.files["seed/base/routes.json"].read == before["seed/base/routes.json"]
    assert resolve("county/xishan", library).bundle["routes"]["R01"]["organ"] == "调解委员会"
    sample.files["seed/base/pack.json"]["format"] = CURRENT
    assert {one.code for one in check(sample.library())} >= {"schema.unknown_key"}


def test_each_format_has_a_step_to_the_next():
    assert sorted(STEPS) == sorted(POINTERS) == list(range(1, CURRENT))


def test_steps_follow_one_another(monkeypatch):
    trail = {
        number: lambda content, number=number: {**content, "trail": [*content["trail"], number]}
        for number in (1, 2, 3)
    }
    monkeypatch.setattr(format_steps, "STEPS", trail)
    given_content = {"trail": []}
    assert upgrade(given_content, 1, 4) == {"trail": [1, 2, 3]}
    assert upgrade(given_content, 3, 4) == {"trail": [3]}
    assert upgrade(upgrade(given_content, 1, 2), 2, 4) == upgrade(given_content, 1, 4)
    assert given_content == {"trail": []}


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("abc", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "b", "fields", "when", "then", "starts", "stage", "$add", "$remove"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)
contents = st.dictionaries(
    st.sampled_from([fmt.section for fmt in FORMATS if fmt.section]), values, max_size=5
)


@given(contents)
def test_steps_bear_any_patch_and_change_nothing_that_they_are_given(content):
    for number, step in STEPS.items():
        before = copy.deepcopy(content)
        result = step(content)
        assert content == before
        assert isinstance(result, dict)
        assert upgrade(content, number) == upgrade(content, number)
        assert content == before


@pytest.mark.parametrize("number", sorted(STEPS))
def test_steps_keep_removals(number):
    content = {fmt.section: None for fmt in FORMATS if fmt.section}
    assert upgrade(content, number) == content
    things = {fmt.section: {"x": None} for fmt in FORMATS if fmt.section and fmt.keyed}
    assert upgrade(things, number) == things


def test_the_tools_of_steps_bear_patches():
    def longer(text):
        return text + "!"

    assert in_list(["a"], longer) == ["a!"]
    assert in_list({"$add": ["a"], "$remove": ["b"]}, longer) == {"$add": ["a!"], "$remove": ["b!"]}
    assert in_list(None, longer) is None
    assert each({"a": {"x": 1}, "b": None}, lambda thing: renamed(thing, x="y")) == {"a": {"y": 1}, "b": None}


def part_of(data: st.DataObject, value: Any, other: Any) -> Any:
    """Draw a patch of a value: members removed, taken over from a thing of the same sort, or patched in turn."""
    patch: dict[str, Any] = {}
    chosen = data.draw(st.lists(st.sampled_from(sorted(value)), max_size=3, unique=True)) if value else []
    for key in chosen:
        mine, theirs = value[key], other.get(key) if isinstance(other, dict) else None
        what = data.draw(st.sampled_from(["remove", "take", "deeper", "edit"]))
        if what == "deeper" and isinstance(mine, dict):
            siblings = [one for one in value.values() if isinstance(one, dict) and one is not mine]
            patch[key] = part_of(
                data, mine, theirs or (data.draw(st.sampled_from(siblings)) if siblings else {})
            )
        elif what == "edit" and isinstance(mine, list) and mine:
            patch[key] = {"$remove": [mine[0]], "$add": [mine[-1]]}
        elif what == "take" and type(theirs) is type(mine):
            patch[key] = theirs
        elif what == "remove":
            patch[key] = None
    return patch


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_upgrading_a_merged_bundle_and_merging_upgraded_layers_give_the_same(released, data):
    """So a release of today is what it would be if its packs had been written in the current format."""
    bundle, other = (released[data.draw(st.sampled_from(sorted(released)))]["bundle"] for _ in range(2))
    sections = ["deadlines", "documents", "settings", "lifecycles", "routes", "layout", "roles"]
    names = data.draw(st.lists(st.sampled_from(sections), min_size=1, max_size=2, unique=True))
    whole = {name: bundle[name] for name in sections}
    patch = {name: part_of(data, bundle[name], other[name]) for name in names}
    assert upgrade(merge(whole, patch), 1) == merge(upgrade(whole, 1), upgrade(patch, 1))


def leaves(value: Any, at: str = "") -> list[tuple[str, Any]]:
    """Return everything of a document that holds nothing itself, lists as a whole."""
    if isinstance(value, dict) and value:
        return [one for key, inner in value.items() for one in leaves(inner, pointers.join([key], at))]
    return [(at, value)]


# What roles of format 1 could grant and what allowed nothing: gone, so that nobody believes that it does something.
IDLE_THINGS = ("/grants/layout", "/grants/job")
IDLE_ACTIONS = {"export"}


def in_format_2(where: str, value: Any) -> Any:
    """Return what a leaf of format 1 is in format 2; None where it allowed nothing."""
    if where.startswith("/roles/") and where.endswith(IDLE_THINGS):
        return None
    if where.startswith("/settings/values/steps/"):
        return {"title": value}
    if where.startswith("/roles/") and "/grants/" in where:
        return [action for action in value if action not in IDLE_ACTIONS]
    return value


def test_nothing_of_a_release_of_format_1_is_lost_and_its_pointers_lead_to_it(released):
    for document in released.values():
        upgraded = Release.from_json(document).current_bundle
        found = leaves(document["bundle"])
        for where, value in found:
            assert pointers.get(upgraded, upgrade_pointer(where, 1)) == in_format_2(where, value), where
        gone = [where for where, value in found if in_format_2(where, value) is None]
        assert len(found) - len(gone) == len(leaves(upgraded)) > 5000
        assert sum(upgrade_pointer(where, 1) != where for where, _ in found) > 300


def test_final_paths_of_an_older_format_are_read_as_the_current_one(sample):
    sample.files["seed/base/pack.json"]["final"].append("/deadlines/T45/starts")
    sample.files["seed/base/pack.json"].pop("format", None)
    sample.files["seed/base/deadlines.json"]["T45"] = {
        "title": "调解期限",
        "starts": "受理",
        "length": {"n": 30, "unit": "calendar_day"},
    }
    base = Layers(sample.library()).get("base")
    assert base.manifest.final[-1] == "/deadlines/T45/starts_text"
    assert base.content["deadlines"]["T45"]["starts_text"] == "受理"
    sample.files["seed/city/kunming/deadlines.json"] = {"T45": {"starts_text": "立案"}}
    sample.files["seed/city/kunming/pack.json"]["format"] = CURRENT
    found = resolve("city/kunming", sample.library()).errors
    assert [(one.code, one.file, one.pointer) for one in found] == [
        ("pack.final", "seed/city/kunming/deadlines.json", "/T45/starts_text")
    ]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"values": {"steps": {"a": "甲", "b": None}}}, {"tasks": {"a": {"title": "甲"}, "b": None}}),
        ({"values": {"steps": None, "x": 1}}, {"tasks": None}),
        ({"values": None}, {"tasks": None}),
        (None, {"tasks": None}),
        ({"values": {"x": 1}}, {}),
        ({"languages": ["en"]}, {}),
    ],
)
def test_labels_of_steps_are_tasks_also_where_a_patch_removes_them(patch, expected):
    upgraded = upgrade({"settings": patch}, 1, 2)
    assert {key: value for key, value in upgraded.items() if key != "settings"} == expected
    assert "steps" not in str(upgraded["settings"])


def test_packs_of_different_formats_extend_one_another():
    def pack(pack_id, **manifest):
        return {
            f"seed/{pack_id}/pack.json": json.dumps(
                {"id": pack_id, "version": "1.0.0", "title": "T", **manifest}
            ),
            f"seed/{pack_id}/settings.json": json.dumps({"values": {pack_id: True}}),
        }

    library = MemoryLibrary({"old": pack("old"), "new": pack("new", extends="old", format=CURRENT)})
    resolved = resolve("new", library)
    assert [layer.format for layer in resolved.chain] == [1, CURRENT]
    assert resolved.bundle["settings"]["values"] == {"old": True, "new": True}
