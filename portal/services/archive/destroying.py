"""Lists of volumes whose time is over: proposed by one person, decided by another, destroyed by a job.

A list and its lines stay as the register: number, unit, class and days of each volume, who and who approved.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.core.access import ADD, EDIT, LIST, within
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, msg, require_reason
from portal.core.numbering import CodePattern
from portal.core.text import DEFAULT_LANGUAGE
from portal.core.volumes import ARCHIVED
from portal.persistence import scope
from portal.persistence.models import Destruction, DestructionItem, Record, Unit, Volume
from portal.persistence.scope.conditions import subtree
from portal.services import jobs
from portal.services.archive.filling import THING
from portal.services.archive.holds import Hold, holds_of
from portal.services.jobs.progress import progress
from portal.services.records.entering.numbering import next_code
from portal.services.records.handling.volumes import keeping_of
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_of, no_centre

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

JOB = "destroy_volumes"
PROPOSED, APPROVED, DONE, REFUSED, WITHDRAWN = "proposed", "approved", "done", "refused", "withdrawn"
WAITING, DESTROYED, KEPT = "waiting", "destroyed", "kept"
MOST = 200
_SERIES = "destruction"
_PLAIN = CodePattern.parse("{agency}-{year}-{seq:4}")


@dataclass(frozen=True, slots=True)
class Over:
    """A volume whose time of keeping is over, and what still keeps it."""

    record: Record
    volume: Volume
    holds: tuple[Hold, ...]


def over(portal: Portal, session: Session, limit: int = MOST) -> list[Over]:
    """Return the volumes whose time is over, the longest over first, of units where the person keeps volumes."""
    rows = session.execute(_over(portal, session).limit(limit)).all()
    found = [(row[0], row[1]) for row in rows]
    kept = holds_of(session, found)
    return [Over(record, volume, tuple(kept[record.id])) for record, volume in found]


def over_count(portal: Portal, session: Session) -> int:
    """Return how many there are."""
    counted = _over(portal, session).with_only_columns(func.count()).order_by(None)
    return session.scalar(counted) or 0


def _over(portal: Portal, session: Session) -> Any:
    access, today = scope.access_of(session), portal.clock.today()
    listed = exists().where(DestructionItem.record_uid == Record.uid, DestructionItem.state == WAITING)
    query = (
        select(Record, Volume)
        .join(Volume, Volume.record_id == Record.id)
        .where(Volume.ends_on < today, Record.canonical_stage == ARCHIVED, ~listed)
        .order_by(Volume.ends_on, Record.id)
    )
    return query if access.unlimited else query.where(subtree(Record.unit_path, access.paths(THING, LIST)))


def lists_of(session: Session, limit: int = 100) -> list[Destruction]:
    """Return the lists that the person sees, the latest first."""
    return list(session.scalars(select(Destruction).order_by(Destruction.id.desc()).limit(limit)))


def to_decide(session: Session) -> list[Destruction]:
    """Return the lists that wait for the session's person: proposed by another one, where the person decides."""
    access = scope.access_of(session)
    if access.user_id is None or not access.can(THING, EDIT):
        return []
    query = select(Destruction).where(
        Destruction.state == PROPOSED, Destruction.proposed_by != access.user_id
    )
    if not access.unlimited:
        query = query.where(subtree(Destruction.unit_path, access.paths(THING, EDIT)))
    return list(session.scalars(query.order_by(Destruction.id).limit(MOST)))


def list_of(session: Session, uid: str) -> Destruction:
    """Return a list; raise NotFound where the person sees none."""
    found = session.scalars(select(Destruction).where(Destruction.uid == uid)).one_or_none()
    if found is None:
        raise NotFound("destruction.unknown", msg("There is no such list"))
    return found


def items_of(session: Session, one: Destruction) -> list[DestructionItem]:
    """Return the lines of a list."""
    query = select(DestructionItem).where(DestructionItem.destruction_id == one.id)
    return list(session.scalars(query.order_by(DestructionItem.n)))


def propose(uow: Work, unit: Unit, uids: Sequence[str], reason: str) -> Destruction:
    """Propose to destroy volumes whose time is over and that nothing keeps."""
    uow.access.require(THING, ADD, unit.path)
    require_reason(reason)
    centre = centre_of(uow.session, unit)
    if centre is None:
        raise no_centre(unit)
    found = _chosen(uow, unit, list(dict.fromkeys(uids)))
    archive = pinned(uow.portal, uow.session, centre.release_id).settings.get("archive") or {}
    said = archive.get("destruction")
    pattern = CodePattern.parse(said["pattern"]) if said else _PLAIN
    made = Destruction(
        uid=uuid.uuid4().hex,
        number=next_code(uow.session, centre, pattern, _SERIES, uow.today),
        unit_id=unit.id,
        unit_path=unit.path,
        state=PROPOSED,
        reason=reason.strip(),
        proposed_at=uow.now,
        proposed_by=uow.access.user_id,
        proposed_by_name=uow.access.name,
        version=1,
    )
    uow.add(made)
    uow.session.flush()
    for n, (record, volume) in enumerate(found, start=1):
        uow.add(_item(uow, made, n, record, volume))
    codes = [record.code or record.uid for record, _ in found]
    _log(uow, "propose_destruction", made, {"volumes": codes}, made.reason)
    return made


def _chosen(uow: Work, unit: Unit, uids: Sequence[str]) -> list[tuple[Record, Volume]]:
    if not uids:
        raise InvalidInput("destruction.none", msg("Choose the volumes first"))
    if len(uids) > MOST:
        raise InvalidInput("destruction.many", msg("A list has at most %(most)s volumes"), {"most": MOST})
    query = _over(uow.portal, uow.session).where(Record.uid.in_(uids))
    found = [(row[0], row[1]) for row in uow.session.execute(query.with_for_update(of=Record))]
    if len(found) != len(uids):
        raise Conflict(
            "destruction.changed",
            msg(
                "Some of them are not to be destroyed any more, or stand in another list. Look at them again."
            ),
        )
    outside = [record for record, _ in found if not within(record.unit_path, unit.path)]
    if outside:
        raise InvalidInput(
            "destruction.unit",
            msg("“%(code)s” belongs to another unit: choose that unit first"),
            {"code": outside[0].code or ""},
        )
    kept = holds_of(uow.session, found)
    problems = [
        Problem(
            "destruction.held",
            msg("Something keeps “%(code)s” by now: look at it"),
            {"code": record.code or ""},
        )
        for record, _ in found
        if kept[record.id]
    ]
    if problems:
        raise InvalidInput("destruction.held", msg("Some of them are kept"), problems=problems)
    return found


def _item(uow: Work, made: Destruction, n: int, record: Record, volume: Volume) -> DestructionItem:
    bundle = pinned(uow.portal, uow.session, record.release_id)
    retention = keeping_of(bundle).classes.get(volume.retention)
    title = bundle.texts(DEFAULT_LANGUAGE)(retention.title) if retention is not None else volume.retention
    return DestructionItem(
        destruction_id=made.id,
        n=n,
        record_uid=record.uid,
        etype=record.etype,
        code=record.code or "",
        unit_id=record.unit_id,
        unit_path=record.unit_path,
        retention=volume.retention,
        retention_title=str(title)[:200],
        archived_on=volume.archived_on,
        ends_on=volume.ends_on,
        state=WAITING,
        counted={},
    )


def approve(uow: Work, uid: str, version: int, note: str = "") -> int:
    """Approve a list that another person proposed, and let its volumes be destroyed; return the number of the job."""
    one = _to_decide(uow, uid, version)
    one.state, one.decision = APPROVED, note.strip()[:1000]
    return _start(uow, one, "approve_destruction")


def refuse(uow: Work, uid: str, version: int, reason: str) -> None:
    """Refuse a list: its volumes may be proposed again."""
    require_reason(reason)
    one = _to_decide(uow, uid, version)
    one.state, one.decision = REFUSED, reason.strip()[:1000]
    _let_go(uow, one)
    _log(uow, "refuse_destruction", one, {}, reason)


def withdraw(uow: Work, uid: str, version: int) -> None:
    """Take back a list that oneself proposed, as long as nobody decided."""
    one = _locked(uow, uid, version)
    uow.access.require(THING, ADD, one.unit_path)
    if one.state != PROPOSED:
        raise _decided()
    if one.proposed_by != uow.access.user_id:
        raise Forbidden("destruction.other", msg("Only the person who proposed it takes it back"))
    one.state = WITHDRAWN
    one.version += 1
    _let_go(uow, one)
    _log(uow, "withdraw_destruction", one, {})


def go_on(uow: Work, uid: str, version: int) -> int:
    """Go on with an approved list whose work was stopped; return the number of the job."""
    one = _locked(uow, uid, version)
    _require_other(uow, one)
    if one.state != APPROVED or (one.job_id is not None and progress(uow.portal, one.job_id).live):
        raise Conflict("destruction.busy", msg("There is nothing to go on with"))
    one.version += 1
    return _start(uow, one, "approve_destruction")


def _start(uow: Work, one: Destruction, action: str) -> int:
    one.job_id = jobs.enqueue(uow, JOB, {"list": one.uid}, key=f"destroy:{one.uid}")
    codes = [item.code or item.record_uid for item in items_of(uow.session, one)]
    _log(uow, action, one, {"volumes": codes}, one.decision)
    return one.job_id


def _to_decide(uow: Work, uid: str, version: int) -> Destruction:
    one = _locked(uow, uid, version)
    _require_other(uow, one)
    if one.state != PROPOSED:
        raise _decided()
    one.decided_at, one.decided_by, one.decided_by_name = uow.now, uow.access.user_id, uow.access.name
    one.version += 1
    return one


def _require_other(uow: Work, one: Destruction) -> None:
    """Raise Forbidden unless another person than the one who proposed it decides, with the right to."""
    uow.access.require(THING, EDIT, one.unit_path)
    if uow.access.user_id is None or one.proposed_by == uow.access.user_id:
        raise Forbidden("destruction.same", msg("Another person than the one who proposed it decides"))


def _locked(uow: Work, uid: str, version: int) -> Destruction:
    query = select(Destruction).where(Destruction.uid == uid).with_for_update()
    one = uow.session.scalars(query).one_or_none()
    if one is None:
        raise NotFound("destruction.unknown", msg("There is no such list"))
    if one.version != version:
        raise Conflict("destruction.stale", msg("Somebody changed this list meanwhile: look at it again"))
    return one


def _decided() -> Conflict:
    return Conflict("destruction.decided", msg("It was decided already"))


def _let_go(uow: Work, one: Destruction) -> None:
    for item in items_of(uow.session, one):
        item.state = KEPT


def _log(uow: Work, action: str, one: Destruction, after: dict[str, object], reason: str = "") -> None:
    uow.audit(
        action,
        one,
        kind="destruction",
        object_id=one.uid,
        unit_path=one.unit_path,
        after={"number": one.number, **after},
        reason=reason,
    )


def end(uow: Work, one: Destruction) -> dict[str, int]:
    """Say in the list that its work is done; return how many went and how many stayed."""
    items = items_of(uow.session, one)
    told = {state: sum(item.state == state for item in items) for state in (DESTROYED, KEPT)}
    if one.state == APPROVED:
        one.state, one.done_at = DONE, uow.now
        one.version += 1
        _log(uow, "end_destruction", one, dict(told))
    return told


def day_over(volume: Volume, today: dt.date) -> bool:
    """Tell whether the time of a volume is over on a day."""
    return volume.ends_on is not None and volume.ends_on < today
