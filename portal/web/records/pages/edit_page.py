"""The form that changes a record: nobody's work is overwritten unseen."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request

from portal.core.access import EDIT
from portal.core.errors import Conflict, InvalidInput, msg
from portal.services import records
from portal.services.records import LostUpdate
from portal.web import writes
from portal.web.forms import render_body, render_form
from portal.web.language import as_written, translate
from portal.web.records.beside import beside
from portal.web.records.forms.made import Made, Read, head
from portal.web.records.forms.merging import choices_in, merged
from portal.web.records.forms.posted import (
    REASON,
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
WAITS = msg("A correction has been asked for already and waits for its decision")
EXPLAINED = msg(
    "This is closed. Change here what is wrong and say why: a second person sees both versions and decides."
)


class EditPage(RecordPage):
    """One request for the form of an existing record; of a closed one it asks for a correction."""

    needs = EDIT

    def __init__(self, now: Here, etype: str, uid: str) -> None:
        super().__init__(now, etype, uid)
        self.view = records.view_of(now.portal, now.session, self.record)
        self.form = self.screen.form_for(self.view.plan.profile)
        self.url = action_url(etype, "edit", uid)
        self.correcting = self.locked
        self.made = Made(now, self.screen.bundle, self.screen.entity.id, self.form, uid)

    def show(self) -> Any:
        """Answer a request to change the record."""
        if self.correcting and self._waits():
            flash(translate(WAITS), "warning")
            return redirect(self.back, 303)
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
            except Conflict as refused:
                # What was typed is shown beside what is there now; a second person sees both.
                now = self.record.version if self.correcting else version
                return self._page(data, errors_of(refused), parsed.state, version=now), 409
            except InvalidInput as refused:
                errors = errors_of(refused)
        return self._page(data, errors, parsed.state, version=version), 422

    def _save(self, data: Any, version: int) -> Any:
        shown = self.view.plan.show(data)
        if self.correcting:
            writes.ask_correction(self.now, self.record.uid, version, shown, _reason())
            flash(
                translate(msg("The correction is asked for. Nothing changes until it is approved.")),
                "success",
            )
            return redirect(self.back, 303)
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
        if self.correcting:
            return self._correction(data, list(errors), state, version, read)
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

    def _waits(self) -> bool:
        found = records.history(self.now.portal, self.now.session, self.record)
        return records.waiting_in(found) is not None

    def _correction(self, data: Any, errors: list[Any], state: Any, version: int, read: Read) -> str:
        record, screen = self.record, self.screen
        own = [one for one in errors if one.pointer == "/reason" or one.code.startswith("reason.")]
        body = render_body(
            read.form,
            self.view.plan.show(data),
            [one for one in errors if one not in own],
            state=state,
            context=context_of(self.now, screen, data),
            refresh_url=self.url,
        )
        return render_template(
            "records/step.html",
            title=translate(msg("Ask for a correction")),
            subtitle=as_written(record.title),
            body=head(read) + body,
            record=record,
            screen=screen,
            url=self.url,
            back=self.back,
            hidden=hidden(**{VERSION: version}),
            draft=draft_key(self.now),
            info=translate(EXPLAINED),
            reason=request.form.get(REASON, ""),
            reason_rule="required",
            reason_error=next((one.text(translate) for one in own), ""),
            crumbs=self.crumbs,
            beside=beside(self.now, record),
        )


def _reason() -> str:
    return request.form.get(REASON, "").strip()
