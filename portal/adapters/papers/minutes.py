"""Write a paper of headings, lines and tables as a .docx: no field, link or macro in it."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

# A4, with room to bind; a table of more columns than this lies across.
SHORT, LONG, MARGIN = 210, 297, 20
MOST_UPRIGHT = 6
# Of a column's text so much counts for its width, in half-width signs: longer texts are broken into lines.
LEAST_WIDE, MOST_WIDE = 6, 40
TEXT, HEADING = "宋体", "黑体"
LATIN = "Times New Roman"


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with lines of text, and a table of texts below it; ``counts``: all but its first column are figures."""

    title: str
    lines: Sequence[str] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default=())
    counts: bool = False


def write_minutes(title: str, under: Sequence[str], parts: Sequence[Part], foot: str) -> bytes:
    """Return a paper of these parts; ``foot`` stands at the foot of each page."""
    paper: Any = Document()
    _styles(paper)
    across = any(len(part.heads) > MOST_UPRIGHT for part in parts)
    _page(paper.sections[0], across=across)
    paper.add_heading(title, level=0)
    for line in under:
        paper.add_paragraph(line)
    for part in parts:
        paper.add_heading(part.title, level=1)
        for line in part.lines:
            paper.add_paragraph(line)
        if part.heads and part.rows:
            _table(paper, part, (LONG if across else SHORT) - 2 * MARGIN)
    _keep_whole(paper)
    paper.sections[0].footer.paragraphs[0].text = foot
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _page(section: Any, *, across: bool) -> None:
    wide, high = (LONG, SHORT) if across else (SHORT, LONG)
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(wide), Mm(high)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(MARGIN))


def _styles(paper: Any) -> None:
    """Set the faces of texts and headings, those of Chinese too: where none is said each program takes its own."""
    for name, face, size in (
        ("Normal", TEXT, 10.5),
        ("Title", HEADING, 18),
        ("Heading 1", HEADING, 13),
        ("Footer", TEXT, 9),
    ):
        font = paper.styles[name].font
        font.name, font.size, font.color.rgb = LATIN, Pt(size), RGBColor(0, 0, 0)
        fonts = paper.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), face)


def _table(paper: Any, part: Part, wide: int) -> None:
    """Add a table: heads bold, columns as wide as what stands in them."""
    table = paper.add_table(rows=1 + len(part.rows), cols=len(part.heads), style="Table Grid")
    table.autofit = False
    widths = _widths(part, wide)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for at, (row, texts) in enumerate(zip(table.rows, (part.heads, *part.rows), strict=True)):
        for column, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            cell.width = Mm(widths[column])
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(2)
            paragraph.paragraph_format.space_before = Pt(2)
            paragraph.add_run(text).bold = not at
            if part.counts and column:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _keep_whole(paper: Any) -> None:
    """Keep each row of all tables on one page, and let heads stand on each page."""
    for table in paper.element.body.iter(qn("w:tbl")):
        for at, row in enumerate(table.findall(qn("w:tr"))):
            properties = row.get_or_add_trPr()
            for name in ("w:cantSplit",) if at else ("w:cantSplit", "w:tblHeader"):
                properties.append(OxmlElement(name))


def _widths(part: Part, wide: int) -> list[float]:
    """Return how many millimetres each column takes of a line, by its longest texts."""
    columns = zip(*((_length(text) for text in row) for row in part.rows), strict=True)
    heads = (max((_length(word) for word in head.split()), default=0) for head in part.heads)
    sizes = [
        min(max(LEAST_WIDE, head, *column), MOST_WIDE) for head, column in zip(heads, columns, strict=True)
    ]
    return [wide * size / sum(sizes) for size in sizes]


def _length(text: str) -> int:
    """Return how wide a text is, in half-width signs."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
