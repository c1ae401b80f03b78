"""The gate of an indicator: which rates it may ask for, and their two counts at the centres, from kept figures."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Problem, msg
from portal.core.indicators import Indicator
from portal.i18n import LANGUAGES
from portal.persistence.among import among
from portal.persistence.models import IndicatorFigure, IndicatorKept
from portal.persistence.scope import door
from portal.services.bundles import Bundle
from portal.services.indicators.cuts import NOW
from portal.services.indicators.definitions import digest_of
from portal.services.indicators.shares import WHOLE

GATE = "indicator"
LOW = "low"
Pair = tuple[int, int]
_WHY = "two counts of each centre of a roll-out that the person sees"


def choices(bundle: Bundle) -> list[Indicator]:
    """Return the indicators that a gate may ask for: rates that say which way is good, and whose counts are kept."""
    return [
        one
        for one in bundle.indicators.values()
        if one.is_rate and one.better and not one.hidden and digest_of(bundle, one.id)
    ]


def settled(bundle: Bundle, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a gate asks for together with what is needed to read it: later releases may define it otherwise."""
    one = bundle.indicators[said[GATE]]
    return {
        **said,
        "titles": {lang: bundle.texts(lang)(one.title) for lang in LANGUAGES},
        "digest": digest_of(bundle, one.id),
        "at_the_end": one.stands_at_the_end,
        "most": one.better == LOW,
    }


def problems_of(bundle: Bundle, said: Mapping[str, Any]) -> list[Problem]:
    """Return what speaks against a gate as it was asked for."""
    if said.get(GATE) in {one.id for one in choices(bundle)}:
        return []
    text = msg("Choose which indicator the gate asks for")
    return [Problem("campaign.indicator", text, pointer=f"/gate:{GATE}:what")]


def pairs(
    session: Session, said: Mapping[str, Any], since: Mapping[int, dt.date], today: dt.date
) -> dict[int, Pair]:
    """Return the two counts at each centre from the month on in which the version came into force there.

    Where the definition is no longer in force both are none, which a person settles; where it is not counted yet
    there is no pair.
    """
    kept = select(IndicatorKept.id, IndicatorKept.in_force, IndicatorKept.ready)
    known = session.execute(door(kept.where(IndicatorKept.digest == said["digest"]), _WHY)).one_or_none()
    if known is None or not known.in_force:
        return dict.fromkeys(since, (0, 0))
    if not known.ready or not since:
        return {}
    now = bool(said["at_the_end"])
    firsts = {unit: NOW if now else _month(day) for unit, day in since.items()}
    cell = IndicatorFigure
    rows = select(cell.unit_id, cell.month, cell.counts).where(
        among(cell.unit_id, firsts),
        cell.axis == WHOLE,
        cell.month.between(min(firsts.values()), NOW if now else _month(today)),
    )
    found: dict[int, Pair] = dict.fromkeys(since, (0, 0))
    for unit, month, text in session.execute(door(rows, _WHY)):
        pair = json.loads(text).get(f"{known.id}|") if month >= firsts[unit] else None
        if pair is not None:
            found[unit] = (found[unit][0] + pair[0], found[unit][1] + pair[1])
    return found


def _month(day: dt.date) -> int:
    return day.year * 100 + day.month
