"""What is asked of a county that sets itself up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, get_args

from portal.core.divisions import Division
from portal.core.errors import InvalidInput, Problem
from portal.core.layout.model import Mode

RESIDENT, ROTATING, ON_CALL = get_args(Mode)
WORKING_DAYS, EVERY_DAY = "working_days", "every_day"


@dataclass(frozen=True, slots=True)
class Place:
    """A window or a room: its title, the department that has it, and the number on a window."""

    title: str
    department: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """How a department is present: always, on some weekdays, or when it is called."""

    department: str
    mode: str
    weekdays: tuple[int, ...] = ()
    answer_hours: float | None = None


@dataclass(frozen=True, slots=True)
class City:
    """The city above a county: its code and name; with a pack and a word where its centre works here too."""

    code: str
    name: str
    level: str = "city"
    pack: str = ""
    agency: str = ""


@dataclass(frozen=True, slots=True)
class County:
    """A county and its centre."""

    code: str
    name: str
    pack: str
    centre: str
    agency: str
    city: City
    address: str = ""
    phone: str = ""
    hours: str = ""
    open_on: Any = WORKING_DAYS
    windows: tuple[Place, ...] = ()
    rooms: tuple[Place, ...] = ()
    stays: tuple[Stay, ...] = ()
    units: tuple[Division, ...] = field(default=())

    @property
    def open_weekdays(self) -> frozenset[int]:
        """Return the weekdays on which the centre is open."""
        if isinstance(self.open_on, dict):
            return frozenset(self.open_on["weekdays"])
        return frozenset(range(1, 8 if self.open_on == EVERY_DAY else 6))


def refusal(code: str, message: str, remedy: str = "", /, **params: Any) -> InvalidInput:
    """Return the refusal of an answer, with what to do about it."""
    problem = Problem(f"start.{code}", message, params, remedy=remedy)
    return InvalidInput(problem.code, message, params, problems=[problem])
