"""Which events of a pack arise by what happened to a matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import Env, evaluate
from portal.core.events import Arising, Event, Happening, How
from portal.core.values import as_date

# Ways that the portal sees by itself, by the member that names what happened.
_NAMED: Mapping[str, str] = {"act": "act", "referral": "event", "step": "step"}


@dataclass(frozen=True, slots=True)
class Matter:
    """The matter that something happened to: its type, whether it is a part of another, what conditions may read.

    ``canonical`` maps each stage to the common one.
    """

    etype: str
    is_part: bool
    facts: Mapping[str, Any]
    canonical: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event that arose: how, and on which day; without a day it arose today."""

    event: str
    how: How
    day: dt.date | None = None
    payload: Mapping[str, Any] | None = None


class Emitters:
    """The events of a release by the ways in which they arise."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._by_way: dict[str, list[tuple[Event, Arising]]] = {}
        for event in events:
            for way in event.arises:
                self._by_way.setdefault(way.how, []).append((event, way))

    def arisen(self, happening: Happening, matter: Matter, env: Env) -> Iterator[Occurrence]:
        """Yield each event that arises by something that happened, once."""
        if happening.how == "recorded":
            yield Occurrence(happening.name, "recorded", happening.day, happening.payload)
            return
        seen = set()
        for event, way in self._by_way.get(happening.how, ()):
            if event.id not in seen and self._holds(way, happening, matter, env):
                seen.add(event.id)
                yield Occurrence(event.id, happening.how, happening.day, happening.payload)

    def dated(
        self, data: Mapping[str, Any], matter: Matter, env: Env, form: str | None = None
    ) -> Iterator[Occurrence]:
        """Yield the events of the days in a record's data, or in the answers to ``form``."""
        for event, way in self._by_way.get("date", ()):
            if way.names.get("form") != form or not _concerns(way, matter):
                continue
            day = as_date(pointers.get(data, way.names["field"]))
            extra = {"form": data} if form is not None else {}
            if day is not None and _condition(way, matter, extra, env):
                yield Occurrence(event.id, "date", day)

    def by_entering(self, stage: str, matter: Matter) -> frozenset[str]:
        """Return the events that arise when a matter of this kind comes into a stage."""
        return frozenset(
            event.id
            for event, way in self._by_way.get("enter", ())
            if _concerns(way, matter) and _is_stage(way, stage, matter)
        )

    def _holds(self, way: Arising, happening: Happening, matter: Matter, env: Env) -> bool:
        if not _concerns(way, matter):
            return False
        if happening.how in ("enter", "leave"):
            if not _is_stage(way, happening.name, matter):
                return False
        elif way.names.get(_NAMED.get(happening.how, "")) != happening.name:
            return False
        lead = way.names.get("lead")
        referral = happening.payload.get("referral", {})
        if lead is not None and bool(referral.get("lead")) is not lead:
            return False
        return _condition(way, matter, happening.payload, env)


def _concerns(way: Arising, matter: Matter) -> bool:
    """Tell whether a way is about this type; one that names no type is about whole records, not about their parts."""
    entity = way.names.get("entity")
    return not matter.is_part if entity is None else bool(entity == matter.etype)


def _is_stage(way: Arising, stage: str, matter: Matter) -> bool:
    if "stage" in way.names:
        return bool(way.names["stage"] == stage)
    return bool(way.names.get("canonical") == matter.canonical.get(stage))


def _condition(way: Arising, matter: Matter, more: Mapping[str, Any], env: Env) -> bool:
    return way.when is None or evaluate(way.when, {**matter.facts, **more}, env)
