"""Rows as lines of JSON that mean the same on SQLite and PostgreSQL, and their digests.

What a column holds is written as SQLite stores it: truth as 0 or 1, moments and days as text in UTC, documents as
their text; bytes in base64.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary, String
from sqlalchemy.types import TypeEngine

PLAIN, REAL, TRUTH, DOCUMENT, MOMENT, DAY, BYTES = (
    "plain",
    "real",
    "truth",
    "document",
    "moment",
    "day",
    "bytes",
)
_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (JSON, DOCUMENT),
    (DateTime, MOMENT),
    (Date, DAY),
    (Boolean, TRUTH),
    (LargeBinary, BYTES),
    (Float, REAL),
    (Integer, PLAIN),
    (String, PLAIN),
)
MOMENT_FORMAT = "%Y-%m-%d %H:%M:%S.%f"
_dumps = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def kind_of(column_type: TypeEngine[Any]) -> str:
    """Return how values of a column type are written; raise TypeError for a type that no table has had so far."""
    for known, kind in _KINDS:
        if isinstance(column_type, known):
            return kind
    raise TypeError(f"no way to write {column_type!r} into a backup")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and how its values are written."""

    name: str
    kind: str


class Lines:
    """Writes and reads the rows of one table."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self.columns = tuple(columns)
        self._special = [(n, c.kind) for n, c in enumerate(self.columns) if c.kind in (BYTES, TRUTH)]
        self._spelled = [(n, _SPELLING[c.kind]) for n, c in enumerate(self.columns) if c.kind in _SPELLING]

    def write(self, row: Sequence[Any]) -> bytes:
        """Return a row as the line of a backup, without its end."""
        values = list(row)
        for place, kind in self._special:
            if values[place] is not None:
                values[place] = (
                    base64.b64encode(values[place]).decode() if kind == BYTES else int(values[place])
                )
        return _dumps(values).encode("utf-8", "surrogatepass")

    def read(self, line: bytes) -> list[Any]:
        """Return the values of a line, as SQLite stores them."""
        values: list[Any] = json.loads(line.decode("utf-8", "surrogatepass"))
        for place, kind in self._special:
            if kind == BYTES and values[place] is not None:
                values[place] = base64.b64decode(values[place])
        return values

    def normal(self, line: bytes) -> bytes:
        """Return a line as it reads from either kind of database: documents and moments have one spelling."""
        values = json.loads(line.decode("utf-8", "surrogatepass"))
        for place, spell in self._spelled:
            if values[place] is not None:
                values[place] = spell(values[place])
        return _dumps(values).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class TableLines:
    """A table and its rows, to be read once."""

    name: str
    lines: Lines
    rows: Iterable[bytes]


class Tally:
    """How many rows a table has and a digest of them, whatever their order."""

    def __init__(self) -> None:
        self.rows, self._sum = 0, 0

    def add(self, line: bytes) -> None:
        """Count a row."""
        self.rows += 1
        self._sum += int.from_bytes(hashlib.sha256(line).digest(), "big")

    def counting(
        self, lines: Iterable[bytes], spell: Callable[[bytes], bytes] | None = None
    ) -> Iterator[bytes]:
        """Yield lines, each counted on its way, in their normal spelling where one is given."""
        for line in lines:
            self.add(line if spell is None else spell(line))
            yield line

    @property
    def digest(self) -> str:
        """Return the digest of all rows counted so far."""
        return f"{self._sum % (1 << 256):064x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and (self.rows, self.digest) == (other.rows, other.digest)

    __hash__ = None  # type: ignore[assignment]


def _document(text: str) -> str:
    return json.dumps(_whole(json.loads(text)), ensure_ascii=False, sort_keys=True)


def _whole(value: Any) -> Any:
    """Return a document in which 2.0 and 2 are one: PostgreSQL keeps numbers by their value."""
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(text: str) -> str:
    return dt.datetime.fromisoformat(text).strftime(MOMENT_FORMAT)


_SPELLING: dict[str, Callable[[Any], Any]] = {DOCUMENT: _document, MOMENT: _moment, REAL: float}
