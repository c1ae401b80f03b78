"""Worked examples of indicators: figures that were published, worked out again, and what follows from them.

They teach how a figure is read and are never records. Each says what should come out; the check works it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from portal.core.errors import InvalidInput, Problem, msg
from portal.core.indicators.arithmetic import HUNDRED, Counts, Whole, claimed, rounded, whole
from portal.core.text import Text

POINTS, PER_CENT = "points", "per_cent"


@dataclass(frozen=True, slots=True)
class Worked:
    """An example, worked out: its counts or parts, the claim, and why the claim does not follow, where it does not.

    ``before`` holds, by the unit of a change, the value that it would have started from.
    """

    id: str
    shows: str
    title: Text
    source: Text
    counts: Counts | None = None
    whole: Whole | None = None
    parts: Mapping[str, Text] = field(default_factory=dict)
    claim: Decimal | None = None
    change: Decimal | None = None
    unit: str = ""
    before: Mapping[str, Decimal] = field(default_factory=dict)
    refused: Problem | None = None


def worked(example_id: str, raw: Mapping[str, Any]) -> Worked:
    """Work out an example; raise InvalidInput for counts that can't be."""
    return _WAYS[raw["shows"]](example_id, raw)


def check_example(raw: Mapping[str, Any], file: str, where: str) -> Iterator[Problem]:
    """Yield what an example says that does not come out when it is worked out."""
    try:
        found = worked("", raw)
    except InvalidInput as error:
        yield Problem(error.code, error.message, error.params, file, where, msg("Correct the counts"))
        return
    except InvalidOperation:
        message = msg("A rate or a change is written as a number, such as 85.34")
        yield Problem("indicator.number", message, {}, file, where)
        return
    if raw.get("holds", True) != (found.refused is None):
        params = {"reason": found.refused.text() if found.refused else ""}
        message = (
            msg("The example says that its claim holds, and it does not: %(reason)s")
            if found.refused
            else msg("The example says that its claim does not hold, and it does")
        )
        yield Problem(
            "indicator.example", message, params, file, f"{where}/holds", msg("Correct holds or the counts")
        )
    rest = raw.get("undetermined")
    if found.whole is not None and rest is not None and rest != found.whole.undetermined:
        params = {"rest": str(rest), "real": str(found.whole.undetermined)}
        message = msg("What is undetermined is %(real)s, not %(rest)s: parts and rest are the whole")
        yield Problem("indicator.example", message, params, file, f"{where}/undetermined")
    for unit, value in raw.get("before", {}).items():
        if Decimal(value) != found.before.get(unit):
            params = {"value": value, "real": str(found.before.get(unit))}
            message = msg("Before the change it was %(real)s, not %(value)s")
            yield Problem("indicator.example", message, params, file, f"{where}/before/{unit}")


def _rate(example_id: str, raw: Mapping[str, Any]) -> Worked:
    counts, claim = Counts(raw["counted"], raw["base"]), Decimal(raw["claim"])
    refused = claimed(counts, claim)
    return Worked(
        example_id, raw["shows"], raw["title"], raw.get("source", ""), counts, claim=claim, refused=refused
    )


def _parts(example_id: str, raw: Mapping[str, Any]) -> Worked:
    named = {key: one["number"] for key, one in raw["parts"].items()}
    return Worked(
        example_id,
        raw["shows"],
        raw["title"],
        raw.get("source", ""),
        whole=whole(raw["whole"], named),
        parts={key: one["title"] for key, one in raw["parts"].items()},
    )


def _change(example_id: str, raw: Mapping[str, Any]) -> Worked:
    """Work out a change: percentage points are taken away, per cent divide; without a unit it is refused."""
    now, change, unit = Decimal(raw["claim"]), Decimal(raw["change"]), raw.get("unit", "")
    before = {POINTS: now - change}
    if change > -HUNDRED:
        before[PER_CENT] = rounded(Fraction(now) / (1 + Fraction(change) / HUNDRED), 1)
    refused = None
    if unit not in (POINTS, PER_CENT):
        message = msg(
            "A change of %(change)s says neither percentage points nor per cent: %(points)s or %(cent)s before?"
        )
        params = {
            "change": f"{change:+}",
            "points": str(before[POINTS]),
            "cent": str(before.get(PER_CENT, "–")),
        }
        refused = Problem(
            "indicator.change", message, params, remedy=msg("Say percentage points or per cent")
        )
    return Worked(
        example_id,
        raw["shows"],
        raw["title"],
        raw.get("source", ""),
        claim=now,
        change=change,
        unit=unit,
        before=before,
        refused=refused,
    )


_WAYS: Mapping[str, Callable[[str, Mapping[str, Any]], Worked]] = {
    "rate": _rate,
    "parts": _parts,
    "change": _change,
}
