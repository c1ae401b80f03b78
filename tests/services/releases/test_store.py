"""The store of layers: what is published is there whole, comes out as it went in, and is put together again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from portal.adapters.pack_files import PackFiles, shipped_root, write_pack
from portal.core import strict_json
from portal.core.errors import Conflict, DefinitionError
from portal.core.packs import Layers, MemoryLibrary, PackSource, resolve
from portal.core.packs import Release as Content
from portal.core.packs.source import canonical_content
from portal.persistence.models import AuditEntry, Blob, Layer, LayerFile, Release
from portal.services import releases
from portal.services.portal import Portal
from portal.services.releases.layers import (
    StoreLibrary,
    files_of,
    find_layer,
    import_layer,
    opaque_links,
    stored_layers,
)
from portal.services.seeding import seed
from tests.fixtures import small_packs
from tests.services.releases.parts import SYSTEM, changed, city_with, publish, twin

# A PNG of one point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c000000301010018dd8db00000000049454e44ae426082"
)


def count(portal: Portal, *models: Any) -> tuple[int, ...]:
    with portal.reading(SYSTEM) as session:
        return tuple(session.scalar(select(func.count()).select_from(model)) or 0 for model in models)


def do_import(portal: Portal, library: Any, pack: str, *, demo: bool = False) -> tuple[str, bool]:
    layers = Layers(library)
    source, layer = library.source(pack), layers.get(pack)
    assert source is not None
    assert layer is not None
    with portal.writing(SYSTEM) as uow:
        stored, new = import_layer(uow, source, layer, demo=demo)
        uow.commit()
        return f"{stored.pack}@{stored.version}", new


def with_asset(pack: str, files: dict[str, Any]) -> MemoryLibrary:
    """Return the small packs, one of them with a picture and oddly written JSON."""
    library = small_packs.library({pack: files})
    own = dict(library.packs[pack])
    own[f"seed/{pack}/assets/tile.png"] = PNG
    own[f"seed/{pack}/settings.json"] = '{ "values":{"b" :1.0,\n "a":"\\u4e2d"}}\n'
    return MemoryLibrary({**library.packs, pack: own})


def test_every_release_is_rebuilt_from_the_store_alone_and_equals_its_bundle(seeded: Portal) -> None:
    publish(seeded, "county/xs", changed())
    with seeded.reading(SYSTEM) as session:
        found = list(session.scalars(select(Release).order_by(Release.id)))
        assert len(found) == 4
        for release in found:
            rebuilt = releases.rebuild(session, release)
            assert rebuilt.digest == release.digest
            assert rebuilt.bundle == release.bundle
            assert [link.digest for link in rebuilt.chain] == [link["digest"] for link in release.chain]


def test_files_come_out_byte_for_byte_and_equal_content_is_stored_once(
    seeded: Portal, tmp_path: Path
) -> None:
    library = with_asset("county/xs", changed())
    with seeded.writing(SYSTEM) as uow:
        releases.publish(uow, resolve("county/xs", library), verify=False)
        uow.commit()
    with seeded.reading(SYSTEM) as session:
        stored = find_layer(session, "county/xs")
        out = files_of(session, stored)
        source = library.source("county/xs")
        assert source is not None
        assert out == source.files
        assert out["seed/county/xs/assets/tile.png"] == PNG
        hashes = list(session.scalars(select(LayerFile.blob)))
        blobs = session.scalar(select(func.count()).select_from(Blob))
        assert blobs == len(set(hashes)) < len(hashes)
    write_pack(tmp_path, "county/xs", out)
    with pytest.raises(Conflict):
        write_pack(tmp_path, "county/xs", out)
    written = PackFiles([tmp_path]).source("county/xs")
    assert written is not None
    assert written.files == out


def test_the_shipped_packs_come_out_as_their_files_and_going_in_again_changes_nothing(
    portal: Portal, tmp_path: Path
) -> None:
    shipped = PackFiles([shipped_root()])
    seed(portal, shipped, verify=False)
    before = count(portal, Layer, LayerFile, Blob, AuditEntry)
    with portal.reading(SYSTEM) as session:
        layers = stored_layers(session)
        assert {one.pack for one in layers} == set(shipped.ids())
        for stored in layers:
            source = shipped.source(stored.pack)
            assert source is not None
            out = files_of(session, stored)
            assert out.keys() == source.files.keys()
            for path, content in out.items():
                assert canonical_content(path, content) == canonical_content(path, source.files[path])
            write_pack(tmp_path, stored.pack, out)
        for release in session.scalars(select(Release)):
            assert releases.rebuild(session, release).to_json() == {
                **_document(release),
                "digest": release.digest,
            }
    again = PackFiles([tmp_path])
    assert [do_import(portal, again, pack)[1] for pack in again.ids()] == [False] * len(shipped.ids())
    assert count(portal, Layer, LayerFile, Blob, AuditEntry) == before


def _document(release: Release) -> dict[str, Any]:
    content = Content.from_json(
        {
            "pack": release.pack,
            "version": release.version,
            **release.manifest,
            "chain": release.chain,
            "bundle": release.bundle,
            "digest": release.digest,
            **({"format": release.format} if release.format > 1 else {}),
        }
    )
    return content.to_json()


def test_other_content_under_one_version_is_refused_in_production_and_marked_in_the_demo(
    seeded: Portal,
) -> None:
    with pytest.raises(Conflict) as refused:
        publish(seeded, "county/xs", changed("1.0.0"), demo=False)
    assert refused.value.code == "layer.version"
    texts = [problem.render() for problem in refused.value.problems]
    assert "Raise the version" in texts[0]
    assert any("settings.json" in text for text in texts)
    made = publish(seeded, "county/xs", changed("1.0.0"), demo=True)
    with seeded.reading(SYSTEM) as session:
        newest, first = (one for one in stored_layers(session, "county/xs"))
        assert first.version == "1.0.0"
        assert newest.version == f"1.0.0+{newest.digest[:8]}"
        assert releases.rebuild(session, session.get_one(Release, made.id)).digest == made.digest
        assert [one.version for one in stored_layers(session, "base")] == ["1.0.0"]
    assert publish(seeded, "county/xs", changed("1.1.0", "c"), demo=False).created


def test_pins_serve_exactly_the_layers_of_a_chain_and_without_them_the_newest(seeded: Portal) -> None:
    first = small_packs.library()
    publish(seeded, "county/xs", changed("1.1.0"))
    with seeded.reading(SYSTEM) as session:
        library = StoreLibrary(session)
        assert library.ids() == ["base", "city/km", "county/jn", "county/xs"]
        assert resolve("county/xs", library).manifest.version == "1.1.0"
        old = library.source("county/xs", "1.0.0")
        assert old is not None
        assert (old.parent, library.source("county/xs", "9.9.9")) == ("base@1.0.0", None)
        chain = resolve("county/xs", first).chain
        pinned = StoreLibrary(session, {layer.id: layer.digest for layer in chain})
        assert pinned.ids() == ["base", "county/xs"]
        assert pinned.source("city/km") is None
        assert resolve("county/xs", pinned).release().digest == resolve("county/xs", first).release().digest
        assert StoreLibrary(session, {"base": "0" * 64}).problems()[0].code == "layer.opaque"


def test_a_release_without_its_layers_is_refused_and_an_old_one_says_what_is_missing(seeded: Portal) -> None:
    library = small_packs.library({"county/xs": changed()})
    content = resolve("county/xs", library).release()
    with seeded.writing(SYSTEM) as uow, pytest.raises(Conflict) as refused:
        releases.publish(uow, content, verify=False)
    assert refused.value.problems[0].code == "layer.opaque"
    with seeded.writing(SYSTEM) as uow:
        release = uow.session.scalars(select(Release).where(Release.pack == "city/km")).one()
        chain = [link | {"digest": "0" * 64} for link in release.chain[:1]] + release.chain[1:]
        old = Release(pack=release.pack, version="0.9.0", chain=chain)
        assert opaque_links(uow.session, old) == ["base"]
        with pytest.raises(DefinitionError, match="not at hand"):
            releases.rebuild(uow.session, old)


class TestEditedLayers:
    """What was edited in the store is never passed over by files."""

    def edit(self, portal: Portal) -> str:
        files = changed("1.0.1", "edited")
        return do_import(portal, small_packs.library({"county/xs": files}), "county/xs")[0]

    def test_files_do_not_pass_over_an_edited_layer(self, seeded: Portal) -> None:
        before_edit = count(seeded, Release)
        assert self.edit(seeded) == "county/xs@1.0.1"
        for files in (changed("1.0.0", "b"), changed("2.0.0", "c")):
            with pytest.raises(Conflict) as refused:
                publish(seeded, "county/xs", files)
            assert refused.value.code == "layer.edited"
            texts = [problem.render() for problem in refused.value.problems]
            assert any("settings.json: /values/a" in text and "edited" in text for text in texts), texts
        assert count(seeded, Release) == before_edit
        with seeded.reading(SYSTEM) as session:
            assert find_layer(session, "county/xs").version == "1.0.1"

    def test_going_back_to_files_of_before_the_edit_is_possible_as_the_refusal_says(
        self, seeded: Portal
    ) -> None:
        """What is stored already is imported to no effect, so that is no way back."""
        self.edit(seeded)
        with pytest.raises(Conflict) as refused, seeded.writing(SYSTEM) as uow:
            releases.publish(uow, resolve("county/xs", small_packs.library()), verify=False)
        remedies = {problem.remedy_text() for problem in refused.value.problems}
        assert len(remedies) == 1
        assert "raise their version" in remedies.pop()
        files = changed("1.0.2") | {"seed/settings.json": {"values": {"a": "a"}}}
        assert do_import(seeded, small_packs.library({"county/xs": files}), "county/xs")[1]
        assert publish(seeded, "county/xs", files).version == "1.0.2"

    def test_what_was_edited_is_published_from_the_store(self, seeded: Portal) -> None:
        self.edit(seeded)
        with seeded.reading(SYSTEM) as session:
            resolved = resolve("county/xs", StoreLibrary(session))
        with seeded.writing(SYSTEM) as uow:
            made = releases.publish(uow, resolved, verify=False, terms=releases.Terms(origin="import"))
            uow.commit()
        assert made.version == "1.0.1"
        # The very same files may be published as well: they say what is stored.
        assert not publish(seeded, "county/xs", changed("1.0.1", "edited")).created

    def test_seeding_leaves_it_alone_and_says_in_what_it_differs(self, seeded: Portal) -> None:
        self.edit(seeded)
        figures = count(seeded, Release, Layer, AuditEntry)
        report = seed(seeded, small_packs.library({"county/xs": changed("3.0.0", "files")}), verify=False)
        assert count(seeded, Release, Layer, AuditEntry) == figures
        (kept,) = report.kept
        assert kept.code == "layer.edited"
        assert "edited" in str(kept)
        assert "files" in str(kept)

    def test_an_edited_layer_above_stops_a_county_from_files_too(self, seeded: Portal) -> None:
        base = small_packs.BASE | {
            "seed/pack.json": small_packs.BASE["seed/pack.json"] | {"version": "1.0.1"},
            "seed/settings.json": {"values": {"x": "edited"}},
        }
        do_import(seeded, small_packs.library({"base": base}), "base")
        with pytest.raises(Conflict, match="base was edited"):
            publish(seeded, "county/xs", changed("1.2.0"))


def test_layers_and_their_files_are_never_changed(seeded: Portal) -> None:
    statements = ["UPDATE layer SET version = 'x'", "DELETE FROM layer_file", "UPDATE blob SET size = 1"]
    for statement in [*statements, "DELETE FROM blob", "DELETE FROM release_state"]:
        with pytest.raises(DBAPIError, match="append-only"), seeded.database.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_a_broken_file_is_not_stored(seeded: Portal) -> None:
    files = small_packs.library({"county/xs": changed("1.4.0")}).packs["county/xs"]
    broken = MemoryLibrary(
        {**small_packs.library().packs, "county/xs": {**files, "seed/county/xs/roles.json": "{"}}
    )
    with pytest.raises(DefinitionError) as refused:
        do_import(seeded, broken, "county/xs")
    assert refused.value.problems[0].file == "seed/county/xs/roles.json"


def test_another_process_reads_what_was_stored(seeded: Portal) -> None:
    publish(seeded, "city/km", city_with({}, "1.1.0"))
    other = twin(seeded)
    with other.reading(SYSTEM) as session:
        source = StoreLibrary(session).source("city/km")
        assert isinstance(source, PackSource)
        assert json.loads(source.files["seed/city/km/pack.json"])["version"] == "1.1.0"
        assert strict_json.loads(source.files["seed/city/km/layout.json"])[1] == []
    other.database.dispose()
