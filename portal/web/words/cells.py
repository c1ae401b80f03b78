"""The values of records in words: what a list shows in its cells, in the language of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core import pointer
from portal.core.errors import msg
from portal.services import records
from portal.web.language import translate
from portal.web.shell import format_moment
from portal.web.words.here import Here
from portal.web.words.screen import Field, Screen

# A masked value is a text, whatever its field is.
HIDDEN = Field("", "", "text")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one row."""

    field: Field
    text: str
    value: Any = None

    @property
    def numeric(self) -> bool:
        """Return whether the value stands right, in figures of one width."""
        return self.field.numeric


class Cells:
    """Puts the values of one page of rows into words; looks up all names at once."""

    def __init__(self, now: Here, screen: Screen, columns: Sequence[Field], rows: Sequence[Any]) -> None:
        self.now = now
        self.screen = screen
        self.columns = columns
        self.homes = self._home_names(rows)
        self.places = self._place_names(rows)
        self.named = self._record_titles(rows)
        self.views = records.Views(now.portal, now.session)

    def row(self, record: Any) -> list[Cell]:
        """Return the cells of one record."""
        return [self._cell(record, column) for column in self.columns]

    def _cell(self, record: Any, column: Field) -> Cell:
        value = raw_value(record, column)
        if column.kind == "home":
            value = record.handler_unit_id if column.key == "handler" else record.unit_id
            return Cell(column, self.homes.get(value, ""), value)
        if column.kind == "stage":
            title = stage_title(self.now, self.screen, record)
            return Cell(column, title, record.canonical_stage)
        if column.pointer:
            view = self.views.of(record)
            if not view.shows(column.pointer):
                return Cell(column, in_words(self.screen, HIDDEN, view.value(column.pointer, value)))
        if column.kind == "record":
            return Cell(column, self.named.get(str(value), "") if value else "", value)
        if column.kind == "unit":
            return Cell(column, self.places.get(str(value), "") if value else "", value)
        return Cell(column, in_words(self.screen, column, value), value)

    def _home_names(self, rows: Sequence[Any]) -> dict[int, str]:
        keys = {column.key for column in self.columns if column.kind == "home"}
        wanted: set[int] = set()
        if "unit" in keys:
            wanted |= {row.unit_id for row in rows}
        if "handler" in keys:
            wanted |= {row.handler_unit_id for row in rows if row.handler_unit_id}
        return {unit.id: unit.name for unit in self.now.units(wanted).values()}

    def _record_titles(self, rows: Sequence[Any]) -> dict[str, str]:
        columns = [column for column in self.columns if column.kind == "record"]
        named = records.records_named(
            self.now.session, (raw_value(row, column) for column in columns for row in rows)
        )
        return {uid: record.title for uid, record in named.items()}

    def _place_names(self, rows: Sequence[Any]) -> dict[str, str]:
        columns = [column for column in self.columns if column.kind == "unit"]
        return place_names(self.now, (raw_value(row, column) for column in columns for row in rows))


def place_names(now: Here, codes: Iterable[Any]) -> dict[str, str]:
    """Return the names of units by their codes."""
    wanted = {code for code in codes if isinstance(code, str)}
    return {unit.code: unit.name for unit in now.units(wanted).values()}


def raw_value(record: Any, column: Field) -> Any:
    """Return the value of a column as it is stored."""
    if column.key.startswith("/"):
        return pointer.get(record.data or {}, column.key)
    return record.created_by_name if column.key == "created_by" else getattr(record, column.key, None)


def stage_title(now: Here, screen: Screen, record: Any) -> str:
    """Return the title of a record's stage as its own release calls it."""
    if not record.stage:
        return ""
    own = screen if record.release_id == screen.bundle.release_id else now.screen_for(record)
    return str(own.stages.get(record.stage, record.stage))


def in_words(screen: Screen, column: Field, value: Any) -> str:
    """Return one value in words; names of units are looked up elsewhere, many at once."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, list):
        return translate(msg(", ")).join(in_words(screen, column, part) for part in value)
    kind = column.of
    if kind.filter == "yes_no":
        return translate(msg("Yes")) if value else translate(msg("No"))
    if kind.filter == "terms":
        return term_label(screen, column.taxonomy, value)
    if column.options:
        return column.options.get(str(value), str(value))
    if isinstance(value, dt.datetime):
        return format_moment(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return kind.written_out(value) if not isinstance(value, dict) else ""


def term_label(screen: Screen, taxonomy_id: str, code: Any) -> str:
    """Return the label of a taxonomy's term; the code itself where the release has no such term."""
    taxonomy = screen.bundle.taxonomies.get(taxonomy_id)
    if not isinstance(code, str) or taxonomy is None:
        return str(code)
    return taxonomy.label(code, screen.texts)


def term_path(screen: Screen, taxonomy_id: str, code: Any) -> str | None:
    """Return the labels from the top down to a taxonomy's term; None where the release has no such term."""
    taxonomy = screen.bundle.taxonomies.get(taxonomy_id)
    if not isinstance(code, str) or taxonomy is None or code not in taxonomy:
        return None
    return taxonomy.label(code, screen.texts, " › ")
