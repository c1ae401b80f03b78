"""What a person makes of a proposal: confirm it, or send the matter elsewhere and say why."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from flask import flash, redirect, render_template, request

from portal.core.access import DISPOSE
from portal.core.acts import REFER_ON
from portal.core.errors import Conflict, InvalidInput, msg
from portal.core.referrals import STATES
from portal.services import records, units
from portal.services.records import Override, StepForm
from portal.web.language import as_written, translate
from portal.web.records.beside import beside
from portal.web.records.forms.posted import REASON, VERSION, draft_key, errors_of, hidden, posted_version
from portal.web.records.pages.destinations import Destinations
from portal.web.records.pages.led_step import LedStep
from portal.web.records.pages.page import RecordPage
from portal.web.records.panels.proposals import usual
from portal.web.words.case import Case
from portal.web.words.clocks import clock_words
from portal.web.words.decisions import DecisionWords, Proposal
from portal.web.words.here import Here
from portal.web.words.links import action_url
from portal.web.words.receiving import NOBODY, receives
from portal.web.writes import known_files

PROPOSED = "proposed"
# Whether the page asked who helps: a form that did not ask takes nobody away.
ASKED = "assist_asked"
# What a disposition says, kept while the form of its step is filled in.
CARRIED = (VERSION, "decision", "proposal", "choice", "route", "mode", "deadline", "assist", ASKED, REASON)


class DisposePage(RecordPage):
    """One request to decide where a matter goes."""

    needs = DISPOSE
    act = REFER_ON

    def __init__(self, now: Here, etype: str, uid: str) -> None:
        super().__init__(now, etype, uid)
        found = records.latest_decision(now.portal, now.session, self.record)
        self.decision = DecisionWords(found, self.screen, now.portal.clock.today()) if found else None
        self.url = action_url(etype, "dispose", uid)

    def show(self) -> Any:
        """Ask where the matter goes."""
        return self._page()

    def submit(self) -> Any:
        """Send the matter, or ask again with nothing lost."""
        choice = request.form.get("choice", "")
        step = LedStep(self.now, self.record, self.screen, self.url)
        again = step.unfinished(CARRIED)
        if again is not None:
            return again
        try:
            unit, code = self._dispose(choice, step)
        except StepForm as refused:
            return step.ask(refused, CARRIED)
        except InvalidInput as refused:
            return self._page([error.text(translate) for error in errors_of(refused)]), 422
        except Conflict as conflict:
            flash(conflict.text(translate), "warning")
            return self._page(), 409
        flash(translate(msg("The matter has been referred to %(unit)s."), unit=unit), "success")
        if not receives(self.now, code):
            flash(translate(NOBODY), "warning")
        return redirect(self.back, 303)

    def _dispose(self, choice: str, step: LedStep) -> tuple[str, str]:
        """Send the matter; return the name and the code of the unit that has it now."""
        form, proposal = request.form, self._proposal()
        if not choice:
            raise InvalidInput("referral.choice", msg("Choose a unit"))
        override = None if choice == PROPOSED and proposal is not None else self._override(choice)
        seen = form.get("decision", "")
        decision = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 19 else None
        with self.now.writing() as uow, known_files():
            lead = records.dispose(
                uow,
                self.record.uid,
                version=posted_version(),
                decision_id=decision,
                proposal=proposal.index if proposal is not None and override is None else None,
                override=override,
                reason=form.get(REASON, "").strip(),
                form=step.data,
                assist=self._assist() if form.get(ASKED) else None,
            )
            unit = units.by_id(uow.session, lead.to_unit_id)
            told = unit.name, unit.code
            uow.commit()
        return told

    def _override(self, choice: str) -> Override:
        """Return the choice: a place alone takes route and period from their own controls, else it brings them."""
        place, brought, rest = choice.partition(";")
        kind, _, name = place.partition(":")
        form = request.form
        route, _, deadline = (
            rest.partition(";") if brought else (form.get("route", ""), "", form.get("deadline", ""))
        )
        if not brought and self._was_preset(route, deadline):
            deadline = ""
        return Override(
            {kind: name} if name else {}, route=route, mode=form.get("mode", ""), deadline=deadline or None
        )

    def _was_preset(self, route: str, deadline: str) -> bool:
        """Tell whether a period stands there only because the proposal, for another route, had brought it along."""
        proposal = self._proposal()
        if proposal is None:
            return False
        brought = Destinations(self.now, self.screen, self.record, self.decision, proposal)
        return bool(deadline) and deadline == brought.deadline and route != brought.route

    def _assist(self) -> list[str]:
        given = (one for listed in request.form.getlist("assist") for one in listed.split(","))
        return [one for one in dict.fromkeys(given) if one]

    def _proposal(self) -> Proposal | None:
        """Return the proposal that the address or the form names; the first that waits where neither names one."""
        wanted = request.values.get("proposal")
        if wanted is None:
            return self._first_waiting
        offered = self.decision.proposals if self.decision else []
        return next((one for one in offered if str(one.index) == wanted), None)

    @cached_property
    def _first_waiting(self) -> Proposal | None:
        """Return what the page proposes by itself: nothing where a unit leads and the matter is sent elsewhere."""
        case = Case(self.now, self.record)
        led = any(one.lead and STATES[one.status].open for one in case.referrals)
        return None if led else usual(case)

    def _page(self, errors: list[str] | None = None) -> str:
        record, proposal = self.record, self._proposal()
        choices = Destinations(self.now, self.screen, record, self.decision, proposal)
        asked = request.form.get(ASKED)
        case = Case(self.now, record)
        lead = next((one for one in case.referrals if one.lead and STATES[one.status].open), None)
        at = self.now.units([lead.to_unit_id]) if lead is not None else {}
        return render_template(
            "records/dispose.html",
            title=translate(msg("Send elsewhere") if lead is not None else msg("Hand over")),
            subtitle=as_written(record.title),
            record=record,
            choices=choices,
            lead=lead,
            lead_unit="".join(unit.name for unit in at.values()),
            lead_state=translate(STATES[lead.status].title) if lead is not None else "",
            chosen=request.form.get("choice", "") or (PROPOSED if choices.first is not None else ""),
            route=request.form.get("route", choices.route),
            deadline=request.form.get("deadline", choices.deadline),
            helping=set(self._assist()) if asked else choices.helping,
            reason=request.form.get(REASON, ""),
            party_clocks=self._party_clocks(),
            errors=errors or [],
            hidden=hidden(
                **{
                    VERSION: record.version,
                    "decision": self.decision.view.id if self.decision else "",
                    "proposal": proposal.index if proposal else "",
                    ASKED: "1",
                }
            ),
            url=self.url,
            draft=draft_key(self.now),
            beside=beside(self.now, record),
            back=self.back,
            crumbs=self.crumbs,
        )

    def _party_clocks(self) -> list[Any]:
        """Return the parties' own periods that run: no handing over may let them lapse."""
        found = records.clocks_of(self.now.portal, self.now.session, self.record, self.now.stamp)
        mine = (one for one in found if one.state.is_live and one.clock.whose == "party")
        return [clock_words(self.screen, one) for one in mine]


class AskAgainPage(RecordPage):
    """One request to ask the rules again, as of today."""

    def submit(self) -> Any:
        """Ask the rules, and lead back to what they propose."""
        try:
            with self.now.writing() as uow:
                records.redecide(uow, self.record.uid)
                uow.commit()
        except Conflict as refused:
            flash(refused.text(translate), "warning")
        else:
            flash(translate(msg("The rules have been asked again.")), "success")
        return redirect(self.back, 303)
