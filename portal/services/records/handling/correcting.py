"""Correct a locked record: one person asks with a reason, another one of the release's roles approves or refuses.

What is asked stands in the history, encrypted under the record's key; nothing of the record changes until it is
approved. One correction waits at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.acts import (
    ACTS,
    APPROVE_CORRECTION,
    ASK_CORRECTION,
    CORRECTION,
    REFUSE_CORRECTION,
    WITHDRAW_CORRECTION,
)
from portal.core.encrypted import is_destroyed
from portal.core.errors import Conflict, Forbidden, InvalidInput, Problem, msg, require_reason
from portal.core.messages import CorrectionSettled, RolesCalled
from portal.persistence import scope
from portal.persistence.models import Record, RecordEvent
from portal.services.records.acts.loading import load
from portal.services.records.acts.locking import lock_of
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform
from portal.services.records.acts.versions import set_data
from portal.services.records.entering.attaching import adopt, files_named
from portal.services.records.entering.checking import check
from portal.services.records.entering.indexing import index_record
from portal.services.records.entering.releases_above import releases_above
from portal.services.records.finding.differences import changed, halves
from portal.services.records.privacy.disclosure import view_of
from portal.services.records.privacy.encryption import encrypted, opened
from portal.services.records.privacy.record_encryption import opened_events

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

ASKED = ASK_CORRECTION.history.name if ASK_CORRECTION.history is not None else ""


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that waits for the second person: who asked, why, and the fields as they are and as they would be.

    Values are as they are stored: sensitive ones encrypted.
    """

    event: RecordEvent
    asked_by: int | None
    was: Mapping[str, Any]
    becomes: Mapping[str, Any]


def waiting_in(events: Iterable[RecordEvent]) -> Correction | None:
    """Return the correction that waits, by a record's opened history with the latest row first."""
    last = next((one for one in events if one.kind == CORRECTION), None)
    if last is None or last.name != ASKED or is_destroyed(last.data):
        return None
    said = last.data or {}
    return Correction(last, said.get("by"), said.get("was", {}), said.get("becomes", {}))


def waiting(portal: Portal, session: Session, record: Record) -> Correction | None:
    """Return the correction of a record that waits; None where none does."""
    query = (
        select(RecordEvent)
        .where(RecordEvent.record_id == record.id, RecordEvent.kind == CORRECTION)
        .order_by(RecordEvent.id.desc())
        .limit(1)
    )
    return waiting_in(opened_events(portal.keys, record, session.scalars(query)))


def may_settle(portal: Portal, session: Session, record: Record, correction: Correction) -> frozenset[str]:
    """Return the acts that the person may do with a correction: approve and refuse it, or withdraw their own."""
    access = scope.access_of(session)
    if access.user_id == correction.asked_by:
        return frozenset({WITHDRAW_CORRECTION.name})
    if not _approves(portal, session, access, record):
        return frozenset()
    return frozenset({APPROVE_CORRECTION.name, REFUSE_CORRECTION.name})


def ask(uow: Work, uid: str, data: Mapping[str, Any], *, version: int, reason: str) -> Record:
    """Ask for a correction of a locked record; ``data`` are all its data as the person would have them.

    What is masked or hidden stays as it is. Files that are named for the first time come to the record at once: they
    are the papers of the request.
    """
    record = load(uow.session, uid)
    with perform(uow, ASK_CORRECTION, record, version=version) as act:
        lock = lock_of(uow.portal, uow.session, record)
        if lock is None:
            raise Conflict(
                "correction.open", msg("This is not closed: it can be changed without a correction")
            )
        if waiting(uow.portal, uow.session, record) is not None:
            raise Conflict(
                "correction.waiting",
                msg("A correction has been asked for already and waits for its decision"),
            )
        view = view_of(uow.portal, uow.session, record)
        differences = _differences(act, view.clear, view.restored(data))
        require_reason(reason)
        was, becomes = halves(differences)
        record.correction_by = uow.access.user_id or 0
        act.touch()
        said = {"fields": list(differences), "was": was, "becomes": becomes, "by": uow.access.user_id}
        act.history(reason=reason, data=said)
        act.audit(before=was, after=becomes, reason=reason)
        roles = tuple(sorted(lock.correctors))
        act.emit("correction.asked", RolesCalled, centre=record.centre_id, roles=roles)
    return record


def settle(uow: Work, uid: str, answer: str, *, version: int, reason: str = "") -> Record:
    """Approve, refuse or withdraw the correction that waits; refusing needs a reason.

    Forbidden for the person who asked, and for roles that do not approve; Conflict where the facts are no longer those
    that were to be corrected.
    """
    settling, record = f"{CORRECTION}.{answer}", load(uow.session, uid)
    with perform(uow, ACTS[settling], record, version=version) as act:
        found = waiting(uow.portal, uow.session, record)
        if found is None:
            raise Conflict("correction.none", msg("No correction waits for a decision any more"))
        if settling not in may_settle(uow.portal, uow.session, record, found):
            raise _not_yours(uow.access, found)
        if act.act == REFUSE_CORRECTION:
            require_reason(reason)
        record.correction_by = None
        act.touch()
        undo: dict[str, Any] = {}
        if act.act == APPROVE_CORRECTION:
            _correct(act, found)
            undo = {"base": dict(found.was)}
        act.history(reason=reason, data={"fields": list(found.becomes), **undo})
        act.audit(before=found.was, after=found.becomes, reason=reason)
        if act.act != WITHDRAW_CORRECTION and found.asked_by is not None:
            act.emit("correction.settled", CorrectionSettled, asked_by=found.asked_by)
    return record


def _differences(
    act: Performed, known: Mapping[str, Any], data: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Return the fields that would change, as they are stored; the form of the record's release holds for them."""
    uow, record, bundle = act.uow, act.record, act.bundle
    checked = check(uow, bundle, record.etype, data, stored=known).data
    stored = encrypted(uow.portal.keys, bundle, record.etype, record.uid, checked, record.data)
    differences = changed(record.data, stored)
    if not differences:
        text = msg("Change what is to be corrected first")
        raise InvalidInput("correction.nothing", text, problems=[Problem("correction.nothing", text)])
    before = frozenset(files_named(bundle, record.etype, known))
    adopt(uow, record, (one for one in files_named(bundle, record.etype, checked) if one not in before))
    return differences


def _correct(act: Performed, found: Correction) -> None:
    """Write the corrected data, provided that each field still is what was to be corrected."""
    uow, record, bundle = act.uow, act.record, act.bundle
    if lock_of(uow.portal, uow.session, record) is None:
        raise Conflict("correction.open", msg("This is not closed: it can be changed without a correction"))
    keys = uow.portal.keys
    now = opened(keys, bundle, record.etype, record.uid, record.data)
    then = opened(keys, bundle, record.etype, record.uid, pointers.patched({}, found.was))
    if any(pointers.get(now, where) != pointers.get(then, where) for where in found.was):
        raise Conflict(
            "correction.stale",
            msg("The facts changed since the correction was asked for: refuse it, with why"),
        )
    newer = releases_above(uow.portal, uow.session, record)
    set_data(keys, bundle, record, pointers.patched(record.data, found.becomes), newer)
    index_record(uow.session, keys, bundle, record, record.data, newer)


def _approves(portal: Portal, session: Session, access: Access, record: Record) -> bool:
    lock = lock_of(portal, session, record)
    if lock is None:
        return False
    return access.unlimited or not lock.correctors.isdisjoint(
        access.roles_at(record.unit_path, record.handler_path)
    )


def _not_yours(access: Access, found: Correction) -> Forbidden:
    if access.user_id == found.asked_by:
        return Forbidden(
            "correction.own", msg("Another person decides on a correction than the one who asked")
        )
    return Forbidden("correction.role", msg("Your roles do not decide on corrections"))
