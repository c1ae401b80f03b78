"""Each write has exactly one audit entry, in its own transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from portal.core.access import Access, Grant, Origin
from portal.persistence import scope
from portal.persistence.ledger import AuditMismatch, ImmutableRow
from portal.persistence.models import AccessStamp, AuditEntry, Record, RecordEvent, Release, Role, User
from tests.fixtures.world import NOW, World

SYSTEM = Access.system("test")


def entries(world: World) -> list[AuditEntry]:
    with world.database.reading(SYSTEM) as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def test_a_write_without_an_entry_is_not_stored(world: World) -> None:
    with world.uow(SYSTEM) as uow:
        uow.add(world.record("530112"))
        with pytest.raises(AuditMismatch, match="no audit entry"):
            uow.commit()
    with world.database.reading(SYSTEM) as session:
        assert session.scalars(select(Record)).all() == []


def test_a_write_in_a_session_that_knows_of_no_unit_of_work_is_not_stored(world: World) -> None:
    with world.database.readers() as session:
        scope.enter(session, SYSTEM)
        session.add(world.record("530112"))
        with pytest.raises(AuditMismatch):
            session.commit()


def test_two_entries_for_one_write_are_refused(world: World) -> None:
    record = world.record("530112")
    with world.uow(SYSTEM) as uow:
        uow.add(record)
        uow.audit("add", record, kind="case", object_id=record.uid)
        uow.audit("add", record, kind="case", object_id=record.uid)
        with pytest.raises(AuditMismatch, match="two"):
            uow.commit()


def test_an_entry_for_nothing_is_refused(world: World) -> None:
    world.store(world.record("530112"))
    with world.uow(SYSTEM) as uow:
        record = uow.session.scalars(select(Record)).one()
        uow.audit("edit", record, kind="case", object_id=record.uid)
        with pytest.raises(AuditMismatch, match="nothing written"):
            uow.commit()


def test_one_entry_covers_a_record_and_its_history(world: World) -> None:
    record = world.record("530112")
    with world.uow(SYSTEM) as uow:
        uow.add(record, RecordEvent(record=record, at=NOW, kind="register", version=1))
        uow.session.flush()
        uow.audit("add", record, kind="case", object_id=record.uid, after={"title": "甲"})
        uow.commit()
    entry = entries(world)[-1]
    assert (entry.action, entry.kind, entry.ip, entry.request_id) == ("add", "case", "10.0.0.1", "r1")
    assert entry.after == {"title": "甲"}
    assert entry.at == NOW


def test_a_rolled_back_write_leaves_no_entry(world: World) -> None:
    before = len(entries(world))
    record = world.record("530112")
    with world.uow(SYSTEM) as uow:
        uow.add(record)
        uow.session.flush()
        uow.audit("add", record, kind="case", object_id=record.uid)
        uow.session.flush()
    assert len(entries(world)) == before


@pytest.mark.parametrize("model", [AuditEntry, Release])
def test_rows_that_are_only_added_cannot_be_changed_by_the_mapper(world: World, model: type) -> None:
    with world.uow(SYSTEM) as uow:
        row = uow.session.scalars(select(model)).first()
        uow.session.delete(row)
        with pytest.raises(ImmutableRow):
            uow.session.flush()


@pytest.mark.parametrize("statement", [update(AuditEntry).values(actor="x"), delete(AuditEntry)])
def test_the_database_itself_refuses_to_rewrite_the_audit(world: World, statement: object) -> None:
    with world.database.engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(statement)  # type: ignore[call-overload]


def test_the_database_itself_refuses_to_rewrite_a_release(world: World) -> None:
    with world.database.engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text("UPDATE release SET bundle = '{}'"))


def user(**values: object) -> User:
    made: dict[str, object] = {
        "first_name": "三",
        "last_name": "张",
        "username": "zs",
        "email": "zs@x.invalid",
    }
    return User(**(made | values))


class TestSecurityTables:
    """Users and roles written as Flask-AppBuilder's own screens write them: a session, an add, a commit."""

    ADMIN = Access(
        9, "管理员", (Grant("Admin", "/1/", "*", frozenset({"*"})),), memberships=(("Admin", "/1/"),)
    )

    def write(self, world: World, *things: object) -> None:
        with world.database.readers() as session:
            scope.enter(session, self.ADMIN, Origin("10.0.0.9", "r9"))
            session.add_all(things)
            session.commit()

    def test_a_new_user_gets_one_entry_without_the_password(self, world: World) -> None:
        before = len(entries(world))
        self.write(world, user(password="hash", roles=[Role(name="clerk")]))
        made = entries(world)[before:]
        assert sorted((e.action, e.kind, e.object_id) for e in made) == [
            ("add", "role", "clerk"),
            ("add", "user", "zs"),
        ]
        entry = next(e for e in made if e.kind == "user")
        assert entry.after is not None
        assert entry.after["password"] == "***"
        assert entry.after["roles"] == ["clerk"]
        assert (entry.actor, entry.ip, entry.unit_path) == ("管理员", "10.0.0.9", "/1/")

    def test_a_change_of_roles_is_one_entry_with_before_and_after(self, world: World) -> None:
        self.write(world, user(), Role(name="clerk"))
        before = len(entries(world))
        with world.database.readers() as session:
            scope.enter(session, SYSTEM)
            session.scalars(select(User)).one().roles = list(session.scalars(select(Role)))
            session.commit()
        (entry,) = entries(world)[before:]
        assert (entry.action, entry.before, entry.after) == ("edit", {"roles": []}, {"roles": ["clerk"]})

    def test_a_login_is_recorded_as_one_and_changes_nobodys_access(self, world: World) -> None:
        self.write(world, user(login_count=0, fail_login_count=0))
        stamp = self.stamp(world)
        with world.database.readers() as session:
            scope.enter(session, SYSTEM)
            found = session.scalars(select(User)).one()
            found.login_count, found.last_login = 1, NOW.replace(tzinfo=None)
            session.commit()
        entry = entries(world)[-1]
        assert (entry.action, entry.actor, entry.object_id) == ("login", "zs", "zs")
        assert self.stamp(world) == stamp

    def test_a_failed_login_is_recorded(self, world: World) -> None:
        self.write(world, user(login_count=0, fail_login_count=0))
        with world.database.readers() as session:
            scope.enter(session, SYSTEM)
            session.scalars(select(User)).one().fail_login_count = 1
            session.commit()
        assert entries(world)[-1].action == "login_failed"

    def test_a_change_of_a_user_makes_every_process_work_out_accesses_again(self, world: World) -> None:
        self.write(world, user())
        stamp = self.stamp(world)
        with world.database.readers() as session:
            scope.enter(session, SYSTEM)
            session.scalars(select(User)).one().active = False
            session.commit()
        assert self.stamp(world) == stamp + 1

    @staticmethod
    def stamp(world: World) -> int:
        with world.database.readers() as session:
            return session.scalars(select(AccessStamp.stamp)).one()
