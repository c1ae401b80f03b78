"""A person gives the matter its grade from the page of the record."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.errors import Conflict, InvalidInput, PortalError, msg
from portal.services import records
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, posted_version
from portal.web.words.decisions import DecisionWords
from portal.web.words.here import Here
from portal.web.words.links import record_url


def submit(now: Here, etype: str, uid: str) -> Any:
    """Give the grade that was chosen and lead back to the record."""
    record = now.find(etype, uid)
    found = records.last_decision(now.portal, now.session, record)
    proposed = DecisionWords(found, now.screen_for(record)).grade if found else None
    grade = request.form.get("grade", "")
    try:
        with now.writing() as uow:
            records.accept_grade(
                uow,
                record.uid,
                grade,
                version=posted_version(),
                proposed=proposed is not None and proposed.id == grade,
                reason=request.form.get(REASON, "").strip(),
            )
            uow.commit()
    except (InvalidInput, Conflict) as refused:
        flash(_in_words(refused), "danger")
    else:
        flash(translate(msg("The matter is graded.")), "success")
    return redirect(record_url(etype, uid) + "#proposals", 303)


def _in_words(refused: PortalError) -> str:
    return " ".join(dict.fromkeys([refused.text(translate), *(p.text(translate) for p in refused.problems)]))
