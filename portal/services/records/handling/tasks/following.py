"""The concern of all acts: tasks are done by events, their days move with what they are counted from, none is lost.

A task that lies where the record is no longer seen goes to the unit that handles it now, or to the one that owns it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from portal.core.actors import Actor
from portal.core.arising import Occurrence
from portal.core.tasks import DONE, DROPPED, HANDLER, Due, TaskType, day_after
from portal.core.zone import LOCAL
from portal.persistence.models import Task
from portal.services.records.handling.clocks.concern import change_of
from portal.services.records.handling.clocks.running import RecordClocks, calendar_for
from portal.services.records.handling.clocks.working_out import arisen_by
from portal.services.records.handling.tasks.happened import last_day
from portal.services.records.handling.tasks.owners import by_definition, seeing_paths, sees
from portal.services.records.handling.tasks.record_tasks import RecordTasks, lay

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed


def prepare(act: Performed) -> None:
    """Settle the tasks that events of the act do, and work out the days of the others."""
    if act.gone or act.before is None or act.record.parent_id is not None:
        return
    tasks = RecordTasks.of(act)
    known = {one.n: tasks.types.get(one.task) for one in tasks.open}
    happened = _happened(act, [one for one in known.values() if one is not None])
    for task in tasks.open:
        kind = known[task.n]
        by = next((name for name in kind.done_by if name in happened), "") if kind is not None else ""
        if by and task.n not in tasks.made:
            tasks.settle(task, DONE)
            tasks.tell("done", task, event=by)
    if _closes(act):
        _drop(tasks)
    _days(act, tasks, happened)


def settle(act: Performed) -> None:
    """Pass on the tasks that lie where nobody sees the record any more."""
    before, record = act.before, act.record
    if act.gone or before is None or act.tasks is None or not act.tasks.open:
        return
    moved = (before.unit_path, before.handler_path) != (record.unit_path, record.handler_path)
    if not moved and not act.referrals_touched:
        return
    paths = seeing_paths(act.uow.session, record)
    for task in act.tasks.open:
        follows = task.place == HANDLER and task.unit_path != (record.handler_path or record.unit_path)
        if follows or not sees(paths, task.unit_path):
            who = Actor("unit", HANDLER) if task.place == HANDLER else None
            lay(task, by_definition(act.uow, record, who))
            task.version += 1
            act.tasks.tell("moved", task)
            act.tasks.tell_owner(task)


def recounted(act: Performed) -> bool:
    """Work out the days of open tasks anew, by another calendar; return whether one moved."""
    tasks = RecordTasks.of(act)
    before = {one.n: (one.due_on, one.provisional) for one in tasks.open}
    _days(act, tasks, {})
    return any(before[one.n] != (one.due_on, one.provisional) for one in tasks.open)


def _closes(act: Performed) -> bool:
    """Tell whether the act brings the record into a locked stage, in which no task can be done any more."""
    cycle = act.bundle.lifecycle_of(act.record.etype)
    before = act.before.stage if act.before is not None else None
    return cycle is not None and cycle.locks(act.record.stage) and not cycle.locks(before)


def _drop(tasks: RecordTasks) -> None:
    """Let the tasks of a closed matter fall away, each told in the history: they would wait in lists for ever."""
    for task in tasks.open:
        tasks.settle(task, DROPPED)
        tasks.tell("drop", task)


def _happened(act: Performed, known: Iterable[TaskType]) -> Mapping[str, Occurrence]:
    """Return what arose by the act of the events that tasks name, the latest of each."""
    wanted = {name for one in known for name in one.done_by}
    wanted |= {one.due.after for one in known if one.due is not None and one.due.after}
    if not wanted:
        return {}
    found = arisen_by(act.uow, act.record, act.bundle, change_of(act), wanted.__contains__)
    return {one.event: one for one in found}


def _days(act: Performed, tasks: RecordTasks, happened: Mapping[str, Occurrence]) -> None:
    """Work out the days of the open tasks whose day nobody set."""
    clocks: RecordClocks | None = None
    for task in tasks.open:
        kind = tasks.types.get(task.task)
        if kind is None or kind.due is None or task.due_set:
            continue
        if kind.due.deadline:
            clocks = clocks or act.clocks or RecordClocks(act.uow, act.record, act.bundle)
            _by_period(task, clocks, kind.due.deadline)
        else:
            _by_event(act, task, kind.due, happened)


def _by_period(task: Task, clocks: RecordClocks, deadline: str) -> None:
    """Give a task the day of the period that runs; one that ended leaves it the last."""
    own = [one for one in clocks.entries if one.clock.deadline == deadline]
    live = [one for one in own if one.is_live]
    if not own or (not live and task.due_on is not None):
        return
    days: list[tuple[dt.date, bool]] = []
    for entry in live or own[-1:]:
        state = entry.state or entry.row
        if state is not None and state.due_on is not None:
            days.append((state.due_on, state.provisional))
    task.due_on, task.provisional = min(days, default=(None, False))


def _by_event(act: Performed, task: Task, due: Due, happened: Mapping[str, Occurrence]) -> None:
    uow, record, bundle = act.uow, act.record, act.bundle
    if due.after in happened:
        task.counted_from = happened[due.after].day or uow.today
    elif task.counted_from is None:
        task.counted_from = last_day(act, due.after)
    if task.counted_from is None or due.length is None:
        return
    calendar = calendar_for(uow, record, bundle)
    task.due_on, task.provisional = day_after(
        due.length, task.counted_from, calendar, uow.now.astimezone(LOCAL)
    )
