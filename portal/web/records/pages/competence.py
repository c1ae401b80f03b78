"""A dispute about competence on pages: brought to the superior, and decided there."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.access import DISPOSE
from portal.core.errors import Conflict, InvalidInput, NotFound, msg
from portal.services import records
from portal.services.records import StepForm
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, VERSION, posted_version, refused_in_words
from portal.web.records.pages.led_step import LedStep
from portal.web.records.pages.page import RecordPage
from portal.web.words.here import Here
from portal.web.words.links import action_url
from portal.web.writes import known_files

CARRIED = (VERSION, REASON, "unit")


class RaiseDisputePage(RecordPage):
    """One request to ask the superior of two units which of them is competent."""

    needs = DISPOSE

    def submit(self) -> Any:
        """Ask the superior, and lead back to the record."""
        try:
            with self.now.writing() as uow:
                reason = request.form.get(REASON, "").strip()
                records.raise_dispute(uow, self.record.uid, version=posted_version(), reason=reason)
                uow.commit()
        except (InvalidInput, Conflict) as refused:
            flash(refused_in_words(refused), "danger")
        else:
            flash(translate(msg("The superior has been asked.")), "success")
        return redirect(self.back, 303)


class DecideCompetencePage(RecordPage):
    """One request to decide which unit is competent."""

    needs = DISPOSE

    def __init__(self, now: Here, etype: str, uid: str, referral: str) -> None:
        super().__init__(now, etype, uid)
        if not any(one.uid == referral for one in records.referrals_of(now.session, self.record)):
            raise NotFound("referral.unknown", msg("There is no such referral"))
        self.referral = referral

    def submit(self) -> Any:
        """Decide, and lead back to the record; the step that the new referral performs may ask for more."""
        url = action_url(self.etype, "competence", self.record.uid, self.referral)
        step = LedStep(self.now, self.record, self.screen, url)
        again = step.unfinished(CARRIED)
        if again is not None:
            return again
        try:
            with self.now.writing() as uow, known_files():
                records.decide_competence(
                    uow,
                    self.referral,
                    unit=request.form.get("unit", ""),
                    reason=request.form.get(REASON, "").strip(),
                    version=posted_version() or None,
                    form=step.data,
                )
                uow.commit()
        except StepForm as refused:
            return step.ask(refused, CARRIED)
        except (InvalidInput, Conflict) as refused:
            flash(refused_in_words(refused), "danger")
        else:
            flash(translate(msg("It is decided which unit is competent.")), "success")
        return redirect(self.back, 303)
