"""The forms of a release with nothing filled in, as they are printed to be written on by hand."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.adapters.papers import fill_template
from portal.core.documents import GIVEN, LISTS, DocumentType
from portal.core.errors import NotFound, msg
from portal.services.bundles import Bundle
from portal.services.records.papers.issuing import types_of
from portal.services.records.papers.templates import template_content, template_of

# Tables have as many rows to write in.
_ROWS = ["", "", ""]
_DAY = "　　　　年　　月　　日"


def forms_of(bundle: Bundle) -> list[DocumentType]:
    """Return the documents of a release that are not hidden, in order."""
    return [one for one in types_of(bundle).values() if not one.hidden]


def blank_form(session: Session, bundle: Bundle, code: str, centre: str) -> tuple[str, bytes]:
    """Return the title of a document and its form as .docx, with the centre's name and nothing else."""
    document = next((one for one in forms_of(bundle) if one.code == code), None)
    if document is None:
        raise NotFound("paper.unknown", msg("There is no such document"))
    title = bundle.texts()(document.title)
    nothing = {one.id: _ROWS if one.kind == "strings" else "" for one in document.fields}
    values = {
        **nothing,
        **{name: _ROWS if name in LISTS else "" for name in GIVEN},
        "paper_blank": "1",
        "paper_title": title,
        "paper_day": _DAY,
        "paper_centre": centre,
        "paper_unit": centre,
    }
    template = template_content(session, template_of(session, bundle.release_id, document))
    return title, fill_template(template, values).content
