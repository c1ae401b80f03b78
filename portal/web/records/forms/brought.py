"""What the board brings to the form of a sheet: the unit, the figure and its month, and the matter in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from portal.core.errors import msg
from portal.core.forms import CompiledForm
from portal.core.text import DEFAULT_LANGUAGE, Texts
from portal.persistence.models import Unit
from portal.services.indicators.board import Board, board_of, starts
from portal.services.indicators.sheets import FIGURE, KIND, KINDS, MONTH, SHEET, UNIT, sheets_about
from portal.web import language
from portal.web.board.acting import chip
from portal.web.board.asking import asked
from portal.web.board.words import month_words, shown
from portal.web.language import translate
from portal.web.words.here import Here

ABOUT, OF, KIND_OF = "about", "figure", "kind"


@dataclass(frozen=True, slots=True)
class Brought:
    """Values of the form by pointer, what of it nobody types, what the page carries on, and what was sent before."""

    values: Mapping[str, Any]
    original: Mapping[str, Any]
    carried: Mapping[str, str]
    before: tuple[str, ...]


def brought_from(now: Here, etype: str, form: CompiledForm) -> Brought | None:
    """Return what the board brings to a form; None for other forms, and where the person does not see the board."""
    code, figure = request.values.get(ABOUT, "")[:60], request.values.get(OF, "")[:64]
    if etype != SHEET or not code or not figure:
        return None
    if not starts(now.access):
        return None
    period = asked().month
    board = board_of(now.portal, now.access, code, period, figure, in_time=True)
    kind = request.values.get(KIND_OF, "")
    kind = kind if kind in KINDS else KINDS[0]
    month = f"{period.year}-{period.month:02d}"
    held = {FIGURE: figure, MONTH: month}
    values = {f"/{KIND}": kind, f"/{UNIT}": code, "/matter": _matter(board, figure)}
    return Brought(
        {where: value for where, value in values.items() if form.node_at(where) is not None},
        {key: value for key, value in held.items() if form.node_at(f"/{key}") is not None},
        {ABOUT: code, OF: figure, KIND_OF: kind, "month": month, "span": asked().span},
        _before(now, board.unit, figure, board),
    )


def _matter(board: Board, figure: str) -> str:
    """Return the figure in words, as sheets are written: the month, what it is, and both counts."""
    with language.speaking(DEFAULT_LANGUAGE):
        return _figure(board, figure, board.bundle.texts(DEFAULT_LANGUAGE))


def _figure(board: Board, figure: str, say: Texts) -> str:
    one = board.bundle.indicators.get(figure)
    cell = board.whole.cells.get(figure)
    month = month_words(board.period)
    if one is None or cell is None:
        return month
    told = shown(one, cell.now)
    value = told.value
    if told.counts:
        value = translate(msg("%(rate)s (%(counts)s)"), rate=told.value, counts=told.counts)
    return translate(msg("%(month)s: %(figure)s %(value)s"), month=month, figure=say(one.title), value=value)


def _before(now: Here, unit: Unit, figure: str, board: Board) -> tuple[str, ...]:
    """Return the sheets about the same figure that the unit has, so that nobody pushes twice unaware."""
    found = sheets_about(now.session, now.access, [unit.code], board.period)
    same = [one for one in found if one.figure == figure]
    return tuple(f"{told.kind} {one.code}: {told.stage}" for one in same for told in [chip(one)])
