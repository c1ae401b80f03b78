"""Deleting a record: a page that names the thing, and a POST that removes it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request

from portal.core.errors import Conflict, InvalidInput, NotFound, msg
from portal.services import records
from portal.web import writes
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, VERSION, errors_of, hidden, posted_version
from portal.web.words.here import Here
from portal.web.words.links import action_url, list_url, record_url


def page(now: Here, etype: str, uid: str) -> Any:
    """Ask whether to delete a record (GET), or delete it (POST)."""
    record = now.find(etype, uid)
    screen = now.screen_for(record)
    if not screen.entity.can_delete:
        raise NotFound("record.kept", msg("“%(thing)s” is kept for good"), {"thing": screen.title})
    now.access.require(etype, "delete", record.unit_path, record.handler_path)
    errors, whole = [], records.parent_of(now.session, record)
    after = record_url(whole.etype, whole.uid) if whole is not None else list_url(etype)
    if request.method == "POST":
        try:
            writes.delete(now, uid, posted_version(), request.form.get(REASON, "").strip())
        except (InvalidInput, Conflict) as refused:
            errors = errors_of(refused)
        else:
            flash(translate(msg("Deleted: %(thing)s"), thing=record.code or record.title), "success")
            return redirect(after, 303)
    name = record.code or record.title
    body = render_template(
        "records/delete.html",
        title=translate(msg("Delete: %(thing)s"), thing=name),
        record=record,
        screen=screen,
        errors=[error.text(translate) for error in errors],
        reason=request.form.get(REASON, ""),
        hidden=hidden(**{VERSION: record.version}),
        action=action_url(etype, "delete", uid),
        back=record_url(etype, uid),
        crumbs=[(screen.plural, list_url(etype)), (name, record_url(etype, uid))],
    )
    return body, 422 if errors else 200
