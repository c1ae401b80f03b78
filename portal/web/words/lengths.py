"""Lengths and days of periods in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from portal.core.deadlines import Length
from portal.core.errors import msg
from portal.services.bundles import Bundle
from portal.web.language import translate

_LENGTHS: Mapping[str, str] = MappingProxyType(
    {
        "calendar_day": msg("%(n)s days"),
        "working_day": msg("%(n)s working days"),
        "hour": msg("%(n)s hours"),
        "month": msg("%(n)s months"),
        "year": msg("%(n)s years"),
    }
)
WEEKDAYS = (msg("Mon"), msg("Tue"), msg("Wed"), msg("Thu"), msg("Fri"), msg("Sat"), msg("Sun"))


def length_words(length: Length) -> str:
    """Return how long a period is."""
    return translate(_LENGTHS[length.unit], n=length.n)


def period_length(bundle: Bundle, deadline: str | None) -> str:
    """Return how long a period of a release is, where it has one length or its usual one; empty without a period."""
    period = bundle.periods.get(deadline or "")
    return length_words(period.length()) if period is not None else ""
