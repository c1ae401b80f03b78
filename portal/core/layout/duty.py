"""Duty: who is really there on a day for a proposed target.

A department that is resident comes first, then one that rotates and is rostered on the day, then one on call.
Where nobody is found the caller asks the next unit up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from portal.core.layout.model import Layout, Mode, Stationing, Thing

_RANK = {"resident": 0, "rotating": 1}


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the centre where somebody competent sits on the day."""

    department: str | None
    place_kind: str
    place: str
    stationing: str | None
    mode: Mode


@dataclass(frozen=True, slots=True)
class OnCall:
    """A department that comes when it is called."""

    department: str
    stationing: str
    answer_hours: float | None


def resolve(
    layout: Layout, target: Mapping[str, str], day: date, departments: Collection[str] | None = None
) -> Seat | OnCall | None:
    """Return who answers for ``target`` on ``day``; None: nobody here, ask one level up.

    ``target`` names a department, window, room, zone or sub-centre; ``departments`` are those in use (all
    that the layout knows by default). A tier is not a seat, so it gives None.
    """
    known = layout.departments if departments is None else departments
    kind, name = next(iter(target.items()), ("", ""))
    if kind == "department":
        return _department(layout, name, day, known)
    thing = layout.find(kind, name)
    return None if thing is None else _place(layout, kind, thing, day, known)


def _place(
    layout: Layout, kind: str, thing: Thing, day: date, known: Collection[str]
) -> Seat | OnCall | None:
    """Ask whoever is present at the place, else its department elsewhere, else the centre's own staff."""
    here = [
        stay
        for stay in _stays(layout, day)
        if stay.present(day)
        and (stay.place_kind, stay.place) == (kind, thing.id)
        and stay.department in known
        and thing.department in (None, stay.department)
    ]
    if here:
        return _seat(here[0])
    if thing.department is not None:
        return _department(layout, thing.department, day, known)
    return Seat(None, kind, thing.id, None, "resident")


def _department(layout: Layout, name: str, day: date, known: Collection[str]) -> Seat | OnCall | None:
    if name not in known:
        return None
    stays = [stay for stay in _stays(layout, day) if stay.department == name]
    for stay in stays:
        if stay.present(day):
            return _seat(stay)
    for stay in stays:
        if stay.mode == "on_call":
            return OnCall(name, stay.id, stay.answer_hours)
    return None


def _stays(layout: Layout, day: date) -> list[Stationing]:
    stays = [stay for stay in layout.stationing if stay.in_force(day)]
    return sorted(stays, key=lambda stay: (_RANK.get(stay.mode, 2), stay.order, stay.id))


def _seat(stay: Stationing) -> Seat:
    return Seat(stay.department, stay.place_kind, stay.place, stay.id, stay.mode)
