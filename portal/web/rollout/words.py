"""Places of a configuration and their values in words: what a person reads instead of pointers and JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from portal.core import pointer as pointers
from portal.core.columns import COLUMNS
from portal.core.deadlines import Length
from portal.core.deadlines.model import Unit
from portal.core.drafts.draft import OWN_PARTS, shown, stand_in
from portal.core.drafts.properties import PROPERTIES
from portal.core.errors import msg
from portal.core.packs.places import PARTS, place_depth, said
from portal.core.packs.resolve import Resolved
from portal.core.packs.three_way import ABSENT, Decision
from portal.web.language import translate
from portal.web.words.lengths import length_words

MOST_LINES = 6
LENGTH_UNITS: tuple[str, ...] = get_args(Unit)
_IDENTIFIER = re.compile("“[a-z][a-z0-9_]*”")
_NAMED = {**PARTS, **OWN_PARTS}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in words: what it is about, and the part of the configuration in which it lies."""

    title: str
    part: str
    section: str


def names_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> Resolved:
    """Return two states of a configuration in the shape in which places are named."""
    return stand_in(after, before)


def code_words(names: Resolved) -> Mapping[str, str]:
    """Return what identifiers are called: columns, fields with their options, and what other parts define."""
    found: dict[str, str] = {}
    for part in names.bundle.values():
        for code, one in part.items() if isinstance(part, Mapping) else ():
            if isinstance(one, Mapping) and said(one.get("title")):
                found.setdefault(code, said(one["title"]))
    for name in ("layout", "lifecycles"):
        for group in (names.bundle.get(name) or {}).values():
            for code, word in _titles(group):
                found.setdefault(code, word)
    for form in (names.bundle.get("forms") or {}).values():
        for code, word in _titles((form.get("ui") or {}).get("sections")):
            found.setdefault(code, word)
        for code, one in ((form.get("schema") or {}).get("properties") or {}).items():
            if isinstance(one, Mapping):
                options = [item for item in one.get("oneOf") or () if isinstance(item, Mapping)]
                found |= {str(item["const"]): said(item.get("title")) for item in options if "const" in item}
                found[code] = said(one.get("title"), found.get(code, ""))
    found |= {name: translate(one.title) for name, one in COLUMNS.items()}
    return {code: word for code, word in found.items() if word}


def _titles(group: Any, depth: int = 2) -> Iterator[tuple[str, str]]:
    """Yield what the things of a group are called, by their identifiers."""
    for code, one in group.items() if isinstance(group, Mapping) and depth else ():
        if isinstance(one, Mapping):
            if word := said(one.get("title")):
                yield code, word
            else:
                yield from _titles(one, depth - 1)


def place_of(names: Resolved, path: str, codes: Mapping[str, str] | None = None) -> Place:
    """Return a place of a merge in words; ``codes``: what identifiers are called."""
    parts = pointers.split(path)
    entry = next(
        (at for at, part in enumerate(parts) if part.startswith("=") and part != "=order"), len(parts)
    )
    words, depth = place_depth(names, pointers.join(parts[:entry]))
    section = parts[0] if parts else ""
    part = translate(_NAMED[section]) if section in _NAMED else translate(msg("Other settings"))
    told = [one.text(translate) for one in words]
    # A name that is nothing but an identifier tells an official nothing where something else is told.
    told = [one for one in told if not _IDENTIFIER.search(one)] or told
    label = (
        _label(parts[depth:entry])
        if entry == len(parts)
        else _entry_label(parts[depth:entry], parts[entry:], codes or {})
    )
    if not told:
        told = [part]
    within = translate(msg("%(outer)s, %(inner)s"))
    title = told[0]
    for inner in [*told[1:], *([label] if label else [])]:
        title = within % {"outer": title, "inner": inner}
    return Place(title, part, section)


def _entry_label(above: list[str], entry: list[str], codes: Mapping[str, str]) -> str:
    """Return what an entry of a list is called: the list, and the entry's own name where it is a plain word."""
    key = entry[0].removeprefix("=").strip('"')
    key = codes.get(key.removeprefix("/"), key)
    told = _label(above) or translate(msg("entry"))
    plain = not any(sign in key for sign in '[{"')
    return f"{told} “{key}”" if plain else told


def _label(rest: list[str]) -> str:
    """Return what the property at the end of a path is called; empty for a thing itself."""
    if not rest:
        return ""
    if rest[-1] == "=order":
        return translate(PROPERTIES["order"].title)
    found = next((PROPERTIES[one].title for one in reversed(rest) if one in PROPERTIES), None)
    return translate(found) if found else translate(msg("another setting"))


def value_text(value: Any, codes: Mapping[str, str] | None = None) -> str:
    """Return a value as people say it; ``codes``: what identifiers are called."""
    if isinstance(value, str) and codes and value.removeprefix("/") in codes:
        return codes[value.removeprefix("/")]
    if value is ABSENT or value is None:
        return translate(msg("not there"))
    if isinstance(value, bool):
        return translate(msg("yes") if value else msg("no"))
    if isinstance(value, dict):
        return _thing(value)
    if isinstance(value, list):
        return "、".join(value_text(one, codes) for one in value[:MOST_LINES]) + (
            "…" if len(value) > MOST_LINES else ""
        )
    return shown(value)


def _thing(value: Mapping[str, Any]) -> str:
    if is_length(value):
        return length_words(Length.from_definition(value))
    name = said(value.get("title") or value.get("name") or value.get("label"))
    if name:
        return name
    plain = said(value)  # a text by language
    if plain:
        return plain
    lines = [
        f"{_label([key])} {value_text(one)}"
        for key, one in value.items()
        if key in PROPERTIES and not isinstance(one, dict)
    ]
    if lines:
        return "；".join(lines[:MOST_LINES]) + ("…" if len(value) > len(lines[:MOST_LINES]) else "")
    return translate(msg("%(count)s settings")) % {"count": len(value)}


def is_length(value: Any) -> bool:
    """Tell whether a value is a length of time."""
    return isinstance(value, dict) and set(value) == {"n", "unit"} and value["unit"] in LENGTH_UNITS


def said_of(decision: Decision) -> str:
    """Return one sentence about what comes of a place."""
    return decision.said().text(translate)


def counted_parts(names: Resolved, decisions: list[Decision]) -> str:
    """Return of which parts a pile is made, with their numbers."""
    found: dict[str, int] = {}
    for one in decisions:
        part = place_of(names, one.path).part
        found[part] = found.get(part, 0) + 1
    return "、".join(f"{name} {count}" for name, count in sorted(found.items(), key=lambda pair: -pair[1]))


__all__ = ["Place", "code_words", "counted_parts", "names_of", "place_of", "said_of", "value_text"]
