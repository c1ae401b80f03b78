"""A figure as a draft defines it, counted from the rows of its unit before anything of it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.access import LIST, Access
from portal.core.errors import NotFound, msg
from portal.core.indicators import Counts, Indicator, Median, Period, median, total
from portal.core.indicators.sorts import MEDIAN
from portal.persistence.models import Unit
from portal.services.drafts.back_tests import bundle_of
from portal.services.drafts.finding import draft_of
from portal.services.indicators.board import THING
from portal.services.indicators.counting import Counting
from portal.services.indicators.levels import together
from portal.services.indicators.sources import Place

if TYPE_CHECKING:
    from portal.services.bundles import Bundle
    from portal.services.portal import Portal

MONTHS = 3
_WHY = "a figure of a draft is counted for a person who may see the board of its unit"


@dataclass(frozen=True, slots=True)
class Tried:
    """A figure of a draft in the last months, the running one first; ``told`` is empty for who sees no board there."""

    indicator: Indicator
    bundle: Bundle
    unit: str
    told: tuple[tuple[Period, Counts | Median], ...]


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
        told = _counted(counting, indicator, periods) if may and indicator.of.kept else []
        return Tried(indicator, bundle, unit.name, tuple(zip(periods, told, strict=False)))


def _counted(counting: Counting, indicator: Indicator, periods: list[Period]) -> list[Counts | Median]:
    if indicator.shows == MEDIAN:
        return [median(together(one.values())) for one in counting.days(indicator, periods)]
    return [total(one.values()) for one in counting.counts(indicator, periods)]
