"""A backup is written: beside its place, and moved there when it is whole."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path
from typing import TYPE_CHECKING

import portal
from portal.adapters.encrypted_file import Secret
from portal.core.access import Access, Origin
from portal.core.acts import BACK_UP
from portal.core.errors import PortalError, msg
from portal.persistence import migrate
from portal.persistence.snapshot import Snapshot, Tally, snapshot
from portal.services.backup.contents import CONTENTS, ContentsWriter, Manifest

if TYPE_CHECKING:
    from portal.services.portal import Portal

# What lets somebody in is in no backup: after a restore everybody signs in again.
NOT_KEPT = frozenset({"sign_in_session", "sign_in_step"})
FILES = "attachment"
_SEALED = re.compile(rb"enc:1:([0-9a-f]{8}):")


def make(portal_: Portal, path: Path, secret: Secret) -> Manifest:
    """Write every row as it stands now into a new file; return what it holds.

    Others read and write meanwhile. The file appears whole or not at all, and only with an audit entry about it.
    """
    if migrate.current(portal_.database.engine) != migrate.head():
        raise PortalError(
            "backup.revision",
            msg(
                "This database has the tables of another version; back it up with that version, or upgrade it first"
            ),
        )
    with _new_file(path) as file:
        writer = ContentsWriter(file, secret)
        with snapshot(portal_.database.engine) as taken:
            manifest = _write(portal_, taken, writer)
        writer.finish(manifest)
        detail = {"file": path.name, "rows": manifest.rows, "digest": _digest(file)}
        with portal_.writing(Access.system("backup"), Origin(channel="cli")) as uow:
            uow.audit_event(BACK_UP.action, kind=BACK_UP.of, object_id=manifest.id, after=detail)
            uow.commit()
    return manifest


def _write(portal_: Portal, taken: Snapshot, writer: ContentsWriter) -> Manifest:
    head = {
        "id": secrets.token_hex(16),
        "product": portal.__version__,
        "revision": taken.revision,
        "dialect": taken.dialect,
        "at": portal_.clock.now().isoformat(timespec="seconds"),
    }
    writer.say(backup=CONTENTS, **head)
    tables: dict[str, tuple[int, str]] = {}
    used: set[str] = set()
    for table in taken.tables():
        writer.say(table=table.name, columns=[[column.name, column.kind] for column in table.lines.columns])
        tally = Tally()
        for line in () if table.name in NOT_KEPT else table.rows:
            tally.add(line)
            used.update(found.decode() for found in _SEALED.findall(line))
            writer.line(line)
        writer.say(end=table.name, rows=tally.rows, digest=tally.digest)
        tables[table.name] = (tally.rows, tally.digest)
    proofs = portal_.keys.proofs(head["id"])
    return Manifest(
        **head,
        tables=tables,
        sequences=dict(taken.sequences()),
        keys={name: proofs.get(name, "") for name in sorted(used)},
        files=tables.get(FILES, (0, ""))[0],
    )


@contextmanager
def _new_file(path: Path) -> Iterator[BufferedRandom]:
    """Open a file that gets its name when all went well; raise PortalError where that is taken or cannot be written."""
    if path.exists():
        raise PortalError("backup.exists", msg("%(file)s is there already"), {"file": path.name})
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield file
        part.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise PortalError(
            "backup.unwritten",
            msg("%(file)s cannot be written: %(error)s"),
            {"file": path.name, "error": error.strerror},
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _digest(file: BufferedRandom) -> str:
    """See that a file is on the disk, and return its digest."""
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
