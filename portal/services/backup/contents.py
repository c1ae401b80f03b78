"""What a backup holds: lines of JSON, packed and sealed.

```
{"backup": 1, "id": …, "product": …, "revision": …, "dialect": …, "at": …}
{"table": "unit", "columns": [["id", "plain"], …]}
[1, …]                                              a line for each row
{"end": "unit", "rows": 1902, "digest": …}          for each table
{"manifest": {…}}                                   the last line: what was written, and by which keys values are sealed
```
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from portal.adapters.encrypted_file import EncryptedWriter, Secret, opened
from portal.core.errors import PortalError, msg
from portal.persistence.snapshot import Column, Lines, TableLines, Tally

CONTENTS = 1
_PACKING = 3


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself: when it was taken of what, by which version, and what is in it."""

    id: str
    product: str
    revision: str
    dialect: str
    at: str
    # Table to number of rows and digest over them.
    tables: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    sequences: Mapping[str, int] = field(default_factory=dict)
    # Short name of each data key that sealed a value: what shows that somebody has it; empty where nobody had it then.
    keys: Mapping[str, str] = field(default_factory=dict)
    files: int = 0

    @property
    def rows(self) -> int:
        """Return how many rows there are in all tables."""
        return sum(rows for rows, _digest in self.tables.values())


class ContentsWriter:
    """Writes the lines of a backup into a sealed file."""

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        self._sealed = EncryptedWriter(file, secret)
        self._packer = zlib.compressobj(_PACKING)

    def say(self, **said: Any) -> None:
        """Write a line about what comes, or what came."""
        self.line(json.dumps(said, ensure_ascii=False).encode())

    def line(self, line: bytes) -> None:
        """Write a line."""
        self._sealed.write(self._packer.compress(line + b"\n"))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the end of the file."""
        self.say(manifest=asdict(manifest))
        self._sealed.write(self._packer.flush())
        self._sealed.finish()


class Backup:
    """A backup that is read from its beginning to its end; the manifest is known when all tables were read."""

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        self._lines = _lines(file, secret)
        head = self._said("backup")
        if head["backup"] != CONTENTS:
            raise PortalError(
                "backup.version",
                msg("This backup was written by a newer version; restore it with that version"),
            )
        self.revision, self.dialect = str(head["revision"]), str(head["dialect"])
        self._manifest: Manifest | None = None
        self._counted: dict[str, tuple[int, str]] = {}

    @property
    def manifest(self) -> Manifest:
        """Return the manifest; raise PortalError unless all tables were read and are what it says."""
        if self._manifest is None or dict(self._manifest.tables) != self._counted:
            raise _nonsense()
        return self._manifest

    def tables(self) -> Iterator[TableLines]:
        """Yield each table; its rows are read before the next table is asked for."""
        while self._manifest is None:
            said = self._said("table", "manifest")
            if "manifest" in said:
                self._manifest = _manifest(said["manifest"])
                if next(self._lines, None) is not None:
                    raise _nonsense()
                return
            name, tally = str(said["table"]), Tally()
            lines = Lines(Column(*column) for column in said["columns"])
            yield TableLines(name, lines, tally.counting(self._rows(name, tally)))

    def _rows(self, name: str, tally: Tally) -> Iterator[bytes]:
        """Yield the rows of a table; raise PortalError unless they are as many, and those, that its end says."""
        for line in self._lines:
            if line.startswith(b"["):
                yield line
                continue
            end = _parsed(line)
            if end != {"end": name, "rows": tally.rows, "digest": tally.digest}:
                raise _nonsense()
            self._counted[name] = (tally.rows, tally.digest)
            return
        raise _nonsense()

    def _said(self, *names: str) -> dict[str, Any]:
        said = _parsed(next(self._lines, b""))
        if not isinstance(said, dict) or not any(name in said for name in names):
            raise _nonsense()
        return said


def _lines(file: BinaryIO, secret: Secret) -> Iterator[bytes]:
    """Yield the lines of a backup."""
    unpacker, waiting = zlib.decompressobj(), b""
    try:
        for piece in opened(file, secret):
            *whole, waiting = (waiting + unpacker.decompress(piece)).split(b"\n")
            yield from whole
    except zlib.error as error:
        raise _nonsense() from error
    if waiting or not unpacker.eof:
        raise _nonsense()


def _manifest(said: dict[str, Any]) -> Manifest:
    tables = {name: (int(rows), str(digest)) for name, (rows, digest) in said["tables"].items()}
    return Manifest(**{**said, "tables": tables})


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise _nonsense() from error


def _nonsense() -> PortalError:
    """Return the refusal of what was sealed by the right key, and is not what the portal writes."""
    return PortalError("backup.contents", msg("This backup does not hold what it says; use another copy"))


def reading(path: Path) -> BinaryIO:
    """Open a backup; raise PortalError where there is none."""
    try:
        return path.open("rb")
    except OSError as error:
        raise PortalError(
            "backup.unread",
            msg("%(file)s cannot be read: %(error)s"),
            {"file": path.name, "error": error.strerror},
        ) from error
