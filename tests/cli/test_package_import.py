"""A package comes from one portal's files into another one's store: the same digest, or nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from portal.adapters.pack_files import PackFiles, shipped_root, write_pack
from portal.adapters.package_keys import PUBLIC, SigningKey, TrustFolder
from portal.cli import main
from portal.core.access import Access
from portal.core.packages import build
from portal.core.packs import resolve
from portal.persistence.models import AuditEntry, Layer
from portal.services.portal import Portal

PACK = "city/kunming"


@dataclass
class Receiving:
    """A portal with a database, a folder of its own, and a key of the city that it trusts."""

    url: str
    folder: Path
    key: SigningKey

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of the portal."""
        return {
            "PORTAL_ENV": "production",
            "PORTAL_DATABASE_URL": self.url,
            "PORTAL_INSTANCE": str(self.folder),
            "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
            "PORTAL_LANG": "en",
            "PORTAL_DATA_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        }

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, list(words), env=self.environment)

    def counted(self) -> tuple[int, int]:
        """Return how many layers and audit entries there are."""
        portal = Portal.from_url(self.url)
        with portal.reading(Access.system("test")) as session:
            found = [session.scalar(select(func.count()).select_from(one)) for one in (Layer, AuditEntry)]
        portal.database.dispose()
        return int(found[0] or 0), int(found[1] or 0)

    @property
    def trust(self) -> TrustFolder:
        return TrustFolder(self.folder / "package-keys")


@pytest.fixture
def receiving(shipped_url: str, tmp_path: Path) -> Receiving:
    made = Receiving(shipped_url, tmp_path / "receiving", SigningKey.new("昆明市", [f"{PACK}/*"]))
    made.trust.trust(made.key.trusted)
    made.key.write(tmp_path / "sending", "packages")
    return made


def package(receiving: Receiving, folder: Path, version: str) -> Path:
    """Build the city's pack in a version, from files that the receiving portal does not have."""
    files = PackFiles([shipped_root()])
    for pack in ("base", PACK):
        source = files.source(pack)
        assert source is not None
        content = dict(source.files)
        if pack == PACK:
            manifest = json.loads(content[f"seed/{PACK}/pack.json"])
            content[f"seed/{PACK}/pack.json"] = json.dumps({**manifest, "version": version}).encode()
        write_pack(folder / version, pack, content)
    file = folder / f"{version}.package"
    resolved = resolve(PACK, PackFiles([folder / version]))
    file.write_bytes(build(resolved, portal="0.1.0", sign=receiving.key.sign))
    return file


def test_what_arrives_has_the_same_digest_and_goes_on_from_the_store(
    receiving: Receiving, tmp_path: Path
) -> None:
    file = package(receiving, tmp_path, "1.2.0")
    layers, entries = receiving.counted()
    done = receiving.run("package", "import", str(file))
    assert done.exit_code == 0, done.output
    assert "city/kunming@1.2.0" in done.output
    assert receiving.counted() == (layers + 1, entries + 1)
    again = receiving.run("package", "import", str(file))
    assert (again.exit_code, "nothing new" in again.output) == (0, True)
    assert receiving.counted() == (layers + 1, entries + 1)
    further = tmp_path / "further.package"
    key = tmp_path / "sending/packages.key.json"
    sent = receiving.run(
        "package", "build", PACK, str(further), "--store", "--key", str(key), "--portal", "0.1.0"
    )
    assert sent.exit_code == 0, sent.output
    assert further.read_bytes() == file.read_bytes()


def test_an_older_package_and_one_of_a_stranger_leave_nothing(receiving: Receiving, tmp_path: Path) -> None:
    new, old = package(receiving, tmp_path, "1.3.0"), package(receiving, tmp_path, "1.2.0")
    assert receiving.run("package", "import", str(new)).exit_code == 0
    before = receiving.counted()
    refused = receiving.run("package", "import", str(old))
    assert (refused.exit_code, "[package.replayed]" in refused.output) == (1, True)
    for file in receiving.trust.folder.glob(f"*{PUBLIC}"):
        file.unlink()
    refused = receiving.run("package", "import", str(new))
    assert (refused.exit_code, "[package.unknown_key]" in refused.output) == (1, True)
    assert receiving.counted() == before


def test_a_package_waits_for_what_it_stands_on(receiving: Receiving, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    file = package(receiving, folder, "1.2.0")
    root = folder / "1.2.0"
    manifest = root / "seed/base/pack.json"
    manifest.write_text(
        json.dumps({**json.loads(manifest.read_text(encoding="utf-8")), "version": "9.0.0"}), encoding="utf-8"
    )
    file.write_bytes(build(resolve(PACK, PackFiles([root])), portal="0.1.0", sign=receiving.key.sign))
    before = receiving.counted()
    refused = receiving.run("package", "import", str(file))
    assert refused.exit_code == 1
    assert "base@9.0.0 is not here" in refused.output
    assert receiving.counted() == before
    assert receiving.trust.seen().versions == {}
