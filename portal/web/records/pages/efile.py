"""The file of a matter: its contents, what is missing, how long it is kept; printed as one volume or taken as files."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import quote

from flask import Response, flash, redirect, render_template, request
from markupsafe import Markup

from portal.adapters.papers import bind, can_bind
from portal.core.access import ADD
from portal.core.acts import FILL_VOLUME
from portal.core.errors import Conflict, InvalidInput, NotFound, PortalError, msg
from portal.core.text import DEFAULT_LANGUAGE
from portal.core.zone import LOCAL
from portal.services import archive
from portal.services.portal import Work
from portal.services.records.papers.wording import day
from portal.web.language import as_written, speaking, translate
from portal.web.records.forms.posted import VERSION, hidden, posted_version, refused_in_words
from portal.web.records.pages.page import RecordPage
from portal.web.records.written import Writing
from portal.web.security import no_store
from portal.web.words.case import Case
from portal.web.words.here import Here
from portal.web.words.volumes import Line, VolumeWords, volume_words

ZIP, PDF = "application/zip", "application/pdf"
# Stands in the address for all that is missing; no code of a document is written so.
REST = "the-rest"


def _paper_day(when: dt.date) -> str:
    """Return a day as papers write it."""
    return day(when.astimezone(LOCAL).date() if isinstance(when, dt.datetime) else when)


def _written(case: Case, volume: VolumeWords) -> dict[int, Any]:
    """Return what was written into steps, as the person may see it, by the row of the history."""
    found = [one.entry.answers for one in volume.lines if one.entry.answers]
    writing = Writing(case, found)
    return {one.event.id: writing.of(one) for one in found}


class _Volume(RecordPage):
    def __init__(self, now: Here, etype: str, uid: str) -> None:
        super().__init__(now, etype, uid)
        self.case = Case(now, self.record)
        found = volume_words(self.case)
        if found is None:
            raise NotFound("volume.none", msg("Matters of this kind have no file"))
        self.volume: VolumeWords = found
        self.url = self.case.url("efile")

    def _page(self, template: str, title: str, **values: Any) -> str:
        return render_template(
            template,
            title=title,
            subtitle=as_written(self.record.title),
            record=self.record,
            case=self.case,
            volume=self.volume,
            url=self.url,
            hidden=hidden(**{VERSION: self.record.version}),
            back=self.back,
            crumbs=self.crumbs,
            **values,
        )

    def _do(self, act: Any, told: str, back: str = "") -> Any:
        try:
            with self.now.writing() as uow:
                act(uow)
                uow.commit()
        except (InvalidInput, Conflict) as refused:
            flash(refused_in_words(refused), "danger")
            return redirect(back or self.url, 303)
        flash(translate(told), "success")
        return redirect(self.url, 303)


class EFilePage(_Volume):
    """One request for the file of a matter."""

    def show(self) -> Any:
        """Show its contents, with what is missing first."""
        record, volume = self.record, self.volume.contents.volume
        may_hold = self.now.access.allows(archive.THING, ADD, record.unit_path, record.handler_path)
        return self._page(
            "records/efile.html",
            translate(msg("E-file")),
            may_hold=may_hold and self.volume.contents.is_archived,
            may_keep=may_hold,
            can_bind=can_bind(),
            keeping=f"/retention/volume/{self.etype}/{record.uid}",
            held=archive.hold_reason(self.now.portal, record, volume) if volume and volume.held else "",
            row=volume,
        )

    def print(self) -> Any:
        """Show it whole, as one volume to be printed."""
        pictures = {
            one.entry.file.uid
            for one in self.volume.lines
            if one.entry.file is not None and one.entry.file.media_type in ("image/png", "image/jpeg")
        }
        sheets = self._on_paper("records/volume_sheets.html", pictures=pictures)
        return self._page("records/volume.html", translate(msg("Volume")), sheets=Markup(sheets))

    def pdf(self) -> Any:
        """Send it as one PDF: cover, contents with pages, papers, answers, pictures, and the pages of scans."""
        contents, session = self.volume.contents, self.now.session
        bound = {
            at: archive.bound_file(contents, one.entry)
            for at, one in enumerate(self.volume.lines, start=1)
            if not one.is_void and (one.entry.paper or one.entry.answers or one.entry.file)
        }
        page = self._on_paper("records/volume_pdf.html", bound=bound)
        try:
            files = archive.contents_of(session, contents, [one for one in bound.values() if one is not None])
            made = bind(page, files)
        except PortalError as refused:
            flash(refused.text(translate), "warning")
            return redirect(self.url, 303)
        return self._sent(made.content, PDF, "pdf")

    def _on_paper(self, template: str, **values: Any) -> str:
        """Return the volume as it stands on paper: in the language of papers, whatever the person reads."""
        with speaking(DEFAULT_LANGUAGE):
            case = Case(replace(self.now, lang=DEFAULT_LANGUAGE), self.record)
            volume = VolumeWords(case)
            return render_template(
                template,
                record=self.record,
                case=case,
                volume=volume,
                written=_written(case, volume),
                today=self.now.portal.clock.today(),
                paper_day=_paper_day,
                **values,
            )

    def _sent(self, content: bytes, mimetype: str, ending: str) -> Response:
        name = quote(f"{self.record.code or self.record.uid}.{ending}", safe="")
        response = Response(content, mimetype=mimetype)
        response.headers["Content-Disposition"] = (
            f"attachment; filename=\"volume.{ending}\"; filename*=UTF-8''{name}"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        return no_store(response)

    def files(self) -> Any:
        """Send it as one compressed file: its list of contents, its papers and files in their order."""
        index = self._on_paper("records/volume_index.html")
        lines = [(one.n, one.title, one.entry) for one in self.volume.lines]
        try:
            content = archive.volume_zip(self.now.session, self.volume.contents, index.encode(), lines)
        except Conflict as refused:
            flash(refused.text(translate), "warning")
            return redirect(self.url, 303)
        return self._sent(content, ZIP, "zip")


class RestPage(_Volume):
    """One request to say once why all that is still missing is not in the file."""

    needs = FILL_VOLUME.needs

    def show(self) -> Any:
        """Name what is missing, and ask why."""
        if not self.volume.gaps:
            return redirect(self.url, 303)
        return self._page("records/efile_rest.html", translate(msg("What is not in the file")))

    def submit(self) -> Any:
        """Note the reason at each document, and lead back to the file."""
        why = request.form.get("why", "")

        def act(uow: Work) -> None:
            archive.explain_rest(uow, self.record.uid, version=posted_version(), why=why)

        return self._do(act, msg("It is noted in the file."), self.case.url("efile", "fill", REST))


class FillPage(_Volume):
    """One request to fill the place of a document in the file of a matter."""

    needs = FILL_VOLUME.needs

    def __init__(self, now: Here, etype: str, uid: str, document: str) -> None:
        super().__init__(now, etype, uid)
        self.document = document
        self.url = self.case.url("efile")

    @cached_property
    def line(self) -> Line:
        """Return the line whose place is filled."""
        for one in self.volume.lines:
            if one.fill_url and one.entry.document is not None and one.entry.document.code == self.document:
                return one
        raise NotFound("volume.place", msg("There is nothing to be filled here"))

    def show(self) -> Any:
        """Ask for a file, or why there is none."""
        return self._page("records/efile_fill.html", self.line.name, line=self.line)

    def submit(self) -> Any:
        """Fill the place, and lead back to the file."""
        sent = request.files.get("file")
        name = (sent.filename if sent is not None else "") or ""
        upload = None
        if sent is not None and name:
            upload = archive.Upload(name, sent.stream.read())

        def act(uow: Work) -> None:
            archive.fill_volume(
                uow,
                self.record.uid,
                self.document,
                version=posted_version(),
                upload=upload,
                file=request.form.get("which", ""),
                why=request.form.get("why", ""),
            )

        return self._do(act, msg("It is noted in the file."), self.case.url("efile", "fill", self.document))
