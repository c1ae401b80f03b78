"""Enter the rows of one chunk: the one place where records are stored many at a time, and why that is right here.

A record of another system is checked by the same form, encrypted, indexed, told in its history and in the audit log by
the same functions as one that is registered, one entry for each. What differs is only in which order rows are written:
all records of a chunk by one statement, then all that follows from them by one statement for each table, since sending
them one by one costs three times as much as making them. What is closed asks no rules and starts no period or task.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.core.acts import REGISTER, TAKE_OVER
from portal.core.events import Happening
from portal.core.lifecycle import Lifecycle, Stage
from portal.core.zone import LOCAL
from portal.persistence.models import ImportFile, Record, RecordSource
from portal.services.importing.finding import Setting
from portal.services.importing.reading import Understood, sealed_by_source
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import begin, prepare, settle
from portal.services.records.entering.indexing import index_record
from portal.services.records.entering.numbering import next_number, period_of
from portal.services.records.entering.registering import Entry, Place, new_record
from portal.services.records.proposing.deciding import decide
from portal.services.units.holding import hold

if TYPE_CHECKING:
    from portal.services.portal import Work

# At which time of its day something was of which only the day is known.
_NOON = dt.time(12)


@dataclass(slots=True)
class _Entered:
    one: Understood
    act: Performed
    place: Place


def enter(uow: Work, setting: Setting, file: ImportFile, rows: Sequence[Understood]) -> int:
    """Enter the rows that are understood as records of the source; return how many."""
    places = {one.place.unit.id: one.place for one in rows if one.place is not None}
    if not rows or not hold(uow.session, *(place.unit for place in places.values())):
        return 0
    codes = _codes(uow, setting, rows)
    made = [_make(uow, setting, one, code) for one, code in zip(rows, codes, strict=True)]
    uow.session.flush()
    for entered in made:
        _follow(uow, setting, file, entered)
    uow.session.flush()
    return len(made)


def _make(uow: Work, setting: Setting, one: Understood, code: str | None) -> _Entered:
    """Return the record of a row with its act, added and not yet stored."""
    row, place = one.row, one.place
    if place is None or row.registered is None:
        raise ValueError("a row with problems is not entered")
    entry = Entry(row.registered, None, setting.source.name)
    record = new_record(uow.portal.keys, entry, place, setting.source.etype, one.data, uuid.uuid4().hex)
    stage = stage_named(setting.bundle.lifecycle_of(setting.source.etype), row.stage)
    if stage is not None:
        since = since_of(row.registered, row.closed_on)
        record.stage, record.canonical_stage, record.stage_since = stage.id, stage.canonical, since
        record.is_open = not stage.final
    if code is not None:
        record.code = code
        record.search_text = f"{code} {record.title} {row.number}".casefold()
    act = begin(uow, TAKE_OVER, record, at=place.paths)
    act.over = not record.is_open
    if record.is_open:
        act.happened(Happening("act", REGISTER.name))
    uow.add(record)
    if record.is_open:
        decide(uow, record, place.bundle, place.centre, TAKE_OVER.kind, one.units.get(record.place or ""))
    prepare(act)
    return _Entered(one, act, place)


def _follow(uow: Work, setting: Setting, file: ImportFile, entered: _Entered) -> None:
    """Add all that follows from a record that is stored."""
    record, row, keys = entered.act.record, entered.one.row, uow.portal.keys
    index_record(uow.session, keys, entered.place.bundle, record, record.data, new=True)
    uow.add(
        RecordSource(
            record_id=record.id,
            etype=record.etype,
            source_id=setting.source.id,
            file_id=file.id,
            number=row.number,
            line=row.line,
            registered_at=record.created_at,
            closed_on=row.closed_on,
            taken_at=uow.now,
            taken=said_by_source(uow, record, entered.one),
        )
    )
    said = {"source": setting.source.name, "number": row.number}
    entered.act.history(to_stage=record.stage, unit_id=record.unit_id, data=said)
    after = {"code": record.code, "title": record.title, "data": record.data, **said}
    entered.act.audit(after=after)
    settle(entered.act)


def said_by_source(uow: Work, record: Record, one: Understood) -> dict[str, Any]:
    """Return what the other system says of a record, encrypted under the record's key."""
    said = {"data": one.data, "stage": one.row.stage}
    return sealed_by_source(uow.portal.keys, record, said)


def stage_named(cycle: Lifecycle | None, stage: str) -> Stage | None:
    """Return a stage of a lifecycle by its name; None where there is no lifecycle, or no name."""
    return cycle.stage(stage) if cycle is not None and stage else None


def since_of(registered: dt.datetime, closed_on: dt.date | None) -> dt.datetime:
    """Return since when a record stands in its stage: the day on which it was closed, else on which it came."""
    if closed_on is None:
        return registered
    return max(registered, dt.datetime.combine(closed_on, _NOON, LOCAL).astimezone(dt.UTC))


def _codes(uow: Work, setting: Setting, rows: Sequence[Understood]) -> list[str | None]:
    """Return the codes of the rows, of the years in which they were registered, by one statement for each year."""
    given = setting.bundle.entity(setting.source.etype).code
    if given is None:
        return [None] * len(rows)
    pattern, series = given
    centre = setting.centre
    days = [one.row.registered.astimezone(LOCAL).date() for one in rows if one.row.registered is not None]
    periods = [period_of(pattern, day) for day in days]
    last: dict[str, int] = {}
    for period in sorted(set(periods)):
        count = periods.count(period)
        last[period] = next_number(uow.session, centre.unit_id, series, period, count) - count
    codes: list[str | None] = []
    for day, period in zip(days, periods, strict=True):
        last[period] += 1
        values: dict[str, Any] = {"year": day.year, "month": day.month, "seq": last[period]}
        codes.append(pattern.render(agency=centre.agency, unit=centre.unit_code, **values))
    return codes
