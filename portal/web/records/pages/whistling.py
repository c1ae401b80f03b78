"""The page on which several units are called to a matter at once, each with the day by which it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request

from portal.core.access import DISPOSE
from portal.core.acts import WHISTLE_UP
from portal.core.errors import Conflict, InvalidInput, msg
from portal.core.referrals import STATES
from portal.services import records
from portal.services.records import Called, StepForm
from portal.services.users.receivers import receiving
from portal.web.language import as_written, translate
from portal.web.records.forms.posted import REASON, VERSION, draft_key, errors_of, hidden, posted_version
from portal.web.records.pages.led_step import LedStep
from portal.web.records.pages.page import RecordPage
from portal.web.words.case import Case
from portal.web.words.links import action_url
from portal.web.words.receiving import NOBODY
from portal.web.writes import known_files

DAYS = (1, 2, 3, 5, 10, 15)
USUAL = 2
CARRIED = (VERSION, REASON, "lead", "called")
DAYS_OF = "days-"


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of working days within which a unit answers, and the day on which they end."""

    days: int
    due_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Row:
    """A department that may be called; ``days`` is its limit where it is chosen."""

    id: str
    name: str
    nobody: str
    days: int
    chosen: bool
    # It stands open on the page: it is chosen, or matters of this sort concern it.
    near: bool


class WhistlePage(RecordPage):
    """One request to call several units to a matter."""

    needs = DISPOSE
    act = WHISTLE_UP

    def show(self) -> Any:
        """Ask which units come, which of them leads, and by when each answers."""
        return self._page()

    def submit(self) -> Any:
        """Call them, or ask again with nothing lost."""
        url = action_url(self.etype, "whistle", self.record.uid)
        step = LedStep(self.now, self.record, self.screen, url)
        carried = (*CARRIED, *(name for name in request.form if name.startswith(DAYS_OF)))
        again = step.unfinished(carried)
        if again is not None:
            return again
        try:
            with self.now.writing() as uow, known_files():
                made = records.whistle(
                    uow,
                    self.record.uid,
                    version=posted_version(),
                    called=self._called(),
                    lead=request.form.get("lead", ""),
                    reason=request.form.get(REASON, "").strip(),
                    form=step.data,
                )
                uow.commit()
        except StepForm as refused:
            return step.ask(refused, carried)
        except InvalidInput as refused:
            return self._page([error.text(translate) for error in errors_of(refused)]), 422
        except Conflict as conflict:
            flash(conflict.text(translate), "warning")
            return self._page(), 409
        flash(translate(msg("%(n)s units have been called."), n=len(made)), "success")
        return redirect(self.back + "#referrals", 303)

    def _called(self) -> Sequence[Called]:
        """Return the departments that are chosen, each with its days."""
        given = [one for listed in request.form.getlist("called") for one in listed.split(",") if one]
        found = []
        for one in given:
            days = request.form.get(f"{DAYS_OF}{one}", str(USUAL))
            whole = days.isascii() and days.isdecimal() and len(days) < 4
            found.append(Called(one, int(days) if whole else 0))
        return found

    def _page(self, errors: list[str] | None = None) -> str:
        record, case = self.record, Case(self.now, self.record)
        finder = records.finder_for(self.now.portal, self.now.session, record)
        lead = next((one for one in case.referrals if one.lead and STATES[one.status].open), None)
        names = self.now.units([lead.to_unit_id]) if lead is not None else {}
        limits = [records.answer_day(finder.calendar, days, finder.day) for days in DAYS]
        rows = self._rows(case, finder)
        return render_template(
            "records/whistle.html",
            title=translate(msg("Call units in")),
            subtitle=as_written(record.title),
            record=record,
            rows=rows,
            limits=[Limit(days, day) for days, day in zip(DAYS, limits, strict=True)],
            lead=request.form.get("lead", self._proposed(case) if lead is None else ""),
            lead_unit="".join(unit.name for unit in names.values()),
            reason=request.form.get(REASON, ""),
            errors=errors or [],
            hidden=hidden(**{VERSION: record.version}),
            url=action_url(self.etype, "whistle", record.uid),
            draft=draft_key(self.now),
            back=self.back,
            crumbs=self.crumbs,
        )

    def _proposed(self, case: Case) -> str:
        """Return the department to which the rules would send the matter; empty where they name none."""
        proposals = case.decision.view.proposals if case.decision is not None else []
        return next(
            (str(one["seat"]["department"]) for one in proposals if one["seat"].get("department")), ""
        )

    def _rows(self, case: Case, finder: Any) -> list[Row]:
        """Return every department: first those that are chosen or that the rules ask to help, then those concerned."""
        known = self.screen.bundle.departments
        chosen = {one.department: one.days for one in self._called()}
        if request.method == "GET" and case.decision is not None:
            helping = (code for one in case.decision.view.proposals for code in one.get("assist", ()))
            chosen = dict.fromkeys(helping, USUAL)
        near = {*chosen, *records.concerned(self.screen.bundle, self.record.dispute_type)}
        shown = [key for key, one in known.items() if not one.get("hidden")]
        shown.sort(key=lambda key: (key not in chosen, key not in near, known[key].get("order", 0), key))
        codes = {key: f"{finder.centre.unit_code}:{key}" for key in shown}
        there = receiving(self.now.portal, self.now.session, list(codes.values()), self.now.stamp)
        return [
            Row(
                key,
                self.screen.texts(known[key].get("name"), key),
                "" if codes[key] in there else translate(NOBODY),
                chosen.get(key, USUAL),
                key in chosen,
                key in near,
            )
            for key in shown
        ]
