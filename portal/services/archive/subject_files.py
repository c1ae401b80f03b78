"""The files in a person's copy: what they handed in with their matter, and signed papers made for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.files import safe_name
from portal.core.masks import mask
from portal.persistence.models import Attachment, Record
from portal.services.lookup.standing import Matter
from portal.services.records.entering.attaching import attachment, attachments_of, files_named
from portal.services.records.papers.reading import PaperView
from portal.services.records.papers.reading import Reader as PaperReader

# All of a copy is held in memory while it is packed.
LARGEST = 200 * 1024 * 1024
NAME = "name"
_LONGEST = 60
_HANDED_IN = "随事项提交的材料"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of the person's own: what it is, and its name in the copy; without a name where it did not fit."""

    title: str
    name: str


@dataclass
class Packed:
    """The contents of the files of one copy by their names in it."""

    contents: dict[str, bytes]
    size: int = 0

    def add(self, session: Session, matter: Matter, found: Attachment, title: str) -> OwnFile:
        """Take a file in, and return how the copy names it."""
        if self.size + found.size > LARGEST:
            return OwnFile(title, "")
        self.size += found.size
        name = f"files/{len(self.contents) + 1:02d} {safe_name(found.name)[-_LONGEST:]}"
        self.contents[name] = attachment(session, found.uid, matter.record).content
        return OwnFile(title, name)


def own_files(
    session: Session, matter: Matter, papers: PaperReader, *, came: bool, names: Collection[str]
) -> tuple[list[tuple[str, Attachment]], int]:
    """Return the person's own files of a record with what each is, and how many others it has.

    Read as the system: the caller has made sure who the person is.
    """
    files = {one.uid: one for one in attachments_of(session, matter.record)}
    found: dict[str, str] = {}
    if came:
        handed_in = files_named(matter.bundle, matter.record.etype, matter.data)
        found |= {uid: _HANDED_IN for uid in handed_in if uid not in papers.scans}
    found |= dict(_signed(papers.all, _written(session, matter, papers, frozenset(names))))
    own = [(title, files[uid]) for uid, title in found.items() if uid in files]
    return own, len(files) - len(own)


def _written(session: Session, matter: Matter, papers: PaperReader, names: frozenset[str]) -> frozenset[str]:
    """Return how papers may write the person's names: in clear, and masked where no other party is masked alike."""
    parts = session.scalars(select(Record).where(Record.parent_id == matter.record.id))
    known = [matter, *(Matter.of(papers.portal, session, one) for one in parts)]
    others = {
        mask(NAME, value)
        for one in known
        for field in one.bundle.protected(one.record.etype)
        if field.mask == NAME
        for value in pointers.values(one.data, field.pointer)
        if isinstance(value, str) and value not in names
    }
    return names | ({mask(NAME, one) for one in names} - others)


def _signed(papers: list[PaperView], names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the scans of papers that were made for the person, or that no other party signed."""
    for one in papers:
        to = {name for who in one.statement.to for name in who.names}
        signers = {name for who in one.statement.signs for name in who.names}
        if one.scan is not None and not one.is_void and (to & names or (signers and signers <= names)):
            yield one.scan.uid, f"{one.title} {one.row.number}".strip()
