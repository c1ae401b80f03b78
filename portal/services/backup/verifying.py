"""A backup is read to its end: nothing is written anywhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

from portal.adapters.encrypted_file import Secret
from portal.core.errors import PortalError, msg
from portal.persistence.snapshot import TableLines
from portal.services.backup.contents import Backup, Manifest, reading

# Tables that hold files, the column of the content, and that of its digest.
FILES = {"attachment": ("content", "sha256"), "blob": ("content", "sha256")}


def verify(path: Path, secret: Secret) -> Manifest:
    """Read a whole backup; raise PortalError unless every piece, row, table and file is what was written."""
    with reading(path) as file:
        backup = Backup(file, secret)
        for table in backup.tables():
            _verify(table)
        return backup.manifest


def _verify(table: TableLines) -> None:
    columns = [column.name for column in table.lines.columns]
    content, digest = (
        columns.index(name) if name in columns else None for name in FILES.get(table.name, ("", ""))
    )
    for line in table.rows:
        if content is None or digest is None:
            continue
        row = table.lines.read(line)
        if hashlib.sha256(row[content]).hexdigest() != row[digest]:
            raise PortalError(
                "backup.file", msg("A file in %(table)s does not fit its digest"), {"table": table.name}
            )
