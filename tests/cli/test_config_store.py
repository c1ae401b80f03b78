"""The store and the releases from the command line, on a database with the shipped packs in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.cli import main
from portal.core.access import Access
from portal.core.packs import resolve
from portal.core.packs.source import canonical_content
from portal.persistence.models import Release
from portal.services import units
from portal.services.portal import Portal
from portal.services.releases.browsing import by_digest
from portal.services.releases.states import state_of

SYSTEM = Access.system("test")
XISHAN, KUNMING = "530112", "530100"


@dataclass
class Shell:
    """The command line on one database."""

    url: str
    folder: Path
    kind: str = "production"

    def run(self, *words: str) -> Result:
        environment = {
            "PORTAL_ENV": self.kind,
            "PORTAL_DATABASE_URL": self.url,
            "PORTAL_INSTANCE": str(self.folder),
            "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
            "PORTAL_LANG": "en",
            "PORTAL_DATA_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        }
        return CliRunner().invoke(main, ["config", *words], env=environment)

    def good(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 1, done.output
        assert "Traceback" not in done.output
        return done.output


@pytest.fixture
def shell(shipped_url: str, tmp_path: Path) -> Shell:
    """A database that was seeded in production."""
    return Shell(shipped_url, tmp_path)


def running(shell: Shell, code: str) -> str:
    """Return pack and version in force at a unit's own centre."""
    portal = Portal.from_url(shell.url)
    with portal.reading(SYSTEM) as session:
        found = {one.unit_code: one.release_id for one in units.all_centres(session)}[code]
        release = session.get_one(Release, found)
    portal.database.dispose()
    return f"{release.pack} {release.version}"


def edit(folder: Path, path: str, **values: object) -> None:
    """Change keys of a JSON file below ``folder``."""
    file = folder / path
    content = json.loads(file.read_text("utf-8")) if file.exists() else {}
    file.write_text(json.dumps(content | values, ensure_ascii=False), "utf-8")


def test_the_store_is_exported_imported_edited_and_published(shell: Shell, tmp_path: Path) -> None:
    before = shell.good("layers")
    assert {line.split()[0] for line in before.splitlines()} == {
        f"{pack}@1.1.0" for pack in PackFiles([shipped_root()]).ids()
    }
    for pack in PackFiles([shipped_root()]).ids():
        shell.good("export", pack, str(tmp_path / "all"))
    out, shipped = PackFiles([tmp_path / "all"]), PackFiles([shipped_root()])
    for pack in shipped.ids():
        one, other = out.source(pack), shipped.source(pack)
        assert one is not None
        assert other is not None
        assert {path: canonical_content(path, content) for path, content in one.files.items()} == {
            path: canonical_content(path, content) for path, content in other.files.items()
        }
    assert "already" in shell.refused("export", "county/xishan@1.1.0", str(tmp_path / "all"))
    told = shell.good("import", str(tmp_path / "all"))
    assert told.count("nothing new") == len(shipped.ids())
    assert shell.good("layers") == before

    # An edit, under the same version first, which production refuses with the differences.
    edit(tmp_path / "all", "seed/county/xishan/settings.json", values={"retention_days": 7})
    refused = shell.refused("import", str(tmp_path / "all"), "county/xishan")
    assert "Raise the version" in refused
    assert "settings.json" in refused
    edit(tmp_path / "all", "seed/county/xishan/pack.json", version="1.2.0")
    assert "county/xishan@1.2.0" in shell.good("import", str(tmp_path / "all"), "county/xishan")
    assert running(shell, XISHAN) == "county/xishan 1.1.0"

    # From the store and from files: two libraries, one set of commands.
    assert "1.2.0" in shell.good("packs", "--store")
    assert "1.2.0" not in shell.good("packs")
    stored = json.loads(shell.good("resolve", "county/xishan", "--store"))
    assert stored["settings"]["values"]["retention_days"] == 7
    told = shell.good("explain", "county/xishan", "/settings/values/retention_days", "--store")
    assert told.splitlines()[-1] == "county/xishan (seed/county/xishan/settings.json): 7"
    assert shell.good("diff", "city/kunming", "county/xishan", "--store") != shell.good(
        "diff", "city/kunming", "county/xishan"
    )
    assert "0 errors" in shell.good("check", "--store", "county/xishan")

    # Files do not pass over it; what is stored is published.
    refused = shell.refused("publish", "county/xishan", "--lang", "zh")
    assert "作过修改" in refused
    assert "retention_days" in refused
    assert running(shell, XISHAN) == "county/xishan 1.1.0"
    shell.good("publish", "county/xishan", "--store", "--reason", "改")
    assert running(shell, XISHAN) == "county/xishan 1.2.0"
    shell.good("publish", "county/xishan@1.1.0", "--store")
    assert running(shell, XISHAN) == "county/xishan 1.1.0"


def test_checked_approved_scheduled_cancelled_withdrawn(shell: Shell, tmp_path: Path) -> None:
    shell.good("export", "county/xishan", str(tmp_path / "one"))
    edit(tmp_path / "one", "seed/county/xishan/pack.json", version="1.2.0")
    shell.good("import", str(tmp_path / "one"))
    digest = shell.good("publish", "county/xishan", "--store", "--checked").split()[2][:12]
    assert running(shell, XISHAN) == "county/xishan 1.1.0"
    assert "not approved" in shell.refused("activate", XISHAN, digest, "--reason", "换")
    shell.good("approve", digest, "--reason", "看过")
    assert "past" in shell.refused("activate", XISHAN, digest, "--reason", "换", "--at", "2001-01-01T08:00")
    assert "is no time" in shell.refused("activate", XISHAN, digest, "--reason", "换", "--at", "morgen")
    shell.good("activate", XISHAN, digest, "--reason", "换", "--at", "2090-01-01T08:00")
    assert running(shell, XISHAN) == "county/xishan 1.1.0"
    first, *_ = shell.good("history", XISHAN, "--lang", "zh").splitlines()
    assert "生效时间 2090-01-01 08:00" in first
    number = first.partition("[")[2].partition(":")[0]
    assert XISHAN in shell.refused("withdraw", digest, "--reason", "误")
    shell.good("cancel", XISHAN, number, "--reason", "改期")
    assert "taken back" in shell.good("history", XISHAN).splitlines()[0]
    shell.good("withdraw", digest, "--reason", "误")
    assert "was withdrawn" in shell.refused("activate", XISHAN, digest, "--reason", "换")
    portal = Portal.from_url(shell.url)
    with portal.reading(SYSTEM) as session:
        (release,) = by_digest(session, digest)
        assert state_of(session, release.id) == "withdrawn"
    portal.database.dispose()


def test_a_foreign_centre_is_refused_by_check_and_publish_and_taken_over(
    shell: Shell, tmp_path: Path
) -> None:
    root = tmp_path / "rival"
    (root / "seed/county/rival").mkdir(parents=True)
    manifest = {
        "id": "county/rival",
        "version": "1.1.0",
        "title": "另一套配置",
        "extends": "city/kunming",
        "unit": XISHAN,
    }
    layout = {"centre": {"name": "西山区综治中心", "unit": XISHAN, "agency": "西综"}}
    (root / "seed/county/rival/pack.json").write_text(json.dumps(manifest), "utf-8")
    (root / "seed/county/rival/layout.json").write_text(json.dumps(layout), "utf-8")
    (root / "translations/county/rival").mkdir(parents=True)
    english = {"另一套配置": "Another configuration", "西山区综治中心": "Centre of Xishan"}
    (root / "translations/county/rival/en.json").write_text(json.dumps(english), "utf-8")
    checked = shell.refused("check", "county/rival", "--root", str(root))
    assert "centre.foreign" in checked
    assert "county/xishan" in checked
    assert "centre.foreign" in shell.refused("publish", "county/rival", "--root", str(root))
    assert running(shell, XISHAN) == "county/xishan 1.1.0"
    words = ("publish", "county/rival", "--root", str(root), "--take-over", "--no-activate")
    digest = shell.good(*words).split()[2]
    assert "centre.foreign" in shell.refused("activate", XISHAN, digest[:12], "--reason", "换")
    shell.good("take-over", XISHAN, digest[:12], "--reason", "市级统一")
    assert running(shell, XISHAN) == "county/rival 1.1.0"


def test_a_centre_is_opened_from_the_command_line(shell: Shell) -> None:
    digest = shell.good("history", KUNMING).split()[4]
    words = ("--name", "滇池度假区综治中心", "--reason", "设立")
    street = "530112001"
    assert "盘龙" in shell.refused("open-centre", street, digest, "--agency", "盘综", *words)
    shell.good("open-centre", street, digest, "--agency", "滇综", *words)
    assert running(shell, street) == "city/kunming 1.1.0"
    assert resolve("city/kunming", PackFiles([shipped_root()])).release().digest.startswith(digest)


def test_without_a_database_the_check_says_nothing_of_one(tmp_path: Path) -> None:
    environment = {"PORTAL_INSTANCE": str(tmp_path / "none"), "PORTAL_DATABASE_URL": "", "PORTAL_LANG": "en"}
    done = CliRunner().invoke(main, ["config", "check", "base"], env=environment)
    assert done.exit_code == 0
    assert "database" not in done.output
    assert not (tmp_path / "none").exists()
    away = {"PORTAL_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}", "PORTAL_LANG": "en"}
    told = CliRunner().invoke(main, ["config", "check", "base"], env=away)
    assert told.exit_code == 0
    assert "not asked" in told.output
