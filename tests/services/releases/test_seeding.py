"""Seeding: each county has a centre of its own; what somebody did is never undone, in production and in the demo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core.packs import resolve
from portal.persistence import migrate
from portal.persistence.database import Database
from portal.persistence.models import Centre, Record, Release, ReleaseActivation, Unit
from portal.services import releases, units
from portal.services.portal import Portal
from portal.services.releases.layers import opaque_links
from portal.services.seeding import SeedReport, seed
from tests.fixtures import small_packs
from tests.fixtures.database import BOTH, PostgresqlServer
from tests.fixtures.released import released_postgresql, released_sqlite
from tests.services.releases.parts import SYSTEM, centre, changed, city_with, publish

GUANDU = {"530111": {"name": "官渡区综治中心", "agency": "官综"}}
OTHERS = {"530112": {"name": "不应使用", "agency": "误"}}


def again(portal: Portal, files: dict[str, dict[str, Any]], *, demo: bool) -> SeedReport:
    return seed(portal, small_packs.library(files), verify=False, demo=demo)


def rows(portal: Portal) -> int:
    with portal.reading(SYSTEM) as session:
        return session.scalar(select(func.count()).select_from(ReleaseActivation)) or 0


class TestShipped:
    """The shipped packs in an empty database."""

    @pytest.fixture
    def shipped(self, portal: Portal) -> Portal:
        self.report = seed(portal, PackFiles([shipped_root()]), verify=False, demo=False)
        return portal

    def test_fourteen_counties_have_centres_of_their_own_and_a_city_s_release_changes_none(
        self, shipped: Portal
    ) -> None:
        with shipped.reading(SYSTEM) as session:
            centres = units.all_centres(session)
            counties = session.scalars(select(Unit).where(Unit.level == "county"))
            statutory = {unit.code for unit in counties if unit.kind == "division"}
        assert len(statutory) == 14
        assert {one.unit_code for one in centres} == statutory | {"530100"}
        assert len({one.agency for one in centres}) == len({one.name for one in centres}) == 15
        assert "" not in {one.agency for one in centres}
        assert len(self.report.opened) == 11
        before = {one.unit_code: one.release_id for one in centres}
        library = PackFiles([shipped_root()])
        resolved = resolve("city/kunming", _bumped(library))
        with shipped.writing(SYSTEM) as uow:
            made = releases.publish(uow, resolved, verify=False, terms=releases.Terms(demo=False))
            uow.commit()
        with shipped.reading(SYSTEM) as session:
            after = {one.unit_code: one.release_id for one in units.all_centres(session)}
        assert {code for code in after if after[code] != before[code]} == {"530100"}
        assert after["530100"] == made.id

    def test_seeding_again_does_nothing(self, shipped: Portal) -> None:
        before = rows(shipped)
        for demo in (False, True):
            report = seed(shipped, PackFiles([shipped_root()]), verify=False, demo=demo)
            assert (rows(shipped), report.opened, report.kept, report.new_units) == (before, [], [], 0)


def _bumped(files: PackFiles) -> Any:
    """Return the shipped packs with a next version of the city's."""
    import dataclasses
    import json

    class Bumped:
        def ids(self) -> list[str]:
            return files.ids()

        def problems(self) -> list[Any]:
            return []

        def source(self, pack_id: str, version: str | None = None) -> Any:
            found = files.source(pack_id)
            path = "seed/city/kunming/pack.json"
            if found is None or path not in found.files:
                return found
            manifest = json.loads(found.files[path]) | {"version": "9.0.0"}
            return dataclasses.replace(found, files={**found.files, path: json.dumps(manifest).encode()})

    return Bumped()


class TestHandsOff:
    """A second seeding over what is there."""

    def test_in_production_nothing_is_put_in_force_where_anything_ever_was(self, seeded: Portal) -> None:
        before = rows(seeded)
        report = again(seeded, {"county/xs": changed()}, demo=False)
        assert rows(seeded) == before
        assert [(kept.code, kept.params["unit"]) for kept in report.kept] == [("seed.kept", "西山区")]

    def test_in_the_demo_seeding_renews_its_own_and_counties_follow(self, seeded: Portal) -> None:
        again(seeded, {"city/km": city_with(GUANDU)}, demo=True)
        assert centre(seeded, "530111").agency == "官综"
        assert centre(seeded, "530111").release_id == centre(seeded, "530100").release_id
        again(seeded, {"city/km": city_with(GUANDU, "1.1.0")}, demo=True)
        with seeded.reading(SYSTEM) as session:
            release = session.get_one(Release, centre(seeded, "530111").release_id)
        assert (release.pack, release.version) == ("city/km", "1.1.0")

    @pytest.mark.parametrize("demo", [False, True])
    def test_what_a_person_put_in_force_stays(self, seeded: Portal, demo: bool) -> None:
        again(seeded, {"city/km": city_with(GUANDU)}, demo=True)
        mine = publish(seeded, "county/xs", changed(), reason="试行")
        city = centre(seeded, "530100").release_id
        with seeded.writing(SYSTEM) as uow:
            releases.put_in_force(uow, "530100", city, "确认", uow.now.replace(year=2027))
            uow.commit()
        before = rows(seeded)
        report = again(
            seeded,
            {"county/xs": changed("2.0.0", "seed"), "city/km": city_with(GUANDU, "2.0.0")},
            demo=demo,
        )
        assert rows(seeded) == before
        assert centre(seeded, "530112").release_id == mine.id
        assert centre(seeded, "530100").release_id == city
        assert {kept.params["unit"] for kept in report.kept} == {"西山区", "昆明市"}

    def test_a_county_with_a_pack_is_not_opened_by_the_city(self, seeded: Portal) -> None:
        report = again(seeded, {"city/km": city_with(GUANDU | OTHERS, "1.1.0")}, demo=True)
        assert report.opened == ["530111"]
        assert centre(seeded, "530112").agency == "西综"

    def test_in_production_a_centre_that_is_not_there_yet_is_opened(self, seeded: Portal) -> None:
        report = again(seeded, {"city/km": city_with(GUANDU, "1.1.0")}, demo=False)
        assert report.opened == ["530111"]
        # The city itself was left alone: the county runs by what is in force there.
        assert centre(seeded, "530111").release_id == centre(seeded, "530100").release_id


class TestReleased:
    """A database of the first released schema, upgraded and seeded."""

    @pytest.fixture(params=BOTH)
    def upgraded(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
        server: PostgresqlServer | None = None
        if request.param == "sqlite":
            url = released_sqlite(tmp_path)
        else:
            server = request.getfixturevalue("postgresql_server")
            url = released_postgresql(server)
        database = Database.connect(url)
        migrate.upgrade(database.engine)
        database.dispose()
        portal = Portal.from_url(url)
        yield portal
        portal.database.dispose()
        if server is not None:
            server.drop(url)

    def test_old_releases_are_opaque_and_records_keep_centre_number_and_release(
        self, upgraded: Portal
    ) -> None:
        def kept() -> list[Any]:
            with upgraded.reading(SYSTEM) as session:
                query = select(Record.uid, Record.centre_id, Record.code, Record.release_id)
                return [tuple(row) for row in session.execute(query.order_by(Record.id))]

        with upgraded.reading(SYSTEM) as session:
            old = list(session.scalars(select(Release)))
            assert {next(iter(opaque_links(session, release))) for release in old} == {"base"}
            assert session.scalar(select(func.count()).select_from(Centre)) == 4
        before = kept()
        report = seed(upgraded, PackFiles([shipped_root()]), verify=False, demo=False)
        assert kept() == before
        with upgraded.reading(SYSTEM) as session:
            centres = units.all_centres(session)
        assert len(centres) == 15
        assert len(report.opened) == 11
        assert {one.release_id for one in centres} == {release.id for release in old}
        assert {kept_.code for kept_ in report.kept} == {"seed.kept"}
        # In the demo seeding renews what seeding put in force.
        seed(upgraded, PackFiles([shipped_root()]), verify=False, demo=True)
        assert kept() == before
        with upgraded.reading(SYSTEM) as session:
            running = {one.release_id for one in units.all_centres(session)}
            assert not running & {release.id for release in old}
            for release_id in running:
                release = session.get_one(Release, release_id)
                assert opaque_links(session, release) == []
                assert releases.rebuild(session, release).digest == release.digest
        assert centre(upgraded, "530103").agency == "盘综"
