"""A person records an event from the page of the record."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import flash, redirect, request

from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg
from portal.core.values import day_of
from portal.services import records
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, posted_version, refused_in_words
from portal.web.records.pages.page import RecordPage

_VARIANT = "variant-"


class RecordEventPage(RecordPage):
    """One request to record an event that the portal cannot see."""

    def submit(self) -> Any:
        """Record the event that was chosen, and lead back to the record."""
        event = request.form.get("event", "")
        own = f"{_VARIANT}{event}-"
        variants = {
            name.removeprefix(own): value
            for name, value in request.form.items()
            if name.startswith(own) and value
        }
        try:
            with self.now.writing() as uow:
                records.record_event(
                    uow,
                    self.record.uid,
                    event,
                    _day(request.form.get("day", "")),
                    version=posted_version(),
                    variants=variants,
                    reason=request.form.get(REASON, "").strip(),
                )
                uow.commit()
        except (InvalidInput, Conflict, NotFound) as refused:
            flash(refused_in_words(refused), "danger")
        else:
            flash(translate(msg("The event is recorded.")), "success")
        return redirect(f"{self.back}#clocks", 303)


def _day(written: str) -> dt.date:
    try:
        return day_of(written)
    except ValueError:
        message = msg("Enter the day on which it happened")
        raise InvalidInput(
            "event.day", message, problems=[Problem("event.day", message, pointer="/day")]
        ) from None
