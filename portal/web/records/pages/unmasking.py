"""Showing a record's personal data: for a purpose, for a while, and noted."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.errors import InvalidInput, PortalError, TooMany, msg
from portal.web import writes
from portal.web.language import translate
from portal.web.records.pages.case_page import ShowPage
from portal.web.records.pages.page import RecordPage
from portal.web.shell import format_moment
from portal.web.words.links import action_url


class UnmaskPage(RecordPage):
    """One request to show the personal data of a record."""

    def submit(self) -> Any:
        """Show the personal data for the purpose given; the record's page again where none was given."""
        said = (request.form.get("purpose", "").strip(), request.form.get("note", "").strip())
        purpose = translate(msg(": ")).join(part for part in said if part)
        try:
            until = writes.unmask(self.now, self.record, purpose)
        except InvalidInput as refused:
            return self._again(refused), 422
        except TooMany as refused:
            return self._again(refused), 429, {"Retry-After": str(refused.retry_after)}
        flash(translate(msg("Personal data are shown until %(time)s"), time=format_moment(until)), "success")
        edits = request.form.get("then") == "edit"
        return redirect(action_url(self.etype, "edit", self.record.uid) if edits else self.back, 303)

    def _again(self, refused: PortalError) -> Any:
        return ShowPage(self.now, self.etype, self.record.uid).refused(refused.text(translate))
