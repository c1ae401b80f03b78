"""Where the database has what a condition asks of: a column of the row itself, a typed row beside it, or a unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, true
from sqlalchemy.orm import aliased

from portal.persistence.condition_sql.documents import Document
from portal.persistence.models import Record, RecordValue, Unit

Test = ColumnElement[bool]
Says = Callable[[Any], Test]
# How values lie in a column: ``flag`` is a yes or no in a column of numbers, ``moment`` a day with its time.
Kind = Literal["text", "number", "boolean", "flag", "day", "moment", "unit"]


class Column(Protocol):
    """What SQL can be asked about one field."""

    @property
    def kind(self) -> Kind:
        """How its values lie."""

    @property
    def blank(self) -> bool:
        """Tell whether it may hold an empty text, which is no value."""

    @property
    def document(self) -> Document | None:
        """The document that the value was taken from; None where the column itself is what conditions read."""

    def holds(self, says: Says) -> Test:
        """Return whether there is a value of which ``says`` is true; an index may find it."""

    def is_so(self, says: Says) -> Test:
        """Return the same, for a test that looks at the record as well."""

    def fails(self, says: Says) -> Test:
        """Return whether there is no value, or one of which ``says`` is not true."""

    def is_there(self) -> Test:
        """Return whether there is a value, an empty text too."""

    def is_absent(self) -> Test:
        """Return whether there is none."""


class Columns(Protocol):
    """The columns behind the fields of a condition."""

    def get(self, field: str, /) -> Column | None:
        """Return the column of a field; None for one that the database has not, or not in clear."""


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column of the row itself."""

    expression: Any
    kind: Kind
    blank: bool = False
    given: bool = False  # it never is empty
    document: Document | None = None

    def holds(self, says: Says) -> Test:
        """Return whether there is a value of which ``says`` is true."""
        return says(self.expression)

    is_so = holds

    def fails(self, says: Says) -> Test:
        """Return whether there is no value, or one of which ``says`` is not true."""
        untrue = not_(says(self.expression))
        return untrue if self.given else or_(self.expression.is_(None), untrue)

    def is_there(self) -> Test:
        """Return whether there is a value."""
        return true() if self.given else self.expression.is_not(None)

    def is_absent(self) -> Test:
        """Return whether there is none."""
        return false() if self.given else self.expression.is_(None)


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A typed row of ``record_value``; ``pointer`` and ``etype`` name it, as values or as parameters."""

    column: str
    etype: Any
    pointer: Any
    kind: Kind
    blank: bool = False
    document: Document | None = None

    def holds(self, says: Says) -> Test:
        """Return whether the record is among those that the index of the rows finds."""
        row = aliased(RecordValue)
        of_field = and_(row.etype == self.etype, row.pointer == self.pointer)
        return Record.id.in_(select(row.record_id).where(of_field, says(getattr(row, self.column))))

    def is_so(self, says: Says) -> Test:
        """Return whether the record has a row of which ``says`` is true: looked up, never listed."""
        row = aliased(RecordValue)
        mine = and_(row.record_id == Record.id, row.pointer == self.pointer)
        return exists().where(mine, says(getattr(row, self.column)))

    def fails(self, says: Says) -> Test:
        """Return whether the record has no row of which ``says`` is true."""
        return not_(self.is_so(says))

    def is_there(self) -> Test:
        """Return whether the record has such a row."""
        return self.holds(lambda value: value.is_not(None))

    def is_absent(self) -> Test:
        """Return whether the record has no such row."""
        return self.fails(lambda value: value.is_not(None))

    def value(self) -> Any:
        """Return the value, to put rows in order by."""
        row = aliased(RecordValue)
        mine = and_(row.record_id == Record.id, row.pointer == self.pointer)
        return select(getattr(row, self.column)).where(mine).scalar_subquery()


@dataclass(frozen=True, slots=True)
class UnitColumn:
    """A unit: compared by its code, and by its path with all that lies below another one."""

    unit_id: Any
    path: Any
    kind: Kind = "unit"
    blank: bool = False
    document: Document | None = None

    def holds(self, says: Says) -> Test:
        """Return whether the unit is one whose code says so."""
        unit = aliased(Unit)
        return self.unit_id.in_(select(unit.id).where(says(unit.code)))

    is_so = holds

    def fails(self, says: Says) -> Test:
        """Return whether there is no unit, or one whose code does not say so."""
        return or_(self.unit_id.is_(None), not_(self.holds(says)))

    def is_there(self) -> Test:
        """Return whether there is a unit."""
        return self.unit_id.is_not(None)

    def is_absent(self) -> Test:
        """Return whether there is none."""
        return self.unit_id.is_(None)

    def within(self, ranges: tuple[tuple[Any, Any], ...]) -> Test:
        """Return whether the unit lies in one of some subtrees."""
        return or_(false(), *(and_(self.path >= low, self.path < high) for low, high in ranges))


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A column of another table's row that belongs to this one, such as a record's live leading referral.

    ``row`` is a condition that finds that row; there is one at most.
    """

    inner: OwnColumn | UnitColumn
    row: Test

    @property
    def kind(self) -> Kind:
        """How its values lie."""
        return self.inner.kind

    @property
    def blank(self) -> bool:
        """Tell whether it may hold an empty text."""
        return self.inner.blank

    @property
    def document(self) -> Document | None:
        """The column itself is what conditions read."""
        return None

    def holds(self, says: Says) -> Test:
        """Return whether there is such a row with a value of which ``says`` is true."""
        return exists().where(self.row, self.inner.holds(says))

    is_so = holds

    def fails(self, says: Says) -> Test:
        """Return whether there is no such row, or none with a value of which ``says`` is true."""
        return not_(self.holds(says))

    def is_there(self) -> Test:
        """Return whether there is such a row with a value."""
        return exists().where(self.row, self.inner.is_there())

    def is_absent(self) -> Test:
        """Return whether there is none."""
        return not_(self.is_there())

    def within(self, ranges: tuple[tuple[Any, Any], ...]) -> Test:
        """Return whether there is such a row with a unit in one of some subtrees."""
        assert isinstance(self.inner, UnitColumn)
        return exists().where(self.row, self.inner.within(ranges))

    def value(self) -> Any:
        """Return the value, to put rows in order by."""
        inner = self.inner.expression if isinstance(self.inner, OwnColumn) else self.inner.path
        return select(inner).where(self.row).scalar_subquery()
