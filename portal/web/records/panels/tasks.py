"""The tasks of the record: those to be done with owner and day, those that are suggested, and what was done."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.acts import ADD_TASK
from portal.core.tasks import DROPPED
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.tasks import SuggestedWords, TaskWords, suggested_in_words, tasks_in_words


@dataclass(frozen=True, slots=True)
class TasksView:
    """The tasks to be done, those that were, what is suggested; ``may_add``: the person may add to them."""

    open: list[TaskWords]
    done: list[TaskWords]
    dropped: list[TaskWords]
    suggested: list[SuggestedWords]
    may_add: bool

    @property
    def total(self) -> int:
        """Return how many tasks there are, but for those that were dropped."""
        return len(self.open) + len(self.done)


def tasks(case: Case) -> TasksView | None:
    """Return the tasks of a record; None where there are none and the person may add none."""
    may, found = case.may(ADD_TASK.needs), tasks_in_words(case)
    suggested = suggested_in_words(case)
    if not found and not suggested and not (may and case.record.is_open):
        return None
    settled = [one for one in found if not one.open]
    return TasksView(
        [one for one in found if one.open],
        [one for one in settled if one.status != DROPPED],
        [one for one in settled if one.status == DROPPED],
        suggested,
        may,
    )


def has_tasks(case: Case) -> bool:
    """Tell whether records of this sort have tasks: whole ones that are walked through stages."""
    return case.record.parent_id is None and bool(case.screen.lifecycle)


PANELS.add(Panel("tasks", Place.SIDE, 16, "records/panels/tasks.html", tasks, has_tasks))
