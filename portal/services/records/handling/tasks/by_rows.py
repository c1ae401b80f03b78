"""Tasks that follow the rows of a form's list: a plan whose steps are done by units and persons until a day.

Where the rows are the whole plan, a row that is no longer there takes its task with it, and what is done stays done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core.blank import is_blank
from portal.core.errors import InvalidInput, Problem, msg, require_reason
from portal.core.lifecycle import Transition
from portal.core.tasks import BY_PLAN, DONE, DROPPED, OPEN
from portal.core.values import as_date
from portal.persistence.models import Record, Task, Unit
from portal.services.records.acts.loading import centre_ref
from portal.services.records.handling.tasks.owners import Owner, Place, by_definition, cannot_see, placed
from portal.services.records.handling.tasks.reading import TaskView, tasks_of
from portal.services.records.handling.tasks.record_tasks import RecordTasks, lay, words_of
from portal.services.units.lookup import known_units
from portal.services.users.colleagues import colleagues

if TYPE_CHECKING:
    from portal.services.portal import Portal
    from portal.services.records.acts.performed import Performed

LONGEST = 200
EFFECT = "tasks_of_rows"
# Nobody plans a task for a later day: a year was mistyped.
_FURTHEST = dt.timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that says what is to be done, where its task is to lie, and until when."""

    index: int
    words: str
    place: Place
    due_on: dt.date | None


def tasks_of_rows(act: Performed, rows: Iterable[Any], said: Mapping[str, Any], step: str) -> None:
    """Create a task for each row of a list: words, unit, person and day stand in the members that ``said`` names.

    A row without words makes none. Rows that are ``whole`` change the tasks of the step before: rows that say the same
    go on with theirs, tasks without a row are dropped for the reason ``why``. Raise InvalidInput, at the row, for a
    unit that cannot see the record and for a day that is over.
    """
    plan = _Plan(act, said, step)
    wanted = [one for index, row in enumerate(rows) if (one := plan.row(index, row)) is not None]
    if said.get("whole"):
        plan.follow(wanted, str(said.get("why") or ""))
        return
    for row in wanted:
        if not plan.waits(row):
            plan.make(row)


def rows_as_they_stand(
    portal: Portal, session: Session, record: Record, step: Transition, where: str, rows: Iterable[Any]
) -> list[dict[str, Any]] | None:
    """Return the rows of a plan as its tasks stand now; None where no effect of the step follows these rows.

    A row whose task was dropped by a person is gone; one whose task was given elsewhere or got another day says so.
    """
    said = next((one for one in step.then if _follows(one, where)), None)
    if said is None:
        return None
    own = [one for one in tasks_of(portal, session, record) if _of_step(one.row, step.id)]
    found = []
    for row in rows:
        if isinstance(row, Mapping):
            alike = [one for one in own if one.words == _words(row, said)]
            day = as_date(row.get(said.get("due", "")))
            task = next((one for one in alike if one.row.due_on == day), alike[0] if alike else None)
            own = [one for one in own if one is not task]
            if task is None or not _given_up(task):
                found.append(_as_it_stands(session, row, task, said))
    return found


class _Plan:
    """The tasks of one step that follow rows, during an act."""

    def __init__(self, act: Performed, said: Mapping[str, Any], step: str) -> None:
        self.act, self.said, self.step = act, said, step
        self.tasks = RecordTasks.of(act)

    def row(self, index: int, raw: Any) -> _Row | None:
        """Return what a row asks for; None where it has no words."""
        words = _words(raw, self.said) if isinstance(raw, Mapping) else ""
        if not words:
            return None
        code, name = self._member(raw, "unit"), self._member(raw, "person")
        place = self._place(code, name, self._at(index, "unit"))
        return _Row(index, words, place, as_date(raw.get(self.said.get("due", ""))))

    def follow(self, rows: Sequence[_Row], why: str) -> None:
        """Let the tasks of the step be those of the rows."""
        kept = [one for one in self.tasks.all if _of_step(one, self.step) and one.status in (OPEN, DONE)]
        met = self._met(rows, kept)
        gone = [one for one in kept if one.status == OPEN and one.n not in {task.n for task in met.values()}]
        if gone:
            try:
                require_reason(why)
            except InvalidInput as refused:
                message = msg("Say why steps of the plan fall away")
                problem = Problem("plan.why", message, pointer="/why")
                raise InvalidInput("plan.why", message, problems=[problem]) from refused
        for task in gone:
            self.tasks.settle(task, DROPPED, why)
            self.tasks.tell("drop", task, why)
        said: set[tuple[str, int, dt.date | None]] = set()
        for row in rows:
            key = (row.words, row.place.unit.id, row.due_on)
            if row.index in met:
                self._change(row, met[row.index])
            elif key not in said:
                self.make(row)
            said.add(key)

    def waits(self, row: _Row) -> bool:
        """Tell whether the record waits for this, or the step had it done: instalments differ by their day alone."""
        keys, record = self.act.uow.portal.keys, self.act.record
        had = (
            one
            for one in self.tasks.all
            if one.status == OPEN or (one.status == DONE and _of_step(one, self.step))
        )
        return any(
            not one.task and one.due_on == row.due_on and words_of(keys, record, one) == row.words
            for one in had
        )

    def make(self, row: _Row) -> None:
        """Create the task of a row."""
        self._check_day(row)
        made = self.tasks.make("", row.words, row.place, BY_PLAN, self.step, row.due_on)
        self.tasks.tell("add", made)

    def _change(self, row: _Row, task: Task) -> None:
        """Give an open task the owner and the day of its row; what is done stays as it is."""
        if task.status != OPEN:
            return
        moved = task.unit_id != row.place.unit.id or row.place.owner_id not in (None, task.owner_id)
        if not moved and task.due_on == row.due_on:
            return
        if task.due_on != row.due_on:
            self._check_day(row)
        if moved:
            lay(task, row.place)
            self.tasks.tell_owner(task)
        task.due_on, task.due_set, task.provisional = row.due_on, row.due_on is not None, False
        task.version += 1
        self.tasks.tell("assign", task)

    def _met(self, rows: Sequence[_Row], kept: Sequence[Task]) -> dict[int, Task]:
        """Return the task that each row goes on with: one that says the same, of its unit and day before others."""
        keys, record = self.act.uow.portal.keys, self.act.record
        left = {one.n: (one, words_of(keys, record, one)) for one in kept}
        found: dict[int, Task] = {}
        for alike in (_same_unit_and_day, _same_unit, _any):
            for row in rows:
                fits = (n for n, (task, words) in left.items() if words == row.words and alike(row, task))
                n = next(fits, None) if row.index not in found else None
                if n is not None:
                    found[row.index] = left.pop(n)[0]
        return found

    def _place(self, code: str, name: str, pointer: str) -> Place:
        """Return where a row's task lies: a unit, or a department of the centre, by its code; there the person."""
        uow, record = self.act.uow, self.act.record
        if not code:
            found = by_definition(uow, record, None)
        else:
            own = f"{centre_ref(uow, record).unit_code}:{code}"
            known = known_units(uow.session, [code, own])
            unit = known.get(code) or known.get(own)
            if unit is None:
                raise cannot_see(code[:80], pointer)
            try:
                found = placed(uow, record, Owner(unit.code))
            except InvalidInput as refused:
                raise cannot_see(unit.name, pointer) from refused
        person = self._person(found.unit, name)
        return placed(uow, record, Owner(found.unit.code, person=person)) if person is not None else found

    def _person(self, unit: Unit, name: str) -> int | None:
        """Return the account of the one colleague there who is called so; a name that two bear is the unit's task."""
        if not name:
            return None
        uow, record = self.act.uow, self.act.record
        there = colleagues(uow.portal, uow.session, record.etype, [unit])
        found = {one.user_id for one in there if one.name == name}
        return found.pop() if len(found) == 1 else None

    def _check_day(self, row: _Row) -> None:
        today = self.act.uow.today
        first = dt.date.min if self.said.get("past") else today
        if row.due_on is None or first <= row.due_on <= today + _FURTHEST:
            return
        message = msg("Choose a day from today on, within ten years")
        problem = Problem("task.day", message, pointer=self._at(row.index, "due"))
        raise InvalidInput("task.invalid", message, problems=[problem])

    def _member(self, row: Mapping[str, Any], name: str) -> str:
        value = row.get(self.said.get(name, ""))
        return "" if not isinstance(value, str) or is_blank(value) else value.strip()

    def _at(self, index: int, name: str) -> str:
        return f"/rows/{index}/{self.said.get(name, '')}"


def _same_unit_and_day(row: _Row, task: Task) -> bool:
    return _same_unit(row, task) and task.due_on == row.due_on


def _same_unit(row: _Row, task: Task) -> bool:
    return task.unit_id == row.place.unit.id


def _any(row: _Row, task: Task) -> bool:
    return True


def _words(row: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    return " ".join(str(row.get(said["words"]) or "").split())[:LONGEST]


def _of_step(task: Task, step: str) -> bool:
    return task.source == BY_PLAN and task.source_name == step


def _follows(effect: Mapping[str, Any], where: str) -> bool:
    return effect["do"] == EFFECT and bool(effect.get("whole")) and effect["rows"] == {"form": where}


def _given_up(task: TaskView) -> bool:
    """Tell whether a person dropped the task: one that fell away by closing has no reason."""
    return task.row.status == DROPPED and bool(task.said)


def _as_it_stands(
    session: Session, row: Mapping[str, Any], task: TaskView | None, said: Mapping[str, Any]
) -> dict[str, Any]:
    if task is None or task.row.status != OPEN:
        return dict(row)
    now: dict[str, Any] = dict(row)
    if said.get("due"):
        now[said["due"]] = task.row.due_on.isoformat() if task.row.due_on else None
    if said.get("unit") and row.get(said["unit"]):
        now[said["unit"]] = session.get_one(Unit, task.row.unit_id).code
    return {name: value for name, value in now.items() if value is not None}
