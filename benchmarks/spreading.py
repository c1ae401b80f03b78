"""Many cases without waiting for them: ``python -m benchmarks.spreading 100000``.

Rules and walks make loading a hundred thousand cases a matter of half an hour. So some thousand are made by the demo,
and each further case takes the course of one of them (stages, decision, referral) and gets a unit, a kind of dispute,
people, amounts and days of its own, sealed under a key of its own. They lie at all units, townships and villages
included, and are written by COPY on PostgreSQL, where each core makes its share.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import multiprocessing
import os
import sys
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, insert, select, text
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.referrals import open_states
from portal.persistence.models import (
    AuditEntry,
    Clock,
    Decision,
    Record,
    RecordEvent,
    RecordReach,
    RecordTerm,
    RecordValue,
    Referral,
    Unit,
)
from portal.persistence.models.audit import completed
from portal.persistence.models.reach import OWNER
from portal.services.bundles import Bundle
from portal.services.demo.names import Names, identity_number
from portal.services.field_places import typed_row
from portal.services.figures import upkeep
from portal.services.portal import Portal
from portal.services.reach.rows import reach_of
from portal.services.records.acts.versions import set_data
from portal.services.records.entering.columns import columns_of
from portal.services.records.privacy.encryption import opened
from portal.services.records.privacy.people_index import term_digests
from portal.services.records.privacy.record_encryption import (
    DECISION,
    HISTORY,
    encrypted_entry,
    give_key,
    key_of,
    opened_decision,
    opened_events,
)
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, all_centres
from portal.settings import Settings

SEED, CHUNK, DAYS = 530_100, 2_000, 365
AT_THE_CENTRE = 0.25
Rows = dict[Table, list[dict[str, Any]]]
# In the order in which they may be written.
MODELS = (
    Record,
    RecordReach,
    RecordEvent,
    Decision,
    Referral,
    Clock,
    RecordTerm,
    RecordValue,
    AuditEntry,
)


@dataclass(frozen=True)
class Course:
    """A case of the demo: what happened to it, opened."""

    record: Record
    data: dict[str, Any]
    events: list[RecordEvent]
    decision: tuple[Decision, Any, Any] | None
    referral: Referral | None
    clocks: list[Clock]


@dataclass(frozen=True)
class District:
    """A centre with its units, kinds of disputes and courses."""

    centre: CentreRef
    bundle: Bundle
    units: Sequence[Unit]
    departments: Sequence[Unit]
    courses: Sequence[Course]

    @cached_property
    def home(self) -> Unit:
        """Return the centre's own unit."""
        return next(unit for unit in self.units if unit.id == self.centre.unit_id)

    @cached_property
    def kinds(self) -> Sequence[str]:
        """Return the kinds of disputes that have none below them."""
        types = self.bundle.taxonomies["dispute"]
        return [one.code for one in types if not one.hidden and not types.children(one.code)]


@dataclass
class Spreader:
    """Makes rows of further cases."""

    portal: Portal
    districts: Sequence[District]
    now: dt.datetime
    next_ids: dict[Table, int]
    chance: Random = field(default_factory=lambda: Random(SEED))
    names: Names = field(default_factory=Names)
    numbers: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(lambda: 100_000))
    # Of several that work at once each takes identifiers and numbers of its own: every so many.
    step: int = 1

    @classmethod
    def share(
        cls, portal: Portal, found: Sequence[District], known: Mapping[Table, int], at: int, of: int
    ) -> Spreader:
        """Return one of several that make rows at once, each of its own chance."""
        return cls(
            portal,
            found,
            portal.clock.now(),
            {table: last + at + 1 - of for table, last in known.items()},
            Random(SEED + at),
            numbers=defaultdict(lambda: 100_000 + at - of),
            step=of,
        )

    def rows(self, number: int) -> Iterator[Rows]:
        """Yield the rows of ``number`` cases in portions."""
        weights = [len(one.courses) for one in self.districts]
        for start in range(0, number, CHUNK):
            found: Rows = {model.__table__: [] for model in MODELS}  # type: ignore[misc]
            for district in self.chance.choices(self.districts, weights, k=min(CHUNK, number - start)):
                self._case(found, district)
            yield found

    def _case(self, found: Rows, district: District) -> None:
        chance, course = self.chance, self.chance.choice(district.courses)
        unit = district.home if chance.random() < AT_THE_CENTRE else chance.choice(district.units)
        age = dt.timedelta(days=chance.random() ** 1.3 * DAYS)
        moved = self.now - age - course.record.created_at
        record = self._record(district, course, unit, moved)
        handler = self._handler(district, course)
        record.handler_unit_id, record.handler_path = handler and handler.id, handler and handler.path
        self._keep(found, record)
        self._index(found, district, record)
        key = key_of(self.portal.keys, record)
        assert key is not None
        for event in course.events:
            said = {"data": key.encrypt(event.data, HISTORY) if event.data else {}, "reason": ""}
            self._follow(found, event, record, at=event.at + moved, **said)
        made = None
        if course.decision is not None:
            row, result, proposals = course.decision
            sealed = {"result": key.encrypt(result, DECISION), "proposals": key.encrypt(proposals, DECISION)}
            made = self._follow(found, row, record, at=row.at + moved, **sealed)
        sent = None
        if course.referral is not None and handler is not None:
            said = {"from_unit_id": unit.id, "from_path": unit.path, "due_on": record.due_on}
            to = {"to_unit_id": handler.id, "to_path": handler.path, "decision_id": made}
            at = {"uid": uuid.UUID(int=chance.getrandbits(128)).hex}
            sent = self._follow(
                found,
                course.referral,
                record,
                created_at=course.referral.created_at + moved,
                **said,
                **to,
                **at,
            )
        self._clocks(found, course, record, sent, moved)
        self._reach(found, course, record)
        entry = {"at": record.created_at, "action": "add", "kind": "case", "object_id": record.uid}
        entry |= {"unit_path": record.unit_path, "release_id": record.release_id, "actor": "benchmark"}
        after = {"code": record.code, "title": record.title}
        said = encrypted_entry(key, {"reason": "", "before": None, "after": after})
        self._row(found, AuditEntry.__table__, completed(entry | said))

    def _clocks(
        self, found: Rows, course: Course, record: Record, referral: int | None, moved: dt.timedelta
    ) -> None:
        table: Any = Clock.__table__
        for row in course.clocks:
            if row.referral_id is not None and referral is None:
                continue
            values = _plain_row(row)
            days = {name: values[name] and values[name] + moved for name in _DAYS}
            own = {"record_id": record.id, "referral_id": row.referral_id and referral}
            found[table].append(values | days | own)

    def _reach(self, found: Rows, course: Course, record: Record) -> None:
        asked = course.referral is not None and course.referral.status in open_states()
        paths = [record.handler_path] if asked and record.handler_path else []
        kept: dict[str, Any] = {"etype": "case", "is_open": record.is_open}
        kept |= {"created_at": record.created_at, "updated_at": record.updated_at}
        for unit, why in reach_of(record.unit_path, record.handler_path, paths).items():
            waiting = why == OWNER and record.is_open and record.handler_path is None
            of = {"record_id": record.id, "unit_id": unit, "why": why, "waiting": waiting}
            found[RecordReach.__table__].append({**of, **kept, "due_on": record.due_on})

    def _record(self, district: District, course: Course, unit: Unit, moved: dt.timedelta) -> Record:
        chance, old = self.chance, course.record
        at = old.created_at + moved
        record = Record(**{name: getattr(old, name) for name in _KEPT})
        record.uid = uuid.UUID(int=chance.getrandbits(128)).hex
        record.unit_id, record.unit_path = unit.id, unit.path
        record.created_at, record.updated_at = at, old.updated_at + moved
        record.stage_since = old.stage_since and old.stage_since + moved
        record.due_on = old.due_on and old.due_on + moved
        give_key(self.portal.keys, record)
        own = {
            "applicant_name": self.names.person(chance),
            "applicant_phone": f"199{chance.randrange(10**8):08d}",
            "applicant_id": identity_number(chance),
            "respondents": [{"kind": "person", "name": self.names.person(chance)}],
            "dispute_type": chance.choice(district.kinds),
            "place": unit.code,
            "received_on": at.date().isoformat(),
            "amount": chance.randrange(1, 900) * 1_000,
        }
        own = {name: value for name, value in own.items() if name in course.data}
        set_data(self.portal.keys, district.bundle, record, {**course.data, **own})
        self._number(district, record, at)
        return record

    def _number(self, district: District, record: Record, at: dt.datetime) -> None:
        code, centre = district.bundle.entity("case").code, district.centre
        assert code is not None
        self.numbers[centre.unit_id, at.year] += self.step
        seq = self.numbers[centre.unit_id, at.year]
        pattern, said = code[0], {"agency": centre.agency, "unit": centre.unit_code}
        record.code = pattern.render(year=at.year, month=at.month, seq=seq, **said)
        record.search_text = f"{record.code} {record.title}".casefold()

    def _handler(self, district: District, course: Course) -> Unit | None:
        if course.record.handler_unit_id is None or not district.departments:
            return None
        return self.chance.choice(district.departments)

    def _index(self, found: Rows, district: District, record: Record) -> None:
        bundle, keys = district.bundle, self.portal.keys
        clear = opened(keys, bundle, "case", record.uid, record.data)
        for digest in sorted(term_digests(keys, bundle, "case", clear)):
            found[RecordTerm.__table__].append({"record_id": record.id, "digest": digest})
        for pointer, (column, value) in (columns_of(bundle, "case", clear).rows or {}).items():
            row = {"record_id": record.id, "pointer": pointer, "etype": "case"}
            found[RecordValue.__table__].append(row | typed_row(column, value))

    def _keep(self, found: Rows, record: Record) -> None:
        values = {name: getattr(record, name) for name in _COLUMNS}
        record.id = self._row(found, Record.__table__, values)

    def _follow(self, found: Rows, row: Any, record: Record, **own: Any) -> int:
        table = row.__table__
        return self._row(found, table, {**_plain_row(row), "record_id": record.id, **own})

    def _row(self, found: Rows, table: Any, values: dict[str, Any]) -> int:
        self.next_ids[table] += self.step
        found[table].append({**values, "id": self.next_ids[table]})
        return self.next_ids[table]


_COLUMNS = [column.name for column in Record.__table__.c]
_KEPT = (
    "etype",
    "centre_id",
    "release_id",
    "stage",
    "canonical_stage",
    "is_open",
    "lanes",
    "created_by",
    "created_by_name",
    "updated_by_name",
    "version",
    "route",
    "grade",
)
# What of a clock lies in time.
_DAYS = ("started_on", "started_at", "ended_on", "told_on", "due_on", "due_at", "earlier_on")


def districts(portal: Portal, session: Session) -> list[District]:
    """Return the centres that have cases, with their courses."""
    centres = all_centres(session)
    by_path = {centre.unit_path: centre for centre in centres}
    units: dict[int, list[Unit]] = defaultdict(list)
    for unit in session.scalars(select(Unit).where(Unit.active)):
        path = unit.path
        while path not in by_path:
            path = path[: path.rstrip("/").rindex("/") + 1]
        units[by_path[path].unit_id].append(unit)
    courses = _courses(portal, session)
    return [
        District(
            centre,
            pinned(portal, session, centre.release_id),
            [unit for unit in units[centre.unit_id] if unit.kind == "division"],
            [unit for unit in units[centre.unit_id] if unit.kind == "department"],
            courses[centre.unit_id],
        )
        for centre in centres
        if courses[centre.unit_id]
    ]


def _courses(portal: Portal, session: Session) -> dict[int, list[Course]]:
    events, keys = _by_record(session, RecordEvent), portal.keys
    decisions, referrals = _by_record(session, Decision), _by_record(session, Referral)
    clocks = _by_record(session, Clock)
    found: dict[int, list[Course]] = defaultdict(list)
    for record in session.scalars(select(Record).where(Record.etype == "case")):
        data = opened(keys, pinned(portal, session, record.release_id), "case", record.uid, record.data)
        decided = decisions.get(record.id, [None])[0]
        decision = decided and (decided, *opened_decision(keys, record, decided))
        history = opened_events(keys, record, events.get(record.id, []))
        referral = referrals.get(record.id, [None])[0]
        course = Course(record, data, history, decision, referral, clocks.get(record.id, []))
        found[record.centre_id].append(course)
    return found


def _by_record(session: Session, model: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.scalars(select(model).order_by(*model.__table__.primary_key.columns)):
        found[row.record_id].append(row)
    return found


def write(connection: Connection, rows: Mapping[Table, Sequence[dict[str, Any]]]) -> None:
    """Write rows: by COPY where there is one."""
    for table, values in rows.items():
        if not values:
            continue
        if connection.dialect.name != "postgresql":
            connection.execute(insert(table), list(values))
            continue
        columns = list(values[0])
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in values:
                copy.write_row([_plain(row[name]) for name in columns])


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def finish(connection: Connection, tables: Iterable[Table]) -> None:
    """Let the counters of identifiers go on behind what was written, and gather what the planner asks for."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            if "id" in table.c:
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"
                    )
                )
    connection.execute(text("ANALYZE"))


def _plain_row(row: Any) -> dict[str, Any]:
    """Return the columns of a row of a course, read once from the thing that SQLAlchemy made."""
    kept: dict[str, Any] | None = row.__dict__.get("_plain_row")
    if kept is None:
        kept = row.__dict__["_plain_row"] = {
            column.name: getattr(row, column.name) for column in row.__table__.c
        }
    return kept


def spread(portal: Portal, total: int) -> None:
    """Add cases until there are ``total``."""
    tables: Any = [model.__table__ for model in MODELS]
    with portal.reading(Access.system("benchmark")) as session:
        connection = session.connection()
        known = {
            table: connection.scalar(text(f"SELECT max(id) FROM {table.name}")) or 0
            for table in tables
            if "id" in table.c
        }
        there = connection.scalar(text("SELECT count(*) FROM record WHERE etype = 'case'")) or 0
        found = districts(portal, session)
        several = (os.cpu_count() or 1) if portal.database.dialect == "postgresql" else 1
        number = max(0, total - there)
        _work(
            [
                (
                    Spreader.share(portal, found, known, at, several),
                    number // several + (at < number % several),
                )
                for at in range(several)
            ]
        )
    with portal.database.engine.begin() as connection:
        _patient(connection)
        finish(connection, tables)
    upkeep.build(portal.database)


def _work(shares: Sequence[tuple[Spreader, int]]) -> None:
    """Write each share in a process of its own, which begins with the courses that are read already."""
    context = multiprocessing.get_context("fork")
    working = [context.Process(target=_write_other_share, args=share) for share in shares[1:]]
    for process in working:
        process.start()
    _write_share(*shares[0])
    for process in working:
        process.join()
        if process.exitcode:
            raise RuntimeError(f"a share was not written: exit code {process.exitcode}")


def _write_other_share(spreader: Spreader, number: int) -> None:
    spreader.portal.database.engine.dispose(close=False)
    _write_share(spreader, number)


def _write_share(spreader: Spreader, number: int) -> None:
    with spreader.portal.database.engine.begin() as connection:
        _patient(connection)
        for rows in spreader.rows(number):
            write(connection, rows)


def _patient(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.connection.driver_connection.answer_seconds = math.inf  # type: ignore[union-attr]


def main() -> None:
    """Spread cases in the portal that the environment names."""
    spread(Portal.from_settings(Settings.from_env()), int(sys.argv[1]))


if __name__ == "__main__":
    main()
