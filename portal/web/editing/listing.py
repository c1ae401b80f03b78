"""Lists of things on a page: a line for each, with its name, whose it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.drafts.draft import PART_NAMES
from portal.core.drafts.order import order_of
from portal.core.editors import Part, page_at, words
from portal.core.editors.converting import ABSENT
from portal.core.editors.shapes import NAMED_BY, Shape
from portal.core.errors import msg
from portal.core.picking import Index
from portal.web.editing.screen import Mark, Screen, address, thing_name
from portal.web.language import translate

MOST = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A thing of a list."""

    key: str
    pointer: str
    title: str
    url: str
    mark: Mark | None
    note: str = ""
    out_of_use: bool = False
    above: bool = (
        False  # a configuration above has it, so it can be given back or put out of use, not removed
    )
    own: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The things of a map of the draft, and how one is added."""

    pointer: str
    title: str
    lines: tuple[Line, ...]
    total: int
    query: str
    adding: Adding | None
    ordered: bool = False  # its things say in which order they stand

    @property
    def more(self) -> int:
        """Return how many there are that are not shown."""
        return max(self.total - len(self.lines), 0)


@dataclass(frozen=True, slots=True)
class Adding:
    """How a thing is added: by its name, or by what it is chosen for."""

    label: str
    kind: str = "title"  # or: choose, pick, key
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """A link from a page to a part of it that has a page of its own."""

    title: str
    url: str
    text: str = ""
    mark: Mark | None = None


def listing_of(screen: Screen, pointer: str, shape: Shape, query: str = "", most: int = MOST) -> Listing:
    """Return the things of a map at a place of the draft, those that a query finds where there is one."""
    things = pointers.get(screen.draft.document, pointer, None)
    things = things if isinstance(things, Mapping) else {}
    keys = _found(screen, things, query) if query else sorted(things, key=lambda key: _rank(things[key]))
    lines = tuple(_line(screen, pointer, key, things[key]) for key in keys[:most])
    title = translate(PART_NAMES.get(pointer[1:]) or words.label(shape.path))
    adding = adding_of(screen, pointer, shape) if screen.may_edit and not screen.lock(pointer) else None
    ordered = shape.item is not None and shape.item.kind == "group" and shape.item.member("order") is not None
    return Listing(pointer, title, lines, len(keys), query, adding, ordered)


def _rank(thing: Any) -> float:
    if isinstance(thing, Mapping) and isinstance(thing.get("position"), int | float):
        return float(thing["position"])
    return float(order_of(thing))


def _found(screen: Screen, things: Mapping[str, Any], query: str) -> list[str]:
    choices = [
        screen.choices.choice(key, thing_name(screen.choices, one, key), "", (key,))
        for key, one in things.items()
    ]
    return [one.choice.code for one in Index.of(choices, spelling).search(query, len(choices) or 1)]


def _line(screen: Screen, pointer: str, key: str, thing: Any) -> Line:
    where = pointers.join([key], pointer)
    owner = screen.mark(where)
    return Line(
        key,
        where,
        thing_name(screen.choices, thing, key),
        designer_of(screen.row.uid, where) or address(screen.row.uid, where),
        owner,
        _note(screen, thing),
        isinstance(thing, Mapping) and thing.get("hidden") is True,
        pointers.get(screen.draft.above, where, None) is not None,
        owner is not None and owner.level in ("own", "partly"),
    )


# Parts of a configuration whose things have a page made for them, and the address of that page.
_DESIGNERS: Mapping[str, str] = {"forms": "form", "lifecycles": "stages"}


def designer_of(key: str, pointer: str) -> str:
    """Return the address of the page that is made for a thing of a draft; empty where there is none."""
    parts = pointers.split(pointer)
    kind = _DESIGNERS.get(parts[0], "") if len(parts) == 2 else ""
    return f"/studio/{key}/designer/{kind}/{quote(parts[1])}" if kind else ""


def _note(screen: Screen, thing: Any) -> str:
    """Return what tells a thing from others of its name: where it belongs, or what it says."""
    if isinstance(thing, str):
        return thing if len(thing) <= 60 else thing[:59] + "…"
    if not isinstance(thing, Mapping):
        return ""
    for name, ref in (
        ("zone", "zones"),
        ("parent", "terms"),
        ("department", "departments"),
        ("canonical", "canonical"),
    ):
        if isinstance(thing.get(name), str):
            found = screen.choices.label(ref, thing[name])
            if found:
                return found
    return ""


def adding_of(screen: Screen, pointer: str, shape: Shape) -> Adding:
    """Return how a thing is added to a map."""
    key, item = shape.key, shape.item
    label = translate(words.label(f"{shape.path}/*")) if words.has_label(f"{shape.path}/*") else ""
    if key is not None and key.kind == "choice":
        options = tuple((str(one), translate(words.option_label(key.path, one))) for one in key.options)
        return Adding(label, "choose", _left(screen, pointer, options))
    if key is not None and key.ref and key.ref != "units":
        options = tuple((one.code, one.path) for one in screen.choices.of(key.ref))
        return Adding(label, "choose", _left(screen, pointer, options))
    if item is not None and item.member("department") is not None and item.member("title") is None:
        return Adding(
            label, "choose", tuple((one.code, one.path) for one in screen.choices.of("departments"))
        )
    named = item is not None and any(item.member(name) is not None for name in NAMED_BY)
    return Adding(
        label, "title" if named or (shape.paged and item is not None and item.kind == "group") else "key"
    )


def _left(screen: Screen, pointer: str, options: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    things = pointers.get(screen.draft.document, pointer, {})
    return tuple(one for one in options if one[0] not in things)


def door_of(screen: Screen, part: Part) -> Door:
    """Return the link to a part of a page that has a page of its own."""
    where = pointers.join([part.name], screen.pointer)
    value = pointers.get(screen.draft.document, where, ABSENT)
    there = translate(msg("Not set yet")) if value is ABSENT or not value else ""
    page = page_at(where)
    count = (
        sum(len(one) for one in value.values() if isinstance(one, Mapping))
        if isinstance(value, Mapping)
        else 0
    )
    text = there or (str(count) if page is not None and page.form is None and count else "")
    return Door(
        translate(words.label(part.shape.path)),
        address(screen.row.uid, where),
        text,
        screen.mark(where) if value is not ABSENT else None,
    )
