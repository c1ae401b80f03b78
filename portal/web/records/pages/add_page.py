"""The form for a new record."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request
from markupsafe import Markup

from portal.core import pointer
from portal.core.access import ADD
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, msg
from portal.core.forms.presets import prefilled
from portal.services import records, units
from portal.services.records.acts.locking import locked
from portal.services.records.entering.lookup_codes import rules_of
from portal.web import writes
from portal.web.forms import render_body, render_form
from portal.web.language import translate
from portal.web.records.forms.brought import brought_from
from portal.web.records.forms.made import Made, Read, head
from portal.web.records.forms.opened_from import asked_from, opened_from
from portal.web.records.forms.posted import (
    NEXT,
    ONCE,
    PARENT,
    UNIT,
    context_of,
    draft_key,
    environment,
    errors_of,
    hidden,
    is_htmx,
    presets_of,
)
from portal.web.records.forms.same import TAKE, WHY, aside_of, links_in
from portal.web.records.pages.page import Page
from portal.web.words.here import Here, here
from portal.web.words.links import action_url, add_url, list_url, record_url
from portal.web.words.named_by_data import file_ids
from portal.web.words.same import Aside
from portal.web.words.screen import Screen

SLIP = msg("Print the slip")
REUSED = msg("This form was registered before, with other contents. Send it again to register one more.")


class AddPage(Page):
    """One request for the form of a new record."""

    def __init__(self, now: Here, etype: str) -> None:
        self.units = writes.units_to_register_at(now, etype)
        now = made_at(now, etype)
        super().__init__(now, etype)
        self.screen: Screen = now.screen(etype)
        self.parent = self._parent()
        self.unit = self._unit()
        if self.unit.id != now.unit.id:
            self.now = now = now.at(self.unit)
            self.screen = now.screen(etype)
        self.source = opened_from(now, etype, self.screen.form)
        form = self.screen.form_for(self.source.profile) if self.source else self.screen.form
        self.brought = None if self.source else brought_from(now, etype, form)
        self.original = self.source.original if self.source else None
        if self.brought is not None:
            self.original = self.brought.original
        self.made = Made(now, self.screen.bundle, self.screen.entity.id, form, self.unit.code)

    def show(self) -> Any:
        """Answer a request to fill in the form; where the whole is closed, lead back to it."""
        if self.parent is not None and records.is_locked(self.now.portal, self.now.session, self.parent):
            flash(locked().text(translate), "warning")
            return redirect(record_url(self.parent.etype, self.parent.uid), 303)
        return self._page(None, once=new_token())

    def submit(self) -> Any:
        """Answer the sent form: register the record, or show the form again with nothing lost."""
        read = self.made.read(self.original, environment(self.now, self.screen))
        parsed = read.parsed
        once = request.form.get(ONCE, "")[:64]
        if parsed.action:
            return self._again(read, once)
        if request.form.get(TAKE):
            return self._again(self._taken(read, request.form[TAKE]), once)
        elsewhere = self._elsewhere()
        if elsewhere:
            flash(elsewhere, "warning")
            return self._page(parsed.data, (), parsed.state, once=once), 409
        errors = list(parsed.errors)
        if read.stops:
            return self._page(parsed.data, errors, parsed.state, once=once, read=read), 422
        if not errors:
            try:
                return self._register(parsed.data, once)
            except InvalidInput as refused:
                errors = errors_of(refused)
            except Conflict as reused:
                if reused.code == "record.locked":
                    return self._page(parsed.data, errors_of(reused), parsed.state, once=once), 409
                if self.source and reused.code != "idempotency.reused":
                    flash(reused.text(translate), "warning")
                    return redirect(self.source.url, 303)
                # The same form was sent before with other contents: a new token allows a second record.
                if reused.code != "idempotency.reused":
                    raise
                flash(translate(REUSED), "warning")
                return self._page(parsed.data, (), parsed.state, once=new_token()), 409
        return self._page(parsed.data, errors, parsed.state, once=once), 422

    def _register(self, data: Any, once: str) -> Any:
        etype = self.screen.entity.id
        with self.now.writing() as uow, writes.known_files():
            done = records.register_from(
                uow,
                self.source.source if self.source else None,
                etype,
                self.unit.code,
                dict(data),
                parent=self.parent.uid if self.parent else None,
                files=file_ids(self.screen.infos.values(), data),
                key=f"form:{once}" if once else None,
                links=links_in(),
            )
            uow.commit()
        record = done.record
        if NEXT in request.form:
            flash(registered(record), "success")
            return redirect(self._url(self.unit.code), 303)
        if not getattr(done, "replayed", False):
            flash(self._done(record), "success")
        if self.parent:
            return redirect(record_url(self.parent.etype, self.parent.uid), 303)
        return redirect(record_url(etype, record.uid), 303)

    def _done(self, record: Any) -> str | Markup:
        """Return that a record was registered, with the way to its slip where parties look it up."""
        said = translate(msg("Registered: %(thing)s"), thing=record.code or record.title)
        if rules_of(self.screen.bundle, record.etype) is None:
            return said
        slip = Markup('{} <a class="btn btn-sm" href="{}">{}</a>')
        return slip.format(said, action_url(record.etype, "receipt", record.uid), translate(SLIP))

    def _taken(self, read: Read, uid: str) -> Read:
        """Return the form with what a person of this number told before: a disclosure, noted as one."""
        data = read.parsed.data
        with self.now.writing() as uow:
            etype, bundle = self.screen.entity.id, self.screen.bundle
            details = records.known_details(uow, bundle, etype, uid[:32], data, translate(WHY))
            uow.commit()
        return replace(read, parsed=replace(read.parsed, data=pointer.patched(data, details)))

    def aside(self, data: Any, quiet: bool = True) -> Aside | None:
        """Return what stands beside the form; a part of another record has nothing there."""
        return None if self.parent else aside_of(self.now, self.screen, data, quiet)

    def _again(self, read: Read, once: str) -> Any:
        """Return the form after a row was added or a controlling field changed."""
        data, state = read.parsed.data, read.parsed.state
        if not is_htmx():
            return self._page(data, (), state, once=once, read=read)
        context = context_of(self.now, self.screen, data)
        body = render_body(read.form, data, state=state, context=context, refresh_url=self._url())
        return head(read) + body

    def _elsewhere(self) -> str:
        """Return what to say where the form was made for a unit at which the person may not register; else nothing."""
        code = request.form.get(UNIT, "")
        if not code or code == self.unit.code:
            return ""
        found = self.now.units([code]).get(code)
        text = msg(
            "This form was made for “%(unit)s”, where you may not register. It now stands here for “%(here)s”, with "
            "everything that fits its form: look it over, then send it again."
        )
        return translate(text, unit=found.name if found else code[:40], here=self.unit.name)

    def _page(
        self, data: Any, errors: Any = (), state: Any = None, *, once: str, read: Read | None = None
    ) -> str:
        screen, parent = self.screen, self.parent
        own = {ONCE: once, UNIT: self.unit.code, PARENT: parent.uid if parent else ""}
        own |= self.source.carried if self.source else {}
        if self.brought is not None:
            own |= self.brought.carried
            for line in self.brought.before if data is None else ():
                flash(translate(msg("Sent before about the same figure: %(sheet)s"), sheet=line), "warning")
        read = read or self.made.fresh()
        presets = presets_of(self.now, read.form)
        if self.source and data is None:  # somebody's data: never kept as an empty form is
            data = prefilled(read.form, {**presets, **self.source.values})
        if self.brought is not None and data is None:
            data = prefilled(read.form, {**presets, **self.brought.values})
        form: Markup = render_form(
            read.form,
            data,
            errors,
            state=state,
            context=context_of(self.now, screen, data),
            action_url=self._url(),
            refresh_url=self._url(),
            extra_hidden=hidden(**own),
            submit_label=translate(msg("Register")),
            notice=head(read),
            draft=draft_key(self.now, self.unit.code) + self._began(),
            presets=presets,
            further=[] if self.source else [(NEXT, translate(msg("Register, then the next one")))],
        )
        crumbs = [(screen.plural, list_url(screen.entity.id))]
        if self.source:
            crumbs = [(self.source.name, self.source.url)]
        if parent:
            crumbs = [(parent.code or parent.title, record_url(parent.etype, parent.uid))]
        return render_template(
            "records/form.html",
            title=translate(msg("New: %(thing)s"), thing=screen.title),
            form=form,
            crumbs=crumbs,
            screen=screen,
            units=self.units,
            unit=self.unit,
            foreign=self.unit.code != here().unit.code,
            url=self._url(),
            source=self.source,
            same=self.aside(data),
        )

    def _began(self) -> str:
        """Return from where the form was opened: what is typed there is kept apart."""
        if self.source:
            return self.source.url
        return "|".join(self.brought.carried.values()) if self.brought else ""

    def _url(self, unit: str = "") -> str:
        url = add_url(self.screen.entity.id, self.parent.uid if self.parent else None)
        return f"{url}{'&' if '?' in url else '?'}{UNIT}={unit}" if unit and len(self.units) > 1 else url

    def _parent(self) -> Any:
        """Return the record the new one belongs to, where its type belongs to another."""
        etype = self.screen.entity.parent
        uid = request.values.get(PARENT, "")
        if not etype:
            return None
        if not uid:
            raise InvalidInput(
                "record.parent",
                msg("“%(thing)s” belongs to another record: open that one and add it there"),
                {"thing": self.screen.title},
            )
        return records.get(self.now.session, etype, uid)

    def _unit(self) -> Any:
        """Return the unit at which the record is registered: the one chosen, else the person's own."""
        if not self.units:
            raise Forbidden(
                "access.denied",
                msg("Your roles do not allow “%(action)s” on “%(entity)s” here"),
                {"action": translate(msg("register")), "entity": self.screen.title},
            )
        wanted = request.values.get(UNIT, "")
        if request.method == "POST" and wanted == self.now.unit.code:
            return self.now.unit  # the form was made for it, whatever was chosen meanwhile
        chosen = next((unit for unit in self.units if unit.code == wanted), None)
        own = next((unit for unit in self.units if unit.code == self.now.unit.code), None)
        return chosen or own or self.units[0]


def answer_add(now: Here, etype: str) -> Any:
    """Answer a request for the form of a new record; lead back to the one whose step opens it no more."""
    try:
        return AddPage(now, etype).answer()
    except Conflict as gone:
        asked = asked_from()
        if gone.code != "step.gone" or asked is None:
            raise
        flash(gone.text(translate), "warning")
        return redirect(record_url(asked[0], asked[1]), 303)


def made_at(now: Here, etype: str) -> Here:
    """Return the unit for which a sent form was made, if the person may register there; else where they stand now."""
    code = request.form.get(UNIT, "") if request.method == "POST" else ""
    if not code or code == now.unit.code:
        return now
    try:
        unit = units.by_code(now.session, code)
    except NotFound:
        return now
    return now.at(unit) if now.access.allows(etype, ADD, unit.path) else now


def registered(record: Any) -> Markup:
    """Return that a record was registered, with the way to it."""
    link = Markup('<a href="{}">{}</a>').format(
        record_url(record.etype, record.uid), record.code or record.title
    )
    return Markup(translate(msg("Registered: %(thing)s"), thing="%s")) % link


def new_token() -> str:
    """Return a token by which a form that is sent twice makes one record."""
    return secrets.token_urlsafe(18)
