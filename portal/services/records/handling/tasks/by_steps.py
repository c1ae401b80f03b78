"""The effects of steps on tasks: one of the pack is created, or one for each row of a form's list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from portal.core.errors import InvalidInput, Problem, msg
from portal.core.tasks import BY_PLAN, BY_STEP
from portal.core.values import as_date
from portal.services.records.acts.loading import centre_ref
from portal.services.records.handling.tasks.owners import Owner, by_definition, cannot_see, placed
from portal.services.records.handling.tasks.record_tasks import RecordTasks
from portal.services.units.lookup import known_units

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

LONGEST = 200


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


def tasks_of_rows(act: Performed, rows: Iterable[Any], members: Mapping[str, str], step: str) -> None:
    """Create a task for each row of a list: its words, unit and day stand in the members that are named.

    A row without words makes none. InvalidInput for a unit that cannot see the record.
    """
    tasks = RecordTasks.of(act)
    for index, row in enumerate(rows):
        words = " ".join(str(row.get(members["words"]) or "").split())[:LONGEST]
        if not words or tasks.waiting("", words) is not None:
            continue
        where = f"/rows/{index}"
        due_on = as_date(row.get(members.get("due", "")))
        if due_on is not None and due_on < act.uow.today:
            message = msg("Choose a day from today on, within ten years")
            problem = Problem("task.day", message, pointer=f"{where}/{members['due']}")
            raise InvalidInput("task.invalid", message, problems=[problem])
        place = _unit(act, row.get(members.get("unit", "")), f"{where}/{members.get('unit', '')}")
        made = tasks.make("", words, place, BY_PLAN, step, due_on)
        tasks.tell("add", made)


def _unit(act: Performed, code: Any, pointer: str) -> Any:
    """Return the place that a row names: a unit, or a department of the centre, by its code."""
    if not isinstance(code, str) or not code:
        return by_definition(act.uow, act.record, None)
    own = f"{centre_ref(act.uow, act.record).unit_code}:{code}"
    known = known_units(act.uow.session, [code, own])
    unit = known.get(code) or known.get(own)
    if unit is None:
        raise cannot_see(code[:80], pointer)
    try:
        return placed(act.uow, act.record, Owner(unit.code))
    except InvalidInput as refused:
        raise cannot_see(unit.name, pointer) from refused
