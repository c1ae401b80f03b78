"""Files of a record: sent only to those who may see the record, and never run by a browser."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from portal.core.errors import Forbidden, msg
from portal.services import records
from portal.web.records.pages.page import RecordPage
from portal.web.security import no_store
from portal.web.words.here import Here


class FilePage(RecordPage):
    """One request for a file of a record; a file of another record is not there."""

    def __init__(self, now: Here, etype: str, uid: str, attachment: str) -> None:
        super().__init__(now, etype, uid)
        self.file = records.attachment(now.session, attachment, self.record)
        papers = records.PaperReader(now.portal, now.session, self.record)
        if not papers.may_have(self.file.uid):
            raise Forbidden(
                "paper.scan", msg("The signed paper states personal data that you don't see: show them first")
            )

    def show(self) -> Response:
        """Send the file, never to be run by a browser."""
        name = self.file.name
        response = Response(self.file.content, mimetype=self.file.media_type)
        # RFC 6266: the plain name for old clients, the real one, with its Chinese, for all others.
        ending = name.rpartition(".")[2] if name.isascii() or "." in name else "bin"
        plain = name if name.isascii() and '"' not in name else f"file.{ending}"
        plain = plain if plain.isascii() else "file"
        response.headers["Content-Disposition"] = (
            f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        return no_store(response)
