"""A volume as one compressed file: its list of contents, its papers and its files, in their order."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.core.errors import Conflict, msg
from portal.core.files import safe_name
from portal.persistence.models import Attachment
from portal.services.archive.contents import Contents, Entry
from portal.services.records.entering.attaching import attachment

Line = tuple[int | None, str, Entry]
# Times of members are the same whoever takes it out, and when.
_WHEN = (1980, 1, 1, 0, 0, 0)
_LONGEST = 60
# All of it is held in memory while it is packed.
LARGEST = 200 * 1024 * 1024
# A volume that is bound goes through a process with limits.
MOST_BOUND = 60 * 1024 * 1024


def volume_zip(session: Session, contents: Contents, index: bytes, lines: Sequence[Line]) -> bytes:
    """Return the volume of a record as the session's person may see it: what is kept from them is not in it."""
    sizes = [
        one.size for _, _, entry in lines for one in (entry.file, entry.paper and entry.paper.scan) if one
    ]
    if sum(sizes) > LARGEST:
        text = msg("The files have more than %(limit)s MB together: download them one by one")
        raise Conflict("volume.large", text, {"limit": LARGEST // 1024 // 1024})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as kept:
        _add(kept, "00.html", index)
        for n, title, entry in lines:
            prefix = f"{n:02d} " if n is not None else "00 "
            for name, content in _contents(session, contents, entry):
                _add(kept, prefix + safe_name(f"{title[:_LONGEST]} {name}".strip()), content)
    return made.getvalue()


def bound_file(contents: Contents, entry: Entry) -> Attachment | None:
    """Return the file that stands in the volume for a line, as the person may see it: a signed scan, or another."""
    if entry.paper is not None:
        return entry.paper.scan if entry.paper.whole else None
    if entry.file is not None and contents.papers.may_have(entry.file.uid):
        return entry.file
    return None


def contents_of(session: Session, contents: Contents, files: Sequence[Attachment]) -> dict[str, bytes]:
    """Return what some files hold, by their identifiers; raise Conflict where that is too much for one volume."""
    if sum(one.size for one in files) > MOST_BOUND:
        text = msg("The files have more than %(limit)s MB together: download them one by one")
        raise Conflict("volume.large", text, {"limit": MOST_BOUND // 1024 // 1024})
    return {one.uid: attachment(session, one.uid, contents.record).content for one in files}


def _contents(session: Session, contents: Contents, entry: Entry) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    if entry.paper is not None:
        paper = entry.paper
        found.append((f"{paper.row.number}.docx", contents.papers.file(paper)))
        if paper.scan is not None and paper.whole:
            scan = attachment(session, paper.scan.uid, contents.record)
            found.append((scan.name, scan.content))
    elif entry.file is not None and contents.papers.may_have(entry.file.uid):
        file = attachment(session, entry.file.uid, contents.record)
        found.append((file.name if entry.document is not None else "", file.content))
    return found


def _add(kept: zipfile.ZipFile, name: str, content: bytes) -> None:
    taken = {one.filename for one in kept.infolist()}
    stem, dot, ending = name.rpartition(".")
    free = name
    for n in range(2, 1000):
        if free not in taken:
            break
        free = f"{stem} ({n}){dot}{ending}" if dot else f"{name} ({n})"
    info = zipfile.ZipInfo(free, _WHEN)
    info.compress_type = zipfile.ZIP_DEFLATED
    kept.writestr(info, content)
