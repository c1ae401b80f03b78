"""The controls of forms, all of them in one table.

An entry says by which format of a schema a control is chosen, which kind of value it means, and how it behaves.
The enum of ``form-definition.json``, the form compiler, masks and the table in ``docs/formats/forms.md`` follow from
it. The web side draws it: ``drawn`` names the field of ``portal.web.forms.fields``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from portal.core.kinds import KINDS
from portal.core.table import Table, derived
from portal.core.values import day_of

# What a control looks up: the sorts of units, the terms of a taxonomy, the records of a type.
UNITS, PLACES, DEPARTMENTS, TERMS, RECORDS = "units", "places", "departments", "terms", "records"
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


def is_day(text: str) -> bool:
    """Tell whether the browser's date control can hold ``text``."""
    try:
        day_of(text)
    except ValueError:
        return False
    return True


def is_time_of_day(text: str) -> bool:
    """Tell whether the browser's time control can hold ``text``."""
    return _TIME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Widget:
    """One control.

    ``place`` says where it may be asked for: at one value, at a choice among options, at a list, or anywhere. At other
    places the schema decides, as it does without any widget.
    """

    name: str
    title: str  # what the documents say of it
    place: Literal["value", "choice", "list", "any"] = "value"
    kind: str = ""  # the kind of value it means where the schema's format names none
    formats: tuple[str, ...] = ()  # further formats that choose it; those of kinds stand there
    drawn: str = ""  # how the web draws it, where another widget is drawn alike
    keyboard: str = ""  # "number": with or without a decimal point, as the schema's type says
    looks_up: str = ""
    wide: bool = False  # takes the whole row unless the definition says otherwise
    holds: Callable[[str], bool] | None = (
        None  # texts that the browser's control can hold; others become plain text
    )
    mask: str = "text"  # what a masked value shows
    way: str = ""  # how texts entered by it are read, where not as its kind is

    @property
    def field(self) -> str:
        """Return the name under which the web draws it."""
        return self.drawn or self.name


WIDGETS: Table[Widget] = Table(
    "widgets",
    Widget("text", "a line of text"),
    Widget("textarea", "several lines of text", wide=True),
    Widget("number", "a line of text with a number keyboard", keyboard="number"),
    Widget("money", "an amount of yuan", kind="money", drawn="number", keyboard="decimal"),
    Widget("date", "a day", kind="date", holds=is_day),
    Widget("datetime", "a day with time", kind="datetime"),
    Widget("time", "a time of day", kind="time", holds=is_time_of_day),
    Widget("select", "a list of options", "choice"),
    Widget("radio", "radio buttons", "choice"),
    Widget("checkbox", "one check box: a statement to agree to", "choice"),
    Widget("checkboxes", "check boxes: several of many options", "list"),
    Widget("file", "an upload"),
    Widget(
        "id_number",
        "a resident identity number",
        formats=("cn-id-number", "cn-residence-permit", "cn-credit-code"),
        drawn="text",
        mask="id",
        way="document",
    ),
    Widget("phone", "a telephone number", formats=("cn-phone",), keyboard="tel", mask="phone", way="phone"),
    Widget("unit", "a searchable tree of administrative units", kind="unit", looks_up=UNITS),
    Widget(
        "place",
        "the same, of divisions and special points alone",
        kind="unit",
        drawn="unit",
        looks_up=PLACES,
    ),
    Widget("department", "the same, of departments alone", kind="unit", drawn="unit", looks_up=DEPARTMENTS),
    Widget("taxonomy", "a searchable tree of a taxonomy", kind="taxonomy", looks_up=TERMS),
    Widget(
        "record",
        "a searchable list of the records of another type",
        kind="record",
        drawn="unit",
        looks_up=RECORDS,
    ),
    Widget(
        "email",
        "an e-mail address",
        formats=("email", "idn-email"),
        drawn="text",
        keyboard="email",
        way="address",
    ),
    Widget("url", "a web address", formats=("uri", "iri"), drawn="text", keyboard="url", way="address"),
    Widget("hidden", "nothing: the value stays as it is", "any"),
    Widget("list", "rows that can be added, moved and removed", "list"),
    Widget("json", "a text area with JSON, for any value; says what it wants", "any", wide=True),
)


@derived
def by_format() -> Mapping[str, str]:
    """Return the control that a format of a JSON Schema chooses, by the format."""
    found = {form: kind.widget for kind in KINDS.values() for form in kind.formats if kind.widget != "text"}
    return found | {form: widget.name for widget in WIDGETS.values() for form in widget.formats}


def mask_of(widget: str, shape: str) -> str:
    """Return the kind of mask that fits a widget and a format of the schema."""
    named = WIDGETS.get(widget)
    if named is not None and named.mask != "text":
        return named.mask
    chosen = WIDGETS.get(by_format().get(shape, ""))
    return chosen.mask if chosen is not None else "text"
