"""The units of a board as tiles where they lie: a picture beside the table, arranged by the pack of the city."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    steps = shades(known.values())
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
                steps.get(known.get(row.unit.id), 0),
            )
        )
    squares.sort(key=lambda one: (one.y, one.x))
    width = max(one.x for one in squares) + WIDE
    height = max(one.y for one in squares) + HIGH
    return TileMap(title, tuple(squares), width, height)


def shades(values: Iterable[Fraction]) -> dict[Fraction | None, int]:
    """Return how dark each value is: five steps with about as many units in each, so that one far out hides none."""
    ordered = sorted(values)
    if not ordered or ordered[0] == ordered[-1]:
        return dict.fromkeys(ordered, 1)
    return {one: ordered.index(one) * SHADES // len(ordered) + 1 for one in set(ordered)}
