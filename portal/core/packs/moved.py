"""Moves: where a thing lies that earlier versions of a pack had elsewhere.

A pack lists them in ``pack.json``; a bundle holds those of its whole chain under ``/moved``. What names a place, such
as a saved view, a column or an indicator, is read through them; records keep what was entered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.packs.origins import is_within

SECTION = "moved"
_BRANCHES = frozenset({"allOf", "anyOf", "oneOf"})
_CASES = frozenset({"if", "then", "else"})
_ROW = "*"


@dataclass(frozen=True, slots=True)
class Move:
    """One move: bundle pointers, the version in which it happened, and the pack that moved it."""

    source: str
    target: str
    version: str = ""
    pack: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the move as a bundle holds it."""
        return {"from": self.source, "to": self.target, "in": self.version, "pack": self.pack}


def moves_in(entries: Iterable[Mapping[str, Any]], pack: str = "") -> list[Move]:
    """Return the moves that a list of entries describes; an entry that is not well formed is passed over."""
    found = []
    for entry in entries:
        source, target, version = (entry.get(name) for name in ("from", "to", "in"))
        if isinstance(source, str) and isinstance(target, str) and source and target:
            found.append(Move(source, target, str(version or ""), str(entry.get("pack") or pack)))
    return found


def moves_of(bundle: Mapping[str, Any]) -> list[Move]:
    """Return the moves of a bundle's chain."""
    entries = bundle.get(SECTION)
    return (
        moves_in([entry for entry in entries if isinstance(entry, dict)]) if isinstance(entries, list) else []
    )


def follow(pointer: str, moves: Iterable[Move]) -> str:
    """Return the present pointer of the thing at a bundle pointer: itself, where nothing moved it.

    A move takes along what lies below it. Each is followed once at most, so moves in a circle end too.
    """
    left = list(moves)
    while True:
        move = _nearest(pointer, left)
        if move is None:
            return pointer
        left.remove(move)
        pointer = move.target + pointer.removeprefix(move.source)


def goes_round(move: Move, moves: Iterable[Move]) -> bool:
    """Tell whether following a move leads back to a place that moved."""
    return _nearest(follow(move.source, moves), list(moves)) is not None


def follow_field(entity: str, pointer: str, moves: Iterable[Move]) -> tuple[str, str] | None:
    """Return the type and data pointer that a field of a type has now; None: it is no field of a form any more.

    ``pointer`` is one into a record's data, such as /applicant_name or /parties/0/name; rows keep their numbers.
    """
    left = list(moves)
    field: tuple[str, str] | None = (entity, pointer)
    while field is not None:
        matching = [(len(move.source), move) for move in left if _rows(move, *field) is not None]
        if not matching:
            return field
        move = max(matching, key=lambda pair: pair[0])[1]
        left.remove(move)
        field = _moved_field(move, *field)
    return None


def place_of_field(bundle_pointer: str) -> tuple[str, str] | None:
    """Return the form and data pointer that a place in a form's JSON Schema describes, ``*`` for rows of a list.

    The form itself has the empty data pointer; None for a place that describes no field.
    """
    parts = pointers.split(bundle_pointer)
    if len(parts) < 2 or parts[0] != "forms":
        return None
    form, rest = parts[1], parts[2:]
    if not rest:
        return form, ""
    if rest[0] != "schema":
        return None
    data = _data_parts(rest[1:])
    return None if data is None else (form, pointers.join(data))


def _data_parts(parts: Sequence[str]) -> list[str] | None:
    found: list[str] = []
    left = list(parts)
    while left:
        word = left.pop(0)
        if word == "properties" and left:
            found.append(left.pop(0))
        elif word == "items":
            found.append(_ROW)
        elif word in _BRANCHES and left:
            left.pop(0)
        elif word not in _CASES:
            return None
    return found


def _nearest(pointer: str, moves: Iterable[Move]) -> Move | None:
    """Return the move of the longest place that holds ``pointer``."""
    above = [move for move in moves if is_within(pointer, move.source)]
    return max(above, key=lambda move: len(move.source)) if above else None


def _rows(move: Move, entity: str, pointer: str) -> list[str] | None:
    """Return the row numbers by which a field lies within what a move takes; None where it does not."""
    place = place_of_field(move.source)
    if place is None or place[0] != entity:
        return None
    pattern, parts = pointers.split(place[1]), pointers.split(pointer)
    if len(parts) < len(pattern) or not all(
        wanted == part or (wanted == _ROW and part.isdigit())
        for wanted, part in zip(pattern, parts, strict=False)
    ):
        return None
    return [part for wanted, part in zip(pattern, parts, strict=False) if wanted == _ROW]


def _moved_field(move: Move, entity: str, pointer: str) -> tuple[str, str] | None:
    place, source = place_of_field(move.target), place_of_field(move.source)
    rows = _rows(move, entity, pointer)
    if place is None or source is None or rows is None:
        return None
    below = pointers.split(pointer)[len(pointers.split(source[1])) :]
    head = [rows.pop(0) if part == _ROW and rows else part for part in pointers.split(place[1])]
    return place[0], pointers.join([*head, *below])
