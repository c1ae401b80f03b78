"""Files that are sent to be kept, named by their words."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from portal.web.security import no_store

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


def sent_paper(content: bytes, *names: str, pdf: bool = False) -> Response:
    """Return a paper as a file to be kept, .docx or PDF; browsers keep no copy of it."""
    name = " ".join(one for one in names if one).replace("/", "、") + (".pdf" if pdf else ".docx")
    response = Response(content, mimetype=PDF if pdf else DOCX)
    plain = "paper.pdf" if pdf else "paper.docx"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return no_store(response)
