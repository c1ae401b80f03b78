"""The decision on a correction of a closed record: approved, refused, or withdrawn by the person who asked."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.acts import APPROVE_CORRECTION, CORRECTION, REFUSE_CORRECTION, WITHDRAW_CORRECTION
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, msg
from portal.services import records
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, posted_version, refused_in_words
from portal.web.records.pages.page import RecordPage
from portal.web.words.here import Here

TOLD = {
    APPROVE_CORRECTION.name: msg("The correction is approved, and the facts are changed."),
    REFUSE_CORRECTION.name: msg("The correction is refused; the facts stay as they are."),
    WITHDRAW_CORRECTION.name: msg("The correction is withdrawn; the facts stay as they are."),
}


class CorrectionPage(RecordPage):
    """One answer to the correction that waits."""

    def __init__(self, now: Here, etype: str, uid: str, answer: str) -> None:
        super().__init__(now, etype, uid)
        self.told = TOLD.get(f"{CORRECTION}.{answer}", "")
        if not self.told:
            raise NotFound("correction.answer", msg("There is no such answer"))
        self.given = answer

    def submit(self) -> Any:
        """Give the answer, and lead back to the record."""
        try:
            with self.now.writing() as uow:
                records.settle_correction(
                    uow,
                    self.record.uid,
                    self.given,
                    version=posted_version(),
                    reason=request.form.get(REASON, "").strip(),
                )
                uow.commit()
        except (InvalidInput, Conflict, Forbidden) as refused:
            flash(refused_in_words(refused), "danger")
        else:
            flash(translate(self.told), "success")
        return redirect(self.back, 303)
