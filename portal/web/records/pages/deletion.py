"""Deleting a record: a page that names the thing, and a POST that removes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, render_template, request

from portal.core.acts import REMOVE
from portal.core.errors import Conflict, InvalidInput, NotFound, msg
from portal.core.forms import FieldError
from portal.services import records
from portal.web import writes
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, VERSION, errors_of, hidden, posted_version
from portal.web.records.pages.page import RecordPage
from portal.web.words.here import Here
from portal.web.words.links import action_url, list_url, record_url


class DeletePage(RecordPage):
    """One request to delete a record; NotFound for a type whose records are kept for good."""

    act = REMOVE

    def __init__(self, now: Here, etype: str, uid: str) -> None:
        super().__init__(now, etype, uid)
        if not self.screen.entity.can_delete:
            raise NotFound("record.kept", msg("“%(thing)s” is kept for good"), {"thing": self.screen.title})
        now.access.require(etype, "delete", self.record.unit_path, self.record.handler_path)

    def show(self) -> Any:
        """Ask whether to delete the record."""
        return self._page()

    def submit(self) -> Any:
        """Delete the record, or say why not."""
        whole = records.parent_of(self.now.session, self.record)
        try:
            writes.delete(self.now, self.record.uid, posted_version(), request.form.get(REASON, "").strip())
        except (InvalidInput, Conflict) as refused:
            return self._page(errors_of(refused)), 422
        flash(translate(msg("Deleted: %(thing)s"), thing=self.name), "success")
        return redirect(record_url(whole.etype, whole.uid) if whole else list_url(self.etype), 303)

    def _page(self, errors: Iterable[FieldError] = ()) -> str:
        return render_template(
            "records/delete.html",
            title=translate(msg("Delete: %(thing)s"), thing=self.name),
            record=self.record,
            screen=self.screen,
            errors=[error.text(translate) for error in errors],
            reason=request.form.get(REASON, ""),
            hidden=hidden(**{VERSION: self.record.version}),
            action=action_url(self.etype, "delete", self.record.uid),
            back=self.back,
            crumbs=self.crumbs,
        )
