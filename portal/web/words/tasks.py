"""Tasks in words: what is to be done, by whom, until when, and what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core.access import TRANSITION
from portal.core.errors import msg
from portal.core.tasks import OPEN, SOURCES, STATES
from portal.persistence.models import Record, Task
from portal.services import records
from portal.services.records import TaskView
from portal.web.language import translate
from portal.web.words.case import Case
from portal.web.words.here import Here
from portal.web.words.screen import Screen


@dataclass(frozen=True, slots=True)
class TaskWords:
    """A task as people read it; ``may``: the person may do it, pass it on or drop it."""

    view: TaskView
    n: int
    version: int
    title: str
    owner: str
    mine: bool
    due_on: dt.date | None
    provisional: bool
    status: str
    status_words: str
    source: str
    said: str
    may: bool
    url: str

    @property
    def open(self) -> bool:
        """Tell whether it is to be done."""
        return self.status == OPEN


@dataclass(frozen=True, slots=True)
class SuggestedWords:
    """A task that is suggested and not on the list, with the reason of the rule."""

    task: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class OwnerChoice:
    """A choice of the owner of a task: the value of the control, and the name."""

    value: str
    name: str


def title_of(screen: Screen, view: TaskView) -> str:
    """Return what is to be done: the title that the release gives it, else its own words."""
    if view.type is not None:
        return screen.texts(view.type.title)
    return view.words or view.row.task


def title_of_row(now: Here, screen: Screen, record: Record, task: Task) -> str:
    """Return what is to be done by a task that was read beside its record, as in a list of several records."""
    known = records.types_of(screen.bundle).get(task.task)
    return screen.texts(known.title) if known is not None else records.words_of(now.portal.keys, record, task)


def tasks_in_words(case: Case) -> list[TaskWords]:
    """Return the tasks of a record: those to be done by their days, then what was done or dropped, the latest first."""
    now = case.now
    views = case.tasks
    names = {unit.id: unit.name for unit in now.units(one.row.unit_id for one in views).values()}
    found = [_words(case, view, names.get(view.row.unit_id, "")) for view in views]
    open_ones = sorted((one for one in found if one.open), key=lambda one: (one.due_on or dt.date.max, one.n))
    settled = [one for one in found if not one.open]
    settled.sort(key=lambda one: one.view.row.settled_at or one.view.row.created_at, reverse=True)
    return [*open_ones, *settled]


def suggested_in_words(case: Case) -> list[SuggestedWords]:
    """Return the tasks that the rules, or earlier steps, suggest and that were never on the list."""
    now = case.now
    decision = case.decision.view if case.decision is not None else None
    reasons = {rule["id"]: rule["reason"] for rule in decision.fired} if decision is not None else {}
    types = records.types_of(case.screen.bundle)
    found = records.suggested(now.portal, now.session, case.record, decision, case.events, case.tasks)
    return [
        SuggestedWords(one.task, case.texts(types[one.task].title), case.texts(reasons.get(one.rule, "")))
        for one in found
    ]


def owner_choices(case: Case) -> list[tuple[str, list[OwnerChoice]]]:
    """Return whom a task of the record may be given: units, each with its roles and people."""
    roles, found = case.screen.bundle.roles, []
    for one in records.owners_for(case.now.portal, case.now.session, case.record):
        code = one.unit.code
        own = [OwnerChoice(f"u/{code}", translate(msg("Everybody at %(unit)s"), unit=one.unit.name))]
        for role in dict.fromkeys(person.role for person in one.people):
            title = case.texts(roles.get(role, {}).get("title"), role)
            own.append(OwnerChoice(f"r/{code}/{role}", translate(msg("Any %(role)s"), role=title)))
        people = {person.user_id: person.name for person in one.people}
        own += [OwnerChoice(f"p/{code}/{number}", name) for number, name in people.items()]
        found.append((one.unit.name, own))
    return found


def owner_value(view: TaskView, code: str) -> str:
    """Return the value of the control for the owner that a task has; ``code`` is that of its unit."""
    row = view.row
    if row.owner_id is not None:
        return f"p/{code}/{row.owner_id}"
    return f"r/{code}/{row.role}" if row.role else f"u/{code}"


def _words(case: Case, view: TaskView, unit: str) -> TaskWords:
    row, record = view.row, case.record
    mine = row.owner_id is not None and row.owner_id == case.now.access.user_id
    return TaskWords(
        view,
        row.n,
        row.version,
        title_of(case.screen, view),
        _owner(case, view, unit, mine),
        mine,
        row.due_on,
        row.provisional,
        row.status,
        translate(STATES[row.status]),
        translate(SOURCES[row.source]) if row.source in SOURCES else "",
        view.said,
        case.now.access.allows(
            record.etype, TRANSITION, record.unit_path, record.handler_path, row.unit_path
        ),
        case.url("task", str(row.n)),
    )


def _owner(case: Case, view: TaskView, unit: str, mine: bool) -> str:
    """Return who does a task: the person, the role, or the unit."""
    row = view.row
    if mine:
        return translate(msg("%(name)s (you)"), name=row.owner_name)
    if row.owner_id is not None:
        return row.owner_name
    if row.role:
        return case.texts(case.screen.bundle.roles.get(row.role, {}).get("title"), row.role)
    return unit
