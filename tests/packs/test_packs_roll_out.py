"""Each pack of the tree goes the whole way of a roll-out: built, verified, compared, planned, applied, taken back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.adapters.pack_files import PackFiles, shipped_root, write_pack
from portal.adapters.package_keys import SigningKey, TrustFolder
from portal.cli import main
from portal.core.access import Access
from portal.core.packages import build
from portal.core.packs import PackLibrary, Resolved, resolve, stories
from portal.persistence.models import RolloutPlan
from portal.services import releases, rollout, units
from portal.services.portal import Portal
from portal.services.seeding import seed
from tests.fixtures.database import BOTH, PostgresqlServer, filled_file

SHIPPED = PackFiles([shipped_root()], samples=True)
PACKS = SHIPPED.ids()
PARENTS = {pack: resolve(pack, SHIPPED).manifest.extends for pack in PACKS}
UNITS = {pack: resolve(pack, SHIPPED).manifest.unit for pack in PACKS}
SYSTEM = Access.system("test")
LATER = "9.0.0"


def taker_of(pack: str) -> str:
    """Return the pack at whose centre a version is taken over: the first below it that has a unit, else the pack."""
    below = [one for one in PACKS if PARENTS[one] == pack and UNITS[one]]
    return next(iter(below), pack)


@dataclass
class Place:
    """A portal on which one centre runs by the shipped packs, and a publisher whose key it trusts."""

    url: str
    folder: Path
    pack: str
    key: SigningKey

    @property
    def unit(self) -> str:
        """Return the unit of the centre that takes the version over."""
        return UNITS[taker_of(self.pack)] or ""

    def run(self, *words: str) -> Result:
        environment = {
            "PORTAL_ENV": "production",
            "PORTAL_DATABASE_URL": self.url,
            "PORTAL_INSTANCE": str(self.folder),
            "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
            "PORTAL_LANG": "en",
            "PORTAL_DATA_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        }
        return CliRunner().invoke(main, ["package", *words], env=environment)

    def done(self, *words: str) -> str:
        answer = self.run(*words)
        assert answer.exit_code == 0, answer.output
        return answer.output

    def in_force(self) -> tuple[str, str, bool]:
        """Return the pack in force at the centre, the digest of what is in force, and whether it has the new zone."""
        portal = Portal.from_url(self.url)
        with portal.reading(SYSTEM) as session:
            bundle = releases.for_unit(portal, session, units.by_code(session, self.unit))
            found = (
                releases.history(session, self.unit)[0].pack,
                bundle.digest,
                "next_version" in bundle.raw["layout"].get("zones", {}),
            )
        portal.database.dispose()
        return found

    def plan(self) -> RolloutPlan:
        portal = Portal.from_url(self.url)
        with portal.reading(SYSTEM) as session:
            row = rollout.last_applied(session, units.by_code(session, self.unit).id)
            assert row is not None
            session.expunge(row)
        portal.database.dispose()
        return row


@pytest.fixture(scope="module", autouse=True)
def once() -> Iterator[None]:
    """Check what two databases hold alike once: what a check finds hangs on the packs alone."""
    known: dict[tuple[str, str], Any] = {}
    found = rollout.findings

    def findings(check: Any, tell: Any) -> Any:
        key = check.resolved.release().digest, check.before.release().digest
        if key not in known:
            known[key] = found(check, tell)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollout, "findings", findings)
        yield


def _all_packs(url: str) -> None:
    portal = Portal.from_url(url)
    seed(portal, SHIPPED, verify=False, demo=False)
    portal.database.dispose()


@pytest.fixture(scope="module")
def all_packs_sqlite(sqlite_template: Path, shared_folder: Path) -> Path:
    return filled_file(shared_folder, "all_packs.db", _all_packs, sqlite_template)


@pytest.fixture(scope="module")
def all_packs_postgresql(postgresql_server: PostgresqlServer) -> str:
    return postgresql_server.template("all_packs", _all_packs, postgresql_server.template_migrated())


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which every pack of the tree is in force at its centre."""
    if request.param == "sqlite":
        target = tmp_path / "portal.db"
        shutil.copy(request.getfixturevalue("all_packs_sqlite"), target)
        yield f"sqlite:///{target}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    made = server.copy(request.getfixturevalue("all_packs_postgresql"))
    yield made
    server.drop(made)


@pytest.fixture(params=PACKS)
def place(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> Place:
    pack = str(request.param)
    made = Place(url, tmp_path / "instance", pack, SigningKey.new("发布者", [f"{pack}/*"]))
    TrustFolder(made.folder / "package-keys").trust(made.key.trusted)
    made.key.write(tmp_path / "sending", "packages")
    return made


def later(pack: str, folder: Path) -> Resolved:
    """Return a chain of packs from a folder of their own, the last one in a later version with one more zone."""
    for layer in resolve(pack, SHIPPED).chain:
        files = dict(layer.raw)
        if layer.id == pack:
            for name, more in (
                ("pack.json", {"version": LATER}),
                ("layout.json", {"zones": {"next_version": {"title": "新设区", "order": 900}}}),
            ):
                path = f"seed/{pack}/{name}"
                said = json.loads(files.get(path, b"{}"))
                zones = {**said.get("zones", {}), **more.get("zones", {})}
                files[path] = json.dumps({**said, **more, **({"zones": zones} if zones else {})}).encode()
            # A pack that says all its texts in English too goes on doing so.
            path = f"translations/{pack}/en.json"
            if path in files:
                files[path] = json.dumps({**json.loads(files[path]), "新设区": "New zone"}).encode()
        write_pack(folder, layer.id, files)
    return resolve(pack, PackFiles([folder], samples=True))


def test_a_pack_is_built_verified_compared_planned_applied_and_taken_back(
    place: Place, tmp_path: Path
) -> None:
    pack, taker = place.pack, taker_of(place.pack)
    file, shipped = str(tmp_path / "next.package"), str(tmp_path / "shipped.package")
    key = str(tmp_path / "sending" / "packages.key.json")
    assert resolve(pack, SHIPPED).chain[-1].digest in place.done("build", pack, shipped, "--key", key)
    assert "0 values differ" in place.done("diff", shipped, "--store")
    Path(file).write_bytes(build(later(pack, tmp_path / "later"), portal="0.1.0", sign=place.key.sign))
    assert "its signature holds" in place.done("verify", file, "--store")
    differing = place.done("diff", file, "--store")
    assert "next_version" in differing
    in_english = (shipped_root() / f"translations/{pack}/en.json").exists()
    assert f"{1 + in_english} values differ" in differing
    planned = place.done("plan", file, "--store", *([taker] if taker != pack else []))
    # Where nobody stands on it, it takes over its own next version, and there is nothing to merge.
    assert "For you to decide: 0" in planned if taker != pack else planned == ""
    before = place.in_force()
    assert not before[2]
    place.done("apply", file, place.unit, "--reason", "a new version")
    after = place.in_force()
    assert (after[0], after[2]) == (before[0], True)
    row = place.plan()
    assert (row.version, row.counts["open"]) == (LATER, 0)
    assert row.found is not None
    assert row.found["stories"]["failed"] == []
    assert walked_here(row) == story_count(SHIPPED, taker)
    place.done("rollback", place.unit, "--reason", "taken back")
    assert place.in_force() == before


def walked_here(row: RolloutPlan) -> int:
    """Return how many stories were walked for a plan, those that stay where they stop among them."""
    found = (row.found or {})["stories"]
    return int(found["count"]) + len(found["stays"])


def story_count(library: PackLibrary, pack: str) -> int:
    """Return how many stories a chain of packs tells."""
    return sum(len(stories(library, layer.id)) for layer in resolve(pack, library).chain)


def test_every_pack_of_the_tree_is_among_them() -> None:
    folders = {file.parent.relative_to(shipped_root() / "seed").as_posix() for file in _manifests()}
    assert folders == set(PACKS)
    assert len(PACKS) >= 24


def _manifests() -> list[Path]:
    return sorted((shipped_root() / "seed").rglob("pack.json"))
