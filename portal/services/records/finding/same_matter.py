"""Possible same matters: records found by the keys of one that is being entered, within scope, with reasons.

Keys are the type, the place, the period and the whole numbers of the people in it, compared by their keyed digests. Two
keys make a match, one alone never: what one person brought otherwise is neither counted nor listed. Nothing is merged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, false, or_, select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.access import LIST, SEARCH
from portal.core.divisions import LEVELS
from portal.core.errors import TooMany, msg
from portal.core.ways.phones import numbers_in
from portal.persistence import scope
from portal.persistence.models import AuditEntry, Record, RecordTerm, Unit
from portal.services.bundles import Bundle
from portal.services.records.acts.looked import Read
from portal.services.records.finding.as_read import as_read
from portal.services.records.privacy.people_index import normal, subject_of

if TYPE_CHECKING:
    from portal.services.portal import Portal

MOST = 5
PEOPLE_WITHIN = dt.timedelta(days=365)
USUAL_DAYS = 30
PER_HOUR = 120
HOUR = dt.timedelta(hours=1)
# Shorter ones are numbers of services; a part of a number finds nobody.
SHORTEST = {"phone": 7, "id": 15}
# A place that narrows a matter down: a whole county is none.
NEAR = LEVELS[LEVELS.index("county") + 1 :]
FOUND = "search"

PARTY, TYPE, PLACE, PERIOD = (
    msg("The same party"),
    msg("The same type"),
    msg("The same place"),
    msg("Within %(days)s days"),
)
_OF_PEOPLE = (
    select(Record)
    .join(RecordTerm, RecordTerm.record_id == Record.id)
    .where(
        RecordTerm.digest.in_(bindparam("digests", expanding=True)),
        Record.etype == bindparam("etype"),
        Record.created_at >= bindparam("since"),
        Record.uid != bindparam("but"),
    )
    .order_by(Record.created_at.desc(), Record.id.desc())
)
_OF_MATTER = (
    select(Record)
    .where(
        Record.etype == bindparam("etype"),
        Record.dispute_type == bindparam("type"),
        Record.place == bindparam("place"),
        Record.created_at >= bindparam("since"),
        Record.uid != bindparam("but"),
    )
    .order_by(Record.created_at.desc(), Record.id.desc())
    .limit(MOST)
)
_ASKED = scope.prepared(
    select(AuditEntry.object_id)
    .where(
        AuditEntry.actor_id == bindparam("person"),
        AuditEntry.action == FOUND,
        AuditEntry.object_id != "",
        AuditEntry.at > bindparam("since"),
    )
    .distinct()
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Same:
    """A record that may be about the same matter, and why: messages with what stands in them."""

    record: Record
    reasons: tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class Matter:
    """The keys of a matter that is being entered."""

    etype: str
    type: str
    place: str
    numbers: tuple[tuple[str, str], ...]

    @property
    def asks(self) -> bool:
        """Return whether there is enough to look for."""
        return bool(self.type and (self.place or self.numbers)) or bool(self.place and self.numbers)


def matter_of(bundle: Bundle, etype: str, data: Mapping[str, Any]) -> Matter:
    """Return the keys of a matter; numbers count where they are whole."""
    named = bundle.entity(etype).entity.get("fields", {})

    def text(column: str) -> str:
        value = pointers.get(data, named.get(column, ""), "") if column in named else ""
        return value if isinstance(value, str) else ""

    return Matter(etype, text("dispute_type"), text("place"), tuple(_numbers(bundle, etype, data)))


def watched(bundle: Bundle, etype: str) -> list[str]:
    """Return the fields, as patterns, that say which matter it is."""
    named = bundle.entity(etype).entity.get("fields", {})
    people = [one.pointer for one in bundle.protected(etype) if one.mask in SHORTEST]
    return [*people, *(named[column] for column in ("dispute_type", "place") if column in named)]


def same_settings(bundle: Bundle, etype: str) -> Mapping[str, Any] | None:
    """Return how the same matter is looked for in a type; None where it is not."""
    found: Mapping[str, Any] | None = bundle.entity(etype).entity.get("same")
    return found


def possible_same(
    portal: Portal, session: Session, bundle: Bundle, etype: str, data: Mapping[str, Any], *, but: str = ""
) -> list[Same]:
    """Return the records that may be about the same matter, the latest first, at most five."""
    settings = same_settings(bundle, etype)
    matter = matter_of(bundle, etype, data)
    if settings is None or not matter.asks:
        return []
    days, now = int(settings.get("days", USUAL_DAYS)), portal.clock.now()
    near = bool(matter.place) and _is_near(session, matter.place)
    people = _with_people(portal, session, matter, now, near, but)
    found = {record.id: record for record in people}
    if matter.type and near:
        values = {
            "etype": etype,
            "type": matter.type,
            "place": matter.place,
            "since": now - dt.timedelta(days=days),
            "but": but,
        }
        options = {"scope_action": LIST, "scope_etype": etype}
        for record in session.scalars(_OF_MATTER, values, execution_options=options):
            found.setdefault(record.id, record)
    latest = sorted(found.values(), key=lambda one: (one.created_at, one.id), reverse=True)[:MOST]
    known = {record.id for record in people}
    since = now - dt.timedelta(days=days)
    return [Same(one, tuple(_reasons(one, matter, one.id in known, near, since, days))) for one in latest]


def noted(portal: Portal, session: Session, matter: Matter, unit_path: str) -> list[Read]:
    """Return what is to be noted of looking for these numbers; raise TooMany beyond the limit of an hour."""
    access = scope.access_of(session)
    if not matter.numbers or not matter.asks or access.user_id is None:
        return []
    values = {"person": access.user_id, "since": portal.clock.now() - HOUR, "most": PER_HOUR + 1}
    with scope.as_system(session, "for how many numbers the person asked within the hour, and nothing else"):
        asked = set(session.scalars(_ASKED, values))
    new = {subject_of(portal.keys, text) for _, text in matter.numbers} - asked
    if new and len(asked) >= PER_HOUR:
        raise TooMany(
            "lookup.many",
            msg(
                "You looked for very many people within an hour. Go on later; registering is possible all the same."
            ),
            {},
            retry_after=int(HOUR.total_seconds()),
        )
    detail = {"by": "form", "filters": ["same"]}
    return [Read(FOUND, matter.etype, one, unit_path=unit_path, detail=detail) for one in sorted(new)]


def _with_people(
    portal: Portal, session: Session, matter: Matter, now: dt.datetime, near: bool, but: str
) -> list[Record]:
    access = scope.access_of(session)
    if not matter.numbers or not access.can(matter.etype, SEARCH):
        return []
    digests = [one for kind, text in matter.numbers for one in portal.keys.digests(kind, text)]
    alike = or_(
        Record.dispute_type == matter.type if matter.type else false(),
        Record.place == matter.place if near else false(),
    )
    values = {"digests": digests, "etype": matter.etype, "since": now - PEOPLE_WITHIN, "but": but}
    query = _OF_PEOPLE.where(alike).distinct().limit(MOST)
    options = {"scope_action": SEARCH, "scope_etype": matter.etype}
    return list(session.scalars(query, values, execution_options=options))


def whole_numbers(kind: str, value: Any) -> Iterator[str]:
    """Yield the whole numbers of a sort in a value, as they are compared; parts and numbers of services are none."""
    if not isinstance(value, str):
        return
    for part in numbers_in(value) if kind == "phone" else [value]:
        plain = normal(part)
        if len(plain) >= SHORTEST[kind]:
            yield plain


def _numbers(bundle: Bundle, etype: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    clear = as_read(bundle, etype, data)
    found = (
        (one.mask, number)
        for one in bundle.protected(etype)
        if one.mask in SHORTEST
        for value in pointers.values(clear, one.pointer)
        for number in whole_numbers(one.mask, value)
    )
    yield from dict.fromkeys(found)


def _reasons(
    record: Record, matter: Matter, party: bool, near: bool, since: dt.datetime, days: int
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if party:
        yield PARTY, {}
    if matter.type and record.dispute_type == matter.type:
        yield TYPE, {}
    if near and record.place == matter.place:
        yield PLACE, {}
    if record.created_at >= since:
        yield PERIOD, {"days": days}


def _is_near(session: Session, code: str) -> bool:
    row = session.execute(select(Unit.level, Unit.kind).where(Unit.code == code)).first()
    return row is not None and (row.level in NEAR or row.kind == "point")
