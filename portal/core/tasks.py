"""Tasks, compiled: what is to be done, by whom, until when, and by which events it is done.

A task of a record is such a one, or words that a person wrote; its row keeps who does it, until when, and what became
of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from portal.core.actors import Actor
from portal.core.deadlines import Clock, Length, Period, Variant, WorkCalendar, state_of
from portal.core.errors import msg
from portal.core.text import Text

OPEN, DONE, DROPPED = "open", "done", "dropped"
STATES: Mapping[str, str] = MappingProxyType(
    {OPEN: msg("to be done"), DONE: msg("done"), DROPPED: msg("dropped")}
)
# Where a task of a record comes from.
BY_STEP, BY_RULES, BY_PERSON, BY_PLAN = "step", "rules", "person", "plan"
SOURCES: Mapping[str, str] = MappingProxyType(
    {
        BY_STEP: msg("by a step"),
        BY_RULES: msg("suggested by the rules"),
        BY_PERSON: msg("added by a person"),
        BY_PLAN: msg("from the plan"),
    }
)
# Whose unit does it: the unit that owns the record, the one that handles it at the time, or one that was named.
CENTRE, HANDLER, NAMED = "centre", "handler", "named"


@dataclass(frozen=True, slots=True)
class Due:
    """Until when: a period of the pack, or a length after an event."""

    deadline: str = ""
    length: Length | None = None
    after: str = ""

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> Due:
        """Build a due day from ``{"deadline"}`` or ``{"n", "unit", "after"}``."""
        if "deadline" in definition:
            return cls(definition["deadline"])
        return cls("", Length.from_definition(definition), definition["after"])


@dataclass(frozen=True, slots=True)
class TaskType:
    """A task that rules ask for and steps create."""

    id: str
    title: Text
    who: Actor | None = None
    due: Due | None = None
    done_by: tuple[str, ...] = ()
    order: float = 0
    hidden: bool = False


def tasks(definitions: Mapping[str, Any]) -> dict[str, TaskType]:
    """Compile the tasks of a bundle, in order."""
    found = [
        TaskType(
            key,
            raw["title"],
            Actor.from_definition(raw["who"]) if "who" in raw else None,
            Due.from_definition(raw["due"]) if "due" in raw else None,
            tuple(raw.get("done_by", ())),
            raw.get("order", 0),
            bool(raw.get("hidden", False)),
        )
        for key, raw in definitions.items()
    ]
    return {task.id: task for task in sorted(found, key=lambda task: (task.order, task.id))}


def day_after(
    length: Length, start: dt.date, calendar: WorkCalendar, now: dt.datetime
) -> tuple[dt.date | None, bool]:
    """Return the day on which a length after an event ends, and whether it is provisional: counted as periods are."""
    period = Period("", "", {"": Variant(length)})
    state = state_of(Clock("", "", "centre", "", start), period, calendar, now)
    return state.due_on, state.provisional
