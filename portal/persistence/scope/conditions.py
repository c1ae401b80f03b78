"""The conditions that an access puts on the rows of a table, by what the table declares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption

from portal.core.access import ANY, LIST, ROOT, SHOW, Access
from portal.core.referrals import open_states
from portal.persistence.declared import (
    AtUnit,
    Declared,
    Internal,
    Managed,
    OfRecord,
    Open,
    Own,
    Reach,
    declarations,
)
from portal.persistence.declared import Record as OneRecord
from portal.persistence.framework import FRAMEWORK
from portal.persistence.models import Model, RecordReach

# What each table says of itself; the classes of those that have one.
TABLES: dict[str, Declared] = declarations(FRAMEWORK)
MODELS: dict[str, Any] = {mapper.local_table.name: mapper.class_ for mapper in Model.registry.mappers}
DECLARED: dict[type[Model], Declared] = {model: TABLES[name] for name, model in MODELS.items()}


def tables_of(*kinds: type) -> frozenset[str]:
    """Return the tables whose scope is of one of some kinds."""
    return frozenset(name for name, one in TABLES.items() if isinstance(one.scope, kinds))


# Limited by what is seen of records and units, whatever a statement says of itself.
SCOPED_TABLES = tables_of(OneRecord, Reach, OfRecord, AtUnit)
# Where values of records lie: what is wiped when one is destroyed.
HOLDING_RECORDS = tables_of(OneRecord, Reach, OfRecord) | {"request_key", "disclosure", "import_chunk"}
SCOPED: tuple[type[Model], ...] = tuple(model for name, model in MODELS.items() if name in SCOPED_TABLES)
CLOSED_TABLES = frozenset(TABLES) - tables_of(Open)
# What people who are signed in see only some rows of.
LIMITED_TABLES = CLOSED_TABLES - tables_of(Managed)
# While a referral is one of these, the unit that it went to sees the record.
OPEN_REFERRAL = open_states()


def is_known(access: Access) -> bool:
    """Return whether the access is a person's or the system's; rows that some manage are read by all of these."""
    return access.user_id is not None or bool(access.grants) or access.unlimited


def account_of(access: Access) -> int | None:
    """Return the account whose own rows the access sees; None for nobody."""
    return (access.user_id or 0) if is_known(access) else None


def subtree(column: Any, roots: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the condition that a path column lies in one of the subtrees, as ranges of an index."""
    if ROOT in roots:
        return true()
    return or_(false(), *(and_(column >= root, column < end_of(root)) for root in roots))


def end_of(root: str) -> str:
    """Return the end of the range of paths that holds a root and everything below it, and nothing else."""
    return root[:-1] + "0"  # the character after "/"


def unit_of(path: str) -> int:
    """Return the identifier of the unit at a path."""
    return int(path.rstrip("/").rpartition("/")[2])


def units_reached(access: Access, etype: str, action: str) -> tuple[int, ...] | None:
    """Return the units whose rows of ``record_reach`` hold what ``access`` may read of a type; None: all there are."""
    roots = access.paths(etype, action)
    return None if ROOT in roots else tuple(unit_of(root) for root in roots)


Place = Callable[[tuple[str, ...]], ColumnElement[bool]]


def _by_type(
    access: Access, action: str, column: Any, etype: str | None, place: Place
) -> ColumnElement[bool]:
    """Return the condition that a row of a type lies at a place where ``access`` allows the action for that type."""
    if etype is not None:
        return and_(column == etype, place(access.paths(etype, action)))
    named = sorted(access.entities() - {ANY})
    by_roots: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for entity in named:
        by_roots[access.paths(entity, action)].append(entity)
    terms = [and_(column.in_(names), place(roots)) for roots, names in by_roots.items() if roots]
    anywhere = access.paths(ANY, action)
    if anywhere:
        terms.append(and_(column.not_in(named), place(anywhere)))
    return or_(false(), *terms)


def _reached(access: Access, action: str, columns: Any, etype: str | None) -> ColumnElement[bool]:
    """Return the condition that a row of ``record_reach`` is one of ``access``: its unit equals one of the roles'."""

    def at(roots: tuple[str, ...]) -> ColumnElement[bool]:
        if ROOT in roots:
            return true()
        ids = [unit_of(root) for root in roots]
        return columns.unit_id == ids[0] if len(ids) == 1 else columns.unit_id.in_(ids)

    return _by_type(access, action, columns.etype, etype, at)


def _seen(access: Access, action: str, record_id: Any, etype: str | None) -> ColumnElement[bool]:
    """Return the condition that a record is seen by a unit of the roles: looked up by its key, so none comes twice."""
    return exists().where(_REACH.record_id == record_id, _reached(access, action, _REACH, etype))


# A name of its own, so that no statement about reach is mistaken for a part of this.
_REACH = RecordReach.__table__.alias("seen_by").c


@lru_cache(maxsize=4_000)
def criteria(access: Access, model: Any, action: str, etype: str | None) -> ExecutableOption:
    """Return the loader option that puts a model within ``access``.

    An access never changes, so neither does what follows from it: people share no entry, and a revocation
    makes a new access.
    """
    return with_loader_criteria(model, limit(access, model, action, etype), include_aliases=True)


@lru_cache(maxsize=4_000)
def limit(access: Access, model: Any, action: str = SHOW, etype: str | None = None) -> ColumnElement[bool]:
    """Return the condition on the columns of a model that ``access`` puts."""
    if access.unlimited:
        return true()
    match DECLARED[model].scope:
        case OneRecord():
            seen = _seen(access, action, model.id, etype)
            return seen if etype is None else and_(model.etype == etype, seen)
        case Reach():
            return _reached(access, action, model, etype)
        case OfRecord() as declared:
            return _of_record(declared, access, model, action, etype)
        case AtUnit(entity, column, there):
            at = getattr(model, column)
            if there:
                below, exact = access.places(entity, LIST)
                return or_(_at_unit(at, below), at.in_(exact))
            return _at_unit(at, access.paths(entity, LIST))
        case Own() as declared:
            return _own(declared, access, model)
        case Managed():
            return true() if is_known(access) else false()
        case Open():
            return true()
        case Internal():
            return false()


def _of_record(
    declared: OfRecord, access: Access, model: Any, action: str, etype: str | None
) -> ColumnElement[bool]:
    """Return whether a row's record is visible: looked up row by row, never by listing all visible records."""
    record_id = getattr(model, declared.column)
    owned = _seen(access, action, record_id, etype)
    if declared.seen_at is not None:
        here = (getattr(model, column) for column in declared.seen_at)
        return or_(
            owned, *(_by_type(access, SHOW, model.etype, etype, partial(subtree, one)) for one in here)
        )
    if declared.other:
        return or_(owned, _seen(access, action, getattr(model, declared.other), etype))
    if declared.waiting and access.user_id is not None:
        return or_(owned, and_(record_id.is_(None), getattr(model, declared.waiting) == access.user_id))
    return owned


def _own(declared: Own, access: Access, model: Any) -> ColumnElement[bool]:
    if declared.kept_by and keeps(declared, access):
        return true()
    account = account_of(access)
    return false() if account is None else getattr(model, declared.column) == account


def keeps(declared: Own, access: Access) -> bool:
    """Return whether the access may keep such rows of other accounts."""
    return bool(declared.kept_by) and any(
        grant.entity in (declared.kept_by, ANY) and grant.actions for grant in access.grants
    )


def _at_unit(column: Any, roots: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the condition that a row lies below ``roots``; rows of no unit belong to the top of the tree."""
    below = subtree(column, roots)
    at_the_top = any(root.count("/") == 2 for root in roots)
    return or_(below, column == ROOT) if at_the_top else below
