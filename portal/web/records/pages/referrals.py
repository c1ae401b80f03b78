"""Answers to a referral: accept it, return it with a reason, report it done, take it back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.errors import Conflict, InvalidInput, NotFound, msg
from portal.core.referrals import ANSWERS
from portal.services import records
from portal.services.records import StepForm
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, VERSION, posted_version, refused_in_words
from portal.web.records.pages.led_step import LedStep
from portal.web.records.pages.page import RecordPage
from portal.web.records.panels.asked_with import said_with
from portal.web.redirects import HOME, local
from portal.web.words.here import Here
from portal.web.words.links import action_url
from portal.web.writes import known_files

# What an answer says, kept while the form of its step is filled in.
BACK = "back"
CARRIED = (VERSION, REASON, BACK)


class AnswerPage(RecordPage):
    """One answer to one referral of a record."""

    def __init__(self, now: Here, etype: str, uid: str, referral: str, answer: str) -> None:
        try:
            super().__init__(now, etype, uid)
        except NotFound:
            late = records.too_late(now.session, etype, uid, referral, answer)
            if late is None:
                raise
            raise late from None
        known = any(one.uid == referral for one in records.referrals_of(now.session, self.record))
        if not known or answer not in ANSWERS:
            raise NotFound("referral.unknown", msg("There is no such referral"))
        self.referral = referral
        self.given = answer

    def submit(self) -> Any:
        """Give the answer, and lead back to where it was given; to the first page where the record is out of sight."""
        record, version = self.record, posted_version()
        if not version:
            # A page that was not opened to answer: nobody knows what its sender has seen.
            flash(translate(msg("Please look at the matter again, then answer")), "warning")
            return redirect(self.back, 303)
        url = action_url(record.etype, "referral", record.uid, self.referral, self.given)
        step = LedStep(self.now, record, self.screen, url)
        again = step.unfinished(CARRIED)
        if again is not None:
            return again
        try:
            with self.now.writing() as uow, known_files():
                reason = request.form.get(REASON, "").strip()
                records.referral(
                    uow,
                    self.referral,
                    self.given,
                    reason=reason,
                    version=version,
                    form=step.data or said_with(request.form.items()),
                )
                uow.commit()
        except StepForm as refused:
            return step.ask(refused, CARRIED)
        except (InvalidInput, Conflict) as refused:
            flash(refused_in_words(refused), "danger")
            return redirect(self._list or (self.back if self.is_seen else HOME), 303)
        told = translate(ANSWERS[self.given].told)
        if self._list:
            flash(told, "success")
        return redirect(self._list or self.lead_on(told), 303)

    @property
    def _list(self) -> str:
        """Return the list from which the answer was given; empty where it was given on the page of the record."""
        return local(request.form[BACK]) if request.form.get(BACK) else ""
