"""The tasks of a record as pages and the API show them, and what is suggested but not on the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.acts import EFFECT
from portal.core.encrypted import is_destroyed
from portal.core.tasks import TaskType
from portal.persistence.models import Record, Task
from portal.persistence.scope import owned
from portal.services.records.finding.reading import history
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.handling.tasks.record_tasks import types_of, words_of
from portal.services.records.privacy.record_encryption import TASK, text_opened
from portal.services.records.proposing.decisions import last_decision
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.persistence.models import RecordEvent
    from portal.services.portal import Portal
    from portal.services.records.proposing.decisions import DecisionView

_OF_RECORD = owned(Task, Task.n)


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with its words in clear: those of the task, and those with which it was settled."""

    row: Task
    type: TaskType | None
    words: str
    said: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """A task of the pack that a rule asks for, or that an earlier step left to be done."""

    task: str
    rule: str = ""
    step: str = ""


def tasks_of(portal: Portal, session: Session, record: Record) -> list[TaskView]:
    """Return the tasks of a record in the order in which they were given."""
    types = types_of(pinned(portal, session, record.release_id))
    return [
        TaskView(
            one,
            types.get(one.task),
            words_of(portal.keys, record, one),
            text_opened(portal.keys, record, one.settled_words, TASK),
        )
        for one in rows_of(session, record, _OF_RECORD)
    ]


def suggested(
    portal: Portal,
    session: Session,
    record: Record,
    decision: DecisionView | None = None,
    events: list[RecordEvent] | None = None,
    tasks: list[TaskView] | None = None,
) -> list[Suggested]:
    """Return the tasks that are suggested and were never on the list.

    ``decision``, ``events`` and ``tasks`` are those of the record, where they are known.

    Rules suggest by the latest decision, as long as the record is open.
    """
    types = types_of(pinned(portal, session, record.release_id))
    rows = rows_of(session, record, _OF_RECORD) if tasks is None else [one.row for one in tasks]
    had = {one.task for one in rows}
    found: dict[str, Suggested] = {}
    if record.is_open:
        view = decision or last_decision(portal, session, record)
        for action in view.of("require") if view is not None else ():
            for name in action.get("steps", ()):
                found.setdefault(name, Suggested(name, rule=action.get("rule", "")))
    for event in reversed(history(portal, session, record) if events is None else events):
        if event.kind == EFFECT and not is_destroyed(event.data) and (event.data or {}).get("open"):
            said = event.data.get("said", {})
            names = [said.get("task"), *(said.get("steps") or ())]
            for name in names:
                if isinstance(name, str):
                    found.setdefault(name, Suggested(name, step=event.name))
    return [one for name, one in found.items() if name in types and name not in had]
