"""Answers to a referral: accept it, return it with a reason, report it done, take it back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.errors import Conflict, InvalidInput, NotFound, msg
from portal.core.referrals import ANSWERS
from portal.services import records
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, posted_version, refused_in_words
from portal.web.records.pages.page import RecordPage
from portal.web.words.here import Here


class AnswerPage(RecordPage):
    """One answer to one referral of a record."""

    def __init__(self, now: Here, etype: str, uid: str, referral: str, answer: str) -> None:
        super().__init__(now, etype, uid)
        known = any(one.uid == referral for one in records.referrals_of(now.session, self.record))
        if not known or answer not in ANSWERS:
            raise NotFound("referral.unknown", msg("There is no such referral"))
        self.referral = referral
        self.given = answer

    def submit(self) -> Any:
        """Give the answer, and lead back to the record."""
        try:
            with self.now.writing() as uow:
                reason = request.form.get(REASON, "").strip()
                version = posted_version() or None
                records.referral(uow, self.referral, self.given, reason=reason, version=version)
                uow.commit()
        except (InvalidInput, Conflict) as refused:
            flash(refused_in_words(refused), "danger")
        else:
            flash(translate(ANSWERS[self.given].told), "success")
        return redirect(f"{self.back}#referrals", 303)
