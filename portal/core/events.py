"""Events: what starts, stops and ends periods and gets tasks done, and how each of them arises.

An event of a pack arises by an act, by a referral's change of state, by entering or leaving a stage, by a step, by a
date in a form or in the record, or it is *recorded* by a person together with the paper that shows it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from portal.core.conditions import Condition, parse
from portal.core.text import Text

How = Literal["act", "referral", "enter", "leave", "step", "date", "recorded"]


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to a matter by an act, before anybody asks which events of its pack arise by that.

    ``name`` is the act, the event of the referral, the stage, the step, the field or the event that was recorded; it
    happened on ``day``, or today. ``payload`` holds what conditions may read, such as ``form`` or ``referral``.
    """

    how: How
    name: str
    day: dt.date | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arising:
    """One way in which an event arises; ``names`` says by what: the act, stage, step, field, form or document."""

    how: How
    names: Mapping[str, Any]
    when: Condition | None = None

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> Arising:
        """Build a way from its entry under ``arises``."""
        names = {key: value for key, value in definition.items() if key not in ("on", "when")}
        return cls(definition["on"], names, parse(definition["when"])[0] if "when" in definition else None)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a matter, with the ways in which it arises."""

    id: str
    title: Text
    arises: tuple[Arising, ...]
    order: float = 0
    hidden: bool = False

    @property
    def is_recorded(self) -> bool:
        """Tell whether nothing emits it: a person records it."""
        return all(way.how == "recorded" for way in self.arises)


def events(definitions: Mapping[str, Any]) -> dict[str, Event]:
    """Compile the events of a bundle, in order."""
    found = [
        Event(
            key,
            entry["title"],
            tuple(map(Arising.from_definition, entry["arises"])),
            entry.get("order", 0),
            bool(entry.get("hidden", False)),
        )
        for key, entry in definitions.items()
    ]
    return {event.id: event for event in sorted(found, key=lambda event: (event.order, event.id))}
