"""What belongs to one record is read without limits of its own, but only beside a record loaded in scope."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.errors import Forbidden
from portal.persistence.models import Record, RecordEvent
from portal.persistence.scope import enter, owned
from portal.services.records.finding.rows_of_record import rows_of
from tests.fixtures.world import NOW, World, access

HISTORY = owned(RecordEvent, RecordEvent.id)


@pytest.fixture
def stored(world: World) -> tuple[str, str]:
    """A record of one county and one of another, with a line of history each."""
    uids = world.store(world.record("530112"), world.record("530115"))
    with world.uow(Access.system("test")) as uow:
        for record in uow.session.scalars(select(Record)):
            uow.add(RecordEvent(record=record, at=NOW, kind="register", version=1, by_name=record.uid))
            uow.audit("note", record, kind="case", object_id=record.uid)
        uow.commit()
    return uids[0], uids[1]


def load(session: Session, uid: str) -> Record:
    return session.scalars(select(Record).where(Record.uid == uid)).one()


def test_whoever_sees_a_record_sees_its_rows_and_no_others(world: World, stored: tuple[str, str]) -> None:
    own, _ = stored
    with world.database.reading(access(world.paths["530112"], "show")) as session:
        assert [event.by_name for event in rows_of(session, load(session, own), HISTORY)] == [own]


def test_a_record_of_another_session_opens_nothing(world: World, stored: tuple[str, str]) -> None:
    _, foreign = stored
    with world.database.reading(Access.system("test")) as wide:
        record = load(wide, foreign)
        with world.database.reading(access(world.paths["530112"], "show")) as session:
            assert rows_of(session, record, HISTORY) == []
            with pytest.raises(Forbidden):
                session.scalars(
                    HISTORY, {"record_id": record.id}, execution_options={"scope_owner": record}
                ).all()


def test_a_record_seen_under_another_access_opens_nothing(world: World, stored: tuple[str, str]) -> None:
    _, foreign = stored
    with world.database.reading(Access.system("test")) as session:
        record = load(session, foreign)
        enter(session, access(world.paths["530112"], "show"))
        assert rows_of(session, record, HISTORY) == []


@pytest.mark.parametrize("parameters", [{"record_id": 2}, {}, {"record_id": 1, "more": 2}])
def test_a_record_vouches_for_its_own_rows_only(
    world: World, stored: tuple[str, str], parameters: dict[str, int]
) -> None:
    own, _ = stored
    with world.database.reading(access(world.paths["530112"], "show")) as session:
        record = load(session, own)
        assert record.id == 1
        with pytest.raises(Forbidden):
            session.scalars(HISTORY, parameters, execution_options={"scope_owner": record}).all()
        other = select(RecordEvent).where(RecordEvent.id > 0)
        with pytest.raises(Forbidden):
            session.scalars(other, {"record_id": 1}, execution_options={"scope_owner": record}).all()


def test_a_record_that_was_only_made_here_opens_nothing(world: World, stored: tuple[str, str]) -> None:
    """A new object may carry any identifier; what was loaded within the scope is a row."""
    with world.database.reading(Access.system("test")) as wide:
        foreign = load(wide, stored[1]).id
    for who in (Access.nobody(), access(world.paths["530112"], "show")):
        with world.database.reading(who) as session:
            made = Record(id=foreign)
            session.add(made)
            with pytest.raises(Forbidden):
                session.scalars(
                    HISTORY, {"record_id": foreign}, execution_options={"scope_owner": made}
                ).all()
