"""What every model says of itself: who may read and write its rows, and what of it the audit covers.

``__scope__`` is one of ``OfRecord``, ``Managed``, ``Own``, ``Open``, ``Internal`` (or a rule of its own in
``persistence.scope``); ``__audit__`` is one of ``Audited``, ``PartOf``, ``Unaudited``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """Rows that carry ``etype``, ``unit_path`` and ``handler_path`` themselves."""


@dataclass(frozen=True, slots=True)
class OfRecord:
    """Rows that belong to a record by ``column``: seen and written by whoever sees and writes the record."""

    column: str = "record_id"


@dataclass(frozen=True, slots=True)
class Managed:
    """Rows that everybody signed in may read, and that those write who may write ``entity`` somewhere."""

    entity: str


@dataclass(frozen=True, slots=True)
class Own:
    """Rows of one account, by ``column``."""

    column: str = "user_id"


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
    """Each change of a row is covered by exactly one audit entry about ``kind``, whose object is ``column``."""

    kind: str
    column: str = "id"
    append_only: bool = False


@dataclass(frozen=True, slots=True)
class Unaudited:
    """Changes write no audit entry, for the reason given."""

    reason: str
    append_only: bool = False


Scope = Record | OfRecord | Managed | Own | Open | Internal
Audit = Audited | Unaudited
