"""A person records an event that the portal cannot see: its day, and the paper that shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.acts import RECORD_EVENT
from portal.core.conditions import Env
from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.core.events import Arising, Event, Happening, events
from portal.core.tasks import tasks
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import load
from portal.services.records.acts.performing import perform
from portal.services.records.entering.attaching import adopt
from portal.services.records.handling.clocks.recorded import EARLIEST
from portal.services.records.handling.clocks.running import Line, RecordClocks, lines_of, picked
from portal.services.records.handling.clocks.working_out import matter_of

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class Recordable:
    """An event that may be recorded: the documents that show it, and the periods of which a person picks a length."""

    event: Event
    documents: tuple[str, ...]
    picks: Mapping[str, tuple[Line, ...]]
    ends: bool = False  # a period that runs now ends, stands still or goes on by it


def record_event(
    uow: Work,
    uid: str,
    event: str,
    day: dt.date,
    *,
    version: int,
    variants: Mapping[str, str] | None = None,
    files: Iterable[str] = (),
    reason: str = "",
) -> Record:
    """Record that an event happened on a day; what it starts, stops and ends follows in the same act.

    Recorded again, it corrects the day. ``variants`` picks the length of a period that has several and no condition.
    """
    record = load(uow.session, uid)
    with perform(uow, RECORD_EVENT, record, version=version) as act:
        known = {one.event.id: one for one in recordable(uow, record, act.bundle)}
        if event not in known:
            raise NotFound("event.unknown", msg("There is no such event to record"))
        _check(known[event], day, variants or {}, uow.today)
        adopt(uow, record, files)
        act.touch()
        act.happened(Happening("recorded", event, day, {"variants": dict(variants or {})}))
        said = {"day": day.isoformat(), "variants": dict(variants or {})}
        act.history(event, reason=reason, data=said)
        act.audit(after={"event": event, **said}, reason=reason)
    return record


def recordable(uow: Work, record: Record, bundle: Bundle) -> list[Recordable]:
    """Return the events that a person may record of a record and that some period or task names, in order."""
    clocks = RecordClocks(uow, record, bundle)
    live = [(one.clock.deadline, one.clock.variant) for one in clocks.entries if one.is_live]
    return events_to_record(record, bundle, uow.today, live)


def events_to_record(
    record: Record, bundle: Bundle, today: dt.date, live: Iterable[tuple[str, str]]
) -> list[Recordable]:
    """Return the events that may be recorded of a record, those that concern a ``live`` period first."""
    lines, running = lines_of(bundle), set(live)
    matter, env = matter_of(record, bundle), Env(today, taxonomies=bundle.taxonomies)
    found = [
        Recordable(
            event,
            tuple(way.names["document"] for way in _recorded(event) if "document" in way.names),
            _picks(lines.starts.get(event.id, ()), matter.facts, env),
            any((line.period.code, line.key) in running for line in lines.concerned(event.id)),
        )
        for event in recorded_events(bundle)
    ]
    return sorted(found, key=lambda one: not one.ends)


def recorded_events(bundle: Bundle) -> tuple[Event, ...]:
    """Return the events of a release that persons record and that some period or task names, in order."""

    def made() -> tuple[Event, ...]:
        lines = lines_of(bundle)
        known = events(bundle.raw.get("events", {})).values()
        tasks = named_by_tasks(bundle)
        return tuple(
            one
            for one in known
            if not one.hidden and _recorded(one) and (lines.know(one.id) or one.id in tasks)
        )

    return bundle.once(("recorded_events",), made)


def named_by_tasks(bundle: Bundle) -> frozenset[str]:
    """Return the events of a release by which tasks are done, or from which their days are counted."""
    found = tasks(bundle.raw.get("tasks", {})).values()
    after = {one.due.after for one in found if one.due is not None}
    return frozenset(after | {name for one in found for name in one.done_by}) - {""}


def _recorded(event: Event) -> list[Arising]:
    return [way for way in event.arises if way.how == "recorded"]


def _picks(starts: Iterable[Line], facts: Mapping[str, object], env: Env) -> dict[str, tuple[Line, ...]]:
    """Return the lengths among which a person picks, by period."""
    by_period: dict[str, list[Line]] = {}
    for line in starts:
        by_period.setdefault(line.period.code, []).append(line)
    open_ones = {
        code: tuple(line for line in own if line.period.variants[line.key].when is None)
        for code, own in by_period.items()
        if own[0].period.variant_for(facts, env) is None and any(picked(own, facts, env, {}))
    }
    return {code: own for code, own in open_ones.items() if len(own) > 1}


def _check(one: Recordable, day: dt.date, variants: Mapping[str, str], today: dt.date) -> None:
    problems = []
    if day > today:
        problems.append(Problem("event.future", msg("It cannot have happened after today"), pointer="/day"))
    if day < EARLIEST:
        problems.append(Problem("event.past", msg("Enter a day of the year 1900 or later"), pointer="/day"))
    for code in sorted(variants.keys() - one.picks.keys()):
        # A condition decides of the others, and no program may choose otherwise.
        message = msg("There is no length of %(deadline)s to be chosen")
        params = {"deadline": code[:80]}
        problems.append(Problem("event.variant", message, params, pointer=f"/variants/{code[:80]}"))
    for code, own in one.picks.items():
        if variants.get(code) not in {line.key for line in own}:
            message = msg("Choose the length of the period %(deadline)s")
            problems.append(
                Problem("event.variant", message, {"deadline": code}, pointer=f"/variants/{code}")
            )
    if problems:
        raise InvalidInput("event.invalid", msg("Please correct what is marked"), problems=problems)
