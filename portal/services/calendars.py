"""The working calendar by which days are counted: a release's years, those in force at its centre, those imported.

This is the one place that puts them together. Imported years hold for all centres and over what packs say, but what is
only expected never takes the place of what was published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.calendars import WorkCalendar, years_over
from portal.core.canonical import digest
from portal.persistence.models import CalendarYear
from portal.services.bundles import Bundle

if TYPE_CHECKING:
    from portal.services.portal import Portal

_YEARS = select(CalendarYear.year, CalendarYear.digest, CalendarYear.days).order_by(CalendarYear.year)
_KEY = "imported"


@dataclass(frozen=True, slots=True)
class Imported:
    """The years that were imported, and what tells one set of them from another."""

    years: Mapping[str, Any]
    key: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """A calendar by which days are counted, and its digest."""

    calendar: WorkCalendar
    digest: str


def imported_years(portal: Portal, session: Session, stamp: Any = None) -> Imported:
    """Return the years that were imported; what was read under the same access stamp is not read again."""
    known = portal.calendars.get(stamp, _KEY) if stamp is not None else None
    if known is None:
        rows = session.execute(_YEARS).all()
        known = Imported({str(year): days for year, _, days in rows}, tuple((row[0], row[1]) for row in rows))
        if stamp is not None:
            portal.calendars.put(stamp, _KEY, known)
    return known


def counted_by(bundle: Bundle, imported: Imported, in_force: Bundle | None = None) -> Counted:
    """Return the calendar for a release: its own years, over them those in force, then the imported ones.

    A year is gazetted, or changed, long after a record was pinned to its release.
    """

    def made() -> Counted:
        newer = in_force.raw.get("calendar", {}) if in_force is not None else {}
        years = years_over(bundle.raw.get("calendar", {}), newer, imported.years)
        return Counted(WorkCalendar.from_definition(years), digest(years))

    return bundle.once(("calendar", in_force.release_id if in_force else None, imported.key), made)


def calendar_of(portal: Portal, session: Session, bundle: Bundle, stamp: Any = None) -> WorkCalendar:
    """Return the calendar by which days are counted under a release that is in force."""
    return counted_by(bundle, imported_years(portal, session, stamp)).calendar
