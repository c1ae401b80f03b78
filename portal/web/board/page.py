"""What the page of a board shows: its words, pictures and ways on, from the figures and what the address asks."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from portal.core.access import EDIT, LIST
from portal.core.errors import msg
from portal.core.indicators import Indicator
from portal.core.lifecycle.canonical import CANONICAL
from portal.core.text import Texts
from portal.core.zone import LOCAL
from portal.services.indicators.board import CASE, THING, Board
from portal.services.indicators.commenting import comments_of
from portal.web import access, language
from portal.web.board import words
from portal.web.board.acting import acting, chips
from portal.web.board.asking import QUESTIONS, SPANS, Asked, months, next_order, question
from portal.web.board.tiles import TileMap, tile_map
from portal.web.language import translate

# What the map of tiles shows where the table stands by nothing else.
FIRST_MAP = "median_days"


def page_of(board: Board, asked: Asked) -> dict[str, Any]:
    """Return everything that the page of a board says."""
    say = board.bundle.texts(language.current())
    by = next((one for one in board.indicators if one.id == asked.sort), None)
    may = access.current()
    codes = {row.unit.code for row in board.rows}
    return {
        "title": Markup(translate(msg("%(unit)s, %(month)s")))
        % {"unit": language.as_written(board.unit.name), "month": words.month_words(board.period)},
        "subtitle": _said(board),
        "crumbs": [
            (one.name, asked.url(one.code)) for one in board.above if may.allows(THING, LIST, one.path)
        ],
        "board": board,
        "asked": asked,
        "months": months(),
        "spans": [(key, translate(text)) for key, text in SPANS],
        "questions": [question(asked, board, *one) for one in QUESTIONS if one[1] or one[2]],
        "columns": [(one.id, say(one.short), next_order(asked, one)) for one in board.indicators],
        "tiles": [words.tile(one, board.whole.cells[one.id], say) for one in board.indicators],
        "map": _map(board, by, say),
        "lines": words.lines(board, by, largest_first=asked.largest_first),
        "whole": words.whole_line(board),
        "pairs": [
            (one.id, say(one.short), words.shown(one, board.pairs[one.id]))
            for one in board.bundle.indicators.values()
            if one.id in board.pairs
        ],
        "stages": words.stage_bars(board.stages, {key: translate(text) for key, text in CANONICAL.items()}),
        "desks": words.desk_bars(board),
        "classes": words.part_bars(board.classes, _classes(board, say)),
        "routes": words.part_bars(board.routes, _routes(board, say)),
        "cases": may.allows(CASE, LIST, board.unit.path),
        "acting": acting(board, asked),
        "chips": chips(board, codes),
        "comments": _comments(board, say),
        "may_comment": may.allows(THING, EDIT, board.unit.path),
        "figures": [(one.id, say(one.short)) for one in board.indicators],
    }


def _map(board: Board, by: Indicator | None, say: Texts) -> TileMap | None:
    """Return the tiles of the figure by which the table stands, else of the one that is shown first."""
    chosen = by or next((one for one in board.indicators if one.id == FIRST_MAP), None)
    return None if chosen is None else tile_map(board, chosen, say(chosen.short))


def _comments(board: Board, say: Texts) -> dict[str, list[tuple[str, str, str, str]]]:
    """Return what units of the board say of their figures, by code: figure, text, who, and when."""
    codes = {row.unit.id: row.unit.code for row in (board.whole, *board.rows)}
    titles = {key: say(one.short) for key, one in board.bundle.indicators.items()}
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for one in comments_of(access.session(), codes, board.period):
        at = f"{one.at.astimezone(LOCAL):%m-%d}"
        said = (titles.get(one.indicator, one.indicator), one.text, one.by_name, at)
        found.setdefault(codes[one.unit_id], []).append(said)
    return found


def _said(board: Board) -> str:
    """Return the one sentence that comes first: what was registered, and what is overdue now."""
    moment = board.at.astimezone(LOCAL)
    at = f"{moment:%Y-%m-%d %H:%M}"
    overdue, number = sum(one.overdue for one in board.stages), sum(one.number for one in board.stages)
    return translate(
        msg(
            "As of %(at)s. %(registered)s registered; %(open)s not concluded now, %(overdue)s of them overdue."
        ),
        at=at,
        registered=words.number(board.whole.trend[-1]),
        open=words.number(number),
        overdue=words.number(overdue),
    )


def _classes(board: Board, say: Texts) -> dict[str, str]:
    taxonomy = board.bundle.raw.get("taxonomies", {}).get("dispute", {})
    return {key: say(term.get("title"), key) for key, term in taxonomy.get("terms", {}).items()}


def _routes(board: Board, say: Texts) -> dict[str, str]:
    return {key: say(one.get("title"), key) for key, one in board.bundle.routes.items()}
