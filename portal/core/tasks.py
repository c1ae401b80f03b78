"""Tasks, compiled: what is to be done, by whom, until when, and by which events it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.actors import Actor
from portal.core.deadlines import Length
from portal.core.text import Text


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
