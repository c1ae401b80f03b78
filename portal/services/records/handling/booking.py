"""Book rooms and people for records that meet: no room and no person has two meetings at one time.

A record books while it is open and its day and times are known. What another one has taken is refused in words, with
the times that are free on that day; of whom or what the other meeting is, nothing is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.forms import FieldInfo
from portal.core.layout.duty import is_open, next_open, off_duty
from portal.core.sessions import Books, Span, books_of, clock
from portal.core.zone import LOCAL
from portal.persistence import scope
from portal.persistence.models import Booking, Record
from portal.persistence.scope import prepared
from portal.services.bundles import Bundle
from portal.services.records.finding.choices import records_named
from portal.services.records.handling.clocks.running import calendar_for
from portal.services.records.privacy.encryption import opened

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

ROOM = "room-code"
_OWN = prepared(select(Booking).where(Booking.record_id == bindparam("record_id")))
_OTHERS = prepared(
    select(Booking.thing, Booking.starts_at, Booking.ends_at).where(
        Booking.thing.in_(bindparam("things", expanding=True)),
        Booking.record_id != bindparam("record_id"),
        Booking.starts_at < bindparam("until"),
        Booking.ends_at > bindparam("since"),
    )
)


def keep_bookings(act: Performed) -> None:
    """Let the bookings of a record follow its data and its state; refuse what is taken or closed at that time."""
    record = act.record
    books = books_of(act.bundle.entity(record.etype).entity)
    if books is None or act.gone:
        return
    data = opened(act.uow.portal.keys, act.bundle, record.etype, record.uid, record.data)
    if record.is_open and books.in_disorder(data):
        raise _refused(
            [Problem("booking.order", msg("The end comes after the beginning"), {}, "", books.end)]
        )
    span = books.span(data) if record.is_open else None
    wanted = {thing: where for where, thing in _things(books, act.bundle, record, data)} if span else {}
    session = act.uow.session
    own = {row.thing: row for row in session.scalars(_OWN, {"record_id": record.id})}
    for thing in own.keys() - wanted.keys():
        session.delete(own[thing])
    if span is not None:
        held = {thing for thing, row in own.items() if Span(row.starts_at, row.ends_at) == span}
        new = {thing: where for thing, where in wanted.items() if thing not in held}
        if new:
            _require_free(act, books, span, new, data)
        _take(act, span, sorted(new), own)


def _take(act: Performed, span: Span, things: list[str], own: Mapping[str, Booking]) -> None:
    for thing in things:
        row = own.get(thing)
        if row is not None:
            row.starts_at, row.ends_at = span.start, span.end
        else:
            booked = Booking(record_id=act.record.id, thing=thing, starts_at=span.start, ends_at=span.end)
            act.uow.add(booked)


def _things(
    books: Books, bundle: Bundle, record: Record, data: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield the fields that name what is booked, each with the name under which all records of the portal book it."""
    for where in books.of:
        value = pointers.get(data, where)
        if isinstance(value, str) and value:
            is_room = _field(bundle, record.etype, where).format == ROOM
            yield where, f"room:{record.centre_id}:{value}" if is_room else f"record:{value}"


def _field(bundle: Bundle, etype: str, where: str) -> FieldInfo:
    return bundle.fields(etype).get(where) or FieldInfo(where, where, "string")


def _require_free(
    act: Performed, books: Books, span: Span, new: Mapping[str, str], data: Mapping[str, Any]
) -> None:
    problems = []
    taken = _taken(act.uow.session, act.record, list(new), span)
    day = span.start.astimezone(LOCAL).date()
    for thing, where in new.items():
        field = _field(act.bundle, act.record.etype, where)
        value = str(pointers.get(data, where))
        name = _name(act, field, value)
        clash = [one for one in taken.get(thing, ()) if one.start < span.end and one.end > span.start]
        if clash:
            problems.append(_taken_problem(books, day, where, name, clash[0], taken[thing]))
        elif field.format == ROOM:
            problems += _closed(act, day, where, value, name)
    if problems:
        raise _refused(problems)


def _taken(session: Session, record: Record, things: list[str], span: Span) -> dict[str, list[Span]]:
    """Return what others have booked of things on a day, once nobody else books them before this ends."""
    if session.get_bind().dialect.name != "sqlite":
        for thing in sorted(things):
            lock = func.pg_advisory_xact_lock(func.hashtext("booking"), func.hashtext(thing))
            session.execute(select(lock))
    day = span.start.astimezone(LOCAL).replace(hour=0, minute=0, second=0)
    values = {"things": things, "record_id": record.id, "since": day, "until": day + dt.timedelta(days=1)}
    found: dict[str, list[Span]] = {}
    with scope.as_system(session, "a room or a person is taken whoever meets there; only times are told"):
        for thing, start, end in session.execute(_OTHERS, values):
            found.setdefault(thing, []).append(Span(start, end))
    return found


def _taken_problem(
    books: Books, day: dt.date, where: str, name: str, clash: Span, taken: list[Span]
) -> Problem:
    free = " / ".join(f"{start}–{end}" for start, end in books.free(day, taken))
    params = {"thing": name, "day": day.isoformat(), "from": clock(clash.start), "until": clock(clash.end)}
    if not free:
        message = msg(
            "%(thing)s is taken on %(day)s from %(from)s until %(until)s, and nothing is free on that day"
        )
        return Problem("booking.taken", message, params, "", where)
    message = msg("%(thing)s is taken on %(day)s from %(from)s until %(until)s. Free on that day: %(free)s")
    return Problem("booking.taken", message, {**params, "free": free}, "", where)


def _closed(act: Performed, day: dt.date, where: str, room_id: str, name: str) -> Iterator[Problem]:
    """Yield that the centre is closed on the day, or that the department to which the room belongs is not there."""
    layout = act.bundle.layout
    room = layout.find("room", room_id)
    if room is None:
        return
    calendar = calendar_for(act.uow, act.record, act.bundle)
    params = {"thing": name, "day": day.isoformat()}
    stay = off_duty(layout, room.department, day, calendar) if room.department else None
    if stay is not None and not stay.present:
        message = msg("The department of %(thing)s is not there on %(day)s. It is there next on %(next)s")
        yield Problem("booking.away", message, {**params, "next": _day(stay.next_on)}, "", where)
    elif stay is None and not is_open(layout, day, calendar):
        message = msg("The centre is closed on %(day)s. It is open next on %(next)s")
        yield Problem(
            "booking.closed", message, {**params, "next": _day(next_open(layout, day, calendar))}, "", where
        )


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day is not None else "—"


def _name(act: Performed, field: FieldInfo, value: str) -> str:
    if field.type == "record":
        found = records_named(act.uow.session, [value]).get(value)
        return found.title if found is not None else field.label
    return str(dict(field.options).get(value, value))


def _refused(problems: list[Problem]) -> InvalidInput:
    return InvalidInput("booking.refused", msg("Please correct what is marked"), problems=problems)
