"""The part of a board that is the same for all who see it with the same ways on: drawn once while the board is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from markupsafe import Markup

from portal.core.indicators import Indicator
from portal.core.kept import Kept
from portal.core.lifecycle.canonical import CANONICAL
from portal.core.text import Texts
from portal.services.bundles import Bundle
from portal.services.indicators.board import Board
from portal.web import language
from portal.web.board import words
from portal.web.board.asking import Asked, next_order
from portal.web.board.tiles import TileMap, tile_map
from portal.web.language import translate

MOST_DRAWN = 60
KEPT = "drawn_boards"
# What the map of tiles shows where the table stands by nothing else.
FIRST_MAP = "median_days"
Acting = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The page of a board without what is asked for each person: before the rows, the rows by unit, and after them."""

    before: Markup
    rows: tuple[tuple[str, Markup], ...]
    after: Markup


def drawn(board: Board, asked: Asked, say: Texts, acting: Acting, *, cases: bool) -> Drawn:
    """Return the page of a board as it was drawn, or draw it; ``cases`` and ``acting`` are the ways on in each row."""
    kept: Kept[Any, Drawn] = current_app.extensions[KEPT]
    columns = tuple(one.id for one in board.indicators)
    moment = (board.unit.id, board.unit.code, board.period, columns, board.worked_out_at)
    key = (*moment, board.bundle.release_id, asked, language.current(), cases, tuple(acting))
    return kept.of(key, lambda: _draw(board, asked, say, acting, cases=cases))


def _draw(board: Board, asked: Asked, say: Texts, acting: Acting, *, cases: bool) -> Drawn:
    by = next((one for one in board.indicators if one.id == asked.sort), None)
    lines = words.lines(board, by, largest_first=asked.largest_first)
    said = {
        **_words(board, asked, say),
        "map": _map(board, by, say),
        "acting": acting,
        "cases": cases,
        "whole": words.whole_line(board),
    }
    parts: Any = current_app.jinja_env.get_template("board/drawn.html").make_module(said)
    row: Callable[[words.Line], Markup] = parts.row
    return Drawn(parts.before(), tuple((line.code, row(line)) for line in lines), parts.after())


def _words(board: Board, asked: Asked, say: Texts) -> dict[str, Any]:
    stages = {key: translate(text) for key, text in CANONICAL.items()}
    return {
        "board": board,
        "asked": asked,
        "columns": [(one.id, say(one.short), next_order(asked, one)) for one in board.indicators],
        "tiles": [
            words.tile(one, board.whole.cells[one.id], say, board.period.months) for one in board.indicators
        ],
        "pairs": [
            (one.id, say(one.short), words.shown(one, board.pairs[one.id]))
            for one in board.bundle.indicators.values()
            if one.id in board.pairs
        ],
        "stages": words.stage_bars(board.stages, stages),
        "desks": words.desk_bars(board),
        "classes": words.part_bars(board.classes, classes(board.bundle, say)),
        "routes": words.part_bars(board.routes, routes(board.bundle, say)),
    }


def _map(board: Board, by: Indicator | None, say: Texts) -> TileMap | None:
    """Return the tiles of the figure by which the table stands, else of the one that is shown first."""
    chosen = by or next((one for one in board.indicators if one.id == FIRST_MAP), None)
    return None if chosen is None else tile_map(board, chosen, say(chosen.short))


def classes(bundle: Bundle, say: Texts) -> dict[str, str]:
    """Return how classes of disputes are called."""
    taxonomy = bundle.raw.get("taxonomies", {}).get("dispute", {})
    return {key: say(term.get("title"), key) for key, term in taxonomy.get("terms", {}).items()}


def routes(bundle: Bundle, say: Texts) -> dict[str, str]:
    """Return how routes are called."""
    return {key: say(one.get("title"), key) for key, one in bundle.routes.items()}
