"""Acts of persons on tasks: one is added, taken over from the rules, given to another person, done or dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.core.acts import ADD_TASK, ASSIGN_TASK, DO_TASK, DROP_TASK, Act
from portal.core.blank import is_blank
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg, require_reason
from portal.core.tasks import BY_PERSON, BY_RULES, BY_STEP, DONE, DROPPED
from portal.persistence.models import Record, Task
from portal.services.records.acts.loading import load
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform
from portal.services.records.handling.tasks.owners import Owner, by_definition, placed
from portal.services.records.handling.tasks.reading import suggested
from portal.services.records.handling.tasks.record_tasks import RecordTasks, check_open, lay

if TYPE_CHECKING:
    from portal.services.portal import Work

LONGEST = 200
# Nobody plans a task for a later day: a year was mistyped.
_FURTHEST = dt.timedelta(days=3660)


def add_task(
    uow: Work,
    uid: str,
    *,
    task: str = "",
    words: str = "",
    owner: Owner | None = None,
    due_on: dt.date | None = None,
) -> Task:
    """Add a task to a record: one of the pack's by its identifier, or words.

    Without an owner a task of the pack goes where the pack says, and words to the unit that owns the record.
    """
    record = load(uow.session, uid)
    with perform(uow, ADD_TASK, record) as act:
        tasks, words = RecordTasks.of(act), _checked(words)
        known = tasks.types.get(task)
        problems = []
        if bool(task) == bool(words):
            message = msg("Say what is to be done: choose a task, or write it")
            problems.append(Problem("task.what", message, pointer="/words"))
        elif task and (known is None or known.hidden):
            problems.append(Problem("task.what", msg("There is no such task"), pointer="/task"))
        _raise(problems + _of_day(due_on, uow.today) + _of_whole(record))
        if tasks.waiting(task, words) is not None:
            raise Conflict("task.twice", msg("This task is on the list already"))
        who = known.who if known is not None else None
        place = placed(uow, record, owner) if owner else by_definition(uow, record, who)
        made = tasks.make(task, words, place, BY_PERSON, due_on=due_on)
        tasks.tell("add", made)
        act.audit(after=tasks.said(made))
    return made


def take_over(uow: Work, uid: str, names: Collection[str] | None = None) -> list[Task]:
    """Make tasks of what the rules, or earlier steps, suggest: of all of it, or of some by their identifiers."""
    record = load(uow.session, uid)
    with perform(uow, ADD_TASK, record) as act:
        _raise(_of_whole(record))
        tasks, open_ones = RecordTasks.of(act), suggested(uow.portal, uow.session, record)
        wanted = {one.task: one for one in open_ones if names is None or one.task in names}
        unknown = set(names or ()) - wanted.keys()
        if unknown or not wanted:
            raise Conflict(
                "task.not_suggested", msg("These tasks are on the list already, or no longer suggested")
            )
        made = []
        for name, one in wanted.items():
            place = by_definition(uow, record, tasks.types[name].who)
            source = BY_RULES if one.rule or not one.step else BY_STEP
            made.append(tasks.make(name, "", place, source, one.rule or one.step))
            tasks.tell("add", made[-1])
        act.audit(after={"tasks": [tasks.said(one) for one in made]})
    return made


def assign_task(
    uow: Work,
    uid: str,
    n: int,
    *,
    version: int,
    owner: Owner | None = None,
    due_on: dt.date | None = None,
    by_itself: bool = False,
) -> Task:
    """Give a task another owner or day; without one it stays. ``by_itself`` takes back a day that a person set."""
    with _task(uow, uid, n, ASSIGN_TASK, version) as (act, tasks, task):
        _raise(_of_day(due_on, uow.today) if due_on != task.due_on else [])
        before = tasks.said(task)
        if owner is not None:
            place = placed(uow, act.record, owner)
            new = (place.unit.id, place.role, place.owner_id) != (task.unit_id, task.role, task.owner_id)
            lay(task, place)
            if new:
                tasks.tell_owner(task)
        if due_on is not None and (due_on != task.due_on or task.due_set):
            task.due_on, task.due_set, task.provisional = due_on, True, False
        elif by_itself and task.due_set:
            task.due_on, task.due_set = None, False
        task.version += 1
        tasks.tell("assign", task)
        act.audit(before=before, after=tasks.said(task))
    return task


def do_task(uow: Work, uid: str, n: int, *, version: int | None = None, words: str = "") -> Task:
    """Say that a task is done, with words where there is something to say."""
    with _task(uow, uid, n, DO_TASK, version) as (act, tasks, task):
        before, words = tasks.said(task), words.strip()
        tasks.settle(task, DONE, words)
        tasks.tell("done", task, words)
        act.audit(before=before, after=tasks.said(task), reason=words)
    return task


def drop_task(uow: Work, uid: str, n: int, *, reason: str, version: int | None = None) -> Task:
    """Say that a task need not be done, with the reason."""
    with _task(uow, uid, n, DROP_TASK, version) as (act, tasks, task):
        require_reason(reason)
        before = tasks.said(task)
        tasks.settle(task, DROPPED, reason)
        tasks.tell("drop", task, reason)
        act.audit(before=before, after=tasks.said(task), reason=reason)
    return task


@contextmanager
def _task(
    uow: Work, uid: str, n: int, act: Act, version: int | None
) -> Iterator[tuple[Performed, RecordTasks, Task]]:
    """Perform an act on an open task: by those of the record's units, and by those of the unit where it lies."""
    record = load(uow.session, uid)
    place = uow.session.scalar(select(Task.unit_path).where(Task.record_id == record.id, Task.n == n))
    if place is None:
        raise NotFound("task.unknown", msg("There is no such task"))
    with perform(uow, act, record, at=(record.unit_path, record.handler_path, place)) as performed:
        tasks = RecordTasks.of(performed)
        task = tasks.get(n)
        check_open(task, version)
        yield performed, tasks, task


def _checked(words: str) -> str:
    """Return the words of a task as they are kept: one line without blanks at its ends."""
    words = " ".join(words.split())
    if words and is_blank(words):
        return ""
    if len(words) > LONGEST:
        message, params = msg("At most %(limit)s characters"), {"limit": LONGEST}
        raise InvalidInput(
            "task.long", message, params, [Problem("task.long", message, params, pointer="/words")]
        )
    return words


def _of_day(due_on: dt.date | None, today: dt.date) -> list[Problem]:
    if due_on is None or today <= due_on <= today + _FURTHEST:
        return []
    message = msg("Choose a day from today on, within ten years")
    return [Problem("task.day", message, pointer="/due_on")]


def _of_whole(record: Record) -> list[Problem]:
    if record.parent_id is None:
        return []
    return [Problem("task.part", msg("Tasks belong to the whole matter, not to its parts"))]


def _raise(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise InvalidInput("task.invalid", msg("Please correct what is marked"), problems=found)
