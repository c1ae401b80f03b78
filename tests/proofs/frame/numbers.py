"""One number of a proof: what it has to be, what it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was counted or measured; ``clock`` where it depends on the machine and on who else works on it."""

    name: str
    wanted: str
    seen: str
    ok: bool
    clock: bool = False

    def line(self) -> str:
        """Return the number as `make prove` prints it."""
        return f"{'ok ' if self.ok else 'NOT'}  {self.name}: wanted {self.wanted}, seen {self.seen}"


def equal(name: str, wanted: object, seen: object) -> Number:
    """Return a number that has to be exactly so."""
    return Number(name, f"= {_shown(wanted)}", _shown(seen), wanted == seen)


def at_most(name: str, wanted: float, seen: float, *, clock: bool = False) -> Number:
    """Return a number that may be less."""
    return Number(name, f"<= {_shown(wanted)}", _shown(seen), seen <= wanted, clock)


def at_least(name: str, wanted: float, seen: float, *, clock: bool = False) -> Number:
    """Return a number that may be more."""
    return Number(name, f">= {_shown(wanted)}", _shown(seen), seen >= wanted, clock)


def unmet(numbers: Iterable[Number], *, clocks: bool) -> list[str]:
    """Return the lines of the numbers that are not met; without ``clocks``, only of those that no clock decides."""
    return [number.line() for number in numbers if not number.ok and (clocks or not number.clock)]


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) and value < 1000 else str(value)
