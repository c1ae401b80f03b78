"""Put files into the places of a record's file, say why others stay empty, choose its class, hold it."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.core.access import ADD
from portal.core.acts import FILL_VOLUME, FREE_VOLUME, HOLD_VOLUME, KEEP_VOLUME
from portal.core.blank import is_wordless
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg, require_reason
from portal.core.files import checked_type, safe_name
from portal.core.volumes import ARCHIVED
from portal.persistence.models import Attachment, Record, Volume
from portal.services.records.acts.loading import load
from portal.services.records.acts.performing import perform
from portal.services.records.handling.missing_documents import lacking
from portal.services.records.handling.volumes import date_volume, keeper, keeping_of, own_volume
from portal.services.records.papers.issuing import types_of
from portal.services.records.privacy.record_encryption import (
    VOLUME,
    give_key,
    key_for_writing,
    text_opened,
    value_opened,
)

if TYPE_CHECKING:
    from portal.adapters.record_key import RecordKey
    from portal.services.portal import Portal, Work

THING = "retention"
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is sent."""

    name: str
    content: bytes


def fill_volume(
    uow: Work,
    uid: str,
    document: str,
    *,
    version: int,
    upload: Upload | None = None,
    file: str = "",
    why: str = "",
) -> Volume:
    """Fill the place of a document by a file that is sent or that the record has, or say why it stays empty."""
    record = load(uow.session, uid)
    with perform(uow, FILL_VOLUME, record, version=version) as act:
        known = types_of(act.bundle).get(document)
        if known is None or known.hidden or known.entity != record.etype:
            raise NotFound("paper.unknown", msg("There is no such document"))
        said: dict[str, Any] = {"document": document}
        if upload is not None:
            made = _attach(uow, record, upload)
            entry = {"file": made.uid}
            said |= {"size": made.size, "sha256": made.sha256}
        elif file:
            found = uow.session.scalar(
                select(Attachment.uid).where(Attachment.uid == file, Attachment.record_id == record.id)
            )
            if found is None:
                raise NotFound("file.unknown", msg("There is no such file"))
            entry = {"file": file}
        else:
            entry = {"why": _words(why)}
        key = _key(uow, record)
        volume = own_volume(uow, record)
        placed = dict(value_opened(key, volume.placed, VOLUME)) if volume.placed else {}
        volume.placed = key.encrypt(placed | {document: entry}, VOLUME)
        act.touch()
        act.history(data=said, reason=entry.get("why", ""))
        act.audit(after=said, reason=entry.get("why", ""))
    return volume


def explain_rest(uow: Work, uid: str, *, version: int, why: str) -> list[str]:
    """Say once why everything that is still lacking is not in the file; return the documents."""
    record = load(uow.session, uid)
    with perform(uow, FILL_VOLUME, record, version=version) as act:
        words = _words(why)
        found = [one.code for one in lacking(uow.portal, uow.session, record, act.bundle)]
        if not found:
            raise Conflict("volume.whole", msg("Nothing is lacking in the file any more"))
        key = _key(uow, record)
        volume = own_volume(uow, record)
        placed = dict(value_opened(key, volume.placed, VOLUME)) if volume.placed else {}
        volume.placed = key.encrypt(placed | {code: {"why": words} for code in found}, VOLUME)
        act.touch()
        act.history(data={"documents": found}, reason=words)
        act.audit(after={"documents": found}, reason=words)
    return found


def keep_as(uow: Work, uid: str, retention: str, *, version: int, reason: str) -> Volume:
    """Keep a volume in another class than the rules say, with the reason."""
    record = load(uow.session, uid)
    uow.access.require(THING, ADD, record.unit_path, record.handler_path)
    with perform(uow, KEEP_VOLUME, record, version=version) as act:
        require_reason(reason)
        bundle = keeper(uow.portal, uow.session, record, act.bundle)
        if retention not in keeping_of(bundle).classes:
            raise InvalidInput(
                "volume.class",
                msg("Please correct what is marked"),
                problems=[Problem("volume.class", msg("Choose a class of keeping"), pointer="/retention")],
            )
        volume = own_volume(uow, record)
        before = {"retention": volume.retention}
        volume.retention, volume.chosen = retention, True
        uow.session.flush()
        date_volume(act)
        act.touch()
        act.history(data={"retention": retention}, reason=reason)
        act.audit(before=before, after={"retention": retention}, reason=reason)
    return volume


def hold(uow: Work, uid: str, *, version: int, reason: str) -> Volume:
    """Hold a volume: it is not destroyed until a person frees it."""
    record = load(uow.session, uid)
    uow.access.require(THING, ADD, record.unit_path, record.handler_path)
    with perform(uow, HOLD_VOLUME, record, version=version) as act:
        require_reason(reason)
        volume = _archived(uow, record)
        if volume.held:
            raise Conflict("volume.held", msg("The volume is held already"))
        volume.held, volume.hold_by_name, volume.hold_at = True, uow.access.name, uow.now
        volume.hold_reason = _key(uow, record).encrypt_text(reason.strip(), VOLUME)
        act.touch()
        act.history(reason=reason)
        act.audit(after={"held": True}, reason=reason)
    return volume


def free(uow: Work, uid: str, *, version: int, reason: str) -> Volume:
    """Let a volume go on that was held."""
    record = load(uow.session, uid)
    uow.access.require(THING, ADD, record.unit_path, record.handler_path)
    with perform(uow, FREE_VOLUME, record, version=version) as act:
        require_reason(reason)
        volume = _archived(uow, record)
        if not volume.held:
            raise Conflict("volume.free", msg("The volume is not held"))
        volume.held, volume.hold_by_name, volume.hold_at, volume.hold_reason = False, "", None, ""
        act.touch()
        act.history(reason=reason)
        act.audit(before={"held": True}, after={"held": False}, reason=reason)
    return volume


def hold_reason(portal: Portal, record: Record, volume: Volume) -> str:
    """Return why a volume is held, opened."""
    return text_opened(portal.keys, record, volume.hold_reason, VOLUME)


def _archived(uow: Work, record: Record) -> Volume:
    if record.canonical_stage != ARCHIVED:
        raise Conflict("volume.open", msg("The matter is not archived"))
    return own_volume(uow, record)


def _words(why: str) -> str:
    words = " ".join(why.split())[:LONGEST]
    if is_wordless(words):
        problem = Problem("volume.why", msg("Choose a file, or say why it is not there"), pointer="/why")
        raise InvalidInput("volume.why", msg("Please correct what is marked"), problems=[problem])
    return words


def _attach(uow: Work, record: Record, upload: Upload) -> Attachment:
    media_type = checked_type(upload.name, upload.content)
    uow.need_room()
    made = Attachment(
        uid=uuid.uuid4().hex,
        record=record,
        name=safe_name(upload.name),
        media_type=media_type,
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        content=upload.content,
        created_at=uow.now,
        created_by=uow.access.user_id,
        created_by_name=uow.access.name,
    )
    uow.add(made)
    return made


def _key(uow: Work, record: Record) -> RecordKey:
    return key_for_writing(uow.portal.keys, record) or give_key(uow.portal.keys, record)
