"""Workbooks of spreadsheets: read in a child process with limits, written so that no cell is worked out."""

from portal.adapters.workbooks.reading import read_sheets
from portal.adapters.workbooks.tables import read_any
from portal.adapters.workbooks.writing import Sheet, write_workbook

__all__ = ["Sheet", "read_any", "read_sheets", "write_workbook"]
