from __future__ import annotations

import copy
import io
import json
import zipfile

import pytest

from portal.core.packs import MemoryLibrary, PackSource, check, resolve
from portal.core.packs.chains import Layers
from portal.core.packs.layer import load_layer

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0L2 2"/></svg>'


def office(*parts: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for part in parts:
            archive.writestr(part, "<x/>")
    return held.getvalue()


DOCX = office("[Content_Types].xml", "word/document.xml")
XLSX = office("[Content_Types].xml", "xl/workbook.xml")


class Versions:
    """A library that holds packs in several versions, as a store does."""

    def __init__(self, *sources: tuple[str, PackSource]) -> None:
        self.sources = sources

    def ids(self):
        return sorted({source.id for _, source in self.sources})

    def source(self, pack_id, version=None):
        found = [one for known, one in self.sources if one.id == pack_id and version in (None, known)]
        return found[-1] if found else None

    def problems(self):
        return []


def pack(
    pack_id: str, version: str, *, parent: str | None = None, **manifest: object
) -> tuple[str, PackSource]:
    files = {
        f"seed/{pack_id}/pack.json": json.dumps(
            {"id": pack_id, "version": version, "title": "T", **manifest}
        ),
        f"seed/{pack_id}/settings.json": json.dumps({"values": {"from": version}}),
    }
    source = PackSource(pack_id, {path: text.encode() for path, text in files.items()}, parent=parent)
    return version, source


def codes(problems):
    return [(problem.code, problem.file, problem.pointer) for problem in problems]


def test_an_exact_parent_is_taken_and_no_newer_one():
    library = Versions(
        pack("base", "1.0.0"), pack("base", "2.0.0"), pack("county/a", "1.0.0", extends="base@1.0.0")
    )
    resolved = resolve("county/a", library)
    assert [layer.reference for layer in resolved.chain] == ["base@1.0.0", "county/a@1.0.0"]
    assert resolved.chain[-1].parent_ref == "base@1.0.0"


def test_a_parent_without_version_is_the_newest_and_the_layer_says_which():
    library = Versions(
        pack("base", "1.0.0"), pack("base", "2.0.0"), pack("county/a", "1.0.0", extends="base")
    )
    assert resolve("county/a", library).chain[-1].parent_ref == "base@2.0.0"


def test_what_the_library_knows_of_the_parent_wins_over_the_file():
    library = Versions(
        pack("base", "1.0.0"),
        pack("base", "2.0.0"),
        pack("county/a", "1.0.0", extends="base", parent="base@1.0.0"),
    )
    chain, problems = Layers(library).chain("county/a")
    assert problems == []
    assert [layer.reference for layer in chain] == ["base@1.0.0", "county/a@1.0.0"]


def test_an_older_version_is_resolved_with_its_own_parent():
    library = Versions(
        pack("base", "1.0.0"),
        pack("base", "2.0.0"),
        pack("county/a", "1.0.0", extends="base@1.0.0"),
        pack("county/a", "1.1.0", extends="base@2.0.0"),
    )
    assert resolve("county/a", library, "1.0.0").bundle["settings"]["values"]["from"] == "1.0.0"
    assert resolve("county/a", library).bundle["settings"]["values"]["from"] == "1.1.0"
    layers = Layers(library)
    for version, parent in (("1.0.0", "base@1.0.0"), ("1.1.0", "base@2.0.0"), (None, "base@2.0.0")):
        chain, _ = layers.chain("county/a", version)
        assert chain[0].reference == parent
    assert layers.get("county/a") is layers.get("county/a", "1.1.0")


def test_two_contents_of_one_version_that_a_store_marks_are_kept_apart():
    _, marked = pack("base", "1.0.0")
    files = {**marked.files, "seed/base/settings.json": b'{"values": {"from": "marked"}}'}
    library = Versions(pack("base", "1.0.0"), ("1.0.0+3fa9c1d2", PackSource("base", files)))
    for order in (["1.0.0", "1.0.0+3fa9c1d2", None], [None, "1.0.0+3fa9c1d2", "1.0.0"]):
        layers = Layers(library)
        found = {version: layers.get("base", version) for version in order}
        assert found["1.0.0"].content["settings"]["values"]["from"] == "1.0.0"
        assert found["1.0.0+3fa9c1d2"].content["settings"]["values"]["from"] == "marked"
        assert found["1.0.0"].digest != found["1.0.0+3fa9c1d2"].digest
        assert found[None].digest == found["1.0.0+3fa9c1d2"].digest


def test_a_parent_in_a_version_that_is_not_here_is_reported_with_the_one_that_is():
    library = Versions(pack("base", "2.0.0"), pack("county/a", "1.0.0", extends="base@1.0.0"))
    resolved = resolve("county/a", library)
    assert codes(resolved.problems) == [("pack.unknown_version", "seed/county/a/pack.json", "/extends")]
    assert resolved.problems[0].params == {"pack": "base", "version": "1.0.0", "known": "2.0.0"}
    assert not resolved.whole


def test_a_library_of_files_has_no_other_version(sample):
    assert sample.library().source("base", "1.0.0") is not None
    assert sample.library().source("base", "1.0.1") is None
    sample.files["seed/city/kunming/pack.json"]["extends"] = "base@1.0.0"
    assert check(sample.library()) == []


def test_the_digest_is_over_all_files(sample):
    sample.files["seed/county/xishan/assets/logo.png"] = PNG.decode("latin-1")
    before = digest_of(sample)
    for path in [path for path in sample.files if "/county/xishan/" in path]:
        changed = copy.deepcopy(sample)
        value = changed.files[path]
        if isinstance(value, str):
            changed.files[path] = value + "x"
        else:
            value["description"] = "x"
        assert digest_of(changed) != before, path


def digest_of(sample, pack_id="county/xishan"):
    layer = Layers(sample.library()).get(pack_id)
    assert layer is not None
    return layer.digest


def test_the_digest_follows_the_exact_parent_and_neither_spaces_nor_the_order_of_keys(sample):
    path = "seed/county/xishan/layout.json"
    before = digest_of(sample)
    sample.files["seed/county/xishan/pack.json"]["extends"] = "city/kunming"
    value = sample.files[path]
    sample.files[path] = json.dumps(dict(reversed(value.items())), indent=4)
    assert digest_of(sample) == before
    sample.files["seed/city/kunming/pack.json"]["version"] = "1.2.0"
    assert digest_of(sample) != before


def test_a_pack_has_one_digest_wherever_its_parent_is_known_from(sample):
    source = sample.library().source("county/xishan")
    assert load_layer(PackSource(source.id, source.files, parent="city/kunming@1.1.0")).digest == digest_of(
        sample
    )


def asset(name: str, content: bytes) -> list[tuple[str, str]]:
    manifest = {"id": "base", "version": "1.0.0", "title": "T"}
    library = MemoryLibrary(
        {"base": {"seed/base/pack.json": json.dumps(manifest), f"seed/base/assets/{name}": content}}
    )
    return [(problem.code, problem.file) for problem in check(library) if problem.code != "text.untranslated"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.png", PNG),
        ("map.svg", SVG),
        ("map-2.svg", SVG.replace(b"<path", b'<use href="#a" style="fill:url(#b)"/><path')),
        ("summons.docx", DOCX),
        ("register.xlsx", XLSX),
    ],
)
def test_assets_are_read(name, content):
    assert asset(name, content) == []
    source = PackSource("base", {f"seed/base/assets/{name}": content})
    assert load_layer(source).assets == {name: content}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("logo.png", SVG, "asset.kind"),
        ("map.svg", PNG, "asset.kind"),
        ("map.svg", b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "asset.kind"),
        ("map.svg", b"<svg><path></svg>", "asset.kind"),
        ("summons.docx", XLSX, "asset.kind"),
        ("register.xlsx", b"PK\x03\x04 and nothing", "asset.kind"),
        ("logo.png", PNG + b"\0" * 2_000_000, "asset.size"),
        ("map.svg", b"<svg><script>alert(1)</script></svg>", "asset.active"),
        ("map.svg", b"<svg xmlns:s='http://www.w3.org/2000/svg'><s:SCRIPT/></svg>", "asset.active"),
        ("map.svg", b'<svg onload="alert(1)"/>', "asset.active"),
        ("map.svg", b'<svg><a href=" javascript:alert(1)"/></svg>', "asset.active"),
        ("map.svg", b'<svg><image xlink:href="http://elsewhere.invalid/x.png"/></svg>', "asset.active"),
        ("map.svg", b"<svg><style>@import 'x.css';</style></svg>", "asset.active"),
        ("map.svg", b'<svg><path style="fill:url(http://elsewhere.invalid)"/></svg>', "asset.active"),
        ("map.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', "asset.active"),
        ("map.svg", b'<?xml-stylesheet href="x.css"?><svg/>', "asset.active"),
        ("map.svg", b"<svg><style>@im<x/>port 'x.css';</style></svg>", "asset.active"),
        ("map.svg", rb"<svg><style>@\69mport 'x.css';</style></svg>", "asset.active"),
        ("map.svg", rb'<svg><path style="fill:u\72 l(http://elsewhere.invalid)"/></svg>', "asset.active"),
        (
            "map.svg",
            b"<svg><style>a{b:image-set('http://elsewhere.invalid' 1x)}</style></svg>",
            "asset.active",
        ),
        (
            "map.svg",
            b"<svg><meta xmlns='http://www.w3.org/1999/xhtml' content='0;url=http://x.invalid'/></svg>",
            "asset.active",
        ),
        (
            "summons.docx",
            office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
            "asset.active",
        ),
        ("logo.gif", b"GIF89a", "pack.unknown_file"),
        ("deep/logo.png", PNG, "pack.unknown_file"),
    ],
)
def test_an_asset_that_is_not_what_it_seems_is_refused(name, content, code):
    assert asset(name, content) == [(code, f"seed/base/assets/{name}")]


@pytest.mark.parametrize(
    ("says", "starts", "warned"),
    [({}, ["asked"], True), ({"format": 2}, ["asked"], False), ({}, "自收到之日起", False)],
)
def test_a_pack_that_says_no_format_but_writes_the_current_one_is_told(says, starts, warned):
    files = {
        "seed/base/pack.json": {"id": "base", "version": "1.0.0", "title": "基础", **says},
        "seed/base/deadlines.json": {"T1": {"title": "期限", "starts": starts}},
    }
    encoded = {path: json.dumps(value).encode() for path, value in files.items()}
    told = [p for p in load_layer(PackSource("base", encoded)).problems if p.code == "pack.no_format"]
    assert [(p.file, p.severity) for p in told] == ([("seed/base/pack.json", "warning")] if warned else [])


def test_a_file_with_an_unknown_name_is_told_how_assets_are_named():
    source = PackSource("base", {"seed/base/assets/logo.pdf": b"%PDF"})
    (told,) = [p for p in load_layer(source).problems if p.code == "pack.unknown_file"]
    assert told.params["known"] == "assets/*.docx, assets/*.png, assets/*.svg, assets/*.xlsx"
