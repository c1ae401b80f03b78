"""Give older records their values of the fields that a newer release declares.

Work goes on in small transactions; how far it came is stored with the values, so it may be stopped at any moment and
run again. A run also takes what was entered since under a release that does not declare the field.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.persistence.models import FieldFill, Record, RecordValue
from portal.persistence.scope import subtree
from portal.services.bundles import Bundle
from portal.services.declared_places import added_places
from portal.services.field_places import FieldPlace, typed_row
from portal.services.records.entering.columns import projected
from portal.services.records.privacy.encryption import opened
from portal.services.releases.fills import DONE, note
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, all_centres

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

CHUNK = 500
FILLING = "filling"
REASON = "older records get the values of newly declared fields"
# A change that was under way when the work began may still not know of the field.
UNDER_WAY = dt.timedelta(minutes=5)
_OPTIONS = {"unscoped": "a projection of the record's own data, for all records alike"}


@dataclass(frozen=True, slots=True)
class Filled:
    """What a run did: how many fields it looked after, and how many values of records it wrote."""

    fields: int = 0
    records: int = 0

    def __add__(self, other: Filled) -> Filled:
        return Filled(self.fields + other.fields, self.records + other.records)


@dataclass(frozen=True)
class _Task:
    """The fields of one type below one centre, and for each release of older records what it does not declare."""

    centre: CentreRef
    bundle: Bundle
    etype: str
    lacking: dict[int, dict[str, FieldPlace]]

    @property
    def pointers(self) -> list[str]:
        """Return the fields that some older records lack."""
        return sorted({pointer for places in self.lacking.values() for pointer in places})

    def records(self) -> Any:
        """Return the statement of the older records, not to be changed by others meanwhile."""
        inside = subtree(Record.unit_path, (self.centre.unit_path,))
        wanted = (Record.etype == self.etype, inside, Record.release_id.in_(self.lacking))
        return select(Record).where(*wanted).order_by(Record.id).with_for_update()


def fill(
    portal: Portal,
    chunk: int = CHUNK,
    told: Callable[[str, int], None] | None = None,
    *,
    unit_id: int | None = None,
    begin: Callable[[], Work] | None = None,
) -> Filled:
    """Fill what waits below all centres, or below that of ``unit_id``; ``told`` hears of each chunk that is stored.

    ``begin`` begins a transaction: those of a job are stored only while the job is its worker's.
    """
    done = Filled()
    begin = begin or partial(portal.writing, Access.system(REASON), Origin(channel="cli"))
    with portal.reading(Access.system(REASON)) as session:
        centres = [one for one in all_centres(session) if unit_id in (None, one.unit_id)]
    for centre in centres:
        with portal.reading(Access.system(REASON)) as session:
            tasks = list(_tasks(portal, session, centre))
        for task in tasks:
            done += _fill(begin, task, chunk, told)
        _settle(begin, centre, tasks)
    return done


def _tasks(portal: Portal, session: Session, centre: CentreRef) -> Iterable[_Task]:
    bundle = pinned(portal, session, centre.release_id)
    inside = subtree(Record.unit_path, (centre.unit_path,))
    used: dict[str, set[int]] = defaultdict(set)
    for etype, release_id in session.execute(
        select(Record.etype, Record.release_id).where(inside).distinct()
    ):
        used[etype].add(release_id)
    for etype, release_ids in sorted(used.items()):
        lacking = {}
        for release_id in sorted(release_ids):
            older = pinned(portal, session, release_id)
            places = added_places(older, bundle, etype) if older.has_entity(etype) else {}
            if places:
                lacking[release_id] = places
        if lacking:
            yield _Task(centre, bundle, etype, lacking)


def _fill(
    begin: Callable[[], Work], task: _Task, chunk: int, told: Callable[[str, int], None] | None
) -> Filled:
    began: dt.datetime | None = None
    written, finished = 0, False
    while not finished:
        with begin() as uow:
            began = began or uow.now
            states = _states(uow, task)
            position = min(state.position for state in states.values())
            rows = list(uow.session.scalars(task.records().where(Record.id > position).limit(chunk)))
            count = _write(uow, task, rows, states)
            finished = len(rows) < chunk
            for state in states.values():
                state.position = max(state.position, rows[-1].id if rows else 0)
                state.state = DONE if finished else FILLING
                state.changed_at = uow.now
            uow.commit()
        written += count
        if told is not None and rows:
            told(f"{task.centre.unit_code} {task.etype}", count)
    if written and began is not None:
        written += _again(begin, task, began - UNDER_WAY)
    return Filled(len(task.pointers), written)


def _settle(begin: Callable[[], Work], centre: CentreRef, tasks: Sequence[_Task]) -> None:
    """Mark as done what waited although no record lacks it."""
    lacked = {(task.etype, pointer) for task in tasks for pointer in task.pointers}
    with begin() as uow:
        own = (FieldFill.unit_id == centre.unit_id, FieldFill.release_id == centre.release_id)
        for state in uow.session.scalars(select(FieldFill).where(*own, FieldFill.state != DONE)):
            if (state.etype, state.pointer) not in lacked:
                state.state, state.changed_at = DONE, uow.now
        uow.commit()


def _states(uow: Work, task: _Task) -> dict[str, FieldFill]:
    """Return the state of each field, in this transaction."""
    own = (FieldFill.unit_id == task.centre.unit_id, FieldFill.etype == task.etype)
    query = select(FieldFill).where(*own).with_for_update()
    known = {state.pointer: state for state in uow.session.scalars(query)}
    release_id = task.bundle.release_id
    return {
        pointer: known.get(pointer)
        or note(uow.session, (task.centre.unit_id, task.etype, pointer), release_id, uow.now)
        for pointer in task.pointers
    }


def _again(begin: Callable[[], Work], task: _Task, since: dt.datetime) -> int:
    """Project once more what was changed while the work went on."""
    with begin() as uow:
        count = _write(uow, task, list(uow.session.scalars(task.records().where(Record.updated_at >= since))))
        uow.commit()
    return count


def _write(uow: Work, task: _Task, rows: Sequence[Record], states: dict[str, FieldFill] | None = None) -> int:
    """Write the values of some records; a field that has come further already is passed over."""
    columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    stored: dict[str, list[int]] = defaultdict(list)
    values: list[dict[str, Any]] = []
    for record in rows:
        places = {
            pointer: place
            for pointer, place in task.lacking[record.release_id].items()
            if states is None or states[pointer].position < record.id
        }
        found = projected(places, _clear(uow, record), task.bundle.earlier(task.etype))
        if found.columns:
            columns[tuple(sorted(found.columns))].append({"of_record": record.id, **found.columns})
        for place in places.values():
            if place.rows:
                stored[place.rows].append(record.id)
        values += [
            {"record_id": record.id, "pointer": pointer, "etype": task.etype} | typed_row(column, value)
            for pointer, (column, value) in (found.rows or {}).items()
        ]
        if states is not None:
            for pointer in places:
                states[pointer].filled += 1
    _store(uow.session, columns, stored, values)
    return len(rows)


def _store(
    session: Session,
    columns: dict[tuple[str, ...], list[dict[str, Any]]],
    stored: dict[str, list[int]],
    values: list[dict[str, Any]],
) -> None:
    table = Record.__table__
    for names, changes in columns.items():
        statement = update(table).where(table.c.id == bindparam("of_record"))
        statement = statement.values({name: bindparam(name) for name in names})
        session.execute(statement, changes, execution_options=_OPTIONS)
    for pointer, ids in stored.items():
        gone = delete(RecordValue).where(RecordValue.record_id.in_(ids), RecordValue.pointer == pointer)
        session.execute(gone, execution_options=_OPTIONS | {"synchronize_session": False})
    if values:
        session.execute(insert(RecordValue.__table__), values, execution_options=_OPTIONS)


def _clear(uow: Work, record: Record) -> dict[str, Any]:
    own = pinned(uow.portal, uow.session, record.release_id)
    return opened(uow.portal.keys, own, record.etype, record.uid, record.data)
