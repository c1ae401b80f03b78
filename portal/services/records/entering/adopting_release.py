"""Move an open record to a newer release of its centre: an explicit act, with a preview of all that it changes.

A record keeps the release it was entered under until a person moves it. Only the release comes into question that
is in force at the record's centre, where it is newer than its own: one that was taken back there, or is still to
come, is not offered. A closed record never moves. Who may change a record
may move it: that the release may be used here was decided when it was put in force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.acts import ADOPT_RELEASE
from portal.core.columns import promoted
from portal.core.errors import Conflict, InvalidInput, Problem, msg, require_reason
from portal.persistence.models import Decision, Record, Unit
from portal.persistence.models.release import WITHDRAWN
from portal.services.bundles import Bundle
from portal.services.declared_places import has_rows, places_of
from portal.services.records.acts.loading import centre_ref, load
from portal.services.records.acts.locking import is_locked, locked
from portal.services.records.acts.performing import perform
from portal.services.records.acts.versions import set_data
from portal.services.records.entering.checking import check_problems
from portal.services.records.entering.indexing import index_record, keep_rows
from portal.services.records.entering.releases_above import releases_above
from portal.services.records.entering.transferring import Transferred, transferred
from portal.services.records.finding.differences import changed, halves
from portal.services.records.handling.clocks.reading import moved_days
from portal.services.records.privacy.record_encryption import opened_decision
from portal.services.records.proposing.counting import RelatedRecords
from portal.services.records.proposing.deciding import decide
from portal.services.releases.effect import Activation, history, running_at
from portal.services.releases.reading import pinned
from portal.services.releases.states import states_of
from portal.services.units.lookup import by_code

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work


@dataclass(frozen=True, slots=True)
class StageChange:
    """The stage under the newer release: the same one, or to be chosen among some."""

    same: str | None
    choices: tuple[str, ...] = ()
    lanes_closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """A running period whose last day would be another one."""

    deadline: str
    before: dt.date | None
    after: dt.date | None


@dataclass(frozen=True, slots=True)
class RulesChange:
    """The rules that fire now and would not, and the other way round: (rule set, rule)."""

    no_longer: tuple[tuple[str, str], ...]
    newly: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What moving a record to a release would change. Pointers of fields, never what they hold.

    ``gone`` are fields that the newer form does not know (what they hold is kept), ``back`` those it knows again;
    ``required`` are fields it asks for that are empty, ``invalid`` what it finds wrong with the others.
    """

    old: Bundle
    new: Bundle
    kept: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    gone: tuple[str, ...]
    back: tuple[str, ...]
    required: tuple[str, ...]
    invalid: tuple[Problem, ...]
    stage: StageChange
    periods: tuple[PeriodChange, ...]
    rules: RulesChange


def newer_releases(session: Session, record: Record) -> list[Activation]:
    """Return the newer release that is in force at an open record's centre, as its activation; none where it is not."""
    if not record.is_open or record.parent_id is not None:
        return []
    unit = session.get(Unit, record.centre_id)
    running = running_at(session, record.centre_id) if unit is not None else None
    if unit is None or running is None or running.release_id <= record.release_id:
        return []
    if states_of(session, [running.release_id]).get(running.release_id) == WITHDRAWN:
        return []
    return [one for one in history(session, unit.code) if one.id == running.id]


def preview(portal: Portal, session: Session, record: Record, release_id: int) -> Preview:
    """Return the changes that moving a record to a newer release would make; raise where it can't be moved there."""
    old, new = _pair(portal, session, record, release_id)
    taken = transferred(portal.keys, record, old, new)
    problems = check_problems(session, new, record.etype, taken.data)
    return Preview(
        old,
        new,
        tuple(where for where in new.fields(record.etype) if where in old.fields(record.etype)),
        taken.moved,
        taken.gone,
        taken.back,
        tuple(problem.pointer for problem in problems if _is_required(problem)),
        tuple(problem for problem in problems if not _is_required(problem)),
        stage_change(record, new),
        tuple(_periods(portal, session, record, new)),
        _rules(portal, session, record, new, taken),
    )


def move(uow: Work, uid: str, release_id: int, version: int, reason: str, stage: str | None = None) -> Record:
    """Move an open record to a newer release: data stay as entered, the rules are asked again.

    ``stage`` is chosen among those of the preview where the newer release has no stage of that name. What its form
    does not know is kept with the record; what it finds wrong stays to be corrected with the next change.
    """
    record = load(uow.session, uid)
    with perform(uow, ADOPT_RELEASE, record, version=version) as act:
        old, new = _pair(uow.portal, uow.session, record, release_id)
        require_reason(reason)
        placed = stage_change(record, new)
        chosen = _chosen(placed, stage)
        taken = transferred(uow.portal.keys, record, old, new)
        periods = list(_periods(uow.portal, uow.session, record, new))
        from_stage, release = record.stage, record.release_id
        differences = _adopt(uow, record, old, new, taken)
        _place(uow, record, new, chosen, placed)
        act.touch()
        act.save()
        before, after = halves(differences)
        said = {
            "base": {pointer: was for pointer, (was, _) in differences.items()},
            "fields": list(differences),
            "releases": [release, release_id],
        }
        act.history(from_stage=from_stage, to_stage=record.stage, reason=reason, data=said)
        place = by_code(uow.session, record.place) if record.place else None
        decide(uow, record, new, centre_ref(uow, record), ADOPT_RELEASE.name, place)
        act.audit(
            before={**before, "release": release, "stage": from_stage, **_days(periods, "before")},
            after={**after, "release": release_id, "stage": record.stage, **_days(periods, "after")},
            reason=reason,
        )
    return record


def stage_change(record: Record, new: Bundle) -> StageChange:
    """Return the stage of a record under a newer release: the same one, else those that are like it to choose from."""
    lifecycle = new.lifecycle_of(record.etype)
    if lifecycle is None:
        return StageChange(None, (), tuple(lane for lane, state in record.lanes.items() if state == "open"))
    lanes = {stage.id for stage in lifecycle.stages if stage.parallel}
    closed = tuple(lane for lane, state in record.lanes.items() if state == "open" and lane not in lanes)
    main = [one for one in lifecycle.stages if not one.parallel and not one.final and not one.hidden]
    # A stage that was put out of use is none to come to.
    if any(one.id == record.stage for one in main):
        return StageChange(record.stage, (), closed)
    alike = [one.id for one in main if one.canonical == record.canonical_stage]
    return StageChange(None, tuple(alike or [one.id for one in main]), closed)


def _pair(portal: Portal, session: Session, record: Record, release_id: int) -> tuple[Bundle, Bundle]:
    """Return the record's release and the one it is to move to; raise in words where that is not possible."""
    if not record.is_open:
        raise Conflict("move.closed", msg("A closed record stays with the release it was closed under"))
    if is_locked(portal, session, record):
        raise locked()
    if record.parent_id is not None:
        raise Conflict(
            "move.part", msg("A part of another record stays with the release it was entered under")
        )
    if release_id not in {one.release_id for one in newer_releases(session, record)}:
        raise Conflict(
            "move.release",
            msg("Only a newer release that is in force at the record's centre can be taken"),
        )
    old, new = pinned(portal, session, record.release_id), pinned(portal, session, release_id)
    if not new.has_entity(record.etype) or new.entity(record.etype).hidden:
        raise Conflict("move.type", msg("The newer release has no records of this type"))
    return old, new


def _chosen(placed: StageChange, stage: str | None) -> str | None:
    if placed.same is not None or not placed.choices:
        return placed.same
    if stage is None and len(placed.choices) == 1:
        return placed.choices[0]
    if stage not in placed.choices:
        message = msg("Choose the stage under the newer release")
        raise InvalidInput("move.stage", message, problems=[Problem("move.stage", message, pointer="/stage")])
    return stage


def _adopt(
    uow: Work, record: Record, old: Bundle, new: Bundle, taken: Transferred
) -> dict[str, tuple[Any, Any]]:
    """Give the record its release and data; return the fields that differ as they are stored."""
    etype, before = record.etype, record.data
    left = {place.column for place in places_of(old, etype).values() if not place.rows}
    left |= promoted() - new.entity(etype).promoted.keys()
    for name in left:
        setattr(record, name, None)
    record.release_id = new.release_id
    if taken.kept or record.kept:
        record.kept = taken.kept or None
    newer = releases_above(uow.portal, uow.session, record)
    set_data(uow.portal.keys, new, record, taken.data, newer)
    index_record(uow.session, uow.portal.keys, new, record, record.data, newer)
    if has_rows(old, etype) and not any(has_rows(one, etype) for one in (new, *newer)):
        keep_rows(uow.session, record, {})
    return changed(before, record.data)


def _place(uow: Work, record: Record, new: Bundle, chosen: str | None, placed: StageChange) -> None:
    """Put the record into its stage under the newer release."""
    lifecycle = new.lifecycle_of(record.etype)
    stage = lifecycle.stage(chosen) if lifecycle is not None and chosen is not None else None
    if record.stage != chosen:
        record.stage_since = uow.now if stage else None
        record.stage = chosen
    record.canonical_stage = stage.canonical if stage else None
    if placed.lanes_closed:
        record.lanes = {
            lane: state for lane, state in record.lanes.items() if lane not in placed.lanes_closed
        }


def _is_required(problem: Problem) -> bool:
    return problem.code == "required"


def _periods(portal: Portal, session: Session, record: Record, new: Bundle) -> Iterable[PeriodChange]:
    """Yield the periods that run and would end on another day under the newer release."""
    for deadline, before, after in moved_days(portal, session, record, new):
        yield PeriodChange(deadline, before, after)


def _days(periods: Sequence[PeriodChange], side: str) -> dict[str, Any]:
    days = {period.deadline: getattr(period, side) for period in periods}
    return {"periods": {name: day.isoformat() if day else None for name, day in days.items()}} if days else {}


def _rules(portal: Portal, session: Session, record: Record, new: Bundle, taken: Transferred) -> RulesChange:
    """Return the rules that would fire otherwise than in the latest decisions; nothing is stored."""
    held = select(Decision).where(Decision.record_id == record.id).order_by(Decision.id)
    latest = {one.rule_set: one for one in session.scalars(held)}
    before = {
        (name, rule["id"])
        for name, one in latest.items()
        for rule in opened_decision(portal.keys, record, one)[0]["fired"]
    }
    unit = session.get_one(Unit, record.centre_id)
    counts = RelatedRecords(session, new, unit.path, portal.clock.now(), record.id, portal)
    today, after = portal.clock.today(), set()
    for name in new.entity(record.etype).rules:
        answer = new.rules(name).decide(taken.data, today=today, counts=counts, engine=portal.engine)
        after |= {(name, rule.id) for rule in answer.fired}
    return RulesChange(tuple(sorted(before - after)), tuple(sorted(after - before)))
