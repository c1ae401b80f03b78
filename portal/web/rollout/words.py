"""Places of a configuration and their values in words: what a person reads instead of pointers and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from portal.core import pointer as pointers
from portal.core.deadlines.model import Unit
from portal.core.drafts.draft import stand_in
from portal.core.editors.telling import Telling, is_length
from portal.core.packs.three_way import Decision
from portal.web.language import joined, translate

LENGTH_UNITS: tuple[str, ...] = get_args(Unit)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in words: what it is about, and the part of the configuration in which it lies."""

    title: str
    part: str
    section: str


def telling(before: Mapping[str, Any], after: Mapping[str, Any]) -> Telling:
    """Return what tells the places and values of two states of a configuration, in the language of the page."""
    return Telling(stand_in(after, before), translate)


def place_of(told: Telling, path: str) -> Place:
    """Return a place of a merge in words."""
    title = told.place(path)
    return Place(title[:1].upper() + title[1:], told.part(path), next(iter(pointers.split(path)), ""))


def said_of(decision: Decision) -> str:
    """Return one sentence about what comes of a place."""
    return decision.said().text(translate)


def counted_parts(told: Telling, decisions: list[Decision]) -> str:
    """Return of which parts a pile is made, with their numbers."""
    found: dict[str, int] = {}
    for one in decisions:
        part = told.part(one.path)
        found[part] = found.get(part, 0) + 1
    return joined(f"{name} {count}" for name, count in sorted(found.items(), key=lambda pair: -pair[1]))


__all__ = ["LENGTH_UNITS", "Place", "counted_parts", "is_length", "place_of", "said_of", "telling"]
