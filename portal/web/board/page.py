"""The page of a board beside what is drawn once: words, ways on, sheets and remarks."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from portal.core.access import EDIT, LIST
from portal.core.errors import msg
from portal.core.text import Texts
from portal.services.indicators.board import CASE, THING, Board
from portal.services.indicators.commenting import comments_of
from portal.web import access, language
from portal.web.board import words
from portal.web.board.acting import acting, chips
from portal.web.board.asking import QUESTIONS, SPANS, Asked, months, question
from portal.web.board.drawn import drawn
from portal.web.days import short_day, short_moment
from portal.web.language import translate


def page_of(board: Board, asked: Asked) -> dict[str, Any]:
    """Return everything that the page of a board says."""
    say = board.bundle.texts(language.current())
    may = access.current()
    cases = may.allows(CASE, LIST, board.unit.path)
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
        "columns": board.indicators,
        "drawn": drawn(board, asked, say, acting(board, asked), cases=cases),
        "chips": chips(board, codes),
        "comments": _comments(board, say),
        "may_comment": may.allows(THING, EDIT, board.unit.path),
        "figures": [(one.id, say(one.short)) for one in board.indicators],
    }


def _comments(board: Board, say: Texts) -> dict[str, list[tuple[str, str, str, str]]]:
    """Return what units of the board say of their figures, by code: figure, text, who, and when."""
    codes = {row.unit.id: row.unit.code for row in (board.whole, *board.rows)}
    titles = {key: say(one.short) for key, one in board.bundle.indicators.items()}
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for one in comments_of(access.session(), codes, board.period):
        at = short_day(one.at, access.portal().clock.today())
        said = (titles.get(one.indicator, one.indicator), one.text, one.by_name, at)
        found.setdefault(codes[one.unit_id], []).append(said)
    return found


def _said(board: Board) -> str:
    """Return the one sentence that comes first: what was registered, and what is overdue now."""
    overdue, number = sum(one.overdue for one in board.stages), sum(one.number for one in board.stages)
    return translate(
        msg(
            "As of %(at)s. %(registered)s registered; %(open)s not concluded now, %(overdue)s of them overdue."
        ),
        at=short_moment(board.at, access.portal().clock.today()),
        registered=words.number(sum(board.whole.trend[-board.period.months :])),
        open=words.number(number),
        overdue=words.number(overdue),
    )
