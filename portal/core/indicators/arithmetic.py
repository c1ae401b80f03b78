"""Rates, changes, totals, parts and medians, all worked out from counts: whole numbers and fractions, never floats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from portal.core.errors import InvalidInput, Problem, msg

HUNDRED = 100
MOST_PLACES = 4
# A base that would make a wrong claim right is looked for up to this many times the base that was given.
_FARTHEST = 10


def rounded(value: Fraction, places: int = 0) -> Decimal:
    """Return a fraction with so many decimals, halves away from zero; whole numbers decide, so it is exact."""
    scale = 10**places
    doubled = abs(value) * scale * 2
    number = (doubled.numerator // doubled.denominator + 1) // 2
    return Decimal(-number if value < 0 else number).scaleb(-places)


@dataclass(frozen=True, slots=True)
class Counts:
    """The two counts of a rate: how many were counted, out of how many."""

    counted: int
    base: int

    def __post_init__(self) -> None:
        """Raise InvalidInput for counts that no rate can have."""
        if not 0 <= self.counted <= self.base:
            raise InvalidInput(
                "indicator.counts",
                msg(
                    "%(counted)s of %(base)s can't be: a part is never more than the whole, nor less than none"
                ),
                {"counted": self.counted, "base": self.base},
            )

    @property
    def share(self) -> Fraction | None:
        """Return the exact share; None where there is nothing to take a share of."""
        return Fraction(self.counted, self.base) if self.base else None

    def per_cent(self, places: int = 1) -> Decimal | None:
        """Return the rate in per cent; None where there is nothing to take a rate of."""
        share = self.share
        return None if share is None else rounded(share * HUNDRED, places)

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both together."""
        return Counts(self.counted + other.counted, self.base + other.base)


def total(parts: Iterable[Counts]) -> Counts:
    """Return the counts of all together: a rate of a total follows from these, never from the rates of its parts."""
    return sum(parts, Counts(0, 0))


def in_points(now: Counts, before: Counts, places: int = 1) -> Decimal | None:
    """Return by how many percentage points a rate changed, worked out from the exact shares; None without either."""
    if now.share is None or before.share is None:
        return None
    return rounded((now.share - before.share) * HUNDRED, places)


def in_per_cent(now: int, before: int, places: int = 1) -> Decimal | None:
    """Return by how many per cent a count changed; None where there was nothing before."""
    return rounded(Fraction(now - before, before) * HUNDRED, places) if before else None


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole with its parts and its rest, which together are the whole."""

    number: int
    parts: Mapping[str, int]
    undetermined: int


def whole(number: int, parts: Mapping[str, int]) -> Whole:
    """Return a whole with its parts and what is undetermined; raise InvalidInput for parts that are more than it."""
    named = sum(parts.values())
    if named > number or any(part < 0 for part in parts.values()):
        raise InvalidInput(
            "indicator.parts",
            msg("The parts add up to %(named)s, which is not within the whole of %(number)s"),
            {"named": named, "number": number},
        )
    return Whole(number, dict(parts), number - named)


@dataclass(frozen=True, slots=True)
class Median:
    """The middle of some whole numbers, and how many there are."""

    value: Fraction | None
    number: int

    def shown(self, places: int = 1) -> Decimal | None:
        """Return it with decimals where it lies between two numbers; None where there are none."""
        if self.value is None:
            return None
        return rounded(self.value, 0 if self.value.denominator == 1 else places)


def median(histogram: Mapping[int, int]) -> Median:
    """Return the median of numbers that are given by how often each occurs."""
    number = sum(histogram.values())
    if not number:
        return Median(None, 0)
    low, high = _at(histogram, (number - 1) // 2), _at(histogram, number // 2)
    return Median(Fraction(low + high, 2), number)


def _at(histogram: Mapping[int, int], place: int) -> int:
    passed = 0
    for value in sorted(histogram):
        passed += histogram[value]
        if passed > place:
            return value
    raise IndexError(place)


def claimed(counts: Counts, claim: Decimal) -> Problem | None:
    """Return why a rate in per cent does not follow from its counts; None where it does.

    The claim is compared with as many decimals as it is written with.
    """
    places = _places(claim)
    real = counts.per_cent(places)
    if real == claim:
        return None
    params: dict[str, Any] = {"counted": counts.counted, "base": counts.base, "claim": str(claim)}
    if real is None:
        message = msg("%(claim)s%% does not follow from counts: there is nothing to take a rate of")
        return Problem("indicator.claim", message, params)
    params["real"] = str(real)
    other = _fitting_base(counts.counted, counts.base, claim, places)
    if other is None:
        message = msg("%(counted)s of %(base)s is %(real)s%%, not %(claim)s%%")
        return Problem(
            "indicator.claim", message, params, remedy=msg("Write the counts that it was worked out from")
        )
    return Problem(
        "indicator.claim",
        msg("%(counted)s of %(base)s is %(real)s%%, not %(claim)s%%, which is %(counted)s of %(other)s"),
        {**params, "other": other},
        remedy=msg("Say which base was used, and write its count"),
    )


def _places(claim: Decimal) -> int:
    exponent = claim.as_tuple().exponent
    return min(-exponent, MOST_PLACES) if isinstance(exponent, int) and exponent < 0 else 0


def _fitting_base(counted: int, base: int, claim: Decimal, places: int) -> int | None:
    """Return the base nearest to what the claim would have been worked out from; None where none fits."""
    if counted <= 0 or not 0 < claim <= HUNDRED:
        return None
    nearest = int(rounded(Fraction(counted * HUNDRED) / Fraction(claim)))
    fits = counted <= nearest <= base * _FARTHEST and nearest != base
    return nearest if fits and Counts(counted, nearest).per_cent(places) == claim else None
