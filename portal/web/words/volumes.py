"""The file of a matter in words: each line of its contents, what is missing, how long it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from portal.core.access import TRANSITION
from portal.core.errors import fill, msg
from portal.core.volumes import ARCHIVED
from portal.persistence.models import Attachment
from portal.services.archive.contents import Contents, Entry, State
from portal.services.records.handling.volumes import has_volume
from portal.web.language import translate
from portal.web.words.case import Case

# The words of each state, its tone and icon.
_STATES: Mapping[State, tuple[str, str, str]] = {
    State.MADE: (msg("Made by itself"), "soft", "refresh"),
    State.HERE: (msg("There"), "ok", "check"),
    State.SIGNED: (msg("Signed"), "ok", "check"),
    State.VOID: (msg("Void"), "soft", "ban"),
    State.UNSIGNED: (msg("Signed scan missing"), "bad", "alert-circle"),
    State.WRITTEN: (msg("Written down, not made"), "bad", "alert-circle"),
    State.MISSING: (msg("Missing"), "bad", "alert-circle"),
    State.EXPLAINED: (msg("Not there"), "soft", "info-circle"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list of contents as people read it."""

    n: int | None
    entry: Entry
    # In the language of the request; the printed volume has the titles of the papers themselves.
    name: str
    url: str
    words: str
    tone: str
    icon: str
    # Where the document can be made now, and where its place is filled; empty where neither is.
    make_url: str
    fill_url: str

    @property
    def id(self) -> str:
        """Return the name by which the line is led to."""
        return f"line-{self.entry.document.code}" if self.entry.document is not None else ""

    @property
    def title(self) -> str:
        """Return what it is called; a place that several documents may fill names them all."""
        return translate(msg(" or ")).join((self.entry.title, *self.entry.others))

    @property
    def is_void(self) -> bool:
        """Return whether it is a void paper, whose number is kept."""
        return self.entry.state is State.VOID

    @property
    def why(self) -> str:
        """Return why it is not there, in the words of a person."""
        return self.entry.why


class VolumeWords:
    """The file of one record for the person of this request."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.contents = Contents(case.now.portal, case.now.session, case.record, case.papers)

    @property
    def may_fill(self) -> bool:
        """Return whether the person may put files into it."""
        return self.case.may(TRANSITION)

    @cached_property
    def lines(self) -> list[Line]:
        """Return the lines of the list of contents; void papers have no place of their own in it."""
        found: list[Line] = []
        n = 0
        for entry in self.contents.entries:
            n += entry.state is not State.VOID
            found.append(self._line(entry, n if entry.state is not State.VOID else None))
        return found

    @property
    def gaps(self) -> list[Line]:
        """Return the lines that keep it from being complete."""
        return [one for one in self.lines if one.entry.is_gap]

    @property
    def explained(self) -> list[Line]:
        """Return the lines of which a person said why they are not there."""
        return [one for one in self.lines if one.entry.state is State.EXPLAINED]

    @property
    def counted(self) -> str:
        """Return how many documents it has to hold and how many of them are there, in words."""
        return fill(
            translate(msg("%(required)s required, %(there)s of them there · %(more)s others")),
            self.contents.counts,
        )

    @property
    def retention(self) -> str:
        """Return the class in which it is kept, in words."""
        found = self.contents.retention
        return self.case.texts(found.title) if found is not None else ""

    @property
    def source(self) -> str:
        """Return where the class comes from."""
        found = self.contents.retention
        return found.source if found is not None else ""

    @cached_property
    def archive_url(self) -> str:
        """Return the address of the step that archives the matter, where the person may take it now."""
        cycle = self.case.screen.lifecycle
        if cycle is None:
            return ""
        to = {one.id for one in cycle.stages if one.canonical == ARCHIVED}
        step = next(
            (one.transition for one in self.case.offers if one.allowed and one.transition.to in to), None
        )
        step = None if step is None or self.contents.is_archived else step
        return self.case.url("transition", step.id) if step is not None else ""

    @property
    def free_files(self) -> list[Attachment]:
        """Return the files of the record that are in no place yet."""
        return [one.file for one in self.contents.entries if one.document is None and one.file is not None]

    def _line(self, entry: Entry, n: int | None) -> Line:
        words, tone, icon = _STATES[entry.state]
        if entry.state is State.HERE and entry.paper is not None and entry.paper.served:
            words = msg("Handed out")
        code = entry.document.code if entry.document is not None else ""
        wants = entry.required and (entry.state.is_gap or entry.state is State.EXPLAINED)
        return Line(
            n,
            entry,
            translate(msg(" or ")).join(self.case.texts(one) for one in (entry.title, *entry.others)),
            self._url(entry),
            translate(words),
            tone,
            icon,
            self.case.url("paper_add", code)
            if wants and entry.paper is None and code in self._offered
            else "",
            self.case.url("efile", "fill", code) if wants and self.may_fill else "",
        )

    @cached_property
    def _offered(self) -> frozenset[str]:
        return frozenset(one.code for one in self.case.papers.offered)

    def _url(self, entry: Entry) -> str:
        if entry.paper is not None:
            return self.case.url("paper", str(entry.paper.row.n))
        if entry.file is not None:
            return self.case.url("attachment", entry.file.uid)
        return f"{self.case.url('show')}#history" if entry.answers is not None else ""


def volume_words(case: Case) -> VolumeWords | None:
    """Return the file of a record in words; None where records of its type have none."""
    found = VolumeWords(case)
    return found if has_volume(found.contents.kept_by, case.record.etype) else None
