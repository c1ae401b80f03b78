"""The page as data: which controls, groups and rows a form shows for given data.

Nothing here writes HTML. Each control states its name, the text in it and the hidden values that travel with
it, such that a browser that sends the page back unchanged gives exactly the same data (see ``parse``).

Names are JSON pointers. ``~`` cannot stand in a pointer except as ``~0`` and ``~1``, so a name with another
letter after it is a companion of a control: ``/a~json``, ``/a~empty``, ``/a~present`` …
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

Pairs = list[tuple[str, str]]
_ESCAPED = re.compile(r"[^A-Za-z0-9_.-]")


def dom_id(name: str) -> str:
    """Return the identifier of an element for a control's name."""
    return "f" + _ESCAPED.sub(lambda m: f"_{ord(m[0]):x}_", name.replace("/", "."))


@dataclass(slots=True)
class Choosable:
    """One option of a control."""

    token: str
    label: str
    selected: bool = False
    message: bool = False


@dataclass(slots=True)
class Control:
    """One thing a person fills in."""

    part: ClassVar[str] = "control"
    name: str
    pointer: str
    id: str
    kind: str
    label: str
    text: str = ""
    shown: str = ""  # the value as people read it, where that is not the text to be edited
    options: list[Choosable] = field(default_factory=list)
    help: str = ""
    placeholder: str = ""
    required: bool = False
    readonly: bool = False
    trigger: bool = False
    errors: list[str] = field(default_factory=list)
    hidden: Pairs = field(default_factory=list)
    width: str = "half"
    input_mode: str = ""
    autocomplete: str = ""
    lookup: str = ""
    suffix: str = ""
    rows: int = 4
    message: bool = False
    label_hidden: bool = False


@dataclass(slots=True)
class Group:
    """Several things that belong together: a nested object."""

    part: ClassVar[str] = "group"
    pointer: str
    id: str
    label: str
    items: list[Item] = field(default_factory=list)
    help: str = ""
    required: bool = False
    errors: list[str] = field(default_factory=list)
    hidden: Pairs = field(default_factory=list)
    close: str = ""
    columns: int = 2


@dataclass(slots=True)
class Row:
    """One item of a list, with its buttons (names of submit buttons; empty where there is none)."""

    label: str
    items: list[Item]
    hidden: Pairs = field(default_factory=list)
    remove: str = ""
    up: str = ""
    down: str = ""
    single: bool = False


@dataclass(slots=True)
class Rows:
    """A list that can grow."""

    part: ClassVar[str] = "rows"
    pointer: str
    id: str
    label: str
    rows: list[Row] = field(default_factory=list)
    help: str = ""
    required: bool = False
    errors: list[str] = field(default_factory=list)
    hidden: Pairs = field(default_factory=list)
    add: str = ""
    add_label: str = ""


@dataclass(slots=True)
class Closed:
    """An optional part that a person may open."""

    part: ClassVar[str] = "closed"
    pointer: str
    id: str
    label: str
    open: str
    help: str = ""


@dataclass(slots=True)
class Static:
    """A value that is shown but not sent: masked for this reader."""

    part: ClassVar[str] = "static"
    pointer: str
    id: str
    label: str
    text: str = ""
    masked: bool = False
    width: str = "half"


@dataclass(slots=True)
class Hidden:
    """Values that only travel."""

    part: ClassVar[str] = "hidden"
    hidden: Pairs


@dataclass(slots=True)
class Fold:
    """What of a row is folded until it is needed."""

    part: ClassVar[str] = "fold"
    id: str
    items: list[Item]
    filled: int = 0
    open: bool = False


Item = Control | Group | Rows | Closed | Static | Hidden | Fold


@dataclass(slots=True)
class SectionView:
    """A card of the page, or a fold under the first card, open where it is needed.

    ``line`` holds what is preset and told in one line; ``shortcut`` the words of a button that leads here.
    """

    id: str
    title: str
    items: list[Item] = field(default_factory=list)
    help: str = ""
    columns: int = 2
    line: list[Item] = field(default_factory=list)
    fold: bool = False
    open: bool = False
    filled: int = 0
    shortcut: str = ""


@dataclass(slots=True)
class View:
    """A whole page of a form."""

    title: str
    sections: list[SectionView]
    hidden: Pairs
    targets: Mapping[str, str]
