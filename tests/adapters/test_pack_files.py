from __future__ import annotations

import json
import os

import pytest

from portal.adapters import pack_files
from portal.adapters.pack_files import PackFiles, default_library, library_with, shipped_root, shipped_samples
from portal.core.packs import check, resolve


@pytest.fixture
def root(tmp_path):
    write(tmp_path, "seed/base/pack.json", {"id": "base", "version": "1.0.0", "title": "Base"})
    write(tmp_path, "seed/base/routes.json", {"R01": {"title": "Mediation", "organ": "Committee"}})
    write(
        tmp_path,
        "seed/county/a/pack.json",
        {"id": "county/a", "version": "1.0.0", "title": "A", "extends": "base"},
    )
    write(tmp_path, "rule_sets/county/a/notes.md", "for people")
    return tmp_path


def write(root, path, value):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), encoding="utf-8"
    )
    return file


def codes(problems):
    return [(problem.code, problem.file) for problem in problems]


def test_packs_are_found_and_read(root):
    library = PackFiles([root])
    assert library.ids() == ["base", "county/a"]
    assert sorted(library.source("base").files) == ["seed/base/pack.json", "seed/base/routes.json"]
    assert library.source("county/b") is None
    assert check(library) == []
    assert "R01" in resolve("county/a", library).bundle["routes"]


def test_a_pack_may_extend_one_of_another_root(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    write(
        other,
        "seed/county/b/pack.json",
        {"id": "county/b", "version": "1.0.0", "title": "B", "extends": "base"},
    )
    library = PackFiles([root, other])
    assert [layer.id for layer in resolve("county/b", library).chain] == ["base", "county/b"]


def test_a_pack_in_two_roots_is_reported_and_the_first_wins(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    write(other, "seed/base/pack.json", {"id": "base", "version": "9.0.0", "title": "Other"})
    library = PackFiles([root, other])
    assert codes(library.problems()) == [("pack.twice", str(other / "seed/base/pack.json"))]
    assert resolve("base", library).manifest.version == "1.0.0"


def test_links_lead_nowhere(root, tmp_path_factory):
    outside = write(tmp_path_factory.mktemp("outside"), "secret.json", {"R66": {"title": "x", "organ": "y"}})
    (root / "seed/county/a/routes.json").symlink_to(outside)
    (root / "seed/county/a/lifecycles").symlink_to(outside.parent, target_is_directory=True)
    problems = PackFiles([root]).source("county/a").problems
    assert codes(problems) == [
        ("pack.link", "seed/county/a/lifecycles"),
        ("pack.link", "seed/county/a/routes.json"),
    ]
    bundle = resolve("county/a", PackFiles([root])).bundle
    assert "R66" not in bundle["routes"]
    assert "lifecycles" not in bundle


def test_a_linked_pack_folder_is_no_pack(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    write(outside, "pack.json", {"id": "county/x", "version": "1.0.0", "title": "X"})
    (root / "seed/county/x").symlink_to(outside, target_is_directory=True)
    assert PackFiles([root]).ids() == ["base", "county/a"]


def test_a_folder_of_another_tree_that_is_a_link_is_not_read(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    write(outside, "case.json", {"title": "x"})
    (root / "form_definitions/county").mkdir(parents=True)
    (root / "form_definitions/county/a").symlink_to(outside, target_is_directory=True)
    source = PackFiles([root]).source("county/a")
    assert sorted(source.files) == ["seed/county/a/pack.json"]
    assert [problem.code for problem in source.problems] == ["pack.link"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang_the_reader(root):
    os.mkfifo(root / "seed/county/a/roles.json")
    assert codes(PackFiles([root]).source("county/a").problems) == [("pack.link", "seed/county/a/roles.json")]


def test_sizes_are_limited(root, monkeypatch):
    write(root, "seed/base/roles.json", '{"a": "' + "x" * 3_000_000 + '"}')
    source = PackFiles([root]).source("base")
    assert codes(source.problems) == [("pack.file_size", "seed/base/roles.json")]
    monkeypatch.setattr(pack_files, "MAX_FILES", 1)
    assert ("pack.pack_size", "seed/base") in codes(PackFiles([root]).source("base").problems)


def test_text_that_is_not_utf8_and_deep_json_are_reported(root):
    (root / "seed/base/roles.json").write_bytes("角色".encode("gb18030"))
    write(root, "seed/base/settings.json", '{"values": ' + "[" * 5000 + "]" * 5000 + "}")
    found = codes(check(PackFiles([root]), ["base"]))
    assert ("json.encoding", "seed/base/roles.json") in found
    assert ("json.depth", "seed/base/settings.json") in found


def test_files_of_no_pack_are_reported(root):
    write(root, "rule_sets/county/b/referral.json", {})
    write(root, "form_definitions/loose.json", {})
    found = codes(PackFiles([root]).problems())
    assert found == [
        ("pack.stray_file", "form_definitions/loose.json"),
        ("pack.stray_file", "rule_sets/county/b/referral.json"),
    ]


def test_a_root_without_packs_is_reported(tmp_path):
    library = PackFiles([tmp_path / "nothing"])
    assert library.ids() == []
    assert [problem.code for problem in library.problems()] == ["pack.root"]


def test_the_shipped_packs_and_further_roots(root, monkeypatch):
    write(root, "seed/county/zz/pack.json", {"id": "county/zz", "version": "1.0.0", "title": "ZZ"})
    monkeypatch.setenv(pack_files.PATH_VARIABLE, str(root))
    ids = default_library().ids()
    assert (shipped_root() / "form_definitions").is_dir()
    assert {"base", "county/zz"} <= set(ids)
    monkeypatch.delenv(pack_files.PATH_VARIABLE)
    assert "county/zz" not in default_library().ids()
    assert "county/zz" in default_library([root]).ids()


def test_samples_are_read_where_one_is_asked_for_and_never_over_one_s_own(tmp_path, monkeypatch):
    monkeypatch.delenv("PORTAL_PACK_PATH", raising=False)
    plain = default_library().ids()
    beside = set(shipped_samples()[1])
    assert {"county/zhuji", "county/guandu", "county/uxin", "county/yuyang"} < beside
    assert not beside & set(plain)
    assert library_with([]).ids() == library_with(["county/xishan", "county/none"]).ids() == plain
    assert set(library_with(["county/xishan", "county/zhuji"]).ids()) == {*plain, *beside}
    own = {"id": "county/zhuji", "version": "1.0.0", "title": "自有", "extends": "base"}
    folder = tmp_path / "seed" / "county" / "zhuji"
    folder.mkdir(parents=True)
    (folder / "pack.json").write_text(json.dumps(own), "utf-8")
    library = library_with(["county/zhuji"], [tmp_path])
    assert library.ids() == sorted([*plain, "county/zhuji"])
    assert library.source("county/zhuji").root == str(tmp_path)


def test_a_sample_stands_back_behind_a_pack_of_its_name_in_any_root(root, tmp_path_factory):
    own, other = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("other")
    manifest = {"id": "county/s", "version": "1.0.0", "title": "S", "extends": "base"}
    write(root, "seed/county/s/pack.json", manifest | {"sample": True})
    write(root, "form_definitions/county/s/case.json", {})
    assert PackFiles([root]).ids() == ["base", "county/a"]
    assert PackFiles([root]).problems() == []
    assert PackFiles([root], samples=True).ids() == ["base", "county/a", "county/s"]
    write(own, "seed/county/s/pack.json", manifest | {"version": "2.0.0"})
    for samples in (False, True):
        library = PackFiles([root, own], samples=samples)
        assert library.source("county/s", "2.0.0").root == str(own)
        assert library.problems() == []
    write(other, "seed/county/s/pack.json", manifest | {"sample": True})
    twice = PackFiles([root, other], samples=True)
    assert [one.code for one in twice.problems()] == ["pack.twice"]


@pytest.mark.parametrize("said", ["yes", 1, None, False])
def test_only_true_makes_a_sample(root, said):
    manifest = {"id": "county/s", "version": "1.0.0", "title": "S", "extends": "base", "sample": said}
    write(root, "seed/county/s/pack.json", manifest)
    assert "county/s" in PackFiles([root]).ids()
    wrong = [one.pointer for one in check(PackFiles([root]), ["county/s"]) if one.severity == "error"]
    assert wrong == ([] if said is False else ["/sample"])


def test_a_manifest_that_can_not_be_read_is_no_sample_and_told(root):
    write(root, "seed/county/s/pack.json", '{"id": "county/s", "sample": true')
    assert "county/s" in PackFiles([root]).ids()
    assert [one.severity for one in check(PackFiles([root]), ["county/s"])][:1] == ["error"]
