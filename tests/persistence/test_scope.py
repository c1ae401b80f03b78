"""The session shows and takes only what its access allows, whatever the query forgets."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, aliased, joinedload

from portal.core.access import Access, Grant
from portal.core.errors import Forbidden
from portal.persistence import scope
from portal.persistence.models import AuditEntry, Decision, Model, Record, RecordEvent, Referral, Unit
from portal.services.reach.keeping import add_reach, renew_reach
from tests.fixtures.world import NOW, World, access


@pytest.fixture
def cases(world: World) -> dict[str, str]:
    units = ["530112", "530112001", "530112:justice", "530115", "5301120"]
    return dict(zip(units, world.store(*(world.record(unit) for unit in units)), strict=True))


def seen(session: Session) -> set[str]:
    return set(session.scalars(select(Record.uid)))


def test_nothing_is_visible_without_an_access(world: World, cases: dict[str, str]) -> None:
    with world.database.readers() as session:
        assert seen(session) == set()
        assert session.scalar(select(func.count()).select_from(Record)) == 0
        assert session.scalars(select(AuditEntry)).all() == []


def test_a_clerk_sees_the_subtree_and_nothing_beside_it(world: World, cases: dict[str, str]) -> None:
    with world.database.reading(access(world.paths["530112"], "show")) as session:
        assert seen(session) == {cases["530112"], cases["530112001"], cases["530112:justice"]}


def test_the_root_of_the_tree_sees_everything_below(world: World, cases: dict[str, str]) -> None:
    with world.database.reading(access(world.paths["530100"], "show")) as session:
        assert seen(session) == set(cases.values())


def test_grants_count_for_their_own_entity_and_action_only(world: World, cases: dict[str, str]) -> None:
    world.store(world.record("530112", "visit"))
    for who in (access(world.paths["530112"], "list"), access(world.paths["530112"], "show", entity="visit")):
        with world.database.reading(who) as session:
            assert not seen(session) & set(cases.values())


def test_a_wildcard_grant_beside_a_named_one(world: World, cases: dict[str, str]) -> None:
    other = world.store(world.record("530115", "visit"))[0]
    who = Access(
        1,
        "x",
        (
            Grant("a", world.paths["530112"], "case", frozenset({"show"})),
            Grant("b", world.paths["530115"], "*", frozenset({"show"})),
        ),
    )
    with world.database.reading(who) as session:
        assert seen(session) == {
            cases["530112"],
            cases["530112001"],
            cases["530112:justice"],
            cases["530115"],
            other,
        }


def test_what_was_handed_over_is_visible_to_the_handlers_subtree(world: World) -> None:
    handed = world.record(
        "530115", handler_unit_id=world.ids["530112"], handler_path=world.paths["530112:justice"]
    )
    uid = world.store(handed)[0]
    with world.database.reading(access(world.paths["530112:justice"], "show")) as session:
        assert seen(session) == {uid}


@pytest.mark.parametrize(
    "statement",
    [
        select(func.count()).select_from(Record),
        select(func.count(Record.id)),
        select(func.count()).select_from(select(Record.id).limit(10).subquery()),
        select(func.count()).select_from(aliased(Record)),
        select(func.max(Record.id)).where(Record.etype == "case"),
        select(func.count()).select_from(Unit).join(Record, Record.unit_id == Unit.id),
        select(func.count()).select_from(Unit).where(Unit.id.in_(select(Record.unit_id))),
        select(func.count())
        .select_from(Unit)
        .where(select(Record.id).where(Record.unit_id == Unit.id).exists()),
    ],
)
def test_no_form_of_query_counts_foreign_records(
    world: World, cases: dict[str, str], statement: object
) -> None:
    with world.database.reading(Access.nobody()) as session:
        assert session.scalar(statement) in (0, None)  # type: ignore[call-overload]


def test_a_prepared_statement_is_limited_anew_for_each_access(world: World, cases: dict[str, str]) -> None:
    plain = scope.prepared(select(Record.uid))
    joined = scope.prepared(select(Record.uid).join(Unit, Unit.id == Record.unit_id))
    for statement in (plain, joined):
        for who, expected in (
            (access(world.paths["530115"], "show"), {cases["530115"]}),
            (access(world.paths["530112"], "list"), set()),
            (Access.nobody(), set()),
            (access(world.paths["530100"], "show"), set(cases.values())),
        ):
            with world.database.reading(who) as session:
                assert set(session.scalars(statement)) == expected


def test_statements_on_the_bare_table_are_refused(world: World, cases: dict[str, str]) -> None:
    table = Record.__table__
    with world.database.reading(access(world.paths["530112"], "show")) as session:
        for statement in (
            select(table.c.uid),
            select(func.count()).select_from(table),
            table.delete(),
            table.insert().values(uid="x"),
        ):
            with pytest.raises(Forbidden):
                session.execute(statement)  # type: ignore[call-overload]


def test_bulk_changes_of_audited_tables_are_refused_to_everybody(world: World, cases: dict[str, str]) -> None:
    with world.database.reading(Access.system("test")) as session, pytest.raises(Forbidden):
        session.execute(update(Record).values(title="x"))


def test_get_by_key_does_not_reach_foreign_records(world: World, cases: dict[str, str]) -> None:
    with world.database.reading(Access.system("test")) as session:
        foreign = session.scalars(select(Record.id).where(Record.uid == cases["530115"])).one()
        scope.enter(session, access(world.paths["530112"], "show"))
        assert session.get(Record, foreign) is None


def test_a_record_loaded_under_a_wider_access_is_forgotten(world: World, cases: dict[str, str]) -> None:
    with world.database.reading(Access.system("test")) as session:
        foreign = session.scalars(select(Record).where(Record.uid == cases["530115"])).one()
        scope.enter(session, access(world.paths["530112"], "show"))
        assert session.get(Record, foreign.id) is None


@pytest.mark.parametrize(("status", "asked"), [("sent", 1), ("accepted", 1), ("returned", 0), ("done", 0)])
def test_children_follow_their_record_and_a_unit_sees_it_while_it_is_asked(
    world: World, status: str, asked: int
) -> None:
    record = world.record("530115")
    with world.uow(Access.system("test")) as uow:
        uow.add(record)
        uow.add(RecordEvent(record=record, at=NOW, kind="register", version=1))
        uow.add(
            Decision(
                record=record,
                release_id=1,
                rule_set="r",
                at=NOW,
                trigger="t",
                engine="e",
                version=1,
                result={},
                proposals=[],
            )
        )
        uow.add(
            Referral(
                uid="r1",
                record=record,
                etype="case",
                from_unit_id=world.ids["530115"],
                from_path=world.paths["530115"],
                to_unit_id=world.ids["530112"],
                to_path=world.paths["530112:justice"],
                status=status,
                created_at=NOW,
            )
        )
        uow.session.flush()
        add_reach(uow.session, record)
        renew_reach(uow.session, record)
        uow.audit("add", record, kind="case", object_id=record.uid)
        uow.commit()
    for unit, events, referrals in (("530115", 1, 1), ("530112", asked, 1), ("5301120", 0, 0)):
        with world.database.reading(access(world.paths[unit], "show")) as session:
            assert len(session.scalars(select(RecordEvent)).all()) == events
            assert len(session.scalars(select(Decision)).all()) == events
            assert len(session.scalars(select(Referral)).all()) == referrals
            joined = select(func.count()).select_from(Referral).join(Referral.record)
            assert session.scalar(joined) == events
            loaded = session.scalars(select(Referral).options(joinedload(Referral.record, innerjoin=False)))
            assert [one.record is not None for one in loaded] == [bool(events)] * referrals


def test_the_audit_is_scoped_like_everything_else(world: World, cases: dict[str, str]) -> None:
    with world.uow(Access.system("test")) as uow:
        uow.audit_event("export", kind="case", object_id="x", unit_path=world.paths["530112"])
        uow.commit()
    with world.database.reading(access(world.paths["530112"], "list", entity="audit")) as session:
        assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["export"]
    with world.database.reading(access(world.paths["530115"], "list", entity="audit")) as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_writes_outside_the_scope_are_refused(world: World) -> None:
    clerk = access(world.paths["530112"], "show", "add", "edit")
    with world.uow(clerk) as uow:
        uow.add(world.record("530115"))
        with pytest.raises(Forbidden):
            uow.session.flush()


def test_a_reader_cannot_write(world: World, cases: dict[str, str]) -> None:
    with world.uow(access(world.paths["530112"], "show", "list", "export")) as uow:
        record = uow.session.scalars(select(Record).where(Record.uid == cases["530112"])).one()
        record.title = "changed"
        with pytest.raises(Forbidden):
            uow.session.flush()


def test_a_record_cannot_be_pulled_into_ones_own_scope(world: World, cases: dict[str, str]) -> None:
    who = Access(
        1,
        "x",
        (
            Grant("reader", world.paths["530100"], "case", frozenset({"show"})),
            Grant("clerk", world.paths["530112"], "case", frozenset({"edit"})),
        ),
    )
    with world.uow(who) as uow:
        record = uow.session.scalars(select(Record).where(Record.uid == cases["530115"])).one()
        record.unit_path = world.paths["530112"]
        with pytest.raises(Forbidden):
            uow.session.flush()


def test_history_cannot_be_added_to_a_foreign_record(world: World, cases: dict[str, str]) -> None:
    with world.database.reading(Access.system("test")) as session:
        foreign = session.scalars(select(Record.id).where(Record.uid == cases["530115"])).one()
    with world.uow(access(world.paths["530112"], "show", "edit")) as uow:
        uow.add(RecordEvent(record_id=foreign, at=NOW, kind="change", version=1))
        with pytest.raises(Forbidden):
            uow.session.flush()


def test_the_subtree_is_found_through_an_index(world: World) -> None:
    query = str(
        select(Record.id)
        .where(Record.etype == "case", scope.subtree(Record.unit_path, ("/1/2/",)))
        .compile(world.database.engine, compile_kwargs={"literal_binds": True})
    )
    with world.database.engine.connect() as connection:
        if world.database.dialect == "sqlite":
            plan = str(connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
            assert "ix_record_unit" in plan
        else:
            connection.execute(text("SET enable_seqscan = off"))
            plan = str(connection.execute(text(f"EXPLAIN {query}")).all())
            assert "unit_path" in plan
            assert "Index" in plan


def test_relationships_lead_from_scoped_models_to_records_only() -> None:
    """A statement is limited by the models it names; what it reaches by a relationship must be a record."""
    for mapper in Model.registry.mappers:
        reached = {relation.mapper.class_ for relation in mapper.relationships} & set(scope.SCOPED)
        assert reached <= ({Record} if mapper.class_ in scope.SCOPED else set())


# PostgreSQL plans by statistics, which a small table does not have.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_child_looks_up_its_record_by_key(world: World, cases: dict[str, str]) -> None:
    who = access(world.paths["530112"], "show")
    limit = scope.criteria(who, RecordEvent, "show", None)
    query = select(RecordEvent.id).where(RecordEvent.record_id == 1).options(limit)
    compiled = str(query.compile(world.database.engine, compile_kwargs={"literal_binds": True}))
    with world.database.engine.connect() as connection:
        plan = str(connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}")).all())
    assert "SEARCH seen_by USING PRIMARY KEY (record_id=? AND unit_id=?)" in plan
