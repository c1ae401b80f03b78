"""The form of a transition: what the step asks for, a reason where it needs one, and the step itself."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from flask import flash, redirect, render_template, request
from markupsafe import Markup

from portal.core import pointer as pointers
from portal.core.conditions import Trace
from portal.core.disclosure import Level
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PortalError, msg
from portal.core.forms import CompiledForm, FieldError, fields_of
from portal.core.forms.presets import prefilled
from portal.core.lifecycle import Transition
from portal.core.referrals import STATES
from portal.services import records
from portal.services.records.handling.missing_documents import LACKING
from portal.web.forms import render_body
from portal.web.language import as_written, translate
from portal.web.records.beside import beside
from portal.web.records.forms.made import Made, Read, head
from portal.web.records.forms.opened_from import opened_url
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
    presets_of,
)
from portal.web.records.pages.page import RecordPage
from portal.web.words.case import Case
from portal.web.words.here import Here
from portal.web.words.links import action_url
from portal.web.words.missing import Missing, Missings
from portal.web.words.named_by_data import file_ids
from portal.web.writes import known_files

# The refusal of a step whose guard does not hold.
GUARD = "lifecycle.guard"


class TransitionPage(RecordPage):
    """One request for one step of one record."""

    def __init__(self, now: Here, etype: str, uid: str, transition: str) -> None:
        try:
            super().__init__(now, etype, uid)
        except NotFound:
            late = records.step_too_late(now.session, etype, uid)
            if late is None:
                raise
            raise late from None
        self.wanted = transition
        offers = records.available(now.portal, now.session, self.record)
        self.offer = next((offer for offer in offers if offer.transition.id == transition), None)
        self.url = action_url(etype, "transition", uid, transition)
        self.known = self.screen.lifecycle is not None and any(
            step.id == transition for step in self.screen.lifecycle.transitions
        )
        if not self.known:
            raise NotFound("transition.unknown", msg("There is no such step"))

    def show(self) -> Any:
        """Answer a request to take the step."""
        if self.offer is None:
            return self._gone()
        if self.step.opens is not None and not self.offer.blocked:
            return redirect(opened_url(self.step.opens.entity, self.record, self.step.id), 303)
        form = self._form()
        data = prefilled(form, presets_of(self.now, form) | self._known(form)) if form else {}
        if form is not None and isinstance(data, dict):
            data = data | records.taken_from_part(self.now.portal, self.now.session, self.record, self.step)
        if isinstance(data, dict):
            data = data | records.known_of_steps(self.now.portal, self.now.session, self.record, self.step)
            data = data | records.continued(self.now.portal, self.now.session, self.record, self.step)
        return self._page(form, data, version=self.record.version)

    def _known(self, form: CompiledForm) -> dict[str, Any]:
        """Return what the record holds already of the answers that the step would take over into it.

        A step that is taken once more asks for a new answer.
        """
        case, asked, found = Case(self.now, self.record), {one.pointer for one in fields_of(form)}, {}
        if not self.step.copy or any(one.name == self.step.id for one in case.events):
            return {}
        view = case.view
        for answer, where in self.step.copy.items():
            value = pointers.get(view.clear, where)
            if answer in asked and value is not None and view.plan.level(where) >= Level.READ:
                found[answer] = value
        return found

    @property
    def step(self) -> Transition:
        """Return the step; only asked for where it is offered."""
        assert self.offer is not None
        return self.offer.transition

    def submit(self) -> Any:
        """Take the step, or show the form again with nothing lost."""
        if self.offer is None:
            return self._gone()
        form, version = self._form(), posted_version()
        data, errors, state = {}, [], None
        if form is not None:
            read = self._made(form).read(None, environment(self.now, self.screen))
            data, errors, state = read.parsed.data, list(read.parsed.errors), read.parsed.state
            if read.parsed.action:
                return self._again(read, version)
            if read.stops:
                return self._page(form, data, errors, state, version=version, read=read), 422
        if not errors:
            try:
                files = file_ids(fields_of(form), data) if form else ()
                return self._take(data if form else None, version, files)
            except Forbidden as refused:
                if refused.code != GUARD:
                    raise
                missing = self._missing(self._failed(data if form else None))
                return self._page(form, data, (), state, version=version, missing=missing), 422
            except InvalidInput as refused:
                errors = errors_of(refused, "/form")
            except Conflict as refused:
                if refused.code == LACKING:
                    missing = self._missing(self._failed(data if form else None))
                    return self._page(form, data, (), state, version=version, missing=missing), 422
                if refused.code.startswith("referral."):
                    flash(refused.text(translate), "warning")
                    return redirect(self.back, 303)
                notice = translate(
                    msg("Somebody changed this meanwhile. Look at it again; what you typed is still here.")
                )
                page = self._page(form, data, errors, state, version=self.record.version, notice=notice)
                return page, 409
        return self._page(form, data, errors, state, version=version), 422

    def _take(self, data: Any, version: int, files: tuple[str, ...]) -> Any:
        record, step = self.record, self.step
        with self.now.writing() as uow, known_files():
            reason = request.form.get(REASON, "").strip()
            records.transition(
                uow, record.uid, step.id, form=data, reason=reason, version=version, files=files
            )
            uow.commit()
        told = translate(msg("Done: %(step)s"), step=self.screen.texts(step.title))
        return redirect(self.lead_on(told), 303)

    def _failed(self, data: Any) -> tuple[Trace, ...]:
        """Return what the guard of the step asks and does not find, the answers of its form among it."""
        return records.blocking(self.now.portal, self.now.session, self.record, self.step.id, data or {})

    def _missing(self, blocked: Iterable[Trace]) -> list[Missing]:
        """Return what keeps the step from being taken, in sentences that lead to where it is put right."""
        form_id = self.step.form if self.offer else None
        infos = self.screen.bundle.fields(form_id, self.now.lang) if form_id else {}
        labels = {where: self.screen.declared(info) for where, info in infos.items()}
        return Missings(self.screen, Case(self.now, self.record), labels).of(blocked, self.step)

    def _unanswered(self) -> list[str]:
        """Return the units that have not answered, where the step closes the matter and ends what they are asked."""
        cycle = self.screen.lifecycle
        if (
            not self.record.is_open
            or cycle is None
            or self.step.to is None
            or not cycle.stage(self.step.to).final
        ):
            return []
        waiting = [
            one for one in records.referrals_of(self.now.session, self.record) if STATES[one.status].open
        ]
        return [one.name for one in self.now.units(one.to_unit_id for one in waiting).values()]

    def _gone(self) -> Any:
        """Lead back to a record whose stage no longer offers the step, saying so."""
        if not self.now.access.allows(
            self.record.etype, "transition", self.record.unit_path, self.record.handler_path
        ):
            raise Forbidden(
                "access.denied",
                msg("Your roles do not allow “%(action)s” on “%(entity)s” here"),
                {"action": translate(msg("move on")), "entity": self.screen.title},
            )
        flash(self._why_gone(), "warning")
        return redirect(self.back, 303)

    def _why_gone(self) -> str:
        """Return why the step is not offered: what its referral says, else that the record has moved on."""
        try:
            records.step_as_answer(self.now.portal, self.now.session, self.record, self.wanted)
        except Conflict as refused:
            return refused.text(translate)
        return translate(msg("This step is no longer possible: the record has moved on."))

    @cached_property
    def instead_of(self) -> str:
        """Return the name of the unit in whose place the step is taken; empty where it is the person's own."""
        try:
            given = records.step_as_answer(self.now.portal, self.now.session, self.record, self.step.id)
        except PortalError:  # answered since the page was asked for: taking the step says so
            return ""
        if given is None or given.own:
            return ""
        return "".join(one.name for one in self.now.units([given.referral.to_unit_id]).values())

    def _form(self) -> CompiledForm | None:
        form_id = self.step.form
        return self.screen.bundle.form(form_id, self.now.lang) if form_id else None

    def _made(self, form: CompiledForm) -> Made:
        return Made(self.now, self.screen.bundle, self.step.form or "", form, self.record.uid)

    def _again(self, read: Read, version: int) -> Any:
        data, state = read.parsed.data, read.parsed.state
        if not is_htmx():
            return self._page(read.form, data, (), state, version=version, read=read)
        context = context_of(self.now, self.screen, data, self.step.form or "")
        body = render_body(read.form, data, state=state, context=context, refresh_url=self.url)
        return head(read) + body

    def _page(
        self,
        form: CompiledForm | None,
        data: Any,
        errors: Any = (),
        state: Any = None,
        *,
        version: int,
        notice: str = "",
        read: Read | None = None,
        missing: list[Missing] | None = None,
    ) -> str:
        record, screen, step = self.record, self.screen, self.step
        body = Markup("")
        if form is not None:
            read = read or self._made(form).fresh()
            context = context_of(self.now, screen, data, step.form or "")
            inner = [error for error in errors if not _of_reason(error)]
            body = render_body(read.form, data, inner, state=state, context=context, refresh_url=self.url)
            body = head(read) + body
        return render_template(
            "records/step.html",
            title=screen.texts(step.title),
            subtitle=as_written(record.title),
            screen=screen,
            record=record,
            body=body,
            url=self.url,
            back=self.back,
            hidden=hidden(**{VERSION: version}),
            draft=draft_key(self.now),
            reason=request.form.get(REASON, ""),
            reason_rule="required" if self.instead_of else step.reason,
            instead_of=self.instead_of,
            reason_error=next((e.text(translate) for e in errors if form is None or _of_reason(e)), ""),
            confirm=screen.texts(step.confirm) if step.confirm else "",
            blocked=missing
            if missing is not None
            else self._missing(self.offer.blocked if self.offer else ()),
            waits=missing is None and self.offer is not None and not self.offer.allowed,
            notice=notice,
            unanswered=self._unanswered(),
            referrals=f"{self.back}#referrals",
            beside=beside(self.now, record, step),
            crumbs=self.crumbs,
        )


def _of_reason(error: FieldError) -> bool:
    return error.pointer == "/reason" or error.code.startswith("reason.")
