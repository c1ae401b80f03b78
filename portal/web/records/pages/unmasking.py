"""Showing a record's personal data: for a purpose, for a while, and noted."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request

from portal.core.errors import InvalidInput, msg
from portal.web import writes
from portal.web.language import translate
from portal.web.records.pages import case_page
from portal.web.shell import format_moment
from portal.web.words.here import Here
from portal.web.words.links import action_url, record_url


def submit(now: Here, etype: str, uid: str) -> Any:
    """Show the personal data to who says what for; the page of the record again where nothing was said."""
    record = now.find(etype, uid)
    said = (request.form.get("purpose", "").strip(), request.form.get("note", "").strip())
    try:
        until = writes.unmask(now, record, translate(msg(": ")).join(part for part in said if part))
    except InvalidInput as refused:
        return case_page.show(now, etype, uid, refused=refused.text(translate)), 422
    flash(translate(msg("Personal data are shown until %(time)s"), time=format_moment(until)), "success")
    back = action_url(etype, "edit", uid) if request.form.get("then") == "edit" else record_url(etype, uid)
    return redirect(back, 303)
