"""The tasks of one record while an act is performed: loaded once, changed, told in its history."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from portal.core.acts import TASK as KIND
from portal.core.errors import Conflict, NotFound, msg
from portal.core.messages import TaskDone, TaskGiven
from portal.core.tasks import DONE, OPEN, TaskType, tasks
from portal.core.zone import LOCAL
from portal.persistence.models import Record, Task
from portal.persistence.scope import prepared
from portal.services.bundles import Bundle
from portal.services.records.handling.tasks.owners import Place
from portal.services.records.privacy.record_encryption import TASK, key_for_writing, text_opened

if TYPE_CHECKING:
    from portal.adapters.keyring import Keyring
    from portal.services.records.acts.performed import Performed

# More than anybody keeps track of: what makes them is a mistake.
MOST = 200
_OF_RECORD = prepared(select(Task).where(Task.record_id == bindparam("record_id")).order_by(Task.n))


def types_of(bundle: Bundle) -> dict[str, TaskType]:
    """Return the tasks of a release."""
    return bundle.once(("task_types",), lambda: tasks(bundle.raw.get("tasks", {})))


def words_of(keys: Keyring, record: Record, task: Task) -> str:
    """Return the words of a task in clear; empty for one of the pack."""
    return text_opened(keys, record, task.words, TASK)


class RecordTasks:
    """The tasks of a record during one act; ``made`` are the numbers of those that the act makes."""

    def __init__(self, act: Performed) -> None:
        self.act = act
        session = act.uow.session
        with session.no_autoflush:
            found = session.scalars(_OF_RECORD, {"record_id": act.record.id}).all()
        kept = {(one.record_id, one.n) for one in found}
        waiting = (one for one in session.new if isinstance(one, Task) and one.record_id == act.record.id)
        self.all = [*found, *(one for one in waiting if (one.record_id, one.n) not in kept)]
        self.made: set[int] = set()

    @classmethod
    def of(cls, act: Performed) -> RecordTasks:
        """Return the tasks of the act's record, loaded at the first call."""
        if act.tasks is None:
            act.tasks = cls(act)
        return act.tasks

    @property
    def open(self) -> list[Task]:
        """Return the tasks that are to be done."""
        return [one for one in self.all if one.status == OPEN]

    @property
    def types(self) -> dict[str, TaskType]:
        """Return the tasks of the record's release."""
        return types_of(self.act.bundle)

    def get(self, n: int) -> Task:
        """Return a task by its number."""
        found = next((one for one in self.all if one.n == n), None)
        if found is None:
            raise NotFound("task.unknown", msg("There is no such task"))
        return found

    def waiting(self, task: str, words: str) -> Task | None:
        """Return the open task that is the same one of the pack, or says the same."""
        keys, record = self.act.uow.portal.keys, self.act.record
        return next(
            (
                one
                for one in self.open
                if (one.task == task if task else not one.task and words_of(keys, record, one) == words)
            ),
            None,
        )

    def make(
        self, task: str, words: str, place: Place, source: str, name: str = "", due_on: dt.date | None = None
    ) -> Task:
        """Add a task that is not waiting yet, and tell those who are to do it."""
        uow, record = self.act.uow, self.act.record
        if len(self.all) >= MOST:
            raise Conflict("task.many", msg("A matter has at most %(limit)s tasks"), {"limit": MOST})
        made = Task(
            record_id=record.id,
            n=max((one.n for one in self.all), default=0) + 1,
            etype=record.etype,
            task=task,
            words=self._closed(words),
            due_on=due_on,
            provisional=False,
            due_set=due_on is not None,
            status=OPEN,
            source=source,
            source_name=name,
            created_at=uow.now,
            created_by=uow.access.user_id,
            created_by_name=uow.access.name,
            version=1,
        )
        lay(made, place)
        uow.add(made)
        self.all.append(made)
        self.made.add(made.n)
        self.tell_owner(made)
        return made

    def settle(self, task: Task, status: str, words: str = "") -> None:
        """Say that a task is done or dropped, with words; who gave it is told that it is done."""
        uow = self.act.uow
        task.status = status
        task.settled_at, task.settled_by_name = uow.now, uow.access.name
        task.settled_words = self._closed(words)
        task.version += 1
        if status == DONE and task.created_by:
            self.act.emit("task.done", TaskDone, task=task.n, given_by=task.created_by)

    def tell_owner(self, task: Task) -> None:
        """Leave a message for those who are to do a task."""
        self.act.emit(
            "task.given",
            TaskGiven,
            task=task.n,
            unit=task.unit_id,
            role=task.role,
            owner=task.owner_id or 0,
        )

    def tell(self, name: str, task: Task, reason: str = "", **more: Any) -> None:
        """Write a row about a task into the history."""
        self.act.history(name, kind=KIND, reason=reason, unit_id=task.unit_id, data=self.said(task) | more)

    def said(self, task: Task) -> dict[str, Any]:
        """Return what history and audit entry say of a task."""
        return {
            "n": task.n,
            "task": task.task,
            "words": words_of(self.act.uow.portal.keys, self.act.record, task),
            "role": task.role,
            "owner": task.owner_name,
            "due_on": task.due_on.isoformat() if task.due_on else None,
            "status": task.status,
        }

    def _closed(self, text: str) -> str:
        key = key_for_writing(self.act.uow.portal.keys, self.act.record) if text else None
        return text if key is None else key.encrypt_text(text, TASK)


def lay(task: Task, place: Place) -> None:
    """Put a task where it is to be done."""
    task.place, task.unit_id, task.unit_path = place.place, place.unit.id, place.unit.path
    task.role, task.owner_id, task.owner_name = place.role, place.owner_id, place.owner_name


def check_open(task: Task, version: int | None) -> None:
    """Raise Conflict where a task is settled, or is no longer the version that the person saw."""
    if task.status != OPEN:
        at = task.settled_at.astimezone(LOCAL) if task.settled_at else None
        words = (
            msg("%(who)s has done this task already (%(when)s)")
            if task.status == DONE
            else msg("%(who)s has dropped this task already (%(when)s)")
        )
        params = {"who": task.settled_by_name, "when": f"{at:%Y-%m-%d %H:%M}" if at else "—"}
        raise Conflict("task.settled", words, params)
    if version is not None and task.version != version:
        raise Conflict("task.stale", msg("This task was changed meanwhile: look at it again"))
