"""What a person makes of a proposal: confirm it, or send the matter elsewhere and say why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from markupsafe import Markup

from portal.core.access import DISPOSE
from portal.core.acts import REFER_ON
from portal.core.errors import Conflict, InvalidInput, msg
from portal.core.layout.model import OWN
from portal.services import records, units
from portal.services.records import Override, StepForm
from portal.services.users.receivers import receiving
from portal.web.language import as_written, translate
from portal.web.records.forms.posted import REASON, VERSION, draft_key, errors_of, hidden, posted_version
from portal.web.records.pages.led_step import LedStep
from portal.web.records.pages.page import RecordPage
from portal.web.words.decisions import DecisionWords, Proposal, seat_words, target
from portal.web.words.here import Here
from portal.web.words.links import action_url
from portal.web.words.receiving import NOBODY, receives
from portal.web.writes import known_files

PROPOSED = "proposed"
# What a disposition says, kept while the form of its step is filled in.
CARRIED = (VERSION, "decision", "proposal", "choice", "route", "mode", "deadline", REASON)


@dataclass(frozen=True, slots=True)
class Choice:
    """One place a matter can be sent to; ``value`` is ``kind:id`` as the services name targets."""

    value: str
    title: str
    note: str


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
            )
            unit = units.by_id(uow.session, lead.to_unit_id)
            told = unit.name, unit.code
            uow.commit()
        return told

    def _override(self, choice: str) -> Override:
        kind, _, name = choice.partition(":")
        form = request.form
        return Override(
            {kind: name} if name else {},
            route=form.get("route", ""),
            mode=form.get("mode", ""),
            deadline=form.get("deadline") or None,
        )

    def _proposal(self) -> Proposal | None:
        """Return the proposal that the address or the form names."""
        wanted = request.values.get("proposal", "")
        offered = self.decision.proposals if self.decision else []
        return next((one for one in offered if str(one.index) == wanted), None)

    def _choices(self, proposal: Proposal | None) -> list[Choice]:
        """Return where else the matter could go: the proposal's alternatives, then every department."""
        raw = self.decision.view.proposals[proposal.index] if self.decision and proposal else {}
        found = {
            value: self._choice(value, seat)
            for seat in raw.get("alternatives", ())
            if (value := target(seat))
        }
        if "tier:centre" not in found:
            found["tier:centre"] = Choice("tier:centre", translate(msg("The centre itself")), "")
        found.setdefault("tier:up", Choice("tier:up", translate(msg("One level up")), ""))
        return list(found.values())

    def _unreached(self, code: str) -> str:
        """Return the warning that a matter would not be received at a unit; empty where it would."""
        return "" if receives(self.now, code) else translate(NOBODY)

    def _departments(self) -> list[tuple[Choice, ...]]:
        """Return every department with what would happen, and beside those without a seat here their own unit."""
        found = records.finder_for(self.now.portal, self.now.session, self.record).departments()
        codes = {seat.unit_code for pair in found for seat in pair if seat is not None}
        there = receiving(self.now.portal, self.now.session, codes, self.now.stamp)
        names = self.now.units(codes)
        choices = []
        for seat, own in found:
            unit = names.get(seat.unit_code)
            key = (own or seat).department or ""
            words = seat_words(self.screen, (own or seat).to_json(), instead=True)
            title = words.department or words.title
            away = msg("%(duty)s: the matter goes one level up, to %(unit)s")
            place = unit.name if unit else seat.unit_code
            goes = Markup(translate(away)) % {"duty": words.duty, "unit": as_written(place)}
            said = goes if own is not None else words.duty
            row = [Choice(f"department:{key}", title, _note(said, seat.unit_code in there))]
            if own is not None and own.unit_code in names:
                said = translate(msg("to the department itself, at its own place"))
                row.append(Choice(f"{OWN}:{key}", title, _note(said, own.unit_code in there)))
            choices.append(tuple(row))
        return choices

    def _choice(self, value: str, seat: Mapping[str, Any]) -> Choice:
        words = seat_words(self.screen, seat, instead=True)
        parts = (words.department, words.duty, self._unreached(words.unit_code))
        note = " · ".join(part for part in parts if part)
        return Choice(value, words.title, note)

    def _titles(self, known: Mapping[str, Any]) -> list[tuple[str, str]]:
        shown = [(key, value) for key, value in known.items() if not value.get("hidden")]
        shown.sort(key=lambda pair: (pair[1].get("order", 0), pair[0]))
        return [(key, self.screen.texts(value.get("title"), key)) for key, value in shown]

    def _page(self, errors: list[str] | None = None) -> str:
        record, proposal = self.record, self._proposal()
        bundle = self.screen.bundle
        raw = self.decision.view.proposals[proposal.index] if self.decision and proposal else {}
        return render_template(
            "records/dispose.html",
            title=translate(msg("Where does this matter go?")),
            subtitle=as_written(record.title),
            record=record,
            proposal=proposal,
            choices=self._choices(proposal),
            departments=self._departments(),
            case_receives=lambda code: receives(self.now, code),
            nobody=translate(NOBODY),
            routes=self._titles(bundle.routes),
            deadlines=self._titles(bundle.deadlines),
            chosen=request.form.get("choice", ""),
            route=request.form.get("route", raw.get("route") or ""),
            deadline=request.form.get("deadline", raw.get("deadline") or ""),
            reason=request.form.get(REASON, ""),
            errors=errors or [],
            hidden=hidden(
                **{
                    VERSION: record.version,
                    "decision": self.decision.view.id if self.decision else "",
                    "proposal": proposal.index if proposal else "",
                }
            ),
            url=self.url,
            draft=draft_key(self.now),
            back=self.back,
            crumbs=self.crumbs,
        )


def _note(said: str, received: bool) -> str:
    return Markup(" · ").join(part for part in (said, "" if received else translate(NOBODY)) if part)


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
