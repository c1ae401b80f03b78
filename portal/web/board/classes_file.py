"""A table by classes of the pack as a file: each class with its code, how many, where that is said, and who took it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from portal.adapters.workbooks.writing import Sheet, write_workbook
from portal.core.csv_tables import csv_of
from portal.core.errors import msg
from portal.core.indicators.suppression import MINIMUM
from portal.core.text import Texts
from portal.core.zone import LOCAL
from portal.services.indicators.classes_out import ClassesOut
from portal.web.board.exporting import LEFT_OUT, Lines
from portal.web.board.words import month_words
from portal.web.language import translate

if TYPE_CHECKING:
    from portal.web.board.parting_view import Piece


def as_file(taken: ClassesOut, form: str, person: str, say: Texts, pieces: Iterable[Piece]) -> bytes:
    """Return the table as CSV or as a workbook; no cell of it is worked out by a spreadsheet."""
    found, whole = taken.parted, taken.parted.whole[0]
    heads = [translate(msg("Code of the class")), translate(msg("Class")), say(found.indicator.title)]
    lines = [[one.key, one.title, _told(taken, one.key)] for one in pieces]
    lines.append(["", translate(msg("Together")), str(whole.base) if whole.base >= MINIMUM else LEFT_OUT])
    about = _about(taken, person, say)
    if form == "csv":
        return csv_of(heads, [*lines, [], *about], mark=True)
    title = say(found.table.title) if found.table is not None else ""
    sheet = Sheet(title[:31], heads, lines, (18, 44, 12), right=2)
    on_paper = f"{found.unit.name} {say(found.indicator.title)} {month_words(found.period)}"
    of_file = translate(msg("About this file"))
    last = Sheet(of_file, (of_file, ""), about, (20, 60))
    return write_workbook(sheet, last, on_paper=on_paper)


def _told(taken: ClassesOut, key: str) -> str:
    held = taken.parted.now.get(key)
    return LEFT_OUT if key in taken.hidden else str(held.base if held is not None else 0)


def _about(taken: ClassesOut, person: str, say: Texts) -> Lines:
    found, at = taken.parted, taken.parted.at.astimezone(LOCAL)
    few = translate(msg("Not told: fewer than %(n)s, or it would follow from what is told."), n=str(MINIMUM))
    table = found.table
    return [
        [translate(msg("Figure")), say(found.indicator.title)],
        [translate(msg("What it says")), say(found.indicator.definition)],
        [translate(msg("Source")), say(table.source) if table is not None else ""],
        [translate(msg("Unit")), found.unit.name],
        [translate(msg("Of the period")), month_words(found.period)],
        [translate(msg("Taken out by")), person],
        [translate(msg("Taken out at")), f"{at:%Y-%m-%d %H:%M}"],
        [translate(msg("Number in the log")), taken.number],
        [LEFT_OUT, few],
    ]
