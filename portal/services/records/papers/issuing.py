"""Issue papers about records, make them void, say how they were served, keep the signed scan.

The number is taken last in the transaction of the act: it goes back if that does, so series have no gaps; a void paper
keeps its number.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from portal.core.acts import ISSUE_PAPER, SCAN_PAPER, SERVE_PAPER, VOID_PAPER, Act
from portal.core.documents import DocumentType, documents
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, msg, require_reason
from portal.core.files import safe_name, scan_type
from portal.persistence.models import Attachment, Paper, Record
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import centre_ref, load
from portal.services.records.acts.performing import perform
from portal.services.records.entering.numbering import next_number, period_of
from portal.services.records.papers.offering import is_about, is_of_stage, may_issue, stages_of
from portal.services.records.papers.stating import Statement, Stating
from portal.services.records.papers.templates import template_of
from portal.services.records.privacy.record_encryption import PAPER, give_key, key_for_writing, value_opened
from portal.services.units.centres import CentreRef

if TYPE_CHECKING:
    from portal.adapters.record_key import RecordKey
    from portal.services.portal import Work
    from portal.services.records.acts.performed import Performed

ISSUED, VOID = "issued", "void"
# What a record has of papers at most, and each of entries about its serving.
MOST, MOST_SERVED, LONGEST = 300, 50, 200


def types_of(bundle: Bundle) -> dict[str, DocumentType]:
    """Return the documents of a release."""
    return bundle.once(("documents",), lambda: documents(bundle.documents))


def issue_paper(
    uow: Work, uid: str, document: str, asked: Mapping[str, str], *, version: int | None = None
) -> Paper:
    """Issue a paper about a record, with what the person typed for it; ``version`` is the one the person saw."""
    record = load(uow.session, uid)
    with perform(uow, ISSUE_PAPER, record, version=version) as act:
        found = types_of(act.bundle).get(document)
        if found is None or not is_about(act.bundle, record, found, uow.today):
            raise NotFound("paper.unknown", msg("There is no such document"))
        if not is_of_stage(found, stages_of(act.bundle, record)):
            raise Conflict(
                "paper.stage", msg("This document is not issued in the stage that the matter is in")
            )
        if not may_issue(uow.access, record, found, centre_ref(uow, record).unit_path):
            raise Forbidden("paper.issuer", msg("This document is issued by others"))
        statement = Stating(uow.portal, uow.session, record).statement(found, asked)
        _require_whole(statement)
        made = issue(act, found, statement)
        act.touch()
        act.audit(after=said_of(made))
    return made


def issue(act: Performed, document: DocumentType, statement: Statement) -> Paper:
    """Issue a paper as part of an act, and tell it in the history."""
    uow, record = act.uow, act.record
    key = _key(uow, record)
    centre = centre_ref(uow, record)
    template = template_of(uow.session, record.release_id, document)
    made = Paper(
        record_id=record.id,
        n=_next(uow, record),
        etype=record.etype,
        document=document.code,
        centre_id=record.centre_id,
        release_id=record.release_id,
        template=template,
        unit_id=record.handler_unit_id or record.unit_id,
        unit_path=record.handler_path or record.unit_path,
        said=key.encrypt(asdict(statement), PAPER),
        issued_on=uow.today,
        issued_at=uow.now,
        issued_by=uow.access.user_id,
        issued_by_name=uow.access.name,
        status=ISSUED,
        served=key.encrypt([], PAPER),
        version=1,
    )
    _number(uow, made, document, record, centre)
    uow.add(made)
    story = ISSUE_PAPER.history
    act.history(story.name if story else "", kind=ISSUE_PAPER.kind, data=said_of(made))
    return made


def _number(uow: Work, made: Paper, document: DocumentType, record: Record, centre: CentreRef) -> None:
    """Give a paper its number: the next of its series, or that of its record, which only one paper bears."""
    numbering = document.number
    if numbering is None:
        return
    if numbering.of_record and record.code:
        others = select(Paper.n).where(
            Paper.record_id == record.id, Paper.document == document.code, Paper.status == ISSUED
        )
        if uow.session.scalar(others) is not None:
            text = msg("%(number)s is made already: make that one void first if there is a mistake in it")
            raise Conflict("paper.once", text, {"number": record.code})
        made.number = record.code
        return
    pattern = numbering.pattern
    made.series, made.period = numbering.series, period_of(pattern, uow.today)
    made.seq = next_number(uow.session, record.centre_id, made.series, made.period)
    made.number = pattern.render(
        agency=centre.agency,
        unit=centre.unit_code,
        year=uow.today.year,
        month=uow.today.month,
        seq=made.seq,
    )


def void_paper(uow: Work, uid: str, n: int, *, version: int, reason: str) -> Paper:
    """Make a paper void with the reason; its number is kept and given to no other."""
    with _paper(uow, uid, n, VOID_PAPER, version) as (act, paper, key):
        require_reason(reason)
        paper.status, paper.void_at, paper.void_by_name = VOID, uow.now, uow.access.name
        paper.void_reason = key.encrypt_text(reason.strip()[: LONGEST * 5], PAPER)
        _tell(act, paper, reason)
    return paper


def serve_paper(
    uow: Work, uid: str, n: int, *, version: int, to: str, way: str, day: dt.date | None
) -> Paper:
    """Note to whom a paper was handed out, in which way, on which day."""
    with _paper(uow, uid, n, SERVE_PAPER, version) as (act, paper, key):
        to, way = " ".join(to.split())[:LONGEST], " ".join(way.split())[:LONGEST]
        problems = [
            *([] if to else [Problem("paper.to", msg("Say to whom it was given"), pointer="/to")]),
            *([] if way else [Problem("paper.way", msg("Say how it was given"), pointer="/way")]),
        ]
        if day is None or not paper.issued_on <= day <= uow.today:
            text = msg("Choose a day from that of the paper to today")
            problems.append(Problem("paper.day", text, pointer="/day"))
        entries = list(value_opened(key, paper.served, PAPER))
        if len(entries) >= MOST_SERVED:
            problems.append(
                Problem("paper.many", msg("That is more than one paper is served"), pointer="/to")
            )
        if problems or day is None:
            raise InvalidInput("paper.invalid", msg("Please correct what is marked"), problems=problems)
        entries.append({"to": to, "way": way, "on": day.isoformat(), "by": uow.access.name})
        paper.served = key.encrypt(entries, PAPER)
        _tell(act, paper)
    return paper


def scan_paper(uow: Work, uid: str, n: int, *, version: int, name: str, content: bytes) -> Paper:
    """Keep the signed scan of a paper as a file of the record."""
    with _paper(uow, uid, n, SCAN_PAPER, version) as (act, paper, _key):
        media_type = scan_type(name, content)
        if paper.scan:
            raise Conflict("paper.scanned", msg("The paper has its scan already"))
        uow.need_room()
        made = Attachment(
            uid=uuid.uuid4().hex,
            record=act.record,
            name=safe_name(name),
            media_type=media_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            created_at=uow.now,
            created_by=uow.access.user_id,
            created_by_name=uow.access.name,
        )
        uow.add(made)
        paper.scan = made.uid
        _tell(act, paper, file={"size": made.size, "sha256": made.sha256})
    return paper


@contextmanager
def _paper(
    uow: Work, uid: str, n: int, act: Act, version: int
) -> Iterator[tuple[Performed, Paper, RecordKey]]:
    """Perform an act on a paper that is not void, by those who may issue it."""
    record = load(uow.session, uid)
    with perform(uow, act, record) as performed:
        paper = uow.session.scalar(select(Paper).where(Paper.record_id == record.id, Paper.n == n))
        if paper is None:
            raise NotFound("paper.unknown", msg("There is no such document"))
        known = types_of(performed.bundle).get(paper.document)
        if known is not None and not may_issue(uow.access, record, known, centre_ref(uow, record).unit_path):
            raise Forbidden("paper.issuer", msg("This document is issued by others"))
        if paper.status == VOID:
            raise Conflict("paper.void", msg("This paper is void"))
        if paper.version != version:
            raise Conflict("paper.stale", msg("Somebody changed this paper meanwhile: look at it again"))
        yield performed, paper, _key(uow, record)
        paper.version += 1
        performed.touch()


def _tell(act: Performed, paper: Paper, reason: str = "", **more: Any) -> None:
    said = {**said_of(paper), **more}
    act.history(data=said, reason=reason)
    act.audit(after=said, reason=reason)


def said_of(paper: Paper) -> dict[str, Any]:
    """Return what history and audit log say of a paper: which, and its number; nothing that it states."""
    return {"n": paper.n, "document": paper.document, "number": paper.number, "status": paper.status}


def _key(uow: Work, record: Record) -> RecordKey:
    return key_for_writing(uow.portal.keys, record) or give_key(uow.portal.keys, record)


def _next(uow: Work, record: Record) -> int:
    """Return the next number of a paper within its record, those of this unit of work counted."""
    stored = uow.session.scalar(select(func.max(Paper.n)).where(Paper.record_id == record.id)) or 0
    waiting = (one.n for one in uow.session.new if isinstance(one, Paper) and one.record_id == record.id)
    found = max(stored, *waiting, 0)
    if found >= MOST:
        raise Conflict("paper.too_many", msg("A matter has at most %(limit)s papers"), {"limit": MOST})
    return found + 1


def _require_whole(statement: Statement) -> None:
    problems = [
        Problem(
            "paper.missing", msg("“%(field)s” has to be stated"), {"field": one.title}, pointer=f"/{one.id}"
        )
        for one in statement.missing
    ]
    if problems:
        raise InvalidInput("paper.invalid", msg("Please correct what is marked"), problems=problems)
