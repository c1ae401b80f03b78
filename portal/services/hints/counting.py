"""Count what waits for a role at a unit, as its worklists say, and put that into the words of a hint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.access import Access, grants_of
from portal.core.calendars import WorkCalendar
from portal.core.errors import Translator, fill, msg
from portal.core.hints import DAILY, Channel
from portal.services.bundles import Bundle
from portal.services.calendars import calendar_of
from portal.services.records.handling import waiting
from portal.services.releases.reading import pinned
from portal.services.units.centres import centre_of
from portal.services.units.lookup import known_units

if TYPE_CHECKING:
    from portal.services.portal import Portal

# The number of no account: what lists say of the person who looks holds for nobody.
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows wait in the list of a title; ``capped``: at least so many."""

    title: str
    number: int
    capped: bool

    @property
    def words(self) -> str:
        """Return the number as it is written."""
        return f"{self.number}+" if self.capped else str(self.number)


@dataclass(frozen=True, slots=True)
class Seat:
    """A role at a unit, by the release in force there: what it may see, and by which days it works."""

    access: Access
    bundle: Bundle
    calendar: WorkCalendar


def seat_of(portal: Portal, session: Session, channel: Channel) -> Seat | None:
    """Return the role at the unit of a channel; None where there is no such unit, or no such role."""
    unit = known_units(session, [channel.unit]).get(channel.unit)
    centre = centre_of(session, unit) if unit is not None else None
    if unit is None or centre is None:
        return None
    bundle = pinned(portal, session, centre.release_id)
    if channel.role not in bundle.roles:
        return None
    name = f"{channel.role}@{unit.code}"
    grants = grants_of(channel.role, unit.path, bundle.roles[channel.role])
    access = Access(_NOBODY, name, grants, memberships=((channel.role, unit.path),))
    return Seat(access, bundle, calendar_of(portal, session, bundle))


def counted(portal: Portal, seat: Seat, kind: str) -> list[Counted]:
    """Return what waits for a role: in its lists with a badge, for an urgent hint in its urgent ones."""
    with portal.reading(seat.access) as session:
        lists = [
            one
            for one in waiting.worklists_of(portal, session, seat.bundle)
            if not one.hidden and (one.badge if kind == DAILY else one.urgent)
        ]
        badges = waiting.badges(portal, session, lists)
    texts = seat.bundle.texts("zh")
    return [
        Counted(texts(one.title, one.id), badges[one.id].number, badges[one.id].capped)
        for one in lists
        if badges[one.id].number
    ]


def text_of(found: Sequence[Counted], address: str, kind: str, translate: Translator) -> tuple[str, str]:
    """Return title and text of a hint: the lists with their numbers, and the link; nothing else."""
    title = msg("Waiting today") if kind == DAILY else msg("Urgent")
    line = translate(msg("%(list)s: %(number)s"))
    lines = [fill(line, {"list": one.title, "number": one.words}) for one in found]
    return translate(title), "\n".join([*lines, address])
