"""The units of a board as tiles where they lie: a picture beside the table, arranged by the pack of the city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from portal.core.indicators import Indicator
from portal.services.indicators.board import Board
from portal.web.board.words import rank, shown

WIDE, HIGH, GAP = 84, 50, 4
SHADES = 5


@dataclass(frozen=True, slots=True)
class Square:
    """A unit as a tile: where it lies, its figure, and how dark it is (0 where there is no figure)."""

    name: str
    code: str
    value: str
    counts: str
    x: int
    y: int
    shade: int


@dataclass(frozen=True, slots=True)
class TileMap:
    """The tiles with the size of the picture."""

    indicator: str
    squares: tuple[Square, ...]
    width: int
    height: int


def tile_map(board: Board, by: Indicator, title: str) -> TileMap | None:
    """Return the tiles of a board; None where its pack arranges fewer than two of its units."""
    places: Mapping[str, Any] = board.bundle.settings.get("board", {}).get("tiles", {})
    rows = [(row, places[row.unit.code]) for row in board.rows if row.unit.code in places]
    if len(rows) < 2:
        return None
    known = {row.unit.id: value for row, _ in rows if (value := rank(by, row)) is not None}
    ends = (min(known.values()), max(known.values())) if known else (Fraction(0), Fraction(0))
    squares = []
    for row, place in rows:
        figure = shown(by, row.cells[by.id].now)
        squares.append(
            Square(
                place.get("name") or row.unit.short_name or row.unit.name,
                row.unit.code,
                figure.value,
                figure.counts,
                (place["column"] - 1) * (WIDE + GAP),
                (place["row"] - 1) * (HIGH + GAP),
                shade(known.get(row.unit.id), *ends),
            )
        )
    squares.sort(key=lambda one: (one.y, one.x))
    width = max(one.x for one in squares) + WIDE
    height = max(one.y for one in squares) + HIGH
    return TileMap(title, tuple(squares), width, height)


def shade(value: Fraction | None, low: Fraction, high: Fraction) -> int:
    """Return how dark a tile is: one of five steps between the least and the largest value."""
    if value is None:
        return 0
    if high == low:
        return 1
    return min(int((value - low) / (high - low) * SHADES), SHADES - 1) + 1
