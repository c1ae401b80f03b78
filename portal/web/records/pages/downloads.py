"""Files of a record: sent only to those who may see the record, and never run by a browser."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response

from portal.services import records
from portal.web.security import no_store
from portal.web.words.here import Here


def send(now: Here, etype: str, uid: str, attachment_uid: str) -> Any:
    """Send a file of one record; a file of another record is not there."""
    record = now.find(etype, uid)
    found = records.attachment(now.session, attachment_uid, record)
    response = Response(found.content, mimetype=found.media_type)
    # RFC 6266: the plain name for old clients, the real one, with its Chinese, for all others.
    ending = found.name.rpartition(".")[2] if found.name.isascii() or "." in found.name else "bin"
    plain = found.name if found.name.isascii() and '"' not in found.name else f"file.{ending}"
    plain = plain if plain.isascii() else "file"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return no_store(response)
