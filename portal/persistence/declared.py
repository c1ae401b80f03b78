"""What every table says of itself: who may read and write its rows, and what of it the audit covers.

A model says ``__scope__`` (``Record``, ``Reach``, ``OfRecord``, ``AtUnit``, ``Managed``, ``Own``, ``Open`` or
``Internal``) and ``__audit__`` (``Audited`` or ``Unaudited``); one that says nothing is refused when it is imported.
The tables of Flask-AppBuilder are declared in ``persistence.framework``. Row scope and ledger follow from these
declarations alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import event
from sqlalchemy.orm import Mapper

FRAMEWORK = "flask_appbuilder."


class Undeclared(TypeError):
    """A programming error: a table that does not say who may read it, or what of it is audited."""


@dataclass(frozen=True, slots=True)
class Record:
    """Rows that are records themselves, seen by the units that ``record_reach`` names."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Rows that name a unit which sees a record: those at exactly the units where the roles are held."""


@dataclass(frozen=True, slots=True)
class OfRecord:
    """Rows that belong to a record by ``column``: seen and written by those who see and write the record.

    Rows are seen as well by those who work at a unit that one of the path columns ``seen_at`` names. A row that belongs
    to no record yet is its maker's, by the column ``waiting``. A row that ties two records together is seen as well by
    those who see the one in ``other``; it is written by those who write the first.
    """

    column: str = "record_id"
    seen_at: tuple[str, str] | None = None
    waiting: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class AtUnit:
    """Rows of a unit, by its path in ``column``, for those who may list ``entity`` there or above.

    With ``there`` a role counts at exactly its unit; an administrator's counts below it too.
    """

    entity: str
    column: str = "unit_path"
    there: bool = False


@dataclass(frozen=True, slots=True)
class Managed:
    """Rows that everybody signed in may read, and that those write who may write ``entity`` somewhere."""

    entity: str


@dataclass(frozen=True, slots=True)
class Own:
    """Rows of one account, by ``column``; those who keep ``kept_by`` read and write them too.

    With ``self_written`` false the account reads its rows and only the keepers write them.
    """

    column: str = "user_id"
    kept_by: str = ""
    self_written: bool = True


@dataclass(frozen=True, slots=True)
class Open:
    """Rows that anybody may read, for the reason given; nothing in them concerns a person."""

    reason: str


@dataclass(frozen=True, slots=True)
class Internal:
    """Rows that only work of the system reads, for the reason given."""

    reason: str


@dataclass(frozen=True, slots=True)
class Audited:
    """Each change of a row is covered by exactly one audit entry about ``kind``, whose object is ``column``.

    A row without a value there is about ``alone``, by its own identifier. Where ``by_ledger`` is set, the ledger writes
    the entries of screens that know of no audit.
    """

    kind: str
    column: str = "id"
    append_only: bool = False
    alone: str = ""
    by_ledger: bool = False


@dataclass(frozen=True, slots=True)
class Unaudited:
    """Changes write no audit entry, for the reason given."""

    reason: str
    append_only: bool = False


Scope = Record | Reach | OfRecord | AtUnit | Managed | Own | Open | Internal
Audit = Audited | Unaudited


@dataclass(frozen=True, slots=True)
class Declared:
    """What one table says of itself."""

    scope: Scope
    audit: Audit


def declared_of(model: Any) -> Declared | None:
    """Return the declaration of a model of ours, none that it inherits; None where it has none."""
    said = vars(model)
    scope, audit = said.get("__scope__"), said.get("__audit__")
    if isinstance(scope, Scope) and isinstance(audit, Audit):
        return Declared(scope, audit)
    return None


def declarations(framework: Mapping[str, Declared]) -> dict[str, Declared]:
    """Return the declaration of each table by name; raise Undeclared for a table without one."""
    said = {mapper.local_table.name: declared_of(mapper.class_) for mapper in Model.registry.mappers}
    found = {name: framework.get(name) or said.get(name) for name in Model.metadata.tables}
    missing = sorted(name for name, one in found.items() if one is None)
    if missing:
        raise Undeclared(f"tables without __scope__ and __audit__: {', '.join(missing)}")
    return {name: one for name, one in found.items() if one is not None}


@event.listens_for(Mapper, "instrument_class")
def _refuse_undeclared(mapper: Any, model: Any) -> None:
    """Refuse a model of ours that does not declare itself, at its import."""
    ours = issubclass(model, Model) and not model.__module__.startswith(FRAMEWORK)
    if ours and declared_of(model) is None:
        # Nothing is left of it for those who import what is declared.
        Model.metadata.remove(mapper.local_table)
        raise Undeclared(f"{model.__module__}.{model.__name__} says neither __scope__ nor __audit__")
