"""The form that changes a record: nobody's work is overwritten unseen."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request

from portal.core.access import EDIT
from portal.core.errors import InvalidInput, msg
from portal.services import records
from portal.services.records import LostUpdate
from portal.web import writes
from portal.web.forms import render_body, render_form
from portal.web.language import as_written, translate
from portal.web.records.forms.made import Made, Read, head
from portal.web.records.forms.merging import choices_in, merged
from portal.web.records.forms.posted import (
    VERSION,
    context_of,
    draft_key,
    environment,
    errors_of,
    hidden,
    is_htmx,
    posted_version,
)
from portal.web.records.pages.conflict import RESOLVE, ConflictPage
from portal.web.records.pages.page import RecordPage
from portal.web.words.disclosing import disclosing
from portal.web.words.here import Here
from portal.web.words.links import action_url, record_url

EDIT_ON = "edit"


class EditPage(RecordPage):
    """One request for the form of an existing record."""

    needs = EDIT

    def __init__(self, now: Here, etype: str, uid: str) -> None:
        super().__init__(now, etype, uid)
        self.view = records.view_of(now.portal, now.session, self.record)
        self.form = self.screen.form_for(self.view.plan.profile)
        self.url = action_url(etype, "edit", uid)
        self.made = Made(now, self.screen.bundle, self.screen.entity.id, self.form, uid)

    def show(self) -> Any:
        """Answer a request to change the record."""
        return self._page(self.view.clear, version=self.record.version)

    def submit(self) -> Any:
        """Answer the sent form."""
        env = environment(self.now, self.screen)
        read = self.made.read(self.view.clear, env)
        parsed, version = read.parsed, posted_version()
        if parsed.action:
            return self._again(read, version)
        data, choices = parsed.data, choices_in(request.form)
        if RESOLVE in request.form:
            data = merged(self.view.clear, data, choices)
            if request.form.get("then") == EDIT_ON:
                return self._page(data, state=None, version=version)
        errors = list(parsed.errors if RESOLVE not in request.form else ())
        if read.stops:
            return self._page(data, errors, parsed.state, version=version, read=read), 422
        if not errors:
            try:
                return self._save(data, version)
            except LostUpdate as conflict:
                chosen = choices if RESOLVE in request.form else {}
                return ConflictPage(self.now, self.screen, self.record, conflict, chosen).render(), 409
            except InvalidInput as refused:
                errors = errors_of(refused)
        return self._page(data, errors, parsed.state, version=version), 422

    def _save(self, data: Any, version: int) -> Any:
        shown = self.view.plan.show(data)
        record = writes.change(self.now, self.record.uid, version, shown)
        flash(translate(msg("Saved: %(thing)s"), thing=record.code or record.title), "success")
        return redirect(record_url(record.etype, record.uid), 303)

    def _again(self, read: Read, version: int) -> Any:
        parsed = read.parsed
        if not is_htmx():
            return self._page(parsed.data, state=parsed.state, version=version, read=read)
        return head(read) + render_body(
            read.form,
            self.view.plan.show(parsed.data),
            state=parsed.state,
            context=context_of(self.now, self.screen, parsed.data),
            refresh_url=self.url,
        )

    def _page(
        self, data: Any, errors: Any = (), state: Any = None, *, version: int, read: Read | None = None
    ) -> str:
        record, screen = self.record, self.screen
        read = read or self.made.fresh()
        form = render_form(
            read.form,
            self.view.plan.show(data),
            errors,
            state=state,
            context=context_of(self.now, screen, data),
            action_url=self.url,
            refresh_url=self.url,
            extra_hidden=hidden(**{VERSION: version}),
            submit_label=translate(msg("Save")),
            notice=head(read),
            draft=draft_key(self.now),
        )
        return render_template(
            "records/form.html",
            title=translate(msg("Change: %(thing)s"), thing=screen.title),
            subtitle=as_written(record.title),
            form=form,
            record=record,
            screen=screen,
            disclosing=disclosing(screen, self.view),
            crumbs=self.crumbs,
        )
