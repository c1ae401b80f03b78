"""The page of one record: its head, and the panels that are registered for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from flask import render_template, request

from portal.core.acts import CHANGE, PRINT_RECEIPT, REMOVE
from portal.core.errors import msg
from portal.core.referrals import STATES
from portal.persistence.models import Record
from portal.services import records
from portal.services.records.entering.lookup_codes import rules_of
from portal.web.language import translate
from portal.web.records.forms.posted import is_htmx
from portal.web.records.pages.page import RecordPage
from portal.web.records.panels import Place, Shown, shown
from portal.web.records.panels.actions import next_act, others
from portal.web.records.panels.history import is_folded
from portal.web.words.case import Case
from portal.web.words.cells import stage_title
from portal.web.words.decisions import DecisionWords
from portal.web.words.here import Here
from portal.web.words.links import list_url, record_url
from portal.web.words.volumes import volume_words


@dataclass(frozen=True, slots=True)
class MenuLine:
    """One act of the menu, with a word on why it waits."""

    title: str
    url: str
    icon: str
    note: str = ""


class CaseHead(Case):
    """A record with what the template of its page shows around the panels."""

    def __init__(self, now: Here, record: Record, refused: str = "") -> None:
        super().__init__(now, record)
        self.refused = refused

    def panels(self, place: str) -> list[Shown]:
        """Return the panels of one place, in their order."""
        return shown(self, Place(place))

    @property
    def stage(self) -> str:
        """Return the title of the current stage."""
        return stage_title(self.now, self.screen, self.record)

    @cached_property
    def menu(self) -> list[MenuLine]:
        """Return the acts beside the next one: the other steps, another way, deleting the record."""
        lines = [
            MenuLine(
                self.texts(one.transition.title),
                self.url("transition", one.transition.id),
                "arrow-right" if one.allowed else "lock",
                "" if one.allowed else translate(msg("not possible yet")),
            )
            for one in others(self, self.once(next_act))
        ]
        if self.may_dispose and not any(one.lead and STATES[one.status].open for one in self.referrals):
            lines.append(MenuLine(translate(msg("Choose a unit")), self.url("dispose"), "send"))
        if self.is_looked_up and self.can(PRINT_RECEIPT):
            lines.append(MenuLine(translate(msg("Slip for the party")), self.url("receipt"), "printer"))
        if not self.record.is_open and volume_words(self) is not None:
            lines.append(MenuLine(translate(msg("E-file")), self.url("efile"), "archive"))
        if self.screen.entity.can_delete and self.can(REMOVE):
            lines.append(MenuLine(translate(msg("Delete")), self.url("delete"), "trash"))
        return lines

    @property
    def is_looked_up(self) -> bool:
        """Return whether parties look records of this type up by a code."""
        here = (self.screen.bundle, self.now.bundle)
        return any(rules_of(one, self.record.etype) is not None for one in here)

    @property
    def may_edit(self) -> bool:
        """Return whether the person may change the facts."""
        return self.can(CHANGE)

    @property
    def is_folded(self) -> bool:
        """Return whether older events are not on the page: a print asks for all of them first."""
        return is_folded(self)

    @property
    def prints(self) -> bool:
        """Return whether the page is asked for to be printed."""
        return request.args.get("print") == "1"

    @property
    def open_lanes(self) -> list[str]:
        """Return the titles of the lanes that are open."""
        return [title for title, is_open in self.lanes if is_open]

    @property
    def seen_at(self) -> dt.datetime:
        """Return the moment at which the page is made, which a print shows."""
        return self.now.portal.clock.now()

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """Return the way to this page."""
        if self.parent is not None:
            way = record_url(self.parent.etype, self.parent.uid)
            return [(self.parent.code or self.parent.title, way), (self.screen.title, None)]
        return [(self.screen.plural, list_url(self.record.etype)), (self.name, None)]


class ShowPage(RecordPage):
    """One request for the page of a record."""

    def show(self) -> str:
        """Show the record."""
        return self.refused("")

    def refused(self, why: str) -> str:
        """Show the record, and why its personal data are not shown."""
        case = CaseHead(self.now, self.record, why)
        return render_template("records/case.html", case=case, record=self.record)


class WhyPage(RecordPage):
    """One request for the reasons why the other rules did not fire."""

    def show(self) -> str:
        """Show the reasons: into the record's page, or as a page of its own."""
        case = CaseHead(self.now, self.record)
        page = "records/why_part.html" if is_htmx() else "records/why.html"
        return render_template(page, case=case, record=self.record, words=case.decision)


class AlternativesPage(RecordPage):
    """One request for where else a proposal could lead today; the record's page asks when a person unfolds it."""

    def show(self) -> str:
        """Show the alternatives of the proposal that the address names."""
        found = records.latest_decision(self.now.portal, self.now.session, self.record)
        proposals = DecisionWords(found, self.screen).proposals if found else []
        wanted = request.args.get("proposal", "")
        seats = next((one.alternatives for one in proposals if str(one.index) == wanted), [])
        return render_template("records/alternatives.html", seats=seats)
