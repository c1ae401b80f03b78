"""Tables that people send: as text in any usual encoding, or as the first sheet of a workbook that holds anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from portal.adapters.workbooks.reading import read_sheets
from portal.core.csv_tables import WORKBOOKS, CsvTable, read_table, table_of
from portal.core.errors import InvalidInput


def read_any(
    content: bytes,
    headings: Mapping[str, Sequence[str]],
    *,
    needed: Sequence[str],
    plain: Sequence[str] = (),
    file: str = "",
) -> CsvTable:
    """Read a table as text or as a workbook by its headings; arguments as of ``read_table``."""
    if not content.startswith(WORKBOOKS):
        return read_table(content, headings, needed=needed, plain=plain, file=file)
    try:
        sheets = read_sheets(content)
    except InvalidInput as refused:
        return CsvTable(problems=[replace(one, file=file) for one in refused.problems])
    cleaned = ([(line, [cell.strip() for cell in cells]) for line, cells in one] for one in sheets.values())
    filled = ([(line, cells) for line, cells in one if any(cells)] for one in cleaned)
    return table_of(next(filter(None, filled), []), headings, needed=needed, plain=plain, file=file)
