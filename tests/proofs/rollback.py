"""The drill of the operators' guide: back up, upgrade, something is wrong, restore, serve the older version."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
from sqlalchemy import func, select

from portal.adapters import keyring
from portal.adapters.clock import SystemClock
from portal.core.access import Access
from portal.persistence import migrate
from portal.persistence.models import Record
from portal.services import audit
from portal.services.portal import Portal
from tests.acceptance.service import DATA, Service
from tests.fixtures.database import KEYS
from tests.proofs.frame import Number, Place, equal, proof

ROOT = Path(__file__).parents[2]
PARTS = ("portal", "form_definitions", "rule_sets", "seed", "translations")
NEXT = '''"""What a next version changes: a table, a column, and values that the older one would not understand."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("next_table", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("record", sa.Column("next_column", sa.Text(), nullable=False, server_default="next"))
    op.execute("UPDATE record SET stage = 'next_' || stage WHERE stage IS NOT NULL")
'''


@dataclass(frozen=True)
class Version:
    """The files of one version, and what is done with it."""

    root: Path
    folder: Path
    secret: tuple[str, str]

    def service(self, url: str) -> Service:
        # Packages are looked for in this version's files first.
        return Service(url, self.folder, PYTHONPATH=str(self.root))

    def run(self, url: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line of this version on a database."""
        return subprocess.run(
            [sys.executable, "-m", "portal", *words],
            cwd=self.root,
            env=self.service(url).environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def backup(self, url: str, file: Path) -> subprocess.CompletedProcess[str]:
        return self.run(url, "backup", "make", str(file), *self.secret)

    def restore(self, url: str, file: Path) -> subprocess.CompletedProcess[str]:
        return self.run(url, "restore", str(file), *self.secret)

    def register(self, url: str, cases: int) -> list[str]:
        """Serve a database and register cases there; return their numbers, or what was said instead."""
        service = self.service(url)
        with contextlib.chdir(self.root):
            service.start()
        try:
            bearer = service.bearer("clerk")
            answers = [
                requests.post(
                    f"{service.address}/api/v1/records/case/", json={"data": DATA}, headers=bearer, timeout=60
                )
                for _ in range(cases)
            ]
        finally:
            service.stop()
        return [str(a.json()["result"]["code"] if a.status_code == 201 else a.status_code) for a in answers]


def next_version(folder: Path) -> Path:
    """Return the files of a version that comes after this one."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    revision = folder / "portal" / "persistence" / "migrations" / "versions" / "9999_next.py"
    revision.write_text(NEXT.format(head=migrate.head()), encoding="utf-8")
    return folder


@proof(
    "rollback",
    "Back up, upgrade, something is wrong, restore, serve the older version: every case of before is there",
    minutes=6,
    small={"cases": 2},
    large={"cases": 200},
)
def rollback(place: Place, cases: int) -> Iterator[Number]:
    url, to, again = place.filled(), place.empty(), place.empty()
    key = place.folder / "backup.key"
    key.write_text(keyring.new_key(), encoding="ascii")
    secret = ("--key-file", str(key))
    older = Version(ROOT, place.folder, secret)
    newer = Version(next_version(place.folder / "next"), place.folder, secret)
    before, after = place.folder / "before.backup", place.folder / "after.backup"

    codes = older.register(url, cases)
    yield equal("cases registered under the older version", cases, len(set(codes)))
    yield equal("exit code of the backup", 0, older.backup(url, before).returncode)
    yield equal("exit code of the upgrade", 0, newer.run(url, "db", "upgrade").returncode)
    yield equal(
        "exit code of the older version's portal db check", 1, older.run(url, "db", "check").returncode
    )
    refused = older.backup(url, place.folder / "mixed.backup")
    yield equal("the older version backs newer tables up", False, "backup.revision" not in refused.stderr)
    yield equal("exit code of the newer version's backup", 0, newer.backup(url, after).returncode)
    refused = older.restore(to, after)
    yield equal("the older version restores a newer backup", False, "backup.version" not in refused.stderr)

    yield equal("exit code of the restore", (0, ""), _said(older.restore(to, before)))
    yield equal("exit code of portal audit verify", 0, older.run(to, "audit", "verify").returncode)
    yield from holds(to, codes)
    more = older.register(to, 1)
    wanted = f"{codes[-1].rpartition('〕')[0]}〕{cases + 1:0{len(codes[-1].rpartition('〕')[2])}}"
    yield equal("the next number under the older version", [wanted], more)

    yield equal(
        "exit code of the newer version's restore of the older backup",
        0,
        newer.restore(again, before).returncode,
    )
    portal = Portal.from_url(again, SystemClock(), KEYS)
    yield equal("revision reached by it", "9999", migrate.current(portal.database.engine))
    portal.database.dispose()


def holds(url: str, codes: list[str]) -> Iterator[Number]:
    """Yield whether a database holds exactly some cases, at the head of this version, with a sound audit log."""
    portal = Portal.from_url(url, SystemClock(), KEYS)
    try:
        with portal.reading(Access.system("test")) as session:
            found = session.scalars(
                select(Record.code).where(Record.etype == "case").order_by(Record.id)
            ).all()
            moved = session.scalar(select(func.count()).where(Record.stage.startswith("next_")))
        yield equal(
            "cases of before the upgrade that are missing", [], sorted(set(codes) - set(map(str, found)))
        )
        yield equal("cases that were not there before", 0, len(found) - len(codes))
        yield equal("cases that the newer version changed", 0, moved)
        yield equal("revision", migrate.head(), migrate.current(portal.database.engine))
        yield equal("findings in the audit log", [], audit.verify(portal).findings)
    finally:
        portal.database.dispose()


def _said(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    return done.returncode, done.stderr
