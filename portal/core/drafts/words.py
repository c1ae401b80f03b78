"""Differences in words: what one state of a configuration says and another does not, property by property."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.drafts.draft import OWN_PARTS, shown, stand_in
from portal.core.drafts.properties import PROPERTIES
from portal.core.errors import Words, msg
from portal.core.packs.diff import Kind, diff
from portal.core.packs.merge_types import merge_type
from portal.core.packs.places import place_depth, said
from portal.core.packs.resolve import Resolved

_ADDED, _REMOVED, _CHANGED = msg("new"), msg("taken away"), msg("changed")
_SET = msg("%(what)s: now %(after)s")
_UNSET = msg("%(what)s: %(before)s is taken away")
_FROM_TO = msg("%(what)s: %(before)s, now %(after)s")
_OTHER = msg("%(what)s changed")
_YES, _NO = msg("yes"), msg("no")
_REQUIRED, _FREE = msg("now required"), msg("no longer required")
_HIDDEN, _SHOWN = msg("no longer in use"), msg("in use again")


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: the part and the thing in words, what is different there, and both values in few signs."""

    kind: Kind
    pointer: str
    place: tuple[Words, ...]
    what: Words
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

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Return the difference as one sentence: the thing, and what is different."""
        place = self.place_text(translate)
        return translate(msg("%(place)s: %(said)s")) % {"place": place, "said": self.what_text(translate)}

    def place_text(self, translate: Callable[[str], str] = str) -> str:
        """Return what the thing is called."""
        within = translate(msg("%(outer)s, %(inner)s"))
        said_parts = [one.text(translate) for one in self.place]
        text = said_parts[0] if said_parts else ""
        for inner in said_parts[1:]:
            text = within % {"outer": text, "inner": inner}
        return text

    def what_text(self, translate: Callable[[str], str] = str) -> str:
        """Return what is different."""
        params = {
            name: translate(value.message) if isinstance(value, Words) else value
            for name, value in self.what.params.items()
        }
        return translate(self.what.message) % params if params else translate(self.what.message)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what turns one document into another, in words; a thing that is new or gone is one difference."""
    names = stand_in(after, before)
    return [one for change in diff(dict(before), dict(after)) for one in _worded(names, change)]


def told(names: Resolved, path: str, before: Any, after: Any) -> list[Difference]:
    """Return in words what a command changed at a place; None stands for nothing there."""
    if before is None or after is None:
        kind: Kind = "added" if before is None else "removed"
        return list(_worded(names, _Part(kind, path, before, after)))
    return [one for change in diff(before, after, at=path) for one in _worded(names, change)]


def _worded(names: Resolved, change: Any) -> Iterator[Difference]:
    parts = pointers.split(change.pointer)
    place, depth = place_depth(names, change.pointer)
    if not place and parts[0] in OWN_PARTS:
        place, depth = (Words(OWN_PARTS[parts[0]]),), 1
    # A whole part that came or went is told thing by thing.
    if len(parts) == 1 and change.kind != "changed":
        whole = change.after if change.kind == "added" else change.before
        if isinstance(whole, dict) and whole:
            for key, value in whole.items():
                pair = (None, value) if change.kind == "added" else (value, None)
                yield from _worded(names, _Part(change.kind, pointers.join([*parts, key]), *pair))
            return
    rest = parts[depth:]
    if not rest:
        words = {"added": _ADDED, "removed": _REMOVED, "changed": _CHANGED}[change.kind]
        yield Difference(change.kind, change.pointer, place, Words(words), change.before, change.after)
    elif rest[-1] == "required" and isinstance(change.after or change.before, list):
        yield from _required(names, change)
    else:
        yield Difference(change.kind, change.pointer, place, _what(rest, change), change.before, change.after)


@dataclass(frozen=True, slots=True)
class _Part:
    """A thing of a part that came or went as a whole."""

    kind: Kind
    pointer: str
    before: Any
    after: Any


def _what(rest: list[str], change: Any) -> Words:
    name, before, after = rest[-1], change.before, change.after
    if name == "hidden":
        return Words(_HIDDEN if after is True else _SHOWN)
    label = next((PROPERTIES[one].title for one in reversed(rest) if one in PROPERTIES), None)
    what: Any = Words(label) if label else Words(msg("another setting"))
    if _is_long(before) or _is_long(after):
        if isinstance(before, list) and isinstance(after, list):
            return _of_lists(what, change)
        return Words(_OTHER, {"what": what})
    params = {"what": what, "before": _value(before), "after": _value(after)}
    if change.kind == "added":
        return Words(_SET, params)
    return Words(_UNSET if change.kind == "removed" else _FROM_TO, params)


def _of_lists(what: Words, change: Any) -> Words:
    known = merge_type(change.pointer)
    new = [one for one in change.after if not any(known.same_entry(one, other) for other in change.before)]
    gone = [one for one in change.before if not any(known.same_entry(one, other) for other in change.after)]
    params = {"what": what, "new": _few(new), "gone": _few(gone)}
    if new and gone:
        return Words(msg("%(what)s: %(new)s new, %(gone)s taken away"), params)
    if new:
        return Words(msg("%(what)s: %(new)s new"), params)
    return Words(msg("%(what)s: %(gone)s taken away"), params) if gone else Words(_OTHER, params)


def _required(names: Resolved, change: Any) -> Iterator[Difference]:
    before, after = (set(map(str, one or [])) for one in (change.before, change.after))
    above = change.pointer.removesuffix("/required")
    for name in sorted(before ^ after):
        where = f"{above}/properties/{pointers.escape(name)}"
        place, _ = place_depth(names, where)
        words = Words(_REQUIRED if name in after else _FREE)
        yield Difference("changed", where, place, words, name in before, name in after, change.pointer)


def _is_long(value: Any) -> bool:
    if isinstance(value, dict):
        return not said(value)
    return isinstance(value, list) and bool(value)


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return Words(_YES if value else _NO)
    text = said(value) if isinstance(value, dict) else shown(value)
    return f"“{text}”" if isinstance(value, str | dict) else text


def _few(entries: list[Any]) -> str:
    named = [_entry(one) for one in entries[:3]]
    return "、".join(named) + ("…" if len(entries) > 3 else "")


def _entry(value: Any) -> str:
    if isinstance(value, dict):
        text = said(value.get("title") or value.get("name") or value.get("label"))
        text = text or next((str(one) for one in value.values() if isinstance(one, str)), "")
    else:
        text = shown(value)
    return f"“{text or canonical(value)[:20]}”"
