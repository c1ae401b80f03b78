"""Write a paper of headings, lines and tables as a .docx: no field, link or macro in it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from docx import Document


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with lines of text, and a table of texts below it."""

    title: str
    lines: Sequence[str] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default=())


def write_minutes(title: str, under: Sequence[str], parts: Sequence[Part], foot: str) -> bytes:
    """Return a paper of these parts; ``foot`` stands at the foot of each page."""
    paper: Any = Document()
    paper.add_heading(title, level=0)
    for line in under:
        paper.add_paragraph(line)
    for part in parts:
        paper.add_heading(part.title, level=1)
        for line in part.lines:
            paper.add_paragraph(line)
        if part.heads:
            table = paper.add_table(rows=1, cols=len(part.heads), style="Table Grid")
            for cell, text in zip(table.rows[0].cells, part.heads, strict=True):
                cell.text = text
            for row in part.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    paper.sections[0].footer.paragraphs[0].text = foot
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()
