"""The columns that each record has of itself, whatever its type: title, kind, and where they can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portal.core.errors import msg
from portal.core.table import Table, derived


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """A column of each record; ``kind`` is a kind of value."""

    name: str
    title: str
    kind: str
    filtered: bool = True  # lists can be narrowed by it
    sorted: bool = True  # there is an index that gives its order
    listed: bool = True  # lists of pages can show it
    given: bool = False  # it never is empty
    promoted: bool = False  # a field of the type fills it, where the definition names one
    taxonomy: str = ""


COLUMNS: Table[RecordColumn] = Table(
    "columns of records",
    RecordColumn("code", msg("Number"), "code"),
    # Titles have no index: they are found by the text search, not by an order.
    RecordColumn("title", msg("Title"), "title", sorted=False),
    RecordColumn("stage", msg("Stage"), "stage"),
    RecordColumn("canonical_stage", msg("Common stage"), "stage", sorted=False, listed=False),
    RecordColumn("dispute_type", msg("Dispute type"), "taxonomy", promoted=True, taxonomy="dispute"),
    RecordColumn("place", msg("Where it happened"), "unit", promoted=True),
    RecordColumn("occurred_on", msg("Occurred on"), "date", promoted=True),
    RecordColumn("amount", msg("Amount"), "money", promoted=True),
    RecordColumn("due_on", msg("Due"), "due"),
    RecordColumn("is_open", msg("In progress"), "boolean", sorted=False),
    # The unit is no filter of its own: a list is narrowed to a subtree.
    RecordColumn("unit", msg("Registered at"), "home", filtered=False, sorted=False),
    RecordColumn("handler", msg("Handled by"), "home", sorted=False),
    # The way of settling of the unit that leads, as long as it has the matter or after it reported.
    RecordColumn("route", msg("Route"), "choice", sorted=False),
    RecordColumn("created_at", msg("Registered on"), "datetime", given=True),
    RecordColumn("updated_at", msg("Last change"), "datetime", given=True),
    RecordColumn("created_by", msg("Registered by"), "string", filtered=False, sorted=False),
)


@derived
def promoted() -> frozenset[str]:
    """Return the columns that a field of the type fills, where its definition names one."""
    return frozenset(column.name for column in COLUMNS.values() if column.promoted)


# Other names that definitions may use.
ALIASES: Mapping[str, str] = MappingProxyType({"handler_unit": "handler", "unit_id": "unit"})
