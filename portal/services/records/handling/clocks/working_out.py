"""Work out the clocks of a record anew, in the act that something happened by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from portal.core.arising import Emitters, Matter, Occurrence
from portal.core.columns import COLUMNS
from portal.core.conditions import Env
from portal.core.events import Happening, events
from portal.core.referrals import STATES, event_of
from portal.core.zone import LOCAL
from portal.persistence.models import Record, Referral
from portal.services.bundles import Bundle
from portal.services.records.handling.clocks.recorded import recorded_since
from portal.services.records.handling.clocks.running import RecordClocks, lines_of

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class Change:
    """What an act did to a record, as far as clocks go by it.

    ``referrals`` are those that it made or answered; ``deadline`` is the period that a referral was given. With
    ``data`` the record's data may have changed; ``adopted`` tells that the record follows another release now.
    """

    happenings: tuple[Happening, ...] = ()
    referrals: tuple[Referral, ...] = ()
    deadline: str = ""
    new: bool = False
    data: bool = True
    adopted: bool = False
    left: str | None = None
    entered: str | None = None


def settle(
    uow: Work, record: Record, bundle: Bundle, happenings: Iterable[Happening], **more: Any
) -> RecordClocks | None:
    """Settle the clocks of a stored record at once; ``more`` are members of ``Change``."""
    clocks = prepare(uow, record, bundle, Change(tuple(happenings), **more))
    if clocks is not None:
        clocks.store()
    return clocks


def prepare(uow: Work, record: Record, bundle: Bundle, change: Change) -> RecordClocks | None:
    """Work out what an act does to the clocks of a record, and give the record its day; None where nothing.

    ``store`` of the answer writes the rows, once the record is stored.
    """
    matter = matter_of(record, bundle)
    env = Env(uow.today, taxonomies=bundle.taxonomies)
    arisen = list(_arisen(bundle, matter, env, record, change, lines_of(bundle).know))
    was_final = _is_final(bundle, record.etype, change.left)
    # From one last stage to another, as when it is filed, nothing ends: what runs for the closed matter goes on.
    final = _is_final(bundle, record.etype, change.entered) and not was_final
    reopened = was_final and not _is_final(bundle, record.etype, record.stage)
    closed = not final and _is_final(bundle, record.etype, record.stage)
    if not (arisen or change.referrals or change.adopted or final or reopened):
        return None
    clocks = RecordClocks(uow, record, bundle, new=change.new)
    if change.adopted:
        clocks.adopt(bundle)
    if reopened and change.left is not None:
        began = _emitters(bundle).by_entering(change.left, matter)
        clocks.stop(uow.today, f"leave.{change.left}", by=began)
        clocks.stop(uow.today, f"leave.{change.left}")
    entering = [one for one in arisen if one.how == "enter"]
    for one in arisen:
        clocks.end_by(one)
        if one.how != "enter":
            _start(clocks, one, matter, env, duties=not closed or one.how == "step")
    _referrals(clocks, change, closed=closed)
    # What a last stage ends it ends with a verdict, what it starts goes on; all other duties are over.
    if final:
        clocks.stop(_since(record) or uow.today, f"enter.{change.entered}")
    for one in entering:
        _start(clocks, one, matter, env)
    clocks.work_out()
    return clocks


def matter_of(record: Record, bundle: Bundle) -> Matter:
    """Return what conditions of events and periods may read of a record."""
    cycle = bundle.lifecycle_of(record.etype)
    columns = {name: getattr(record, name, None) for name in COLUMNS if name not in ("unit", "handler")}
    beside = {"stage_since": record.stage_since, "handler_due_on": record.handler_due_on}
    correction = {
        "correcting": record.correcting,
        "correction_by": _number(record.correction_by),
    }
    facts = {"data": record.data, "record": {**columns, **beside, **correction}}
    canonical = {stage.id: stage.canonical for stage in cycle.stages} if cycle is not None else {}
    return Matter(record.etype, record.parent_id is not None, facts, canonical)


def _number(account: int | None) -> str | None:
    return None if account is None else str(account)


def arisen_by(
    uow: Work, record: Record, bundle: Bundle, change: Change, known: Callable[[str], bool]
) -> Iterable[Occurrence]:
    """Return the events that arise by what an act did to a record, of those that are known, in order of their days."""
    env = Env(uow.today, taxonomies=bundle.taxonomies)
    return _arisen(bundle, matter_of(record, bundle), env, record, change, known)


def _arisen(
    bundle: Bundle, matter: Matter, env: Env, record: Record, change: Change, known: Callable[[str], bool]
) -> Iterable[Occurrence]:
    emitters = _emitters(bundle)
    cycle = bundle.lifecycle_of(record.etype)
    found: list[Occurrence] = []
    for happening in change.happenings:
        happening = _on_its_day(happening, record, change)
        found += emitters.arisen(happening, matter, env)
        answers = happening.payload.get("form")
        step = next((one for one in cycle.transitions if one.id == happening.name), None) if cycle else None
        if happening.how == "step" and answers and step is not None and step.form:
            found += emitters.dated(answers, matter, env, step.form)
    if change.data:
        found += emitters.dated(record.data, matter, env)
    named = [one for one in found if known(one.event)]
    # Several things that happened at once, as when older cases are taken over, count in the order of their days.
    return sorted(named, key=lambda one: (one.day or dt.date.max, one.how != "act"))


def events_by(bundle: Bundle, record: Record, happening: Happening, today: dt.date) -> frozenset[str]:
    """Return the events of a release that would arise by something that happens to a record today."""
    env = Env(today, taxonomies=bundle.taxonomies)
    return frozenset(one.event for one in _emitters(bundle).arisen(happening, matter_of(record, bundle), env))


def _on_its_day(happening: Happening, record: Record, change: Change) -> Happening:
    """Return what happened with its day: a record is made, and comes into its stage, on the day that it says."""
    if happening.day is not None:
        return happening
    if happening.how == "act" and change.new:
        return replace(happening, day=record.created_at.astimezone(LOCAL).date())
    return replace(happening, day=_since(record)) if happening.how == "enter" else happening


def _since(record: Record) -> dt.date | None:
    return record.stage_since.astimezone(LOCAL).date() if record.stage_since is not None else None


def _emitters(bundle: Bundle) -> Emitters:
    return bundle.once(("emitters",), lambda: Emitters(events(bundle.raw.get("events", {})).values()))


def _is_final(bundle: Bundle, etype: str, stage: str | None) -> bool:
    cycle = bundle.lifecycle_of(etype)
    return cycle is not None and any(one.id == stage and one.final for one in cycle.stages)


def _start(clocks: RecordClocks, one: Occurrence, matter: Matter, env: Env, *, duties: bool = True) -> None:
    """Let an event start clocks; what was recorded before, of days after a start told only now, counts for it.

    Without ``duties`` it starts none of centre and handler: a closed matter has those alone that its steps begin.
    """
    began = clocks.start_by(one, {**matter.facts, **(one.payload or {})}, env, duties=duties)
    if one.how in ("recorded", "date") and began and not clocks.new:
        for earlier in recorded_since(clocks.uow, clocks.record, clocks.day(one), but=one.event):
            clocks.end_by(earlier)


def _referrals(clocks: RecordClocks, change: Change, *, closed: bool) -> None:
    """Let an open leading referral have its clock, and a settled one end it; none begins once the record is closed."""
    for referral in change.referrals:
        if not referral.lead:
            continue
        state = STATES[referral.status]
        if state.open and closed:
            continue
        if state.open:
            clocks.refer(referral, change.deadline)
        else:
            clocks.answer(referral, event_of(referral.status), done=state.stands)
