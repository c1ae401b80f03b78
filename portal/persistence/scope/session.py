"""The events of the session that hold the row scope: what is read, what is written, what was loaded before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Table, event, inspect, select, true
from sqlalchemy.orm import ORMExecuteState, Session

from portal.core.access import LIST, SHOW, Access, Origin
from portal.core.errors import Forbidden, msg
from portal.persistence.declared import AtUnit, Audited, Internal, Managed, OfRecord, Own, Reach
from portal.persistence.declared import Record as OneRecord
from portal.persistence.models import Record, RecordReach
from portal.persistence.scope.conditions import (
    CLOSED_TABLES,
    DECLARED,
    LIMITED_TABLES,
    MODELS,
    SCOPED,
    SCOPED_TABLES,
    TABLES,
    account_of,
    criteria,
    is_known,
    limit,
    units_reached,
)
from portal.persistence.scope.statements import (
    ALONG,
    COUNTED,
    DOOR,
    MINE,
    OWNED,
    PREPARED,
    SEVERAL,
    Beside,
    number_of,
    numbers_of,
)
from portal.persistence.statement_tables import StatementTables, tables_in

# A statement that changes rows of these would by-pass the ledger.
_GUARDED_TABLES = frozenset(
    name
    for name, one in TABLES.items()
    if isinstance(one.audit, Audited) or one.audit.append_only or isinstance(one.scope, OneRecord | AtUnit)
)
# Tables without a class: SQLAlchemy itself names them to load what they tie.
_LINKS = frozenset(TABLES) - frozenset(MODELS)
How = tuple[str, str | None]


def enter(session: Session, access: Access, origin: Origin | None = None) -> None:
    """Give ``session`` its access; what it loaded under another one and would not see now is forgotten."""
    if session.info.get("access") != access:
        _forget(session, access, list(session.identity_map.values()))
    session.info.update(access=access, origin=origin or Origin())


@contextmanager
def as_system(session: Session, reason: str) -> Iterator[None]:
    """Read with the system's access for a moment, for the reason given; what was loaded is forgotten afterwards."""
    access = session.info.get("access")
    before = set(session.identity_map.keys())
    session.info["access"] = Access.system(reason)
    try:
        yield
    finally:
        session.info["access"] = access
        loaded = [session.identity_map[key] for key in set(session.identity_map.keys()) - before]
        _forget(session, access or Access.nobody(), loaded)


def access_of(session: Session) -> Access:
    """Return the access of ``session``: nobody's where none was given."""
    return cast("Access", session.info.get("access") or Access.nobody())


def origin_of(session: Session) -> Origin:
    """Return where the work of ``session`` comes from."""
    return cast("Origin", session.info.get("origin") or Origin())


def _forget(session: Session, access: Access, things: list[Any]) -> None:
    known = is_known(access)
    for thing in things:
        match DECLARED[type(thing)].scope:
            case OneRecord() | Reach() | OfRecord() | AtUnit() | Internal():
                stays = False
            case Own(column):
                stays = known and thing.__dict__.get(column) == account_of(access)
            case Managed():
                stays = known
            case _:
                stays = True
        if not stays:
            session.expunge(thing)


def _on_execute(state: ORMExecuteState) -> None:
    access = access_of(state.session)
    options = state.execution_options
    if "unscoped" in options:
        # Said out loud, with a reason, in the few places where a statement counts or changes many rows at once.
        _refuse_unscoped_rows(state)
        return
    if "scope_owner" in options:
        _check_owner(state, options["scope_owner"])
        return
    if state.is_insert or state.is_update or state.is_delete:
        _refuse_bulk(state)
    if access.unlimited or state.is_column_load:
        return
    statement = state.statement
    if statement in MINE:
        _check_mine(state, access)
        return
    known = PREPARED.get(statement)
    named = known or tables_in(statement)
    if DOOR in options:
        if named.tables & SCOPED_TABLES or named.raw:
            raise _passes_by(named.tables & SCOPED_TABLES)
        return
    _refuse_what_passes_by(state, named)
    limited = named.tables & (LIMITED_TABLES if is_known(access) else CLOSED_TABLES)
    if not limited or state.is_insert:
        return
    how = (options.get("scope_action", SHOW), options.get("scope_etype"))
    state.statement = (
        _prepared_limited(statement, access, how) if known else _limited(named, statement, access, how)
    )


def _limited(named: StatementTables, statement: Any, access: Access, how: How) -> Any:
    """Return a statement within ``access``."""
    if statement in ALONG:
        return _along(statement, access, how)
    closed = named.tables & (LIMITED_TABLES if is_known(access) else CLOSED_TABLES)
    if named.alone is not None:
        # Nothing but this table is there to be limited: a condition costs a third of what the options cost.
        return statement.where(_limit(MODELS[named.alone], access, how))
    # Relationships of scoped models lead to records only: these are limited however the statement reaches them.
    models = {MODELS[name] for name in closed if name in MODELS}
    if closed & SCOPED_TABLES:
        models.add(Record)
    return statement.options(*(criteria(access, model, *_how(model, how)) for model in _sorted(models)))


def _along(statement: Any, access: Access, how: How) -> Any:
    """Limit the one row by which each record is found: what else the statement names only narrows the records."""
    action, etype = how
    way = ALONG[statement]
    if way is True:
        limited = _limit(Record, access, how)
    else:
        units = None if etype is None else units_reached(access, etype, action)
        if units is None or len(units) > 1:
            raise _outside()
        limited = _limit(RecordReach, access, how)
        if isinstance(way, Beside) and way.record_id is None:
            return statement.where(limited)
        if isinstance(way, Beside):
            seen = select(true()).where(RecordReach.record_id == way.record_id, limited, *way.facts)
            return statement.where(seen.correlate(way.record_id.class_).scalar_subquery().is_(true()))
    return statement.where(RecordReach.record_id == Record.id, limited)


def _sorted(models: set[Any]) -> list[Any]:
    """Return models in an order of their own, so that equal statements stay equal."""
    return sorted(models, key=lambda model: str(model.__tablename__))


def _limit(model: Any, access: Access, how: How) -> Any:
    return limit(access, model, *_how(model, how))


def _how(model: Any, how: How) -> How:
    return how if model in SCOPED else (SHOW, None)


@lru_cache(maxsize=4_000)
def _prepared_limited(statement: Any, access: Access, how: How) -> Any:
    several = SEVERAL.get(statement)
    if several is not None:
        return numbers_of(
            [_limited(tables_in(rows), rows, access, (how[0], etype)) for rows, etype in several]
        )
    rows = COUNTED.get(statement)
    inner = None if rows is None else tables_in(rows)
    if inner is None or (inner.alone is None and rows not in ALONG):
        return _limited(PREPARED[statement], statement, access, how)
    return number_of(_limited(inner, rows, access, how))


def _check_owner(state: ORMExecuteState, owner: Record) -> None:
    """Refuse rows of a record that this session has not loaded: those who see the record see its rows."""
    if (
        state.statement not in OWNED
        or state.parameters != {"record_id": owner.id}
        or owner not in state.session
        # One that was only made here, with somebody's identifier, was loaded within no scope.
        or not inspect(owner).persistent
    ):
        raise _outside()


def _check_mine(state: ORMExecuteState, access: Access) -> None:
    """Rows of one's own are read by naming oneself; nobody has any."""
    parameters, account = state.parameters, account_of(access)
    named = parameters.get(MINE[state.statement]) if isinstance(parameters, dict) else None
    if account is None or named != account:
        raise _outside()


def _refuse_unscoped_rows(state: ORMExecuteState) -> None:
    """Rows loaded without a scope would stay in the session, and answer for scoped ones later."""
    if state.is_select and any(
        isinstance(one["type"], type) and issubclass(one["type"], SCOPED)
        for one in getattr(state.statement, "column_descriptions", ())
    ):
        raise Forbidden("scope.unscoped", msg("Rows are never loaded without the row scope, only figures"))


def _refuse_bulk(state: ORMExecuteState) -> None:
    """A statement that changes audited rows would by-pass the ledger."""
    table = getattr(state.statement, "table", None)
    if isinstance(table, Table) and table.name in _GUARDED_TABLES:
        raise Forbidden(
            "scope.bulk",
            msg("A statement that changes %(tables)s by-passes the audit"),
            {"tables": table.name},
        )


def _refuse_what_passes_by(state: ORMExecuteState, named: StatementTables) -> None:
    """Refuse a statement that reaches closed tables past their classes."""
    past = named.bare & CLOSED_TABLES
    if state.is_insert:
        # What is written is named bare; what it would be read from is not.
        past = (named.tables & CLOSED_TABLES) - {state.statement.table.name}  # type: ignore[attr-defined]
        past |= named.tables & SCOPED_TABLES
    elif not state.is_orm_statement:
        past = named.tables & CLOSED_TABLES
    elif state.is_relationship_load:
        past -= _LINKS
    if past or named.raw:
        raise _passes_by(past)


def _passes_by(past: frozenset[str]) -> Forbidden:
    return Forbidden(
        "scope.core",
        msg("A statement that by-passes the row scope needs the system's access: %(tables)s"),
        {"tables": ", ".join(sorted(past)) or "SQL"},
    )


def _on_flush(session: Session, _context: Any, _instances: Any) -> None:
    access = access_of(session)
    if access.unlimited:
        return
    for thing in [*session.new, *session.dirty, *session.deleted]:
        check_written(session, thing)


def check_written(session: Session, thing: Any) -> None:
    """Raise Forbidden unless the access of the session may write a row, as it is or is about to be."""
    access = access_of(session)
    if access.unlimited:
        return
    match DECLARED[type(thing)].scope:
        case OneRecord():
            _check_record(session, access, thing)
        case OfRecord() as declared:
            _check_child(session, access, declared, thing)
        case Reach():
            # Written by acts in statements of their own, never as a thing of a session.
            raise _outside()
        case Managed(entity):
            # What was only tied to another row belongs to that one: a role that somebody was given.
            changed = thing not in session.dirty or session.is_modified(thing, include_collections=False)
            if changed and not access.may_write_anywhere(entity):
                raise _outside()
        case Own() as declared:
            _check_own(access, declared, thing)
        case AtUnit(entity, column, there):
            # What work only ever adds, such as entries of the log, it adds wherever it works.
            added = DECLARED[type(thing)].audit.append_only
            if there and not access.allows_there(entity, LIST, getattr(thing, column)):
                raise _outside()
            if not added and not access.may_write(entity, getattr(thing, column)):
                raise _outside()


def _check_record(session: Session, access: Access, record: Record) -> None:
    paths = {record.unit_path, record.handler_path}
    if record not in session.new:
        # What counts is where the record was, not where this write would put it.
        paths = _paths_before(record) or paths
    if not access.may_write(record.etype, *paths):
        raise _outside()


def _paths_before(record: Record) -> set[str | None]:
    found: set[str | None] = set()
    for name in ("unit_path", "handler_path"):
        history: Any = inspect(record).attrs[name].history
        found.update(history.deleted or history.unchanged or ())
    return found


def _check_child(session: Session, access: Access, declared: OfRecord, child: Any) -> None:
    """A child may be written only beside a record that this session made, or loaded within its scope.

    One that belongs to no record yet is its maker's own.
    """
    record, record_id = child.__dict__.get("record"), getattr(child, declared.column)
    if record is not None and record in session:
        return
    if record is None and record_id is None and declared.waiting:
        made_by = getattr(child, declared.waiting)
        if made_by is None or made_by != access.user_id:
            raise _outside()
    elif record_id is None or session.identity_key(Record, record_id) not in session.identity_map:
        raise _outside()


def _check_own(access: Access, declared: Own, thing: Any) -> None:
    """Rows of an account are written by the account itself, or by those who keep accounts."""
    if declared.kept_by and access.may_write_anywhere(declared.kept_by):
        return
    account = account_of(access)
    if not declared.self_written or account is None or getattr(thing, declared.column) != account:
        raise _outside()


def _outside() -> Forbidden:
    return Forbidden("scope.write", msg("This lies outside the units you work for"))


def install() -> None:
    """Listen on every session there is or will be."""
    if not event.contains(Session, "do_orm_execute", _on_execute):
        event.listen(Session, "do_orm_execute", _on_execute)
        event.listen(Session, "before_flush", _on_flush)
