"""What no change may do, whoever makes it: places that no pack has, values that no pack can hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.drafts.commands import END, Change
from portal.core.drafts.share import ASSETS, DEMO, DIVISIONS, KEYED, OWN_SECTIONS, PACK, STORIES
from portal.core.errors import Problem, msg
from portal.core.packs import formats
from portal.core.packs.list_edits import is_list_edit

MAX_PATH, MAX_VALUE = 500, 2_000_000
# Whose the pack is, what it builds on and how its files are written is not for a draft to say.
_FIXED = frozenset({"id", "unit", "extends", "format", "sample"})
_PLACES = {STORIES: ("seed", "stories/{}.json"), DEMO: ("seed", "demo/{}.json")}
_SECTIONS = frozenset({fmt.section for fmt in formats.FORMATS if fmt.section} | set(OWN_SECTIONS))


def problem_of(document: Any, change: Change) -> Problem | None:
    """Return why a change can't be made of any draft, or None."""
    text = _of_path(document, change) or _of_value(change)
    return Problem("draft.invalid", text, pointer=change.path) if text else None


def missing_above(document: Any, path: str) -> int:
    """Return how many maps above a place are not there."""
    parts = pointers.split(path)[:-1]
    for depth in range(len(parts), 0, -1):
        if pointers.get(document, pointers.join(parts[:depth]), None) is not None:
            return len(parts) - depth
    return len(parts)


def _of_path(document: Any, change: Change) -> str:
    parts = pointers.split(change.path)
    if not change.path.startswith("/") or len(change.path) > MAX_PATH or parts[0] not in _SECTIONS:
        return msg("A configuration has no such place")
    if len(parts) < _least(parts[0]):
        return msg("Change the things in it one by one")
    if parts[0] == PACK and parts[1] in _FIXED:
        return msg("Whose configuration this is, and what it builds on, can't be changed here")
    if not _is_file(parts):
        return msg("Letters, digits and _ are allowed in an identifier, a letter first")
    return _of_way(document, parts)


def _least(section: str) -> int:
    return 2 if section in KEYED or section == PACK else 1


def _is_file(parts: list[str]) -> bool:
    """Tell whether the file in which a place stands may have its name."""
    section = parts[0]
    if section == ASSETS:
        return formats.asset_name("seed", f"{ASSETS}/{parts[1]}") is not None
    if section in _PLACES:
        folder, place = _PLACES[section]
        return formats.identify(folder, place.format(parts[1])) is not None
    fmt = formats.by_section(section)
    if fmt is None or not fmt.keyed:
        return True
    return formats.identify(fmt.folder, fmt.place.replace("*", parts[1])) is not None


def _of_way(document: Any, parts: list[str]) -> str:
    value = document
    for depth, part in enumerate(parts[:-1]):
        if value is None:
            return ""
        if isinstance(value, list):
            return msg("In a list, change a whole entry")
        if not isinstance(value, dict):
            return msg("A configuration has no such place")
        value = value.get(part)
        if depth == len(parts) - 2 and isinstance(value, list):
            fits = parts[-1] == END or (parts[-1].isdecimal() and int(parts[-1]) <= len(value))
            return "" if fits else msg("The list has no such entry")
    fits = value is None or isinstance(value, dict)
    return "" if fits else msg("A configuration has no such place")


def _of_value(change: Change) -> str:
    value = change.after
    parts = pointers.split(change.path)
    if value is None:
        return ""
    if change.op == "remove":
        return msg("What is removed has no value")
    if parts[0] == DIVISIONS:
        fits = isinstance(value, str)
    elif parts[0] == ASSETS:
        fits = len(parts) == 2 and isinstance(value, dict) and {"sha256", "size"} == value.keys()
    else:
        fits = len(parts) > _least(parts[0]) or parts[0] == PACK or isinstance(value, dict)
    if not fits or any(True for _ in _unfit(value)):
        return msg("A configuration can't hold this value")
    try:
        large = len(canonical(value).encode()) > MAX_VALUE
    except (UnicodeEncodeError, ValueError):
        return msg("A configuration can't hold this value")
    return msg("This is too large") if large else ""


def _unfit(value: Any, listed: bool = False) -> Iterator[Any]:
    """Yield the parts of a value that files of packs can't say: nothing, and what means an edit of a list.

    Entries of lists are taken as they are, so a member of one may be nothing, such as members that nobody knows.
    """
    if (value is None and not listed) or is_list_edit(value) or (isinstance(value, str) and "\0" in value):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            if "\0" in name:
                yield name
            yield from _unfit(member, listed)
    elif isinstance(value, list):
        for member in value:
            yield from _unfit(member, member is not None)
