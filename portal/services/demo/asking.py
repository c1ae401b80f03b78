"""Leave the tasks that the last step of a made-up case makes, as the step does at a centre."""

from __future__ import annotations

import datetime as dt

from portal.core.lifecycle.model import Move
from portal.core.tasks import BY_STEP
from portal.core.zone import LOCAL
from portal.services.demo.walking import Step
from portal.services.records.acts.performed import Performed
from portal.services.records.handling.tasks.owners import by_definition
from portal.services.records.handling.tasks.record_tasks import RecordTasks

# By so many days later a made-up task is to be done.
DAYS = 14
CREATE = "create_task"


def leaves_tasks(move: Move) -> bool:
    """Return whether a step makes a task."""
    return any(effect.get("do") == CREATE for effect in move.transition.then)


def leave_tasks(act: Performed, step: Step, move: Move) -> None:
    """Make the tasks of a step, for a day two weeks after it."""
    tasks = RecordTasks.of(act)
    day = step.at.astimezone(LOCAL).date() + dt.timedelta(days=DAYS)
    for effect in move.transition.then:
        name = effect.get("task")
        known = tasks.types.get(name) if effect.get("do") == CREATE and isinstance(name, str) else None
        if known is not None and isinstance(name, str):
            place = by_definition(act.uow, act.record, known.who)
            made = tasks.make(name, "", place, BY_STEP, move.transition.id, day)
            made.created_at, made.created_by_name = step.at, step.by
