"""Rows that are only added are written together, within the scope and the ledger like things of the session."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError

from portal.core.access import Access
from portal.core.errors import Forbidden
from portal.persistence import plain_rows
from portal.persistence.ledger import AuditMismatch
from portal.persistence.models import (
    AuditEntry,
    Decision,
    OutboxMessage,
    Record,
    RecordEvent,
    RecordTerm,
    RecordValue,
)
from portal.persistence.unit_of_work import UnitOfWork
from tests.fixtures.world import NOW, World, access

SYSTEM = Access.system("test")
DOC = {"文": ["甲", {"n": 1.5, "none": None, "yes": True, "quote": "\"'\\%(x)s"}], "empty": {}, "big": 2**60}


def event_of(record: Record, **said: Any) -> RecordEvent:
    return RecordEvent(record_id=record.id, at=NOW, kind="edit", version=1, **said)


def decision_of(record: Record, rule_set: str) -> Decision:
    return Decision(
        record=record,
        release_id=record.release_id,
        rule_set=rule_set,
        at=NOW,
        trigger="t",
        engine="e",
        version=1,
        result=DOC,
        proposals=[DOC],
    )


def count(uow: UnitOfWork, model: Any) -> int:
    return int(uow.session.scalar(select(func.count()).select_from(model)) or 0)


def test_rows_come_back_as_they_were_added(world: World) -> None:
    record = world.record("530112")
    day = dt.date(2026, 2, 28)
    with world.uow(SYSTEM) as uow:
        uow.add(record, decision_of(record, "a"), decision_of(record, "b"))
        uow.session.flush_things()
        uow.add(
            event_of(record, data=DOC, reason="a'b\"\n甲\\", to_stage=None),
            RecordTerm(record_id=record.id, digest="0f" * 16),
            RecordValue(record_id=record.id, pointer="/a~1b", etype="case", number=0.1),
            RecordValue(record_id=record.id, pointer="/day", etype="case", day=day),
        )
        uow.notify("topic", DOC)
        uow.audit("add", record, kind="case", object_id=record.uid, after={"data": DOC})
        uow.commit()
    with world.database.reading(SYSTEM) as session:
        told = session.scalars(select(RecordEvent)).one()
        assert (told.data, told.reason, told.to_stage, told.name, told.at) == (
            DOC,
            "a'b\"\n甲\\",
            None,
            "",
            NOW,
        )
        found = session.scalars(select(Decision).order_by(Decision.id)).all()
        assert [(one.rule_set, one.result, one.proposals, one.record_id) for one in found] == [
            ("a", DOC, [DOC], record.id),
            ("b", DOC, [DOC], record.id),
        ]
        values = {
            one.pointer: (one.text, one.number, one.day) for one in session.scalars(select(RecordValue))
        }
        assert values == {"/a~1b": (None, 0.1, None), "/day": (None, None, day)}
        message = session.scalars(select(OutboxMessage)).one()
        assert (message.payload, message.attempts, message.sent_at) == (DOC, 0, None)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.object_id == record.uid)).one()
        assert (entry.after, entry.before, entry.fields) == ({"data": DOC}, None, "/big /empty /文")
        assert session.scalar(select(RecordTerm.digest)) == "0f" * 16


def test_the_identifiers_of_decisions_are_known_when_they_are_written(world: World) -> None:
    record = world.record("530112")
    made = [decision_of(record, name) for name in "abc"]
    with world.uow(SYSTEM) as uow:
        uow.add(record, *made)
        uow.session.flush()
        stored = {one.rule_set: one.id for one in uow.session.scalars(select(Decision))}
        assert {one.rule_set: one.id for one in made} == stored
        assert [one.record_id for one in made] == [record.id] * 3


def test_a_row_of_a_record_that_was_not_loaded_is_refused(world: World) -> None:
    world.store(world.record("530115"))
    with world.database.reading(SYSTEM) as session:
        foreign = session.scalars(select(Record)).one()
    with world.uow(access(world.paths["530112"], "show", "edit")) as uow:
        uow.add(event_of(foreign))
        with pytest.raises(Forbidden):
            uow.session.flush()
    with world.uow(access(world.paths["530112"], "show", "edit")) as uow:
        uow.add(RecordTerm(record_id=foreign.id, digest="0" * 32))
        with pytest.raises(Forbidden):
            uow.commit()


def test_a_row_without_an_audit_entry_is_not_stored(world: World) -> None:
    world.store(world.record("530112"))
    with world.uow(SYSTEM) as uow:
        record = uow.session.scalars(select(Record)).one()
        uow.add(event_of(record))
        with pytest.raises(AuditMismatch, match="no audit entry"):
            uow.commit()
    with world.uow(SYSTEM) as uow:
        assert count(uow, RecordEvent) == 0


def test_rows_that_wait_go_with_what_is_rolled_back(world: World) -> None:
    world.store(world.record("530112"))
    with world.uow(SYSTEM) as uow:
        record = uow.session.scalars(select(Record)).one()
        before = count(uow, AuditEntry)
        uow.add(event_of(record))
        uow.session.rollback()
        uow.commit()
        assert count(uow, RecordEvent) == 0
        uow.notify("kept", {})
        savepoint = uow.session.begin_nested()
        uow.notify("taken back", {})
        savepoint.rollback()
        uow.commit()
        assert list(uow.session.scalars(select(OutboxMessage.topic))) == ["kept"]
        assert count(uow, AuditEntry) == before


def test_an_unfit_row_stores_nothing_of_the_act(world: World) -> None:
    world.store(world.record("530112"))
    with world.uow(SYSTEM) as uow:
        record = uow.session.scalars(select(Record)).one()
        uow.add(
            RecordTerm(record_id=record.id, digest="a" * 32), RecordTerm(record_id=record.id, digest="a" * 32)
        )
        uow.notify("never", {})
        with pytest.raises(DBAPIError):
            uow.commit()
    with world.uow(SYSTEM) as uow:
        assert (count(uow, RecordTerm), count(uow, OutboxMessage)) == (0, 0)


def test_all_tables_are_written_by_one_statement_on_postgresql(world: World) -> None:
    statements: list[str] = []
    event.listen(world.database.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    record = world.record("530112")
    with world.uow(SYSTEM) as uow:
        uow.add(record, decision_of(record, "a"))
        uow.session.flush_things()
        statements.clear()
        uow.add(event_of(record), event_of(record), RecordTerm(record_id=record.id, digest="b" * 32))
        uow.audit("add", record, kind="case", object_id=record.uid)
        uow.commit()
    tables = {model.__tablename__ for model in (Decision, RecordEvent, RecordTerm, AuditEntry)}
    written = [one for one in statements if "INSERT INTO" in one]
    if world.database.dialect == "postgresql":
        assert len(written) == 1
    assert len(written) <= len(tables)
    assert all(any(f"INSERT INTO {table}" in one for one in written) for table in tables)


def test_every_plain_row_says_all_columns_or_has_a_usual_value() -> None:
    for model in plain_rows.PLAIN:
        # What the database itself would fill in is not known to this writer.
        assert [
            column.name for column in model.__table__.c if column.server_default and not column.default
        ] == []
        assert not model.__mapper__.polymorphic_on
