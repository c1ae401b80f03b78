"""Answers to a referral: accept it, return it with a reason, report it done."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError, msg
from portal.core.referrals import ANSWERS
from portal.services import records
from portal.services.records import StepForm
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, VERSION, posted_version
from portal.web.records.pages.led_step import LedStep
from portal.web.words.here import Here
from portal.web.words.links import action_url, record_url
from portal.web.writes import known_files

CARRIED = (VERSION, REASON)


def answer(now: Here, etype: str, uid: str, referral_uid: str, action: str) -> Any:
    """Carry out one answer and lead back to the record."""
    record = now.find(etype, uid)
    known = any(one.uid == referral_uid for one in records.referrals_of(now.session, record))
    if not known or action not in ANSWERS:
        raise NotFound("referral.unknown", msg("There is no such referral"))
    url = action_url(etype, "referral", uid, referral_uid, action)
    step = LedStep(now, record, now.screen_for(record), url)
    again = step.unfinished(CARRIED)
    if again is not None:
        return again
    try:
        with now.writing() as uow, known_files():
            reason, version = request.form.get(REASON, "").strip(), posted_version() or None
            records.referral(uow, referral_uid, action, reason=reason, version=version, form=step.data)
            uow.commit()
    except StepForm as refused:
        return step.ask(refused, CARRIED)
    except (InvalidInput, Conflict) as refused:
        flash(_in_words(refused), "danger")
    else:
        flash(translate(ANSWERS[action].told), "success")
    return redirect(record_url(etype, uid) + "#referrals", 303)


def _in_words(refused: PortalError) -> str:
    return " ".join(dict.fromkeys([refused.text(translate), *(p.text(translate) for p in refused.problems)]))
