"""A person records an event from the page of the record."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import flash, redirect, request

from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError, Problem, msg
from portal.services import records
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, posted_version
from portal.web.words.here import Here
from portal.web.words.links import record_url

_VARIANT = "variant-"


def submit(now: Here, etype: str, uid: str) -> Any:
    """Record the event that was chosen and lead back to the record."""
    record = now.find(etype, uid)
    event = request.form.get("event", "")
    own = f"{_VARIANT}{event}-"
    variants = {
        name.removeprefix(own): value
        for name, value in request.form.items()
        if name.startswith(own) and value
    }
    try:
        with now.writing() as uow:
            records.record_event(
                uow,
                record.uid,
                event,
                _day(request.form.get("day", "")),
                version=posted_version(),
                variants=variants,
                reason=request.form.get(REASON, "").strip(),
            )
            uow.commit()
    except (InvalidInput, Conflict, NotFound) as refused:
        flash(_in_words(refused), "danger")
    else:
        flash(translate(msg("The event is recorded.")), "success")
    return redirect(record_url(etype, uid) + "#clocks", 303)


def _day(written: str) -> dt.date:
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        message = msg("Enter the day on which it happened")
        raise InvalidInput(
            "event.day", message, problems=[Problem("event.day", message, pointer="/day")]
        ) from None


def _in_words(refused: PortalError) -> str:
    return " ".join(dict.fromkeys([refused.text(translate), *(p.text(translate) for p in refused.problems)]))
