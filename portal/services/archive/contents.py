"""The contents of a record's file as one person sees them: what is in it, in order, and what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core.conditions import Env
from portal.core.documents import DocumentType
from portal.core.encrypted import is_destroyed
from portal.core.volumes import ARCHIVED, Needed, RetentionClass
from portal.core.zone import LOCAL
from portal.persistence.models import Attachment, Record, Volume
from portal.services.records.entering.attaching import attachments_of
from portal.services.records.finding.reading import history
from portal.services.records.handling.missing_documents import places_of
from portal.services.records.handling.volumes import class_for, keeper, keeping_of, volume_of
from portal.services.records.papers.reading import PaperView
from portal.services.records.papers.reading import Reader as PaperReader
from portal.services.records.privacy.answers import Answers, answers_of
from portal.services.records.privacy.record_encryption import VOLUME, key_of, value_opened

if TYPE_CHECKING:
    from portal.services.portal import Portal


class State(StrEnum):
    """How it stands with one place of the file."""

    MADE = "made"  # by the file itself: cover and list of contents
    HERE = "here"
    SIGNED = "signed"
    VOID = "void"
    UNSIGNED = "unsigned"  # its signed scan is not here
    WRITTEN = "written"  # the answers are there, the paper is not
    MISSING = "missing"
    EXPLAINED = "explained"  # a person said why it is not there

    @property
    def is_gap(self) -> bool:
        """Tell whether the place is not filled, where it has to be."""
        return self in (State.UNSIGNED, State.WRITTEN, State.MISSING)


@dataclass(frozen=True)
class Entry:
    """One line of the list of contents: a document, or a file that is none."""

    title: str
    state: State
    required: bool = False
    document: DocumentType | None = None
    paper: PaperView | None = None
    file: Attachment | None = None
    answers: Answers | None = None
    on: dt.date | None = None
    why: str = ""
    others: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """Return the number of its paper; empty where it has none."""
        return self.paper.row.number if self.paper is not None else ""

    @property
    def is_gap(self) -> bool:
        """Tell whether it keeps the file from being complete."""
        return self.required and self.state.is_gap


class Contents:
    """Reads the file of one record for the session's person."""

    def __init__(self, portal: Portal, session: Session, record: Record, papers: PaperReader) -> None:
        self.portal, self.session, self.record, self.papers = portal, session, record, papers
        self.bundle = papers.bundle
        self.kept_by = keeper(portal, session, record, self.bundle)

    @cached_property
    def volume(self) -> Volume | None:
        """Return what was said of the file; None while nothing was."""
        return volume_of(self.session, self.record)

    @cached_property
    def placed(self) -> Mapping[str, Any]:
        """Return by which files places are filled, and why others are not: by document."""
        if self.volume is None or not self.volume.placed:
            return {}
        found = value_opened(key_of(self.portal.keys, self.record), self.volume.placed, VOLUME)
        return {} if is_destroyed(found) else found

    @property
    def is_archived(self) -> bool:
        """Tell whether the record is archived."""
        return self.record.canonical_stage == ARCHIVED

    @property
    def classes(self) -> list[RetentionClass]:
        """Return the classes in which it may be kept."""
        return list(keeping_of(self.kept_by).classes.values())

    @cached_property
    def retention(self) -> RetentionClass | None:
        """Return the class in which it is kept, or would be if it were archived today."""
        volume = self.volume
        if volume is not None and volume.retention and (volume.chosen or volume.archived_on):
            return keeping_of(self.kept_by).classes.get(volume.retention)
        return class_for(self.kept_by, self.record, self.portal.clock.today())

    @property
    def ends_on(self) -> dt.date | None:
        """Return the last day on which it is kept; None while it is not archived, or where it is kept for good."""
        return self.volume.ends_on if self.volume is not None else None

    @cached_property
    def entries(self) -> list[Entry]:
        """Return the lines of the list of contents: documents in their order, then answers and files of no document."""
        made = [*self._documents()]
        return [*made, *self._answers(), *self._files({one.file.uid for one in made if one.file is not None})]

    @property
    def gaps(self) -> list[Entry]:
        """Return the lines that keep the file from being complete."""
        return [one for one in self.entries if one.is_gap]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many documents the file has to hold, how many of them are there, and how many others it holds."""
        wanted = [one for one in self.entries if one.required]
        more = [one for one in self.entries if not one.required and one.state is not State.VOID]
        return {
            "required": len(wanted),
            "there": sum(not one.is_gap and one.state is not State.EXPLAINED for one in wanted),
            "more": len(more),
        }

    @property
    def explained(self) -> list[Entry]:
        """Return the lines of which a person said why they are not there."""
        return [one for one in self.entries if one.state is State.EXPLAINED]

    @cached_property
    def needed(self) -> list[Needed]:
        """Return the places that the file has to have."""
        env = Env(self.portal.clock.today(), taxonomies=self.bundle.taxonomies)
        return places_of(self.bundle, self.record, env)

    @cached_property
    def _by_uid(self) -> dict[str, Attachment]:
        return {one.uid: one for one in attachments_of(self.session, self.record)}

    @cached_property
    def _made(self) -> dict[str, list[PaperView]]:
        found: dict[str, list[PaperView]] = {}
        for one in self.papers.all:
            found.setdefault(one.row.document, []).append(one)
        return found

    @cached_property
    def _written(self) -> list[Answers]:
        events = history(self.portal, self.session, self.record)
        return answers_of(self.portal, self.session, self.papers.view, events)[::-1]

    def _documents(self) -> Iterator[Entry]:
        cover = keeping_of(self.kept_by).volumes.get(self.record.etype)
        places = {one.first.code: one for one in self.needed}
        led = {each.code for one in self.needed for each in one.documents[1:]}
        for code, document in self.papers.types.items():
            if document.hidden or document.entity != self.record.etype:
                continue
            if cover is not None and code == cover.cover:
                made = next((one for one in self._made.get(code, []) if not one.is_void), None)
                yield self._entry(document, State.MADE, True, paper=made)
            elif code in places:
                yield from self._place(places[code])
            elif code not in led:
                yield from self._held(document)
        # Papers of documents that the release no longer knows.
        for code, papers in self._made.items():
            if code not in self.papers.types:
                yield from (
                    Entry(one.title, self._state(one), paper=one, on=one.row.issued_on) for one in papers
                )

    def _place(self, place: Needed) -> Iterator[Entry]:
        """Yield the lines of a place that has to be filled: what fills it, else why not."""
        found = [entry for one in place.documents for entry in self._held(one)]
        filling = [one for one in found if one.state in (State.SIGNED, State.HERE)]
        first = filling[0] if filling else next((one for one in found if one.state is not State.VOID), None)
        for one in found:
            yield one if one is not first else self._required(one, place)
        if first is None:
            yield self._required(self._entry(place.first, self._unmade(place), True), place)

    def _required(self, entry: Entry, place: Needed) -> Entry:
        others = tuple(self.bundle.texts()(one.title) for one in place.documents if one is not entry.document)
        state, why = entry.state, ""
        if state.is_gap:
            why = self._why(place)
            state = State.EXPLAINED if why else state
        return Entry(
            entry.title,
            state,
            True,
            entry.document,
            entry.paper,
            entry.file,
            entry.answers,
            entry.on,
            why,
            others if state in (State.MISSING, State.WRITTEN) else (),
        )

    def _why(self, place: Needed) -> str:
        said = (self.placed.get(one.code, {}).get("why", "") for one in place.documents)
        return next((str(one) for one in said if one), "")

    def _unmade(self, place: Needed) -> State:
        forms = {one.form for one in place.documents if one.form}
        return State.WRITTEN if any(one.form_id in forms for one in self._written) else State.MISSING

    def _held(self, document: DocumentType) -> Iterator[Entry]:
        """Yield the papers of a document, and the file that a person put in its place."""
        for one in self._made.get(document.code, []):
            yield self._entry(document, self._state(one), False, paper=one)
        file = self._by_uid.get(str(self.placed.get(document.code, {}).get("file", "")))
        if file is not None:
            yield self._entry(document, State.SIGNED if document.signatures else State.HERE, False, file=file)

    def _entry(self, document: DocumentType, state: State, required: bool, **more: Any) -> Entry:
        paper: PaperView | None = more.get("paper")
        file: Attachment | None = more.get("file")
        on = paper.row.issued_on if paper is not None else None
        on = file.created_at.astimezone(LOCAL).date() if file is not None else on
        why = paper.void_reason if paper is not None else ""
        return Entry(self.bundle.texts()(document.title), state, required, document, on=on, why=why, **more)

    def _state(self, paper: PaperView) -> State:
        if paper.is_void:
            return State.VOID
        if paper.wants_scan:
            return State.UNSIGNED
        return State.SIGNED if paper.scan is not None else State.HERE

    def _answers(self) -> Iterator[Entry]:
        """Yield what was written into forms of steps of which there is no paper."""
        papered = {
            one.document.form
            for made in self._made.values()
            for one in made
            if one.document and not one.is_void
        }
        for one in self._written:
            if one.form_id not in papered:
                title = one.bundle.texts()(one.step.title)
                on = one.event.at.astimezone(LOCAL).date()
                yield Entry(title, State.HERE, answers=one, on=on)

    def _files(self, placed: set[str]) -> Iterator[Entry]:
        """Yield the files that are neither scans of papers nor in the place of a document."""
        for one in self._by_uid.values():
            if one.uid not in placed and one.uid not in self.papers.scans:
                yield Entry(one.name, State.HERE, file=one, on=one.created_at.astimezone(LOCAL).date())
