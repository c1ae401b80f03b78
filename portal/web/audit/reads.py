"""Note who opened, searched or downloaded what, after the answer is made and before it is sent.

The note is one insert in a short transaction of its own. Of a search only the names of the filters are kept: what
was searched for may be a person's name or number.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from flask import Flask, Response, g, request

from portal.core.acts import DOWNLOAD, FIND, OPEN, PRINT_RECEIPT, PRINT_VOLUME
from portal.persistence.models import Record
from portal.services.records.acts.looked import Read
from portal.services.records.acts.performing import look
from portal.services.records.privacy.people_index import subject_of
from portal.web import access

OPENED = {
    "RecordsView.show": "page",
    "RecordsView.edit": "edit",
    "RecordsView.release": "page",
    "WorkApi.release": "api",
    "RecordsApi.get": "api",
    "WorkApi.transitions": "api",
    "WorkApi.decisions": "api",
    "WorkApi.referrals": "api",
    "WorkApi.referral": "api",
    "WorkApi.history": "api",
    "WorkApi.clocks": "api",
    "WorkApi.recordable": "api",
    "RecordsView.paper": "page",
    "RecordsView.paper_add": "page",
    "RecordsView.efile": "page",
    "RecordsView.efile_fill": "page",
    "RecordsView.task": "page",
    "TasksApi.tasks": "api",
    "TasksApi.task": "api",
}
SEARCHED = frozenset({"RecordsView.list", "RecordsApi.get_list"})
DOWNLOADED = frozenset({"RecordsView.attachment", "RecordsView.paper_file"})
RECEIPTS = frozenset({"RecordsView.receipt"})
VOLUMES = {
    "RecordsView.efile_print": "page",
    "RecordsView.efile_pdf": "pdf",
    "RecordsView.efile_files": "files",
}
NOTED = OPENED.keys() | SEARCHED | DOWNLOADED | RECEIPTS | VOLUMES.keys()
# Arguments that say where in a list one is, not what one looks for.
PLACES = frozenset({"page", "size", "sort", "order", "all", "_l_", "purpose"})
MAX_PURPOSE = 500


def note(read: Read) -> None:
    """Note something this request reads that its address does not tell: an export, an unmasked field."""
    g.setdefault("reads", []).append(read)


def found(record: Record) -> Record:
    """Remember where a record stands, so that the note of its reading need not look it up again."""
    g.setdefault("places", {})[record.uid] = (record.unit_path, record.release_id, record.key)
    return record


def purpose() -> str:
    """Return the stated purpose of reading: ``?purpose=`` or the header ``X-Purpose`` (URL-encoded)."""
    said = request.args.get("purpose") or unquote(request.headers.get("X-Purpose", ""))
    return said.replace("\x00", "").strip()[:MAX_PURPOSE]


def init_reads(app: Flask) -> None:
    """Note the reads of each request."""

    @app.after_request
    def note_reads(response: Response) -> Response:
        if request.method == "GET" and response.status_code == 200:
            # Who asks is looked up last: an address that shows no record asks nothing of the database here.
            reads = [*_of_address(), *g.pop("reads", ())]
            if reads and access.person() is not None:
                look(access.portal(), access.current(), access.origin(), reads)
        return response


def _of_address() -> Iterator[Read]:
    endpoint = request.endpoint or ""
    if endpoint not in NOTED:
        return
    etype, values = str(g.get("etype") or ""), request.view_args or {}
    uid = str(values.get("uid", ""))
    if endpoint in OPENED:
        path, release_id, key = g.get("places", {}).get(uid, ("", None, None))
        yield Read(
            OPEN.action,
            etype,
            uid,
            path,
            release_id,
            purpose=purpose(),
            detail={"by": OPENED[endpoint]},
            key=key,
        )
    elif endpoint in RECEIPTS:
        yield Read(PRINT_RECEIPT.action, etype, uid, purpose=purpose(), detail={"by": "page"})
    elif endpoint in VOLUMES:
        yield Read(PRINT_VOLUME.action, etype, uid, purpose=purpose(), detail={"by": VOLUMES[endpoint]})
    elif endpoint in DOWNLOADED:
        detail = {name: values[name] for name in ("attachment", "n") if name in values}
        named = {{"attachment": "file", "n": "paper"}[name]: value for name, value in detail.items()}
        yield Read(DOWNLOAD.action, etype, uid, purpose=purpose(), detail=named)
    else:
        yield from _search(etype, endpoint)


def _search(etype: str, endpoint: str) -> Iterator[Read]:
    by = "api" if endpoint == "RecordsApi.get_list" else "page"
    names = sorted({name[:80] for name, value in request.args.items() if value} - PLACES)[:40]
    if names or by == "api":
        unit = access.unit()
        text = request.args.get("text", "")
        yield Read(
            FIND.action,
            etype,
            # Whom somebody looked for can be asked of the log, but not read in it.
            subject_of(access.portal().keys, text) if text.strip() else "",
            unit_path=unit.path if unit is not None else "",
            purpose=purpose(),
            detail={"by": by, "filters": names},
        )
