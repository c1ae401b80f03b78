"""The papers of a record as a person may see them, drafts of those to come, and the files made from them.

What a paper states in clear is shown to a reader only where that reader sees the same field of the record in clear; in
the place of everything else stands that it is not shown, on the page and in the file alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.adapters.papers import fill_template
from portal.core.disclosure import Level
from portal.core.documents import DocumentType
from portal.core.encrypted import is_destroyed
from portal.core.errors import NotFound, msg
from portal.persistence import scope
from portal.persistence.models import Attachment, Paper, Record
from portal.persistence.scope import owned
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.papers.issuing import ISSUED, VOID, types_of
from portal.services.records.papers.offering import is_about, is_of_stage, may_issue, stages_of
from portal.services.records.papers.stating import Person, Stated, Statement, Stating, rows_in_words
from portal.services.records.papers.templates import template_content, template_of
from portal.services.records.papers.wording import day
from portal.services.records.privacy.disclosure import RecordView, view_of
from portal.services.records.privacy.record_encryption import PAPER, key_of, text_opened, value_opened
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_at

if TYPE_CHECKING:
    from portal.services.portal import Portal

_PAPERS = owned(Paper, Paper.n)
_FILES = owned(Attachment, Attachment.id)
_HIDDEN = "＊＊＊"
_DRAFT = "（草稿，尚未编号）"


@dataclass(frozen=True, slots=True)
class Served:
    """To whom a paper was given, how, when, and who says so."""

    to: str
    way: str
    on: str
    by: str


@dataclass(frozen=True)
class PaperView:
    """A paper as the reader may see it; ``whole`` tells that nothing of it is kept from that reader."""

    row: Paper
    title: str
    statement: Statement
    whole: bool
    served: tuple[Served, ...]
    void_reason: str
    may: bool
    scan: Attachment | None
    may_have_scan: bool
    document: DocumentType | None

    @property
    def is_void(self) -> bool:
        """Tell whether the paper is void."""
        return self.row.status == VOID

    @property
    def wants_scan(self) -> bool:
        """Tell whether the paper is to be signed and its signed scan is missing."""
        return self.row.status == ISSUED and bool(self.statement.signs) and self.scan is None


@dataclass(frozen=True)
class Draft:
    """A paper as it would be issued now."""

    document: DocumentType
    title: str
    statement: Statement
    template: str


class Reader:
    """Reads the papers of one record for the session's person."""

    def __init__(self, portal: Portal, session: Session, record: Record) -> None:
        self.portal, self.session, self.record = portal, session, record
        self.bundle = pinned(portal, session, record.release_id)
        self.types = types_of(self.bundle)
        self.access = scope.access_of(session)

    @cached_property
    def view(self) -> RecordView:
        """Return the record as the person sees it."""
        return view_of(self.portal, self.session, self.record)

    @cached_property
    def stating(self) -> Stating:
        """Return what reads the fields of papers."""
        return Stating(self.portal, self.session, self.record)

    @cached_property
    def _centre_path(self) -> str:
        whole, above, _ = self.record.unit_path.partition(f"/{self.record.centre_id}/")
        if above:
            return whole + above
        centre = centre_at(self.session, self.record.centre_id)
        return centre.unit_path if centre is not None else self.record.unit_path

    @cached_property
    def offered(self) -> list[DocumentType]:
        """Return the documents that the person may issue about the record now, in order."""
        today, stages = self.portal.clock.today(), stages_of(self.bundle, self.record)
        return [
            one
            for one in self.types.values()
            if is_of_stage(one, stages)
            and is_about(self.bundle, self.record, one, today)
            and may_issue(self.access, self.record, one, self._centre_path)
        ]

    @cached_property
    def rows(self) -> list[Paper]:
        """Return the rows of the record's papers, the first first."""
        found: list[Paper] = rows_of(self.session, self.record, _PAPERS)
        return found

    @property
    def scans(self) -> frozenset[str]:
        """Return the files that are scans of papers."""
        return frozenset(one.scan for one in self.rows if one.scan)

    @cached_property
    def all(self) -> list[PaperView]:
        """Return the papers of the record, the first first."""
        rows = self.rows
        files = {one.uid: one for one in rows_of(self.session, self.record, _FILES)} if rows else {}
        return [self._seen(row, files) for row in rows]

    def one(self, n: int) -> PaperView:
        """Return a paper by its number within the record."""
        found = next((one for one in self.all if one.row.n == n), None)
        if found is None:
            raise NotFound("paper.unknown", msg("There is no such document"))
        return found

    def may_have(self, file: str) -> bool:
        """Tell whether the person may have a file; a scan only where all that its paper states is shown to them."""
        return all(self._seen(one, {}).may_have_scan for one in self.rows if one.scan == file)

    def draft(self, code: str, asked: Mapping[str, str]) -> Draft:
        """Return a paper as it would be issued now, with what the person typed for it."""
        document = next((one for one in self.offered if one.code == code), None)
        if document is None:
            raise NotFound("paper.unknown", msg("There is no such document"))
        return Draft(
            document,
            self.bundle.texts()(document.title),
            self.stating.statement(document, asked),
            template_of(self.session, self.record.release_id, document),
        )

    def file(self, paper: PaperView) -> bytes:
        """Return the .docx of a paper, with what the reader may see."""
        number = paper.row.number
        if paper.is_void:
            number = f"{number}（作废）"
        values = values_of(
            paper.title, number, paper.row.issued_on, paper.row.issued_by_name, paper.statement
        )
        return fill_template(template_content(self.session, paper.row.template), values).content

    def draft_file(self, draft: Draft) -> bytes:
        """Return the .docx of a paper that is not issued yet."""
        today, name = self.portal.clock.today(), self.access.name
        numbered = _DRAFT if draft.document.number is not None else "（草稿）"
        values = values_of(draft.title, numbered, today, name, draft.statement)
        return fill_template(template_content(self.session, draft.template), values).content

    def _seen(self, row: Paper, files: Mapping[str, Attachment]) -> PaperView:
        key = key_of(self.portal.keys, self.record)
        said, served = value_opened(key, row.said, PAPER), value_opened(key, row.served, PAPER)
        document = self.types.get(row.document)
        statement = Statement() if is_destroyed(said) else _statement(said)
        seen = self._for_reader(statement, document)
        whole = seen == statement
        known = document is None or may_issue(self.access, self.record, document, self._centre_path)
        entries = [] if is_destroyed(served) else served
        return PaperView(
            row,
            self.bundle.texts()(document.title) if document is not None else row.document,
            seen,
            whole,
            tuple(
                Served(**one) if whole else Served(_HIDDEN, one["way"], one["on"], one["by"])
                for one in entries
            ),
            text_opened(self.portal.keys, self.record, row.void_reason, PAPER),
            known and row.status == ISSUED,
            files.get(row.scan),
            self._sees_all or (whole and not _names_parties(statement)),
            document,
        )

    def _for_reader(self, statement: Statement, document: DocumentType | None) -> Statement:
        personal = self._sees_all
        return replace(
            statement,
            fields=[
                one if self._sees(one, document) else replace(one, said=_HIDDEN, shown=False)
                for one in statement.fields
            ],
            to=[_seen_person(one, personal) for one in statement.to],
            signs=[_seen_person(one, personal) for one in statement.signs],
        )

    def _sees(self, one: Stated, document: DocumentType | None) -> bool:
        """Tell whether the reader may see what a paper states: as much of it as of the record."""
        if one.nothing or not one.shown:
            return True
        root, _, rest = one.source[1:].partition("/") if one.source else ("", "", "")
        if root == "data":
            return self.view.shows(f"/{rest}")
        if root == "form":
            return self._sees_answer(document, f"/{rest}")
        return self._sees_all if root == "parties" or one.personal else True

    def _sees_answer(self, document: DocumentType | None, where: str) -> bool:
        cycle = self.bundle.lifecycle_of(self.record.etype)
        form = document.form if document is not None else ""
        steps = [one for one in (cycle.transitions if cycle else ()) if one.form == form and form]
        return all(self.view.of_answers(self.bundle, step).level(where) >= Level.READ for step in steps)

    @cached_property
    def _sees_all(self) -> bool:
        """Tell whether the reader sees all personal data of the record in clear, as names of parties need."""
        return all(self.view.shows(one.pointer) for one in self.bundle.protected(self.record.etype))


def _seen_person(one: Person, personal: bool) -> Person:
    if personal or not one.clear or not (one.personal and one.names):
        return one
    return replace(one, names=(_HIDDEN,))


def _names_parties(statement: Statement) -> bool:
    """Tell whether the signed paper names a party: by its hand, or where a masked name is filled in by hand."""
    return bool(statement.masked) or any(one.personal for one in (*statement.to, *statement.signs))


def _statement(said: Mapping[str, Any]) -> Statement:
    people = {
        name: [
            Person(one["words"], tuple(one["names"]), one["personal"], one.get("clear", True))
            for one in said[name]
        ]
        for name in ("to", "signs")
    }
    return Statement(
        [Stated(**one) for one in said["fields"]],
        people["to"],
        people["signs"],
        said["code"],
        said["centre"],
        said["unit"],
    )


def values_of(title: str, number: str, on: dt.date, by: str, statement: Statement) -> dict[str, Any]:
    """Return what the template of a paper states: its fields, and what every paper has."""
    return {
        **{one.id: one.said for one in statement.fields},
        "paper_blank": "",
        "paper_title": title,
        "paper_number": number,
        "paper_day": day(on),
        "paper_by": by,
        "paper_unit": statement.unit,
        "paper_centre": statement.centre,
        "paper_to": [name for one in statement.to for name in one.each],
        "paper_signs": [name for one in statement.signs for name in one.each],
        "paper_code": statement.code,
        "paper_rows": rows_in_words(statement.fields),
    }
