"""Answers to a referral: accept it, return it with a reason, report it done."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError, msg
from portal.core.referrals import ANSWERS
from portal.services import records
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, posted_version
from portal.web.words.here import Here
from portal.web.words.links import record_url


def answer(now: Here, etype: str, uid: str, referral_uid: str, action: str) -> Any:
    """Carry out one answer and lead back to the record."""
    record = now.find(etype, uid)
    known = any(one.uid == referral_uid for one in records.referrals_of(now.session, record))
    if not known or action not in ANSWERS:
        raise NotFound("referral.unknown", msg("There is no such referral"))
    try:
        with now.writing() as uow:
            reason = request.form.get(REASON, "").strip()
            records.referral(uow, referral_uid, action, reason=reason, version=posted_version() or None)
            uow.commit()
    except (InvalidInput, Conflict) as refused:
        flash(_in_words(refused), "danger")
    else:
        flash(translate(ANSWERS[action].told), "success")
    return redirect(record_url(etype, uid) + "#referrals", 303)


def _in_words(refused: PortalError) -> str:
    return " ".join(dict.fromkeys([refused.text(translate), *(p.text(translate) for p in refused.problems)]))
