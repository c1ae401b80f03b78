"""The frame of every page of records: one request, shown on GET and submitted on POST."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect, request
from werkzeug.exceptions import MethodNotAllowed

from portal.core.acts import Act
from portal.core.errors import NotFound, msg
from portal.services import records
from portal.services.records.acts.locking import locked
from portal.web.language import translate
from portal.web.redirects import HOME
from portal.web.words.here import Here
from portal.web.words.links import list_url, record_url


class Page:
    """One request about records of a type."""

    def __init__(self, now: Here, etype: str) -> None:
        self.now = now
        self.etype = etype

    def answer(self) -> Any:
        """Return the answer to the request."""
        return self.submit() if request.method == "POST" else self.show()

    def show(self) -> Any:
        """Answer a GET."""
        raise MethodNotAllowed

    def submit(self) -> Any:
        """Answer a POST."""
        raise MethodNotAllowed


class RecordPage(Page):
    """One request about one record; ``needs`` names the action that the person's roles must allow on it.

    Where a lock stops its ``act``, a GET leads back to the record and says why.
    """

    needs: ClassVar[str] = ""
    act: ClassVar[Act | None] = None

    def __init__(self, now: Here, etype: str, uid: str) -> None:
        super().__init__(now, etype)
        self.record = now.find(etype, uid)
        if self.needs:
            now.access.require(etype, self.needs, self.record.unit_path, self.record.handler_path)
        self.screen = now.screen_for(self.record)
        self.back = record_url(etype, uid)

    def answer(self) -> Any:
        """Return the answer to the request."""
        act = self.act
        if request.method == "GET" and act is not None and act.stopped_by_lock and self.locked:
            flash(locked().text(translate), "warning")
            return redirect(self.back, 303)
        return super().answer()

    @property
    def locked(self) -> bool:
        """Return whether the record is closed to changes."""
        return records.is_locked(self.now.portal, self.now.session, self.record)

    @property
    def is_seen(self) -> bool:
        """Return whether the person sees the record after what was done."""
        # Another session: this request's own may still see what was before the act.
        with self.now.portal.reading(self.now.access) as session:
            try:
                records.get(session, self.etype, self.record.uid)
            except NotFound:
                return False
        return True

    def lead_on(self, told: str) -> str:
        """Say what was done, and return the page that comes next: the record, or home where the act took it away."""
        if self.is_seen:
            flash(told, "success")
            return self.back
        gone = msg("%(told)s. The matter is no longer with your unit.")
        flash(translate(gone, told=told.rstrip("。. ")), "success")
        return HOME

    @property
    def name(self) -> str:
        """Return the code of the record, or its title where it has no code."""
        return self.record.code or self.record.title

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """Return the way to this page: the list, then the record."""
        return [(self.screen.plural, list_url(self.etype)), (self.name, self.back)]
