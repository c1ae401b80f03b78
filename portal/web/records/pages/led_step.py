"""The form of the step that a referral performs: shown where the referral does not say all that it asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import render_template, request

from portal.core.errors import msg
from portal.core.forms import CompiledForm, FieldError, Parsed, fields_of
from portal.persistence.models import Record
from portal.services.records import StepForm
from portal.web.forms import render_body
from portal.web.language import as_written, translate
from portal.web.records.beside import beside
from portal.web.records.forms.picked import Picking
from portal.web.records.forms.posted import (
    context_of,
    draft_key,
    environment,
    errors_of,
    hidden,
    is_htmx,
    read_body,
)
from portal.web.words.here import Here
from portal.web.words.links import list_url, record_url
from portal.web.words.named_by_data import file_ids
from portal.web.words.screen import Screen

STEP = "_step"


class LedStep:
    """One request that may carry the answers of a step's form beside a disposition or an answer to a referral."""

    def __init__(self, now: Here, record: Record, screen: Screen, url: str) -> None:
        self.now, self.record, self.screen, self.url = now, record, screen, url
        self.parsed: Parsed | None = None
        form = self._form(request.form.get(STEP, ""))
        if form is not None:
            picking = Picking(now, screen.bundle, self._form_id(request.form.get(STEP, "")))
            self.parsed = read_body(form, None, environment(now, screen), picking)

    @property
    def data(self) -> dict[str, Any] | None:
        """Return the answers that were sent; None where the form was not shown yet."""
        return dict(self.parsed.data) if self.parsed is not None else None

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files that the answers name."""
        form = self._form(request.form.get(STEP, ""))
        return file_ids(fields_of(form), self.data or {}) if form is not None else ()

    def unfinished(self, carried: Iterable[str]) -> Any:
        """Return the form again where it is being filled in or lacks something; None where it is whole."""
        parsed = self.parsed
        if parsed is None or not (parsed.action or parsed.errors):
            return None
        name = request.form.get(STEP, "")
        if not parsed.action:
            return self._page(name, parsed.data, list(parsed.errors), parsed.state, carried), 422
        if is_htmx():
            form = self._form(name)
            assert form is not None
            context = context_of(self.now, self.screen, parsed.data, self._form_id(name))
            return render_body(form, parsed.data, state=parsed.state, context=context, refresh_url=self.url)
        return self._page(name, parsed.data, [], parsed.state, carried)

    def ask(self, refused: StepForm, carried: Iterable[str]) -> Any:
        """Ask for what the referral does not say; the first time nothing is marked as wrong."""
        errors = errors_of(refused, "/form") if self.parsed is not None else []
        return self._page(refused.step.id, refused.filled, errors, None, carried), 422

    def _form_id(self, name: str) -> str:
        steps = self.screen.lifecycle.transitions if self.screen.lifecycle else ()
        return next((step.form or "" for step in steps if step.id == name), "")

    def _form(self, name: str) -> CompiledForm | None:
        form_id = self._form_id(name)
        return self.screen.bundle.form(form_id, self.now.lang) if form_id else None

    def _page(
        self, name: str, data: Any, errors: list[FieldError], state: Any, carried: Iterable[str]
    ) -> str:
        record, screen, form = self.record, self.screen, self._form(name)
        assert form is not None
        assert screen.lifecycle is not None
        step = screen.lifecycle.transition(name)
        context = context_of(self.now, screen, data, step.form or "")
        kept = {one: ",".join(request.form.getlist(one)) for one in carried}
        return render_template(
            "records/step.html",
            title=screen.texts(step.title),
            subtitle=as_written(record.title),
            screen=screen,
            record=record,
            body=render_body(form, data, errors, state=state, context=context, refresh_url=self.url),
            url=self.url,
            back=record_url(record.etype, record.uid),
            hidden=hidden(**{**kept, STEP: name}),
            draft=draft_key(self.now),
            reason="",
            reason_rule=None,
            reason_error="",
            confirm="",
            blocked=[],
            beside=beside(self.now, record),
            info=translate(
                msg("The referral takes this step of the matter as well. What it says already is filled in.")
            ),
            crumbs=[
                (screen.plural, list_url(record.etype)),
                (record.code or record.title, record_url(record.etype, record.uid)),
            ],
        )
