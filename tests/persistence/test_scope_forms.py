"""However a statement is written, the session limits it or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import (
    Unicode,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    intersect,
    join,
    lambda_stmt,
    literal,
    literal_column,
    select,
    table,
    text,
    tuple_,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import (
    Bundle,
    Session,
    aliased,
    joinedload,
    selectinload,
    subqueryload,
    with_polymorphic,
)

from portal.core.access import Access
from portal.core.errors import Forbidden
from portal.persistence.models import Attachment, PageState, Record, RecordEvent, Referral, Unit
from portal.services.reach.keeping import add_reach
from tests.fixtures.world import NOW, World, access

FOREIGN = "甲方未公开"
TABLE = Record.__table__
OTHER = aliased(Record)
TREE = select(Record.id, Record.title).where(Record.parent_id.is_(None)).cte("tree", recursive=True)

# Each shows the foreign title or identifier to those who may see it, and nothing to anybody else.
LIMITED: dict[str, Any] = {
    "entity": select(Record),
    "column": select(Record.title),
    "order and limit": select(Record.title).order_by(Record.id.desc()).limit(1),
    "alias": select(OTHER.title),
    "flat alias": select(aliased(Record, flat=True)),
    "alias of a subquery": select(aliased(Record, select(Record).subquery())),
    "alias of the bare table": select(aliased(Record, TABLE.alias("bare"))),
    "polymorphic": select(with_polymorphic(Record, [])),
    "bundle": select(Bundle("one", Record.title, Record.id)),
    "bare column beside its class": select(Record.id, TABLE.c.title),
    "only in where": select(Unit.code).where(Record.unit_id == Unit.id),
    "alias only in where": select(Unit.code).where(OTHER.unit_id == Unit.id),
    "literal": select(literal(FOREIGN)).select_from(Record),
    "join": select(Unit.code, Record.title).join(Record, Record.unit_id == Unit.id),
    "outer join": select(Record.title)
    .select_from(Unit)
    .outerjoin(Record, Record.unit_id == Unit.id)
    .where(Record.id.is_not(None)),
    "join of a child": select(RecordEvent.id, Record.title).join(Record, Record.id == RecordEvent.record_id),
    "child": select(RecordEvent),
    "child by relationship": select(Record.title).select_from(RecordEvent).join(RecordEvent.record),
    "self join": select(Record.title).join(OTHER, OTHER.id == Record.id),
    "subquery": select(select(Record.title).subquery()),
    "cte": select(select(Record.title).cte("found")),
    "recursive cte": select(
        TREE.union_all(select(Record.id, Record.title).join(TREE, TREE.c.id == Record.parent_id))
    ),
    "lambda": lambda_stmt(lambda: select(Record.title)),
    "union": union(select(Record.title), select(Record.title)),
    "union as entities": select(aliased(Record, union_all(select(Record), select(Record)).subquery())),
    "from a union": select(Record).from_statement(union_all(select(Record), select(Record))),
    "from a select": select(Record).from_statement(select(Record)),
    "intersect": intersect(select(Record.unit_id), select(Unit.id)),
    "in": select(Unit.code).where(Unit.id.in_(select(Record.unit_id))),
    "in a cte": select(Unit.code).where(Unit.id.in_(select(select(Record.unit_id).cte("q").c.unit_id))),
    "tuple in": select(Unit.code).where(tuple_(Unit.id, literal(1)).in_(select(Record.unit_id, literal(1)))),
    "exists": select(Unit.code).where(select(Record.id).where(Record.unit_id == Unit.id).exists()),
    "having": select(Unit.code)
    .join(Record, Record.unit_id == Unit.id)
    .group_by(Unit.code)
    .having(func.count(Record.id) > 0),
    "group": select(Record.unit_id, func.count()).group_by(Record.unit_id),
    "window": select(func.row_number().over(order_by=Record.id), Record.title),
}
# Each gives a single value: the foreign one, or nothing at all.
SINGLE: dict[str, Any] = {
    "count": select(func.count()).select_from(Record),
    "count where": select(func.count()).where(Record.id > 0),
    "count column": select(func.count(Record.id)),
    "count subquery": select(func.count()).select_from(select(Record.id).limit(10).subquery()),
    "max": select(func.max(Record.title)),
    "scalar subquery": select(select(func.max(Record.title)).scalar_subquery()),
    "correlated column": select(
        select(func.count(Record.id)).where(Record.unit_id == Unit.id).scalar_subquery()
    ).where(Unit.code == "530115"),
    "exists column": select(select(Record.id).exists()),
    "case": select(case((select(Record.id).exists(), 1), else_=0)),
    "cast": select(cast(select(func.max(Record.title)).scalar_subquery(), Unicode(50))),
    "order by count": select(Unit.code == "530115").order_by(
        select(func.count(Record.id)).where(Record.unit_id == Unit.id).scalar_subquery().desc(), Unit.id
    ),
}
# What the session cannot limit, it refuses.
REFUSED: dict[str, Any] = {
    "bare table": select(TABLE),
    "bare column": select(TABLE.c.title),
    "bare count": select(func.count()).select_from(TABLE),
    "bare exists": select(exists().where(TABLE.c.id > 0)),
    "bare join": select(func.count()).select_from(join(Unit, TABLE, TABLE.c.unit_id == Unit.id)),
    "bare column beside another class": select(Unit.code, TABLE.c.title),
    "bare column beside an alias": select(OTHER.id, TABLE.c.title),
    "bare alias": select(Unit.code, TABLE.alias("bare").c.title),
    "bare alias beside its class": select(
        Record.id, select(func.max(TABLE.alias("b").c.title)).scalar_subquery()
    ),
    "bare subquery in where": select(Unit.code).where(Unit.id.in_(select(TABLE.c.unit_id))),
    "bare scalar subquery": select(Unit.code, select(func.max(TABLE.c.title)).scalar_subquery()),
    "bare cte": select(select(TABLE.c.title).cte("q")),
    "bare from_statement": select(Record).from_statement(select(TABLE)),
    "another table of that name": select(column("title")).select_from(table("record")),
    "text": text("SELECT title FROM record"),
    "text with columns": text("SELECT title FROM record").columns(title=Unicode(50)).subquery().select(),
    "text as entities": select(Record).from_statement(text("SELECT * FROM record")),
    "text in where": select(Unit.code).where(text("EXISTS (SELECT 1 FROM record)")),
    "text in from": select(column("title")).select_from(text("record")),
    "literal column": select(Unit.code, literal_column("(SELECT max(title) FROM record)")),
    "update": update(Record).values(title="x"),
    "delete": delete(Record),
    "insert": insert(Record).values(uid="x"),
    "bare update": TABLE.update().values(title="x"),
    "bare delete": TABLE.delete(),
    "update of a child": update(Referral).values(reason="x"),
    "update of the tree": update(Unit).values(path="/"),
    "sql before": select(literal("x")).prefix_with("(SELECT max(title) FROM record),"),
    "sql behind": select(literal("x")).suffix_with("UNION ALL SELECT title FROM record"),
    "sql in a hint": select(Unit.code).with_statement_hint("UNION ALL SELECT title FROM record"),
    "sql behind a sub-select": select(
        select(literal("x")).suffix_with("UNION ALL SELECT title FROM record").subquery()
    ),
    "sql as an operator": select(literal("a").op("||(SELECT max(title) FROM record)||")(literal("b"))),
    "sql as a condition": select(Unit.code).where(
        literal("a").bool_op("<(SELECT max(title) FROM record) OR 1=")(literal(1))
    ),
    "delete within": select(delete(Record).returning(Record.title).cte().c.title),
    "update beside": select(Unit.code).add_cte(update(Unit).values(path="/").returning(Unit.id).cte()),
    "insert from": insert(PageState).from_select(
        ["user_id", "page", "state"], select(Record.id, Record.uid, Record.data)
    ),
}
CALLS: dict[str, Callable[[Session], Any]] = {
    "query": lambda session: session.query(Record).all(),
    "query column": lambda session: session.query(Record.title).all(),
    "query count": lambda session: session.query(Record).count(),
    "query exists": lambda session: session.query(session.query(Record).exists()).scalar(),
    "get": lambda session: session.get(Record, 1),
    "merge": lambda session: session.merge(Record(id=1)).title,
    "streamed": lambda session: list(session.scalars(select(Record).execution_options(yield_per=1))),
    "partitions": lambda session: list(session.execute(select(Record.title)).partitions(2)),
    "joined load": lambda session: session.scalars(
        select(RecordEvent).options(joinedload(RecordEvent.record))
    ).all(),
    "select-in load": lambda session: session.scalars(
        select(RecordEvent).options(selectinload(RecordEvent.record))
    ).all(),
    "subquery load": lambda session: session.scalars(
        select(RecordEvent).options(subqueryload(RecordEvent.record))
    ).all(),
    "interface query": lambda session: SQLAInterface(Record, session).query()[1],
    "interface count": lambda session: SQLAInterface(Record, session).query()[0],
    "interface get": lambda session: SQLAInterface(Record, session).get(1),
}


@pytest.fixture
def foreign(world: World) -> World:
    """One record of Jinning with one event."""
    record = world.record("530115", title=FOREIGN)
    with world.uow(Access.system("test")) as uow:
        uow.add(record, RecordEvent(record=record, at=NOW, kind="register", version=1))
        uow.session.flush()
        add_reach(uow.session, record)
        uow.audit("add", record, kind="case", object_id=record.uid)
        uow.commit()
    return world


def test_every_form_of_statement_is_limited_or_refused(foreign: World) -> None:
    mine, theirs = (access(foreign.paths[code], "show", "list") for code in ("530112", "530115"))
    shown = {name: _rows(foreign, mine, statement) for name, statement in LIMITED.items()}
    assert {name for name, rows in shown.items() if rows} == set()
    blind = {name for name, statement in LIMITED.items() if not _rows(foreign, theirs, statement)}
    assert blind == set()

    single = {name: _one(foreign, mine, statement) for name, statement in SINGLE.items()}
    assert {name for name, value in single.items() if value} == set()
    assert {name for name, statement in SINGLE.items() if not _one(foreign, theirs, statement)} == set()

    called = {name: _called(foreign, mine, call) for name, call in CALLS.items()}
    assert {name for name, value in called.items() if value} == set()
    assert {name for name, call in CALLS.items() if not _called(foreign, theirs, call)} == set()

    passed = {name for name, statement in REFUSED.items() if not _is_refused(foreign, theirs, statement)}
    assert passed == set()


def test_an_update_elsewhere_reads_within_the_scope(foreign: World) -> None:
    title = select(func.max(Record.title)).scalar_subquery()
    for code, expected in (("530112", None), ("530115", FOREIGN)):
        with foreign.uow(access(foreign.paths[code], "show")) as uow:
            change = update(Unit).values(note=func.coalesce(title, ""))
            with pytest.raises(Forbidden):
                uow.session.execute(change)
            seen = uow.session.scalar(select(title))
            assert seen == expected


def test_rows_are_never_loaded_without_a_scope(foreign: World) -> None:
    said = {"unscoped": "a test"}
    with foreign.database.reading(access(foreign.paths["530112"], "show")) as session:
        for statement in (select(Record), select(OTHER), select(Attachment)):
            with pytest.raises(Forbidden):
                session.execute(statement, execution_options=said)
        assert session.scalar(select(func.count(Record.id)), execution_options=said) == 1
        assert session.get(Record, 1) is None


def _rows(world: World, who: Access, statement: Any) -> list[Any]:
    with world.database.reading(who) as session:
        return list(session.execute(statement).all())


def _one(world: World, who: Access, statement: Any) -> Any:
    with world.database.reading(who) as session:
        return session.execute(statement).scalars().first()


def _called(world: World, who: Access, call: Callable[[Session], Any]) -> Any:
    with world.database.reading(who) as session:
        return call(session)


def _is_refused(world: World, who: Access, statement: Any) -> bool:
    with world.uow(who) as uow:
        try:
            uow.session.execute(statement)
        except Forbidden:
            return True
        return False
