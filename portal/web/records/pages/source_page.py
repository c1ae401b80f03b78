"""The page on which the values of a source are settled field by field, where a record was changed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, request

from portal.core.access import EDIT
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, msg
from portal.persistence.models import Record
from portal.services import importing
from portal.services.portal import Work
from portal.web.language import translate
from portal.web.records.forms.posted import posted_version, refused_in_words
from portal.web.records.pages.page import RecordPage
from portal.web.words.here import Here

_Settling = Callable[[Work, str, str, int], Record]
ANSWERS: Mapping[str, tuple[_Settling, str, str]] = {
    "take": (
        importing.take_offered,
        msg("What the source says was taken over"),
        msg("A correction is asked for by what the source says. Nothing changes until it is approved."),
    ),
    "keep": (importing.keep_here, msg("It stays as it is here"), msg("It stays as it is here")),
}
MOST_WHERE = 200


class SourcePage(RecordPage):
    """One answer to one field of which the source says something else."""

    needs = EDIT

    def __init__(self, now: Here, etype: str, uid: str, answer: str) -> None:
        super().__init__(now, etype, uid)
        if answer not in ANSWERS:
            raise NotFound("import.answer", msg("There is no such answer"))
        self.settle, self.told, self.asked = ANSWERS[answer]

    def submit(self) -> Any:
        """Give the answer, and lead back to the record."""
        where = request.form.get("where", "")[:MOST_WHERE]
        told = self.asked if self.locked else self.told
        try:
            with self.now.writing() as uow:
                self.settle(uow, self.record.uid, where, posted_version())
                uow.commit()
        except (InvalidInput, Conflict, Forbidden) as refused:
            flash(refused_in_words(refused), "danger")
        else:
            flash(translate(told), "success")
        return redirect(f"{self.back}#source", 303)
