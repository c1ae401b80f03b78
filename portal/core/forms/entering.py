"""What was entered, read by the ways of writing: the stored form, or the reason why it is not taken.

A page's form is read control by control (``read_at``), whatever comes as a document at once (``entered``); both ask the
same table. A value that the record holds already stays as it is: nobody entered it now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from portal.core import pointer as pointers
from portal.core.forms.document import Sub
from portal.core.forms.fields import FieldInfo, fields_of, info_of
from portal.core.forms.nodes import Node
from portal.core.forms.validate import FieldError
from portal.core.forms.values import ABSENT, same, scalar_text
from portal.core.forms.visibility import branches
from portal.core.kinds import KINDS
from portal.core.ways import WAYS, Refused, Way, by_mask, is_blank
from portal.core.ways.plausible import ANY_DAY, Range
from portal.core.widgets import WIDGETS, by_format

if TYPE_CHECKING:
    from portal.core.forms.compile import CompiledForm

_TEXTS = frozenset({"string", "strings"})
_GONE = object()  # in the place of an entry that shows nothing
_DAYS = frozenset({"date", "datetime"})


@dataclass(frozen=True, slots=True)
class Entry:
    """How the values of one field are read; ``strict`` where what the way refuses is no value of the field."""

    way: Way
    pattern: str
    strict: bool = True
    days: Range | None = None

    def read(self, value: Any, today: date) -> Any:
        """Return the stored form, empty where nothing is there, or the reason against the value."""
        if isinstance(value, str) and not value:
            return value
        found = self.way.read(value)
        if isinstance(found, Refused):
            if isinstance(value, str) and is_blank(value):
                return ""
            return found if self.strict else WAYS["text"].read(value)
        refused = self.days.refusal(found, today) if self.days is not None else None
        if refused is None and self.way.in_time is not None and today != date.min:
            refused = self.way.in_time(found, today)
        return refused or found


Plan = dict[str, Any]
Definitions = dict[str, dict[tuple[int, ...], tuple[Sub, ...]]]
_BRANCHES = 6  # so deep lie the branches that are looked into


@dataclass(frozen=True, slots=True)
class Entered:
    """Data as they are stored, and what is refused of them."""

    data: dict[str, Any]
    errors: tuple[FieldError, ...] = ()


def entered(
    form: CompiledForm, data: Mapping[str, Any], today: date, stored: Mapping[str, Any] | None = None
) -> Entered:
    """Return the data of a form as they are stored; what ``stored`` holds at the same field stays as it is."""
    if form.entries is None:
        form.entries = _plan(form)
    reader = _Reader(form, today, stored)
    return Entered(reader.members(data, form.entries, ""), tuple(reader.errors))


def read_at(form: CompiledForm, node: Node, pattern: str) -> Entry | None:
    """Return how the values of a text control are read; None where they stay as they are."""
    key = (id(node), pattern)
    if key not in form.read_at:
        form.read_at[key] = _entry(form, info_of(form, node, pattern))
    found: Entry | None = form.read_at[key]
    return found


def stays(form: CompiledForm, node: Node, pattern: str, value: Any) -> bool:
    """Return whether a value of a text control is stored as it is when it is entered."""
    entry = None if value is ABSENT or value is None else read_at(form, node, pattern)
    if entry is None:
        return True
    found = entry.read(scalar_text(value) if entry.way.numeric else value, date.min)
    return not isinstance(found, Refused) and same(found, value)


def refusal(form: CompiledForm, pointer: str, refused: Refused) -> FieldError:
    """Return the error that tells why an entry is not taken."""
    return FieldError(pointer, refused.code, refused.message, refused.params, form.label(pointer))


def _entry(form: CompiledForm, info: FieldInfo) -> Entry | None:
    ui = form.ui.of(info.pointer)
    if info.options or info.type not in KINDS:
        return None
    days = None
    if info.type in _DAYS:
        days = Range(ui.not_before, ui.not_after) if ui.not_before or ui.not_after else ANY_DAY
    if ui.mask in by_mask() and info.type in _TEXTS:
        return Entry(by_mask()[ui.mask], info.pointer)
    chosen = WIDGETS.get(by_format().get(info.format, ""))
    if chosen is not None and chosen.way and info.type in _TEXTS:
        return Entry(WAYS[chosen.way], info.pointer)
    kind = KINDS[info.type]
    asked = WIDGETS.get(info.widget)
    if asked is not None and asked.way and info.type in _TEXTS:
        return Entry(WAYS[asked.way], info.pointer, strict=False)
    if not kind.way:
        return None
    way = WAYS[kind.way]
    return Entry(way, info.pointer, way.numeric or bool(info.format), days)


def _plan(form: CompiledForm) -> Plan:
    """Return the entries of a form as a tree of names."""
    plan: Plan = {}
    known: dict[int, Definitions] = {}
    for found in fields_of(form):
        info = _whatever_the_data(form, found, known)
        if info is None:
            continue
        entry = _entry(form, info)
        parts = pointers.split(info.pointer)
        if entry is None or not parts:
            continue
        here = plan
        for part in parts[:-1]:
            below = here.setdefault(part, {})
            if not isinstance(below, dict):
                break
            here = below
        else:
            if info.type == "strings":
                here[parts[-1]] = {pointers.EVERY: replace(entry, pattern=info.pointer + "/*")}
            else:
                here.setdefault(parts[-1], entry)
    return plan


def _whatever_the_data(
    form: CompiledForm, info: FieldInfo, known: dict[int, Definitions]
) -> FieldInfo | None:
    """Return the field as it is whatever else was entered; None where its kind depends on that."""
    above, _, last = info.pointer.rpartition("/")
    node, name = form.node_at(above), pointers.split("/" + last)[0]
    if node is None or not node.dynamic or node.properties.get(name):
        return info
    if id(node) not in known:
        known[id(node)] = {}
        _define(form, node, known[id(node)])
    each = [
        info_of(form, form.forge.node(subs), info.pointer) for subs in known[id(node)].get(name, {}).values()
    ]
    return info if len({(one.type, one.format) for one in each}) < 2 else None


def _define(form: CompiledForm, node: Node, found: Definitions, depth: int = 0) -> None:
    """Collect what the branches of a node say of each property."""
    for name, subs in node.properties.items():
        found.setdefault(name, {})[tuple(id(sub.schema) for sub in subs)] = subs
    if depth < _BRANCHES:
        for sub in branches(node):
            _define(form, form.forge.node([sub]), found, depth + 1)


class _Reader:
    def __init__(self, form: CompiledForm, today: date, stored: Mapping[str, Any] | None) -> None:
        self.form = form
        self.today = today
        self.stored = stored
        self.errors: list[FieldError] = []

    def members(self, data: Mapping[str, Any], plan: Plan, at: str) -> dict[str, Any]:
        """Return an object with its members read; those that turn out empty are gone."""
        result: dict[str, Any] | None = None
        for name, value in data.items():
            entry = plan.get(name)
            if entry is None:
                entry = plan.get(pointers.EVERY)
            found = value if entry is None else self._value(value, entry, at, name)
            if found is value:
                continue
            if result is None:
                result = dict(data)
            if found is _GONE or (found == {} and value):
                del result[name]
            else:
                result[name] = found
        if result is not None:
            return result
        return data if isinstance(data, dict) else dict(data)

    def _value(self, value: Any, entry: Entry | Plan, at: str, name: str | int) -> Any:
        if not isinstance(entry, dict):
            return self._leaf(value, entry, at, name)
        if isinstance(value, dict):
            return self.members(value, entry, f"{at}/{pointers.escape(str(name))}")
        every = entry.get(pointers.EVERY)
        if isinstance(value, list) and every is not None:
            return self._items(value, every, f"{at}/{pointers.escape(str(name))}")
        return value

    def _items(self, value: list[Any], entry: Entry | Plan, at: str) -> list[Any]:
        found = [self._value(item, entry, at, index) for index, item in enumerate(value)]
        if all(one is item for one, item in zip(found, value, strict=True)):
            return value
        return [one for one in found if one is not _GONE]

    def _leaf(self, value: Any, entry: Entry, at: str, name: str | int) -> Any:
        if value == "":
            return value if self._holds(entry, value) else _GONE
        found = entry.read(value, self.today)
        if found is value or self._holds(entry, value):
            return value
        if isinstance(found, Refused):
            self.errors.append(refusal(self.form, f"{at}/{pointers.escape(str(name))}", found))
            return value
        if isinstance(found, str) and not found:
            return _GONE
        return value if found == value and type(found) is type(value) else found

    def _holds(self, entry: Entry, value: Any) -> bool:
        """Tell whether the record holds a value at a field already, in whichever row."""
        return self.stored is not None and any(
            one == value and type(one) is type(value) for one in pointers.values(self.stored, entry.pattern)
        )
