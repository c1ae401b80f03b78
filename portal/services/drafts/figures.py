"""A figure as a draft defines it, counted from the rows of its unit before anything of it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.access import LIST, Access
from portal.core.errors import Conflict, NotFound, msg
from portal.core.indicators import Counts, Indicator, Median, Period, median, total
from portal.core.indicators.sorts import MEDIAN
from portal.persistence.models import Unit
from portal.services.drafts.back_tests import bundle_of
from portal.services.drafts.finding import draft_of
from portal.services.indicators.board import THING
from portal.services.indicators.counting import Counting
from portal.services.indicators.levels import together
from portal.services.indicators.sources import Place
from portal.services.indicators.wanting import counted_in_time

if TYPE_CHECKING:
    from portal.services.bundles import Bundle
    from portal.services.portal import Portal

MONTHS = 3
_WHY = "a figure of a draft is counted for a person who may see the board of its unit"


@dataclass(frozen=True, slots=True)
class Tried:
    """A figure of a draft in the last months, the running one first; ``told`` is empty for who sees no board there.

    So it is where there are ``many`` rows, more than a page waits for.
    """

    indicator: Indicator
    bundle: Bundle
    unit: str
    told: tuple[tuple[Period, Counts | Median], ...]
    many: bool = False


def figure_of(portal: Portal, access: Access, session: Session, draft_id: str, name: str) -> Tried:
    """Count a figure as a draft says it; NotFound where there is none, DefinitionError where it is broken."""
    row = draft_of(session, draft_id)
    bundle = bundle_of(session, row, row.position)
    if name not in bundle.raw.get("indicators", {}):
        raise NotFound("indicator.unknown", msg("There is no such figure, or it is not broken down"))
    indicator = bundle.indicators[name]
    with portal.reading(Access.system(_WHY)) as reading:
        unit = reading.get_one(Unit, row.unit_id)
        may = access.allows(THING, LIST, unit.path)
        counting = Counting(portal, reading, Place(unit.id, unit.path), bundle, portal.clock.now())
        month = Period.of(portal.clock.today())
        periods = [month.moved(-at) for at in range(MONTHS)]
        name, told = unit.name, list[Counts | Median]()
        try:
            if may and indicator.of.kept:
                with counted_in_time(reading):
                    told = _counted(counting, indicator, periods)
        except Conflict:
            return Tried(indicator, bundle, name, (), many=True)
        return Tried(indicator, bundle, name, tuple(zip(periods, told, strict=False)))


def _counted(counting: Counting, indicator: Indicator, periods: list[Period]) -> list[Counts | Median]:
    if indicator.shows == MEDIAN:
        return [median(together(one.values())) for one in counting.days(indicator, periods)]
    return [total(one.values()) for one in counting.counts(indicator, periods)]
