"""The effect of steps on tasks of the pack: they are created."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from portal.core.tasks import BY_STEP
from portal.core.values import as_date
from portal.services.records.handling.tasks.owners import by_definition
from portal.services.records.handling.tasks.record_tasks import RecordTasks

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed


def create_tasks(act: Performed, names: Iterable[str], step: str, due: str | None = None) -> bool:
    """Create tasks of the pack by a step, for a day where one is given; return whether the release knows all of them.

    One that is waiting already goes on waiting.
    """
    tasks, wanted = RecordTasks.of(act), list(names)
    for name in wanted:
        known = tasks.types.get(name)
        if known is not None and tasks.waiting(name, "") is None:
            tasks.make(name, "", by_definition(act.uow, act.record, known.who), BY_STEP, step, as_date(due))
    return all(name in tasks.types for name in wanted)
