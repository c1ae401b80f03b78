"""A person gives the matter its grade from the page of the record."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.access import DISPOSE
from portal.core.errors import Conflict, InvalidInput, msg
from portal.services import records
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, posted_version, refused_in_words
from portal.web.records.pages.page import RecordPage
from portal.web.words.decisions import DecisionWords


class GradePage(RecordPage):
    """One grade that a person gives to the matter."""

    needs = DISPOSE

    def submit(self) -> Any:
        """Give the grade that was chosen, and lead back to the record."""
        found = records.last_decision(self.now.portal, self.now.session, self.record)
        proposed = DecisionWords(found, self.screen).grade if found else None
        grade = request.form.get("grade", "")
        try:
            with self.now.writing() as uow:
                records.accept_grade(
                    uow,
                    self.record.uid,
                    grade,
                    version=posted_version(),
                    proposed=proposed is not None and proposed.id == grade,
                    reason=request.form.get(REASON, "").strip(),
                )
                uow.commit()
        except (InvalidInput, Conflict) as refused:
            flash(refused_in_words(refused), "danger")
        else:
            flash(translate(msg("The matter is graded.")), "success")
        return redirect(self.back, 303)
