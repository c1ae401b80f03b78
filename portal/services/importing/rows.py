"""The rows of a file between its upload and its import: in chunks, encrypted, since they hold what people told."""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring
from portal.core.access import Access
from portal.core.errors import Conflict, msg
from portal.core.importing import by_heading
from portal.persistence.models import ImportChunk, ImportFile

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

CHUNK = 200
MOST_SHOWN = 300
# A row: its line in the file that was uploaded, and its cells in the order of the headings.
Row = tuple[int, Sequence[str]]


def keep_rows(uow: Work, file: ImportFile, rows: Sequence[Row]) -> None:
    """Keep the rows of a new file."""
    for n, start in enumerate(range(0, len(rows), CHUNK)):
        part = rows[start : start + CHUNK]
        uow.add(
            ImportChunk(
                file_id=file.id, n=n, unit_path=file.unit_path, rows=sealed(uow.portal.keys, file, part)
            )
        )


def sealed(keys: Keyring, file: ImportFile, value: Any) -> str:
    """Return rows or problems of a file packed and encrypted."""
    packed = zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), 6)
    return keys.encrypt(base64.b85encode(packed).decode(), f"import\0{file.uid}")


def unsealed(keys: Keyring, file: ImportFile, stored: str) -> Any:
    """Return rows or problems of a file; raise Conflict where they are gone, or no key opens them."""
    text = keys.open(stored, f"import\0{file.uid}") if stored else ""
    if not text or text == stored:
        raise _gone()
    return json.loads(zlib.decompress(base64.b85decode(text)))


def rekey_rows(portal: Portal) -> int:
    """Encrypt the rows of all files by the current key; return how many chunks were encrypted anew."""
    changed = 0
    with portal.writing(Access.system("data key changed")) as uow:
        for file in uow.session.scalars(select(ImportFile)):
            for chunk in chunks_of(uow.session, file):
                for name in ("rows", "problems"):
                    stored = getattr(chunk, name)
                    if stored and not portal.keys.is_current(stored):
                        setattr(chunk, name, sealed(portal.keys, file, unsealed(portal.keys, file, stored)))
                        changed += 1
        uow.commit()
    return changed


def require_rows(session: Session, file: ImportFile) -> None:
    """Raise Conflict where the rows of a file are no longer kept."""
    if session.scalar(select(ImportChunk.n).where(ImportChunk.file_id == file.id).limit(1)) is None:
        raise _gone()


def _gone() -> Conflict:
    return Conflict("import.gone", msg("The rows of this file are no longer kept: upload it again"))


def chunk_of(session: Session, file: ImportFile, n: int) -> ImportChunk:
    """Return a chunk of a file."""
    query = select(ImportChunk).where(ImportChunk.file_id == file.id, ImportChunk.n == n)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise _gone()
    return found


def chunks_of(session: Session, file: ImportFile) -> Iterator[ImportChunk]:
    """Yield the chunks of a file in their order, one at a time."""
    numbers = select(ImportChunk.n).where(ImportChunk.file_id == file.id).order_by(ImportChunk.n)
    for n in list(session.scalars(numbers)):
        yield chunk_of(session, file, n)


def rows_in(keys: Keyring, file: ImportFile, chunk: ImportChunk) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a chunk by heading, with their lines."""
    headings = file.layout["headings"]
    for line, cells in unsealed(keys, file, chunk.rows):
        yield line, by_heading(headings, cells)


def mend_rows(uow: Work, file: ImportFile, mended: Mapping[int, Mapping[str, str]]) -> int:
    """Put mended rows in the place of those of the same lines; return how many differ now."""
    headings, changed = file.layout["headings"], 0
    for chunk in chunks_of(uow.session, file):
        rows: list[Row] = []
        before = changed
        for line, cells in unsealed(uow.portal.keys, file, chunk.rows):
            new = list(cells)
            for at, heading in enumerate(headings):
                if line in mended and heading in mended[line]:
                    new[at] = mended[line][heading]
            changed += new != list(cells)
            rows.append((line, new))
        if changed != before:
            chunk.rows, chunk.problems = sealed(uow.portal.keys, file, rows), ""
    return changed


def seen_values(
    keys: Keyring, session: Session, file: ImportFile, headings: Iterable[str]
) -> dict[str, Counter[str]]:
    """Return what stands in some columns of a file, each text with how often it does, the most frequent first."""
    wanted = set(headings)
    found: dict[str, Counter[str]] = {heading: Counter() for heading in wanted}
    for chunk in chunks_of(session, file):
        for _line, cells in rows_in(keys, file, chunk):
            for heading in wanted & cells.keys():
                found[heading][cells[heading]] += 1
    return {heading: Counter(dict(texts.most_common(MOST_SHOWN))) for heading, texts in found.items()}
