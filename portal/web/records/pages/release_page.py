"""Moving a record to a newer release: a page that says what changes, and a POST that does it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request

from portal.core.acts import ADOPT_RELEASE
from portal.core.errors import Conflict, InvalidInput, msg
from portal.services import records
from portal.web.language import as_written, translate
from portal.web.records.forms.posted import REASON, VERSION, errors_of, hidden, posted_version
from portal.web.records.pages.page import RecordPage
from portal.web.words.here import Here
from portal.web.words.links import action_url
from portal.web.words.releases import ReleaseWords, told_apart

TO, STAGE = "to", "stage"


class ReleasePage(RecordPage):
    """One request to move one record to a newer release."""

    needs = ADOPT_RELEASE.needs

    def __init__(self, now: Here, etype: str, uid: str) -> None:
        super().__init__(now, etype, uid)
        self.newer = records.newer_releases(now.session, self.record)
        self.url = action_url(etype, "release", uid)

    @property
    def wanted(self) -> int | None:
        """Return the release that the address or the form names; by default the newest there is."""
        given = request.values.get(TO, "")
        named = next((one.release_id for one in self.newer if str(one.release_id) == given), None)
        return named or next((one.release_id for one in self.newer), None)

    def show(self) -> Any:
        """Show the changes that moving the record would make."""
        return self._page()

    def submit(self) -> Any:
        """Move the record, or say why not with nothing lost."""
        wanted = self.wanted
        try:
            if wanted is None or str(wanted) != request.form.get(TO, ""):
                raise Conflict("move.release", msg("There is no newer release for this record any more"))
            with self.now.writing() as uow:
                records.move(
                    uow,
                    self.record.uid,
                    wanted,
                    posted_version(),
                    request.form.get(REASON, "").strip(),
                    request.form.get(STAGE) or None,
                )
                uow.commit()
        except InvalidInput as refused:
            return self._page({error.pointer: error.text(translate) for error in errors_of(refused)}), 422
        except Conflict as conflict:
            flash(conflict.text(translate), "warning")
            return self._page(), 409
        flash(translate(msg("The record now follows the newer release.")), "success")
        return redirect(self.back, 303)

    def _page(self, errors: dict[str, str] | None = None) -> str:
        now, record = self.now, self.record
        view = records.view_of(now.portal, now.session, record)
        words = None
        if self.wanted is not None:
            found = records.preview(now.portal, now.session, record, self.wanted)
            words = ReleaseWords(now, self.screen, view, found)
        held = self.screen.bundle.version
        return render_template(
            "records/release.html",
            title=translate(msg("Move to a newer release")),
            subtitle=as_written(record.title),
            record=record,
            screen=self.screen,
            words=words,
            newer=self.newer,
            wanted=self.wanted,
            new_name=next((told_apart(one, held) for one in self.newer if one.release_id == self.wanted), ""),
            errors=errors or {},
            stage=request.form.get(STAGE, ""),
            reason=request.form.get(REASON, ""),
            hidden=hidden(**{VERSION: record.version, TO: self.wanted}),
            url=self.url,
            back=self.back,
            crumbs=self.crumbs,
        )
