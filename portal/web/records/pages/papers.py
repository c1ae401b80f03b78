"""The pages of papers: see one as it would be, issue it, look at it, serve it, keep its scan, make it void."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import Any

from flask import flash, redirect, render_template, request

from portal.adapters.papers import can_print, to_pdf
from portal.core.access import UNMASK
from portal.core.acts import ISSUE_PAPER
from portal.core.errors import Conflict, InvalidInput, msg
from portal.core.files import SCANS
from portal.core.values import day_of
from portal.services import records
from portal.services.portal import Work
from portal.services.records import Draft, PaperReader, PaperView
from portal.services.records.papers import wording
from portal.web.language import as_written, translate
from portal.web.records.forms.posted import (
    REASON,
    VERSION,
    draft_key,
    hidden,
    posted_version,
    refused_in_words,
)
from portal.web.records.pages.page import RecordPage
from portal.web.sending import sent_paper
from portal.web.words.case import Case
from portal.web.words.here import Here
from portal.web.words.papers import title_of, words_of

LONGEST = 2000


class _Papers(RecordPage):
    @cached_property
    def case(self) -> Case:
        """Return the record as the person reads it."""
        return Case(self.now, self.record)

    @property
    def reader(self) -> PaperReader:
        """Return what reads the papers of the record."""
        return self.case.papers


class AddPaperPage(_Papers):
    """One request to issue a paper: it is shown as it would be, with a control for each thing that is asked."""

    needs = ISSUE_PAPER.needs

    def __init__(self, now: Here, etype: str, uid: str, document: str) -> None:
        super().__init__(now, etype, uid)
        self.document = document
        self.typed = {
            name.removeprefix("f."): value[:LONGEST]
            for name, value in request.form.items()
            if name.startswith("f.")
        }

    @cached_property
    def draft(self) -> Draft:
        """Return the paper as it would be issued now."""
        return self.reader.draft(self.document, self.typed)

    def show(self) -> Any:
        """Show the paper as it would be."""
        return self._page()

    def submit(self) -> Any:
        """Issue the paper and lead to it, or show again what is missing with nothing lost."""
        if request.form.get("do") == "look":
            return self._page()
        try:
            with self.now.writing() as uow:
                made = records.issue_paper(
                    uow, self.record.uid, self.document, self.typed, version=posted_version()
                )
                uow.commit()
        except InvalidInput as refused:
            return self._page([one.text(translate) for one in refused.problems]), 422
        except Conflict as refused:
            return self._page([refused.text(translate)]), 409
        text = msg("The paper is made: %(number)s") if made.number else msg("The paper is made.")
        flash(translate(text) % {"number": made.number} if made.number else translate(text), "success")
        return redirect(self.case.url("paper", str(made.n)), 303)

    def file(self) -> Any:
        """Send the paper as it would be, marked as a draft."""
        return sent_paper(self.reader.draft_file(self.draft), translate(msg("Draft")), self.draft.title)

    def _page(self, errors: list[str] | None = None) -> str:
        draft, record = self.draft, self.record
        may = self.now.access.allows(record.etype, UNMASK, record.unit_path, record.handler_path)
        return render_template(
            "records/paper_add.html",
            title=self.case.texts(draft.document.title),
            subtitle=as_written(record.title),
            record=record,
            draft=draft,
            typed=self.typed,
            errors=errors or [],
            masked=[self.case.texts(one) for one in draft.statement.not_clear],
            may_unmask=may and bool(draft.statement.not_clear),
            today=self.now.portal.clock.today(),
            longest=LONGEST,
            hidden=hidden(**{VERSION: record.version}),
            url=self.case.url("paper_add", self.document),
            kept=draft_key(self.now),
            back=self.back,
            crumbs=self.crumbs,
        )


class PaperPage(_Papers):
    """One request about one paper of a record."""

    def __init__(self, now: Here, etype: str, uid: str, n: int) -> None:
        super().__init__(now, etype, uid)
        self.view: PaperView = self.reader.one(n)

    def show(self) -> Any:
        """Show the paper, with what may be done with it."""
        view, today = self.view, self.now.portal.clock.today()
        return render_template(
            "records/paper.html",
            title=title_of(self.case, view),
            subtitle=as_written(self.record.title),
            record=self.record,
            paper=words_of(self.case, view),
            view=view,
            today=today,
            can_print=can_print(),
            paper_day=wording.day,
            scans=",".join(SCANS),
            hidden=hidden(**{VERSION: view.row.version}),
            back=self.back,
            crumbs=self.crumbs,
        )

    def file(self) -> Any:
        """Send the paper as a file, .docx or PDF; noted as one read."""
        as_pdf = request.args.get("as") == "pdf"
        content = self.reader.file(self.view)
        return sent_paper(
            to_pdf(content) if as_pdf else content, self.view.title, self.view.row.number, pdf=as_pdf
        )

    def serve(self) -> Any:
        """Note to whom the paper was handed out."""
        day = request.form.get("day", "")
        return self._do(
            lambda uow: records.serve_paper(
                uow,
                self.record.uid,
                self.view.row.n,
                version=posted_version(),
                to=request.form.get("to", ""),
                way=request.form.get("way", ""),
                day=_day(day),
            ),
            msg("Noted to whom it was handed out."),
        )

    def void(self) -> Any:
        """Make it void."""
        return self._do(
            lambda uow: records.void_paper(
                uow,
                self.record.uid,
                self.view.row.n,
                version=posted_version(),
                reason=request.form.get(REASON, ""),
            ),
            msg("The paper is void; its number is kept."),
        )

    def scan(self) -> Any:
        """Keep its signed scan."""
        sent_file = request.files.get("file")
        name = (sent_file.filename if sent_file is not None else "") or ""
        if sent_file is None or not name:
            flash(translate(msg("Choose the scan first.")), "danger")
            return redirect(self.case.url("paper", str(self.view.row.n)), 303)
        content = sent_file.stream.read()
        return self._do(
            lambda uow: records.scan_paper(
                uow,
                self.record.uid,
                self.view.row.n,
                version=posted_version(),
                name=name,
                content=content,
            ),
            msg("The scan is kept with the paper."),
        )

    def _do(self, act: Callable[[Work], Any], told: str) -> Any:
        try:
            with self.now.writing() as uow:
                act(uow)
                uow.commit()
        except (InvalidInput, Conflict) as refused:
            flash(refused_in_words(refused), "danger")
        else:
            flash(translate(told), "success")
        return redirect(self.case.url("paper", str(self.view.row.n)), 303)


def _day(value: str) -> dt.date | None:
    try:
        return day_of(value)
    except ValueError:
        return None
