"""The lines of a list as HTML: a page shows hundreds of cells, so each line is put together here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from portal.core.errors import msg
from portal.web import parts
from portal.web.language import as_written, translate
from portal.web.words.cells import Cell


def line(url: str, cells: Iterable[Cell], record: Any, found: str = "") -> Markup:
    """Return the cells of one record; the first and the title lead to its page, ``found`` stands below."""
    html: list[str] = []
    for cell in cells:
        field = cell.field
        html.append(_opening(field.label, field.kind, field.numeric, not cell.text and not cell.value))
        if len(html) == 1:
            text = cell.text or record.code or translate(msg("Open"))
            html.append(f'<a href="{escape(url)}">{escape(as_written(text))}</a>')
        elif cell.text and cell.field.key == "title":
            html.append(f'<a href="{escape(url)}" tabindex="-1">{_shown(cell, record)}</a>{_found(found)}')
            found = ""
        else:
            html.append(_shown(cell, record))
        html.append("</td>")
    if found:
        # A list without titles: below what leads to the record.
        html.insert(2, _found(found))
    return Markup("".join(html))


def _found(text: str) -> str:
    return f'<span class="cell-found">{escape(text)}</span>' if text else ""


def _shown(cell: Cell, record: Any) -> str:
    if cell.field.kind == "due":
        return parts.due_mark(cell.value, not record.is_open)
    if not cell.text:
        return parts.NONE
    if cell.field.kind == "stage":
        return parts.stage(cell.text, cell.value)
    return escape(as_written(cell.text) if cell.field.of.written else cell.text)


@lru_cache(maxsize=4_000)
def _opening(label: str, kind: str, numeric: bool, empty: bool) -> str:
    """Return the tag of a cell: the label of its column, for narrow screens, and its kind."""
    css = f"cell-{kind}" + " num" * numeric + " cell-none" * empty
    return f'<td data-label="{escape(label)}" class="{css}">'
