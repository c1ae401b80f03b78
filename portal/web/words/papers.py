"""Papers in words: those of a record, with day, number, state, and what may be done with them."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import msg
from portal.services.records import PaperView
from portal.web.language import translate
from portal.web.words.case import Case


@dataclass(frozen=True, slots=True)
class PaperWords:
    """A paper as people read it in a list."""

    view: PaperView
    title: str
    url: str
    file_url: str
    scan_url: str
    state: str
    tone: str
    icon: str

    @property
    def number(self) -> str:
        """Return its number; empty where it has none."""
        return self.view.row.number


@dataclass(frozen=True, slots=True)
class OfferedWords:
    """A document that may be issued now: its title, its address, and whether the record has one already."""

    code: str
    title: str
    url: str
    made: bool
    required: bool


def papers_in_words(case: Case) -> list[PaperWords]:
    """Return the papers of a record, the first first."""
    return [words_of(case, one) for one in case.papers.all]


def words_of(case: Case, view: PaperView) -> PaperWords:
    """Return a paper as people read it in a list."""
    n = str(view.row.n)
    state, tone, icon = _state(view)
    return PaperWords(
        view,
        title_of(case, view),
        case.url("paper", n),
        case.url("paper", n, "file"),
        case.url("attachment", view.scan.uid) if view.scan is not None and view.may_have_scan else "",
        state,
        tone,
        icon,
    )


def title_of(case: Case, view: PaperView) -> str:
    """Return the title of a paper in the language of the request."""
    return case.texts(view.document.title) if view.document is not None else view.title


def _state(view: PaperView) -> tuple[str, str, str]:
    if view.is_void:
        return translate(msg("Void")), "neutral", "ban"
    if view.scan is not None:
        return translate(msg("Signed, scan is here")), "good", "check"
    if view.served:
        return translate(msg("Handed out")), "good", "check"
    return translate(msg("Made")), "neutral", "file-text"


def offered_in_words(case: Case) -> list[OfferedWords]:
    """Return the documents that the person may issue now; what the file has to hold and lacks stands first."""
    made = {one.row.document for one in case.papers.all if not one.is_void}
    found = [
        OfferedWords(
            one.code,
            case.texts(one.title),
            case.url("paper_add", one.code),
            one.code in made,
            one.archive == "required",
        )
        for one in case.papers.offered
    ]
    return sorted(found, key=lambda one: (one.made, not one.required))
