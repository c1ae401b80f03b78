"""The papers of the record: those that can be made now, and those that were made."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.acts import ISSUE_PAPER
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.papers import OfferedWords, PaperWords, offered_in_words, papers_in_words

# So many documents are offered side by side; more are folded.
FEW = 3


@dataclass(frozen=True, slots=True)
class PapersView:
    """The papers that were made, and the documents that the person may issue now."""

    made: list[PaperWords]
    offered: list[OfferedWords]

    @property
    def first(self) -> list[OfferedWords]:
        """Return the documents not made yet that the file has to hold; of few, all that are not made."""
        wanted = [one for one in self.offered if one.required and not one.made]
        if wanted or len(self.offered) > FEW:
            return wanted
        return [one for one in self.offered if not one.made]

    @property
    def others(self) -> list[OfferedWords]:
        """Return the other documents."""
        return [one for one in self.offered if one not in self.first]


def papers(case: Case) -> PapersView | None:
    """Return the papers of a record; None where there are none and the person may issue none."""
    offered = case.once(offered_in_words) if case.may(ISSUE_PAPER.needs) else []
    made = papers_in_words(case)
    return PapersView(made, offered) if made or offered else None


def has_papers(case: Case) -> bool:
    """Tell whether records of this sort have papers."""
    etype = case.record.etype
    return any(one.get("entity") == etype for one in case.screen.bundle.documents.values())


PANELS.add(Panel("papers", Place.MAIN, 25, "records/panels/papers.html", papers, has_papers))
