"""What has to hold whatever people do, worked out from the plain rows and beside the code that keeps it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import DISPOSE, LIST
from portal.core.zone import LOCAL
from portal.persistence import scope
from portal.persistence.models import Clock, Record, RecordEvent, Referral, Task, Unit
from portal.services import records
from portal.services.records.acts.loading import bundle_of
from portal.services.records.handling.clocks.recalculating import recalculate
from portal.services.records.handling.waiting import rows, worklists_of
from portal.services.records.privacy.record_encryption import opened_events
from portal.services.releases.reading import pinned
from tests.proofs.at_random.acting import Town
from tests.proofs.at_random.people import SYSTEM
from tests.services.counting_days import Counting, expected

WHOLE = 100_000
# Whose part is on: the lead until another one leads, also when it has reported; who helps until it has answered.
LEADS, HELPS = {"sent", "accepted", "asked_back", "done"}, {"sent", "accepted", "asked_back"}
# What begins when a matter ends, and runs for the closed one: the revisit that is owed, and the filing.
AFTERWARDS = {"T52", "T53"}
# A matter does not close while an objection waits. But a party may object to the closing itself, or to the refusal to
# accept: then the answer is owed by its day, and runs as long as the objection is open.
OBJECTION, OBJECTED = "T54", {"objection": "open"}
DUTIES = {"centre", "handler"}
RUNNING = {"running", "paused"}


# What is promised, by the name of what looks at it.
PROMISES = {
    "unlisted": "matters that stand in no list of anybody who can act",
    "owed": "tasks and objections that wait in no list of anybody who can do or answer them",
    "access": "people who see a case without a part in it, or do not see theirs",
    "closed": "duties that run on a closed case",
    "clocks": "clocks that stand elsewhere than their facts put them",
    "parts": "stages, tasks and referrals that are not what the history tells",
}


@dataclass(frozen=True)
class Breach:
    """A promise that a matter breaks, with everything that was done with it."""

    uid: str
    what: str
    trail: str

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.what}\n{self.trail}"


class Watch:
    """Looks at everything that the people of a town did."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def look(self) -> dict[str, list[Breach]]:
        """Return the breaches of each promise."""
        found = {}
        for name in PROMISES:
            breaches = getattr(self, name)()
            found[name] = [Breach(uid, what, self.town.trail(uid)) for uid, what in breaches]
        return found

    # --- each matter stands in a list of somebody who can act ---------------------------------------------------

    def unlisted(self) -> Iterator[tuple[str, str]]:
        """Yield each matter that is not at rest and stands in no list of anybody who can act on it."""
        waiting, here = self._waiting(), self.town.here
        for person in sorted(self.town.people, key=lambda one: len(one.unit)):
            wanted = {
                uid
                for uid, (_, paths) in waiting.items()
                if any(one.startswith(person.path) for one in paths)
            }
            if not wanted:
                continue
            with here.reading(person.access) as session:
                for worklist in worklists_of(here, session):
                    for one in rows(here, session, worklist, size=WHOLE).rows:
                        if one.record.uid in wanted and self._acts(session, one.record):
                            wanted.discard(one.record.uid)
                            waiting.pop(one.record.uid)
        for uid, (stage, _) in waiting.items():
            yield uid, f"stands in {stage} and in no list of anybody who can act"

    def _waiting(self) -> dict[str, tuple[str, list[str]]]:
        """Return the matters that are not at rest: open, or with a usual step that is to come."""
        found = {}
        here = self.town.here
        with here.reading(SYSTEM) as session:
            for record in session.scalars(select(Record).where(Record.uid.in_(self.town.uids))):
                cycle = pinned(here, session, record.release_id).lifecycle_of(record.etype)
                steps = cycle.transitions if cycle else ()
                usual = any(one.primary and record.stage in one.sources for one in steps)
                if record.is_open or usual:
                    asked = session.scalars(select(Referral.to_path).where(Referral.record_id == record.id))
                    paths = [record.unit_path, record.handler_path or "", *asked]
                    found[record.uid] = f"{record.etype}:{record.stage}", paths
        return found

    def _acts(self, session: Session, record: Record) -> bool:
        """Tell whether the session's person can do something with a record."""
        here = self.town.here
        if any(offer.allowed for offer in records.available(here, session, record)):
            return True
        access = scope.access_of(session)
        if record.is_open and access.allows(record.etype, DISPOSE, record.unit_path, record.handler_path):
            return True
        today = here.clock.today()
        return any(
            records.answers_to(access, one, today) or records.may_decide(access, one)
            for one in records.referrals_of(session, record)
        )

    # --- each task and each objection waits with somebody -------------------------------------------------------

    def owed(self) -> Iterator[tuple[str, str]]:
        """Yield each matter with a task to do or an objection to answer that stands in no list of anybody."""
        here = self.town.here
        with here.reading(SYSTEM) as session:
            open_ones = (
                select(Task, Record).join(Record, Record.id == Task.record_id).where(Task.status == "open")
            )
            tasks = {
                (task.record_id, task.n): (record.uid, task.task)
                for task, record in session.execute(open_ones)
            }
            cases = session.scalars(select(Record).where(Record.etype == "case"))
            objected = {one.id: one.uid for one in cases if OBJECTED.items() <= (one.lanes or {}).items()}
        for person in self.town.people:
            with here.reading(person.access) as session:
                for worklist in worklists_of(here, session):
                    if worklist.of not in ("task", "clock"):
                        continue
                    for one in rows(here, session, worklist, size=WHOLE).rows:
                        if one.task is not None:
                            tasks.pop((one.record.id, one.task.n), None)
                        elif one.clock is not None and one.clock.deadline == OBJECTION:
                            objected.pop(one.record.id, None)
        for uid, name in tasks.values():
            yield uid, f"the task {name} waits in no list"
        for uid in objected.values():
            yield uid, "an objection waits in no list"

    # --- who sees what ------------------------------------------------------------------------------------------

    def access(self) -> Iterator[tuple[str, str]]:
        """Yield each matter that a person sees without a part in it, or does not see with one."""
        parts = self._parts()
        for person in self.town.people:
            if not person.access.can("case", LIST):
                continue
            with self.town.here.reading(person.access) as session:
                seen = set(session.scalars(select(Record.uid).where(Record.etype == "case")))
            due = {uid for uid, paths in parts.items() if any(path.startswith(person.path) for path in paths)}
            for uid in seen - due:
                yield uid, f"{person.said} sees it without a part in it"
            for uid in due - seen:
                yield uid, f"{person.said} has a part in it and does not see it"

    def _parts(self) -> dict[str, list[str]]:
        """Return the paths of the units that have a part in each case, by what was sent and answered."""
        with self.town.here.reading(SYSTEM) as session:
            above = {row.id: row.parent_id for row in session.execute(select(Unit.id, Unit.parent_id))}

            def path(unit: int | None) -> str:
                line: list[int] = []
                while unit is not None:
                    line.append(unit)
                    unit = above[unit]
                return "/" + "".join(f"{one}/" for one in reversed(line))

            asked = defaultdict(list)
            for one in session.scalars(select(Referral).order_by(Referral.id)):
                asked[one.record_id].append(one)
            found = {}
            for record in session.scalars(select(Record).where(Record.etype == "case")):
                leads = [one for one in asked[record.id] if one.lead]
                last = [one for one in leads[-1:] if one.status in LEADS]
                helping = [one for one in asked[record.id] if not one.lead and one.status in HELPS]
                found[record.uid] = [
                    path(record.unit_id),
                    *(path(one.to_unit_id) for one in (*last, *helping)),
                ]
        return found

    # --- periods ------------------------------------------------------------------------------------------------

    def closed(self) -> Iterator[tuple[str, str]]:
        """Yield each closed case on which a duty runs that does not begin by its closing, or begun before."""
        with self.town.here.reading(SYSTEM) as session:
            shut = select(Record).where(Record.etype == "case", Record.is_open.is_(False))
            for record in session.scalars(shut):
                since = (record.stage_since or record.updated_at).astimezone(LOCAL).date()
                for row in session.scalars(select(Clock).where(Clock.record_id == record.id)):
                    if row.state in RUNNING and row.whose in DUTIES and not _afterwards(record, row):
                        yield (
                            record.uid,
                            f"{row.deadline} is {row.state} on a case that is closed since {since}",
                        )

    def clocks(self) -> Iterator[tuple[str, str]]:
        """Yield each clock that stands elsewhere than its facts put it, counted day by day."""
        here = self.town.here
        with here.writing(SYSTEM) as uow:
            counting: dict[int, Counting] = {}
            for record in uow.session.scalars(select(Record).where(Record.etype == "case")).all():
                bundle = bundle_of(uow, record)
                count = counting.setdefault(record.release_id, Counting(bundle.raw["calendar"]))
                for row in uow.session.scalars(select(Clock).where(Clock.record_id == record.id)).all():
                    if not row.deadline:
                        continue
                    state, day = expected(row, bundle, count)
                    if row.state != state or day not in (row.due_on, row.earlier_on):
                        kept = f"{row.state} until {row.due_on}"
                        yield record.uid, f"{row.deadline} is kept as {kept}, counted as {state} until {day}"
                if recalculate(uow, record):
                    yield record.uid, "a clock or a task moves when it is worked out again"

    # --- parts and history --------------------------------------------------------------------------------------

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield each stage, task and referral that is not what the history tells."""
        here = self.town.here
        with here.reading(SYSTEM) as session:
            for record in session.scalars(select(Record)).all():
                cycle = pinned(here, session, record.release_id).lifecycle_of(record.etype)
                events = session.scalars(
                    select(RecordEvent).where(RecordEvent.record_id == record.id).order_by(RecordEvent.id)
                )
                told = opened_events(here.keys, record, events)
                whole = session.get(Record, record.parent_id) if record.parent_id else record
                uid = whole.uid if whole is not None else record.uid
                for what in (*_stage(record, cycle, told), *_tasks(session, record, told)):
                    yield uid, what
                for what in _answers(session, record, told):
                    yield uid, what


def _afterwards(record: Record, row: Clock) -> bool:
    """Tell whether a duty lawfully runs on a closed case."""
    if row.deadline == OBJECTION:
        return OBJECTED.items() <= (record.lanes or {}).items()
    return row.deadline in AFTERWARDS


def _stage(record: Record, cycle: Any, told: list[RecordEvent]) -> Iterator[str]:
    stages = [one.to_stage for one in told if one.to_stage]
    if cycle is None:
        return
    if not stages or record.stage != stages[-1]:
        yield f"{record.etype} stands in {record.stage}, its history ends in {stages[-1:]}"
    elif record.is_open == cycle.stage(record.stage).final:
        yield f"{record.etype} stands in {record.stage} and is open: {record.is_open}"


def _tasks(session: Session, record: Record, told: list[RecordEvent]) -> Iterator[str]:
    last = {one.data["n"]: one.data for one in told if one.kind == "task"}
    for task in session.scalars(select(Task).where(Task.record_id == record.id)):
        said = last.pop(task.n, None)
        if said is None and task.status == "open" and task.source == "step":
            # The row of the step has told it.
            continue
        if said is None or said["status"] != task.status or said["task"] != task.task:
            yield f"task {task.n} ({task.task}) is {task.status}, its history says {said and said['status']}"
        elif said["owner"] != task.owner_name:
            yield f"task {task.n} is of {task.owner_name!r}, its history says {said['owner']!r}"
    for n in last:
        yield f"the history tells of task {n} that is not there"


def _answers(session: Session, record: Record, told: list[RecordEvent]) -> Iterator[str]:
    at: set[tuple[int | None, dt.datetime]] = {(one.unit_id, one.at) for one in told}
    for one in session.scalars(select(Referral).where(Referral.record_id == record.id)):
        if one.answered_at and one.status != "replaced" and (one.to_unit_id, one.answered_at) not in at:
            yield f"the history does not tell how the referral to unit {one.to_unit_id} became {one.status}"
        if one.status != "sent" and one.answered_at is None:
            yield f"the referral to unit {one.to_unit_id} is {one.status}, without when"
