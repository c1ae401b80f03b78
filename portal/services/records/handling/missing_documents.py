"""What the file of a matter lacks keeps the matter from being archived, in every act that would archive it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.conditions import Env, Trace
from portal.core.conditions.trace import FILE_LACKS
from portal.core.documents import DocumentType
from portal.core.encrypted import is_destroyed
from portal.core.errors import Conflict, Problem, msg
from portal.core.lifecycle import Move
from portal.core.volumes import ARCHIVED, Needed, needed
from portal.persistence.models import Attachment, Paper, Record
from portal.persistence.scope import as_system
from portal.services.bundles import Bundle
from portal.services.records.acts.performed import Performed
from portal.services.records.handling.volumes import facts_of, keeper, keeping_of, volume_of
from portal.services.records.papers.issuing import ISSUED, types_of
from portal.services.records.privacy.record_encryption import PAPER, VOLUME, key_of, value_opened

if TYPE_CHECKING:
    from portal.services.portal import Portal

LACKING = "volume.lacking"
_STATED = msg("The file lacks: %(documents)s. Put it in, or say in the e-file why it is not there")


def places_of(bundle: Bundle, record: Record, env: Env) -> list[Needed]:
    """Return the places that the file of a record has to have."""
    own = (one for one in types_of(bundle).values() if one.entity == record.etype and not one.hidden)
    return needed(own, facts_of(record), env)


def lacking(portal: Portal, session: Session, record: Record, bundle: Bundle) -> list[DocumentType]:
    """Return the documents that the file of a record has to hold, and of which nobody said why they are not there."""
    with as_system(session, "what a file lacks holds for everybody, also who does not see the papers"):
        volumes = keeping_of(keeper(portal, session, record, bundle)).volumes.get(record.etype)
        if volumes is None:
            return []
        filled = {volumes.cover} | _issued(portal, session, record) | _placed(portal, session, record)
    places = places_of(bundle, record, Env(portal.clock.today(), taxonomies=bundle.taxonomies))
    return [one.first for one in places if not any(each.code in filled for each in one.documents)]


def _issued(portal: Portal, session: Session, record: Record) -> set[str]:
    """Return the documents of which a paper is there: signed, where it is to be signed."""
    key = key_of(portal.keys, record)
    rows = session.scalars(select(Paper).where(Paper.record_id == record.id, Paper.status == ISSUED))
    return {one.document for one in rows if one.scan or not _is_signed(value_opened(key, one.said, PAPER))}


def _is_signed(said: Any) -> bool:
    return not is_destroyed(said) and bool(said["signs"])


def _placed(portal: Portal, session: Session, record: Record) -> set[str]:
    """Return the documents in whose place a file is, or of which a person said why they are not there."""
    volume = volume_of(session, record)
    if volume is None or not volume.placed:
        return set()
    placed = value_opened(key_of(portal.keys, record), volume.placed, VOLUME)
    if is_destroyed(placed):
        return set()
    files = set(session.scalars(select(Attachment.uid).where(Attachment.record_id == record.id)))
    return {code for code, one in placed.items() if one.get("why") or one.get("file") in files}


def obstacles(
    portal: Portal, session: Session, record: Record, bundle: Bundle, canonical: str
) -> tuple[Trace, ...]:
    """Return what keeps a record from a stage by what its file lacks, as conditions tell what blocks a step."""
    if canonical != ARCHIVED or record.canonical_stage == ARCHIVED:
        return ()
    codes = [one.code for one in lacking(portal, session, record, bundle)]
    return (Trace("atom", False, note=FILE_LACKS, actual=codes),) if codes else ()


def require_documents(act: Performed, move: Move) -> None:
    """Raise Conflict where a step would archive a record whose file lacks something, naming each document."""
    if move.to_stage.canonical != ARCHIVED or act.record.canonical_stage == ARCHIVED:
        return
    found = lacking(act.uow.portal, act.uow.session, act.record, act.bundle)
    if not found:
        return
    texts = act.bundle.texts()
    names = [texts(one.title) for one in found]
    problems = [
        Problem(LACKING, msg("“%(document)s” is not in the file"), {"document": name}, pointer="")
        for name in names
    ]
    raise Conflict(LACKING, _STATED, {"documents": "、".join(names)}, problems=problems)
