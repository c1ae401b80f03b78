"""The page of one record: its head, and the panels that are registered for it."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from flask import render_template, request

from portal.core.acts import CHANGE
from portal.persistence.models import Record
from portal.services import records
from portal.web.records.forms.posted import is_htmx
from portal.web.records.pages.page import RecordPage
from portal.web.records.panels import Place, Shown, shown
from portal.web.records.panels.actions import Action, Asked, asked_of, steps_of
from portal.web.words.case import Case
from portal.web.words.cells import stage_title
from portal.web.words.decisions import DecisionWords
from portal.web.words.here import Here
from portal.web.words.links import list_url, record_url


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

    @property
    def may_edit(self) -> bool:
        """Return whether the person may change the facts."""
        return self.can(CHANGE)

    @cached_property
    def first_step(self) -> Action | None:
        """Return the step that the page offers before all others, where there is one."""
        return next((step for step in steps_of(self) if step.primary), None)

    @cached_property
    def asked(self) -> Asked | None:
        """Return the referral that waits for the person's own unit, where one does: its answer comes first."""
        return next(iter(asked_of(self)), None)

    @property
    def open_lanes(self) -> list[str]:
        """Return the titles of the lanes that are open."""
        return [title for title, is_open in self.lanes if is_open]

    @property
    def centre(self) -> str:
        """Return the name of the centre whose release the record belongs to: it heads the print."""
        described = (self.screen.bundle.raw.get("layout") or {}).get("centre") or {}
        return self.texts(described.get("name"))

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
