"""The kinds of values that forms, rules, lists and pages know, all of them in one table.

An entry says everything: by which type and format of a JSON Schema it shows, the control that enters it, how conditions
compare it, the column behind lists that sort and filter by it, how rules read it, and how it is written for people.
The types of rules' inputs, the checker, list columns, filters, the API's document and the table in
``docs/formats/forms.md`` follow from it. Controls are in ``portal.core.widgets``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from portal.core.strict_json import LARGEST_NUMBER
from portal.core.table import Table, derived
from portal.core.values import (
    BOOLEAN,
    DATE,
    LIST,
    NUMBER,
    TEXT,
    as_boolean,
    as_date,
    as_number,
    as_text,
    is_sequence,
)
from portal.core.zone import OFFSET

MAX_ENTRIES = 1000
MAX_CODE, MAX_WORDS = 64, 100
# Filters that take codes, looked up in a tree.
CODED = frozenset({"terms", "units", "home"})
Json = dict[str, Any]


def as_integer(value: Any) -> int | None:
    """Return a whole number; 5.0 is one."""
    number = as_number(value)
    if isinstance(number, float):
        return int(number) if number.is_integer() else None
    return number


def as_cents(value: Any) -> int | None:
    """Return an amount of yuan as whole cents; more than two decimals are not an amount."""
    number = as_number(value)
    if number is None:
        return None
    cents = Decimal(repr(number)) * 100
    return int(cents) if cents == cents.to_integral_value() and abs(cents) < LARGEST_NUMBER else None


def as_texts(value: Any) -> tuple[str, ...] | None:
    """Return a list of texts; one entry of another kind spoils the list."""
    if not is_sequence(value) or len(value) > MAX_ENTRIES:
        return None
    texts = tuple(as_text(item) for item in value if item != "")
    return None if None in texts else tuple(text for text in texts if text)


def figure(value: Any) -> str:
    """Return a number as people read it: whole where it is whole."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def moment(value: str) -> str:
    """Return a day with its time in Beijing, to the minute; another writing stays as it is."""
    return value[:16].replace("T", " ") if value.endswith(OFFSET) and value[10:11] == "T" else value


def yuan(value: float) -> str:
    """Return an amount of yuan as people read it, without the fen where there are none."""
    return f"¥{value:,.0f}" if float(value).is_integer() else f"¥{value:,.2f}"


_TYPES: Mapping[str, Callable[[Any], Any]] = {
    "string": as_text,
    "number": as_number,
    "integer": as_integer,
    "boolean": as_boolean,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value.

    ``look`` is the name under which pages speak of it (their cells, filters and styles); kinds that look alike share
    one. A kind without ``types`` is no field's: only columns of records themselves have it.
    """

    name: str
    title: str  # what the documents call it
    types: tuple[str, ...] = ()  # JSON types of its values
    formats: tuple[str, ...] = ()  # formats of the schema that mean it
    widget: str = "text"  # the control of its formats
    compared: str = ""  # the kind that conditions compare it as; empty: any value
    column: Literal["", "text", "number", "date"] = ""  # the column that lists sort and filter by
    look: str = ""
    filter: Literal["", "words", "range", "yes_no", "terms", "units", "home"] = ""
    written: bool = False  # a name or what a person wrote: it stays in the language it is in
    text: Callable[[Any], str] | None = None  # how a value is written for people; None: as it is
    way: str = ""  # how what is entered is read (portal/core/ways); empty: as it is
    # -- rules -----------------------------------------------------------------------------------
    read: Callable[[Any], Any] | None = None  # the typed value; None: no input of rules has it
    scale: int = 1  # what a typed value counts in one: an amount is read as cents
    engine: Literal["", "exact", "name", "flag"] = ""  # how far the rule engine is trusted with it
    fractions: bool = False  # between two values there are others

    def written_out(self, value: Any) -> str:
        """Return a value as it is written wherever people read it: lists, pages, print, titles."""
        if self.text is not None and self.fits(value):
            return self.text(value)
        return figure(value)

    @property
    def shown_as(self) -> str:
        """Return the name under which pages speak of it."""
        return self.look or self.name

    @property
    def numeric(self) -> bool:
        """Tell whether values stand right, in figures of one width."""
        return self.column == "number" and self.filter == "range"

    def fits(self, value: Any) -> bool:
        """Tell whether a value has one of the JSON types of this kind."""
        return any(_TYPES[name](value) is not None for name in self.types if name in _TYPES)

    def plain(self, typed: Any) -> Any:
        """Return a typed value as it was entered; whole where it is whole."""
        if self.scale == 1 or not isinstance(typed, int) or isinstance(typed, bool):
            return typed
        return typed // self.scale if typed % self.scale == 0 else typed / self.scale

    def argument(self) -> Json:
        """Return the JSON Schema of one value of a filter, as programs send it."""
        match self.filter:
            case "range":
                return {"type": "number"} if self.column == "number" else {"type": "string", "format": "date"}
            case "yes_no":
                return {"type": "string", "enum": ["true", "false"]}
            case "terms" | "units" | "home":
                return {"type": "string", "minLength": 1, "maxLength": MAX_CODE}
            case _:
                return {"type": "string", "minLength": 1, "maxLength": MAX_WORDS}


KINDS: Table[Kind] = Table(
    "kinds of values",
    Kind(
        "string",
        "Text",
        ("string",),
        compared=TEXT,
        column="text",
        look="text",
        filter="words",
        written=True,
        read=as_text,
        engine="name",
        way="text",
    ),
    Kind(
        "strings",
        "List of texts",
        ("array",),
        compared=LIST,
        look="text",
        written=True,
        read=as_texts,
        way="text",
    ),
    Kind(
        "integer",
        "Whole number",
        ("integer",),
        widget="number",
        compared=NUMBER,
        column="number",
        look="number",
        filter="range",
        read=as_integer,
        engine="exact",
        way="integer",
    ),
    Kind(
        "number",
        "Number",
        ("number",),
        widget="number",
        compared=NUMBER,
        column="number",
        filter="range",
        read=as_number,
        fractions=True,
        way="number",
    ),
    Kind(
        "money",
        "Amount of yuan",
        ("number", "integer"),
        widget="money",
        compared=NUMBER,
        column="number",
        filter="range",
        text=yuan,
        read=as_cents,
        scale=100,
        engine="exact",
        way="money",
    ),
    Kind(
        "boolean",
        "Yes or no",
        ("boolean",),
        widget="radio",
        compared=BOOLEAN,
        column="number",
        filter="yes_no",
        read=as_boolean,
        engine="flag",
    ),
    Kind(
        "date",
        "Day",
        ("string",),
        ("date",),
        widget="date",
        compared=DATE,
        column="date",
        filter="range",
        read=as_date,
        engine="exact",
        way="date",
    ),
    Kind(
        "datetime",
        "Day and time",
        ("string",),
        ("date-time",),
        widget="datetime",
        text=moment,
        compared=DATE,
        column="date",
        look="moment",
        filter="range",
        way="datetime",
    ),
    Kind(
        "time",
        "Time of day",
        ("string",),
        ("time",),
        compared=TEXT,
        column="text",
        look="text",
        filter="words",
        written=True,
        way="time",
    ),
    Kind(
        "taxonomy",
        "Term of a taxonomy",
        ("string",),
        ("taxonomy-code",),
        widget="taxonomy",
        compared=TEXT,
        column="text",
        filter="terms",
        read=as_text,
        engine="name",
        way="code",
    ),
    Kind(
        "unit",
        "Unit",
        ("string",),
        ("unit-code",),
        widget="unit",
        compared=TEXT,
        column="text",
        filter="units",
        written=True,
        read=as_text,
        engine="name",
        way="code",
    ),
    Kind(
        "attachment",
        "File",
        ("string",),
        ("attachment",),
        widget="file",
        compared=TEXT,
        look="file",
        written=True,
        way="code",
    ),
    Kind(
        "record",
        "Another record",
        ("string",),
        ("record-uid",),
        widget="record",
        compared=TEXT,
        written=True,
        way="code",
    ),
    Kind("any", "Any value", ("object", "array"), widget="json", look="text", written=True),
    # Columns that each record has of itself.
    Kind("choice", "Choice", column="text", filter="words"),
    Kind("code", "Number of a record", column="text", filter="words", written=True),
    Kind("title", "Title of a record", column="text", filter="words", written=True),
    Kind("stage", "Stage", column="text", filter="words"),
    Kind("due", "Due day", column="date", filter="range"),
    Kind("home", "Unit of a record", filter="home", written=True),
)


@derived
def by_format() -> Mapping[str, Kind]:
    """Return the kinds by the formats of a JSON Schema that mean them."""
    return {form: kind for kind in KINDS.values() for form in kind.formats}


@derived
def looks() -> Mapping[str, Kind]:
    """Return a kind for each name under which pages speak of values."""
    found: dict[str, Kind] = {}
    for kind in KINDS.values():
        found.setdefault(kind.shown_as, kind)
    return found


@derived
def field_kinds() -> tuple[str, ...]:
    """Return the kinds that fields of forms may have."""
    return tuple(kind.name for kind in KINDS.values() if kind.types)


@derived
def input_types() -> tuple[str, ...]:
    """Return the kinds that inputs and parameters of rules may have."""
    return tuple(kind.name for kind in KINDS.values() if kind.read is not None)
