"""Rows of further cases, each on the course of a case of the demo."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import Table

from benchmarks.spreading.courses import Course, District
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
from portal.services.demo.names import Names, identity_number
from portal.services.field_places import typed_row
from portal.services.portal import Portal
from portal.services.reach.rows import kept_of, reach_of
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
)

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
            accept_by = course.referral.accept_by
            at |= {"accept_by": accept_by and accept_by + moved}
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
            own = {
                "record_id": record.id,
                "referral_id": row.referral_id and referral,
                "unit_path": record.unit_path,
            }
            found[table].append(values | days | own)

    def _reach(self, found: Rows, course: Course, record: Record) -> None:
        asked = course.referral is not None and course.referral.status in open_states()
        paths = [record.handler_path] if asked and record.handler_path else []
        for unit, why in reach_of(record.unit_path, record.handler_path, paths).items():
            of = {
                "record_id": record.id,
                "unit_id": unit,
                "etype": record.etype,
                "created_at": record.created_at,
            }
            found[RecordReach.__table__].append({**of, **kept_of(record, unit, why)})

    def _record(self, district: District, course: Course, unit: Unit, moved: dt.timedelta) -> Record:
        chance, old = self.chance, course.record
        at = old.created_at + moved
        record = Record(**{name: getattr(old, name) for name in _KEPT})
        record.uid = uuid.UUID(int=chance.getrandbits(128)).hex
        record.unit_id, record.unit_path = unit.id, unit.path
        record.created_at, record.updated_at = at, old.updated_at + moved
        record.stage_since = old.stage_since and old.stage_since + moved
        record.due_on = old.due_on and old.due_on + moved
        record.handler_due_on = old.handler_due_on and old.handler_due_on + moved
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


def _plain_row(row: Any) -> dict[str, Any]:
    """Return the columns of a row of a course, read once from the thing that SQLAlchemy made."""
    kept: dict[str, Any] | None = row.__dict__.get("_plain_row")
    if kept is None:
        kept = row.__dict__["_plain_row"] = {
            column.name: getattr(row, column.name) for column in row.__table__.c
        }
    return kept
