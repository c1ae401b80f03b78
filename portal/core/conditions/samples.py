"""Values between which the verdict of a comparison changes.

The search for rules that can never fire tries one value of each region of an input. An operator says which values make
a difference to *it*; around numbers and days the neighbours are tried as well, texts are put together with the parts
that other comparisons ask for. An operator that cannot say so has no samples: then nothing is claimed about its rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.core.values import shifted


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: it makes a difference wherever it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Sampled:
    """What samples may follow from beside their own operand: the day, and the literals of all comparisons."""

    today: date
    literals: tuple[Any, ...] = ()


# From the operand's values (none, one or several) to the values that make a difference.
Samples = Callable[[tuple[Any, ...], Sampled], Iterable[Any]]


def as_given(given: tuple[Any, ...], _: Sampled) -> Iterable[Any]:
    """Return the operand's own values."""
    return given


def as_parts(given: tuple[Any, ...], _: Sampled) -> Iterator[Any]:
    """Yield texts as pieces of longer ones."""
    return (Part(text) for text in given if isinstance(text, str))


def days_back(given: tuple[Any, ...], about: Sampled) -> Iterator[Any]:
    """Yield today and the day as many days back as the operand says."""
    yield about.today
    for days in given:
        turn = shifted(about.today, -int(days))
        if turn is not None:
            yield turn


def none_needed(_given: tuple[Any, ...], _about: Sampled) -> Iterable[Any]:
    """Return nothing: no value and any value are always tried."""
    return ()
