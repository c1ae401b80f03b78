"""Row scope, enforced in the session: what a session may see and change follows from its access.

Every SELECT, and every bulk UPDATE or DELETE, that touches a scoped model gets the criteria of the session's
access. A session without an access sees nothing. Nobody has to remember a filter, and forgetting one leaks nothing.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    Table,
    and_,
    bindparam,
    event,
    exists,
    false,
    func,
    inspect,
    or_,
    select,
    true,
)
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption

from portal.core.access import ANY, LIST, ROOT, SHOW, Access, Origin
from portal.core.errors import Forbidden, msg
from portal.core.referrals import open_states
from portal.persistence.models import (
    Assignment,
    Attachment,
    AuditEntry,
    Blob,
    Centre,
    Decision,
    Layer,
    LayerFile,
    Model,
    Record,
    RecordEvent,
    Referral,
    Release,
    ReleaseActivation,
    ReleaseState,
    Unit,
)
from portal.persistence.reach import Reach, reach_of

SCOPED: tuple[type[Model], ...] = (Record, Referral, Decision, RecordEvent, Attachment, AuditEntry)
# Who may change these is asked by entity alone; the services ask for the unit as well.
MANAGED: dict[type[Model], str] = {
    Unit: "unit",
    Centre: "release",
    Release: "release",
    ReleaseActivation: "release",
    ReleaseState: "release",
    Layer: "release",
    LayerFile: "release",
    Blob: "release",
    Assignment: "user",
}
# While a referral is one of these, the unit that it went to sees the record.
OPEN_REFERRAL = open_states()
_MODELS: dict[str, Any] = {model.__tablename__: model for model in SCOPED}
_SCOPED_TABLES = frozenset(_MODELS)
_GUARDED_TABLES = _SCOPED_TABLES | {model.__tablename__ for model in MANAGED}


def enter(session: Session, access: Access, origin: Origin | None = None) -> None:
    """Give ``session`` its access; whatever it loaded under another one is forgotten."""
    if session.info.get("access") != access:
        for thing in list(session.identity_map.values()):
            if isinstance(thing, SCOPED):
                session.expunge(thing)
    session.info.update(access=access, origin=origin or Origin())


def access_of(session: Session) -> Access:
    """Return the access of ``session``: nobody's where none was given."""
    return cast("Access", session.info.get("access") or Access.nobody())


def origin_of(session: Session) -> Origin:
    """Return where the work of ``session`` comes from."""
    return cast("Origin", session.info.get("origin") or Origin())


def subtree(column: Any, roots: tuple[str, ...], *, by_index: bool = True) -> ColumnElement[bool]:
    """Return the condition that a path column lies in one of the subtrees, as ranges of an index.

    Without ``by_index`` the condition is only tested, row by row, while another index gives the order: SQLite
    has no statistics by which it could choose that for a wide subtree itself.
    """
    if ROOT in roots:
        return true()
    if not by_index:
        column = column.concat("")
    return or_(false(), *(and_(column >= root, column < end_of(root)) for root in roots))


def end_of(root: str) -> str:
    """Return where the range of a subtree's paths ends: it holds the root and everything below it, and nothing else."""
    return root[:-1] + "0"  # the character after "/"


def visible(
    access: Access, action: str, columns: Any, etype: str | None = None, *, by_index: bool = True
) -> ColumnElement[bool]:
    """Return the condition that a record (or a row like it) is within ``access``.

    ``columns`` offers ``etype``, ``unit_path`` and ``handler_path``.
    """
    if access.unlimited:
        return true()
    if etype is not None:
        return and_(columns.etype == etype, _either(columns, access.paths(etype, action), by_index))
    named = sorted(access.entities() - {ANY})
    by_roots: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for entity in named:
        by_roots[access.paths(entity, action)].append(entity)
    terms = [
        and_(columns.etype.in_(names), _either(columns, roots)) for roots, names in by_roots.items() if roots
    ]
    anywhere = access.paths(ANY, action)
    if anywhere:
        terms.append(and_(columns.etype.not_in(named), _either(columns, anywhere)))
    return or_(false(), *terms)


def _either(columns: Any, roots: tuple[str, ...], by_index: bool = True) -> ColumnElement[bool]:
    if ROOT in roots:
        return true()
    return or_(
        subtree(columns.unit_path, roots, by_index=by_index),
        subtree(columns.handler_path, roots, by_index=by_index),
    )


def _seen(
    access: Access, action: str, columns: Any, etype: str | None, by_index: bool = True
) -> ColumnElement[bool]:
    """Return what of a record's own units, or of an open referral to a unit that assists, makes it visible.

    Lists leave assisting units out: they find such records among their referrals.
    """
    own = visible(access, action, columns, etype, by_index=by_index)
    if action != SHOW or access.unlimited:
        return own
    asked = and_(
        _ASKED.record_id == columns.id,
        _ASKED.status.in_(OPEN_REFERRAL),
        visible(access, SHOW, _AskedColumns, etype),
    )
    return or_(own, exists().where(asked))


# Names of their own, so that no statement about records or referrals is mistaken for a part of these.
_ASKED = Referral.__table__.alias("asked_referral").c
_OWNER = Record.__table__.alias("owner_record").c


class _AskedColumns:
    """The units that an open referral asks for help."""

    etype = _ASKED.etype
    unit_path = _ASKED.to_path
    handler_path = _ASKED.to_path


class _ReferralColumns:
    """A referral is seen by those who sent it and those who got it."""

    etype = Referral.etype
    unit_path = Referral.from_path
    handler_path = Referral.to_path


@lru_cache(maxsize=2_000)
def criteria(
    access: Access, model: Any, action: str, etype: str | None, by_index: bool = True
) -> ExecutableOption:
    """Return the loader option that puts a scoped model within ``access``.

    An access never changes, so neither does what follows from it: people share no entry, and a revocation
    makes a new access.
    """
    return with_loader_criteria(model, limit(access, model, action, etype, by_index), include_aliases=True)


@lru_cache(maxsize=2_000)
def limit(access: Access, model: Any, action: str, etype: str | None, by_index: bool) -> ColumnElement[bool]:
    """Return the condition on the columns of a scoped model that ``access`` puts."""
    if model is Record:
        return _seen(access, action, Record, etype, by_index)
    if model is AuditEntry:
        return _audited(access.paths("audit", LIST))
    owned = _of_a_visible_record(access, model, action, etype)
    if model is Referral:
        return or_(visible(access, SHOW, _ReferralColumns, etype), owned)
    if model is Attachment:
        return or_(owned, and_(Attachment.record_id.is_(None), Attachment.created_by == access.user_id))
    return owned


def _of_a_visible_record(access: Access, model: Any, action: str, etype: str | None) -> ColumnElement[bool]:
    """Return whether a row's record is visible: looked up row by row, never by listing all visible records."""
    return exists().where(_OWNER.id == model.record_id, _seen(access, action, _OWNER, etype))


def _audited(roots: tuple[str, ...]) -> ColumnElement[bool]:
    """Return which audit entries lie below ``roots``; what concerns no unit belongs to the top of the tree."""
    below = subtree(AuditEntry.unit_path, roots)
    at_the_top = any(root.count("/") == 2 for root in roots)
    return or_(below, AuditEntry.unit_path == ROOT) if at_the_top else below


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
    known = _prepared.get(statement)
    reach = known or reach_of(statement)
    _refuse_what_passes_by(state, reach)
    if not reach.tables & _SCOPED_TABLES:
        return
    how = (options.get("scope_action", SHOW), options.get("scope_etype"), options.get("scope_by_index", True))
    state.statement = (
        _prepared_limited(statement, access, how) if known else _limited(reach, statement, access, how)
    )


def _limited(reach: Reach, statement: Any, access: Access, how: How) -> Any:
    """Return a statement within ``access``."""
    if reach.alone is not None:
        # Nothing but this table is there to be limited: a condition costs a third of what the options cost.
        return statement.where(limit(access, _MODELS[reach.alone], *how))
    # Relationships of scoped models lead to records only: these are limited however the statement reaches them.
    named: list[Any] = [model for model in SCOPED if model is Record or model.__tablename__ in reach.tables]
    return statement.options(*(criteria(access, model, *how) for model in named))


@lru_cache(maxsize=2_000)
def _prepared_limited(statement: Any, access: Access, how: How) -> Any:
    rows = _counted.get(statement)
    inner = None if rows is None else reach_of(rows)
    if inner is None or inner.alone is None:
        return _limited(_prepared[statement], statement, access, how)
    return select(func.count()).select_from(_limited(inner, rows, access, how).subquery())


def _check_owner(state: ORMExecuteState, owner: Record) -> None:
    """A record's own rows are seen by whoever sees the record; this session must have loaded it."""
    if (
        state.statement not in _owned
        or state.parameters != {"record_id": owner.id}
        or owner not in state.session
    ):
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


def _refuse_what_passes_by(state: ORMExecuteState, reach: Reach) -> None:
    """Refuse a statement that reaches scoped tables past their classes."""
    past = reach.bare & _SCOPED_TABLES
    if not state.is_orm_statement or state.is_insert:
        past = reach.tables & _SCOPED_TABLES
    if past or reach.raw:
        raise Forbidden(
            "scope.core",
            msg("A statement that by-passes the row scope needs the system's access: %(tables)s"),
            {"tables": ", ".join(sorted(past)) or "SQL"},
        )


How = tuple[str, str | None, bool]
S = TypeVar("S", bound=Executable)
_prepared: WeakKeyDictionary[Any, Reach] = WeakKeyDictionary()
_counted: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
_owned: set[Any] = set()


def prepared(statement: S) -> S:
    """Return a statement that is built once and run often: it is looked through here, not each time."""
    _prepared[statement] = reach_of(statement)
    return statement


def owned(model: Any, order: Any, limit: int | None = None) -> Any:
    """Return the statement of a model's rows that belong to the record ``record_id``.

    Run with the option ``scope_owner``, the record itself, it needs no limit of its own.
    """
    rows = select(model).where(model.record_id == bindparam("record_id")).order_by(order).limit(limit)
    _owned.add(prepared(rows))
    return rows


def prepared_count(rows: Select[Any]) -> Select[int]:
    """Return the statement that counts the rows of another one; within an access it counts what that one sees."""
    counted = prepared(select(func.count()).select_from(rows.subquery()))
    _counted[counted] = rows
    return counted


def _on_flush(session: Session, _context: Any, _instances: Any) -> None:
    access = access_of(session)
    if access.unlimited:
        return
    for thing in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(thing, Record):
            _check_record(session, access, thing)
        elif isinstance(thing, Referral | Decision | RecordEvent):
            _check_child(session, thing)
        elif isinstance(thing, Attachment):
            _check_attachment(session, access, thing)
        elif type(thing) in MANAGED and not access.may_write_anywhere(MANAGED[type(thing)]):
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


def _check_child(session: Session, child: Referral | Decision | RecordEvent | Attachment) -> None:
    """A child may be written only beside a record that this session made, or loaded within its scope."""
    record = child.__dict__.get("record")
    if record is not None and record in session:
        return
    if child.record_id is None or session.identity_key(Record, child.record_id) not in session.identity_map:
        raise _outside()


def _check_attachment(session: Session, access: Access, attachment: Attachment) -> None:
    """A file that belongs to no record yet is its uploader's own."""
    if attachment.record_id is not None or attachment.__dict__.get("record") is not None:
        _check_child(session, attachment)
    elif attachment.created_by is None or attachment.created_by != access.user_id:
        raise _outside()


def _outside() -> Forbidden:
    return Forbidden("scope.write", msg("This lies outside the units you work for"))


def install() -> None:
    """Listen on every session there is or will be."""
    if not event.contains(Session, "do_orm_execute", _on_execute):
        event.listen(Session, "do_orm_execute", _on_execute)
        event.listen(Session, "before_flush", _on_flush)
