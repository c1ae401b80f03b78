"""The steps from one format of packs to the next, a module each, and what steps are written with.

A step is given the sections of a bundle or of a layer's patch: it copies what it changes, changes nothing that it
was given, and passes on what it does not know. A patch may hold ``null`` (removed), list edits, and any part of a
thing; so a step asks for the shape of each value before it changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portal.core.packs.list_edits import is_list_edit

Content = Mapping[str, Any]
Step = Callable[[Content], dict[str, Any]]
Change = Callable[[dict[str, Any]], dict[str, Any]]


def by_section(content: Content, changes: Mapping[str, Change]) -> dict[str, Any]:
    """Return the content with the named sections changed; a section that is removed or no map stays as it is."""
    return {
        name: changes[name](dict(value)) if name in changes and isinstance(value, dict) else value
        for name, value in content.items()
    }


def each(things: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Return a map of things with each changed; a thing that is removed or no map stays as it is."""
    return {key: change(dict(thing)) if isinstance(thing, dict) else thing for key, thing in things.items()}


def in_list(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a list, or the edit of one, with each entry changed; anything else stays as it is."""
    if isinstance(value, list):
        return [change(entry) for entry in value]
    if is_list_edit(value):
        return {name: [change(entry) for entry in entries] for name, entries in value.items()}
    return value


def renamed(thing: Mapping[str, Any], **names: str) -> dict[str, Any]:
    """Return a thing with keys renamed, old name = new name, in their order."""
    return {names.get(key, key): value for key, value in thing.items()}
