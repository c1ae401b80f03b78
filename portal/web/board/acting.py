"""From a row of the board to a sheet for its unit, and back: sheets that were sent before, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.access import ADD
from portal.core.errors import msg
from portal.services.indicators.board import Board
from portal.services.indicators.sheets import KINDS, SHEET, Sheet, sheets_about
from portal.services.releases.reading import pinned
from portal.web import access, language
from portal.web.board.asking import Asked
from portal.web.language import translate
from portal.web.words.links import add_url, record_url

WORDS = dict(zip(KINDS, (msg("Supervision sheet"), msg("Letter of advice"), msg("Task sheet")), strict=True))
# The figure that a sheet is about where the table stands by none.
FIRST = "overdue_share"


@dataclass(frozen=True, slots=True)
class Chip:
    """A sheet that was sent to a unit about a figure, as a row tells it."""

    kind: str
    stage: str
    url: str
    is_open: bool


def acting(board: Board, asked: Asked) -> list[tuple[str, str]]:
    """Return what can be sent to a unit of the board: the words, and the address without the unit."""
    may = access.current()
    if not board.bundle.has_entity(SHEET) or not may.allows(SHEET, ADD, board.unit.path):
        return []
    known = {one.id for one in board.indicators}
    figure = asked.sort if asked.sort in known else FIRST
    return [
        (
            translate(WORDS[kind]),
            f"{add_url(SHEET)}?kind={kind}&figure={figure}&month={asked.month_text}&span={asked.span}&about=",
        )
        for kind in KINDS
    ]


def chips(board: Board, codes: set[str]) -> dict[str, list[Chip]]:
    """Return the sheets about figures of units, by the code of the unit."""
    found: dict[str, list[Chip]] = {}
    for one in sheets_about(access.session(), access.current(), codes, board.period):
        found.setdefault(one.unit, []).append(chip(one))
    return found


def chip(one: Sheet) -> Chip:
    """Return a sheet in words."""
    bundle = pinned(access.portal(), access.session(), one.release_id)
    say = bundle.texts(language.current())
    lifecycle = bundle.lifecycle_of(SHEET)
    stage = lifecycle.stage(one.stage) if lifecycle is not None else None
    title = say(stage.title) if stage is not None else one.stage
    kind = translate(WORDS[one.kind]) if one.kind in WORDS else one.kind
    return Chip(kind, title, record_url(SHEET, one.uid), one.is_open)
