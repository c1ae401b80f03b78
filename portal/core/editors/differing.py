"""Differences in words: what one state of a configuration says and another does not, property by property."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts.draft import stand_in
from portal.core.editors.reading import CONDITION
from portal.core.editors.telling import Telling, shape_of_place
from portal.core.errors import Translator, msg
from portal.core.packs.diff import ADDED, CHANGED, REMOVED, Kind, diff
from portal.core.packs.merge_types import merge_type
from portal.core.packs.places import place_things
from portal.core.packs.resolve import Resolved

_ADDED, _REMOVED, _CHANGED = msg("new"), msg("taken away"), msg("changed")
_WHOLE: Mapping[Kind, str] = {ADDED: _ADDED, REMOVED: _REMOVED, CHANGED: _CHANGED}
_SET = msg("%(what)s: now %(after)s")
_UNSET = msg("%(what)s: %(before)s is taken away")
_FROM_TO = msg("%(what)s: %(before)s, now %(after)s")
_OTHER = msg("%(what)s changed")
_REQUIRED, _FREE = msg("now required"), msg("no longer required")
_HIDDEN, _SHOWN = msg("no longer in use"), msg("in use again")
_LONG = 160


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: its place, both values, and the two states from which its words follow."""

    kind: Kind
    pointer: str
    names: Told
    before: Any = None
    after: Any = None
    # Where that is said, for a difference of one entry of a list.
    said_at: str = ""

    @property
    def path(self) -> str:
        """Return the place at which it is said, and at which it can be given back."""
        return self.said_at or self.pointer

    @property
    def part(self) -> str:
        """Return the section of the configuration in which it lies."""
        return pointers.split(self.pointer)[0]

    def text(self, translate: Translator = str) -> str:
        """Return the difference as one sentence: the thing, and what is different."""
        place = self.place_text(translate)
        return translate(msg("%(place)s: %(said)s")) % {"place": place, "said": self.what_text(translate)}

    def place_text(self, translate: Translator = str) -> str:
        """Return what the thing is called."""
        return self.names.telling(translate).thing(self.pointer)

    def what_text(self, translate: Translator = str) -> str:
        """Return what is different."""
        telling = self.names.telling(translate)
        parts = pointers.split(self.pointer)
        depth = max(place_things(self.names.names, self.pointer), default=1)
        if self.said_at:
            return translate(_REQUIRED if self.after else _FREE)
        if len(parts) <= depth:
            return translate(_WHOLE[self.kind])
        if parts[-1] == "hidden":
            return translate(_HIDDEN if self.after is True else _SHOWN)
        what = telling.label(parts, depth)
        if isinstance(self.before, list) and isinstance(self.after, list):
            return self._of_lists(what, telling, translate)
        before, after = telling.value(self.before, parts), telling.value(self.after, parts)
        if before == after or max(len(before), len(after)) > _LONG:
            return translate(_OTHER) % {"what": what}
        params = {"what": what, "before": f"“{before}”", "after": f"“{after}”"}
        return translate({ADDED: _SET, REMOVED: _UNSET, CHANGED: _FROM_TO}[self.kind]) % params

    def _of_lists(self, what: str, telling: Telling, translate: Translator) -> str:
        known = merge_type(self.pointer)
        new = [one for one in self.after if not any(known.same_entry(one, other) for other in self.before)]
        gone = [one for one in self.before if not any(known.same_entry(one, other) for other in self.after)]
        at = [*pointers.split(self.pointer), "0"]
        params = {"what": what, "new": _few(new, at, telling), "gone": _few(gone, at, telling)}
        if new and gone:
            return translate(msg("%(what)s: %(new)s new, %(gone)s taken away")) % params
        if new:
            return translate(msg("%(what)s: %(new)s new")) % params
        return translate(msg("%(what)s: %(gone)s taken away") if gone else _OTHER) % params


class Told:
    """Two states of a configuration, told in a language; made once for all their differences."""

    def __init__(self, names: Resolved) -> None:
        self.names = names
        self._made: dict[Translator, Telling] = {}

    def telling(self, translate: Translator) -> Telling:
        """Return what tells places and values in a language."""
        if translate not in self._made:
            self._made[translate] = Telling(self.names, translate)
        return self._made[translate]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what turns one document into another, in words; a thing that is new or gone is one difference."""
    names = Told(stand_in(after, before))
    return _found(names, diff(dict(before), dict(after)), before, after)


def told(names: Told, path: str, before: Any, after: Any) -> list[Difference]:
    """Return in words what a command changed at a place; None stands for nothing there."""
    if before is None or after is None:
        kind: Kind = ADDED if before is None else REMOVED
        return list(_worded(names, _Part(kind, path, before, after)))
    if _condition_around(pointers.join(["all"], path)) == path:
        return list(_worded(names, _Part(CHANGED, path, before, after)))
    return [one for change in diff(before, after, at=path) for one in _worded(names, change)]


def _found(
    names: Told, changes: Any, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Difference]:
    """Return the differences; a condition is told as a whole, wherever in it something changed."""
    found: dict[tuple[str, str], Difference] = {}
    for change in changes:
        whole = _condition_around(change.pointer)
        if whole != change.pointer:
            was, now = pointers.get(before, whole, None), pointers.get(after, whole, None)
            change = _Part(CHANGED, whole, was, now)
        for one in _worded(names, change):
            found.setdefault((one.pointer, one.said_at), one)
    return list(found.values())


def _condition_around(pointer: str) -> str:
    """Return the place of the condition in which a place lies; the place itself where it lies in none."""
    parts = pointers.split(pointer)
    for end in range(2, len(parts)):
        shape = shape_of_place(parts[:end])
        if shape is None:
            break
        if shape.name == CONDITION:
            return pointers.join(parts[:end])
    return pointer


def _worded(names: Told, change: Any) -> Iterator[Difference]:
    parts = pointers.split(change.pointer)
    # A whole part that came or went is told thing by thing.
    if len(parts) == 1 and change.kind != CHANGED:
        whole = change.after if change.kind == ADDED else change.before
        if isinstance(whole, dict) and whole:
            for key, value in whole.items():
                pair = (None, value) if change.kind == ADDED else (value, None)
                yield from _worded(names, _Part(change.kind, pointers.join([*parts, key]), *pair))
            return
    depth = max(place_things(names.names, change.pointer), default=1)
    values = (change.before, change.after)
    if parts[depth:] and parts[-1] == "required" and isinstance(change.after or change.before, list):
        yield from _required(names, change)
    else:
        yield Difference(change.kind, change.pointer, names, *values)


@dataclass(frozen=True, slots=True)
class _Part:
    """A thing of a part that came or went as a whole."""

    kind: Kind
    pointer: str
    before: Any
    after: Any


def _required(names: Told, change: Any) -> Iterator[Difference]:
    before, after = (set(map(str, one or [])) for one in (change.before, change.after))
    above = change.pointer.removesuffix("/required")
    for name in sorted(before ^ after):
        where = f"{above}/properties/{pointers.escape(name)}"
        yield Difference(CHANGED, where, names, name in before, name in after, change.pointer)


def _few(entries: list[Any], at: list[str], telling: Telling) -> str:
    named = [f"“{telling.value(one, at)}”" for one in entries[:3]]
    return telling.together(dict.fromkeys(named)) + ("…" if len(entries) > 3 else "")
