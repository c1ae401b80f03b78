"""The sheet of faults: each row that can't be taken over, with the place and the remedy, to be mended and sent back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.adapters.workbooks import Sheet, write_workbook
from portal.core.access import LIST
from portal.core.errors import Translator, fill, msg
from portal.persistence.models import ImportFile
from portal.services.importing.files import LINE_HEADING
from portal.services.importing.finding import require, source_with
from portal.services.importing.rows import chunks_of, rows_in, unsealed

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

FAULT_HEADING = msg("What is wrong, and what to do")
_PLACE = msg("%(column)s: %(what)s. %(remedy)s")
MOST_LISTED = 100
Fault = dict[str, Any]


def fault_sheet(uow: Work, file: ImportFile, translate: Translator = str) -> bytes:
    """Return the sheet of faults as a workbook; that it was handed out is noted."""
    source = source_with(uow.session, file)
    require(uow.access, LIST, source.etype, source.unit_path)
    headings = [translate(LINE_HEADING), translate(FAULT_HEADING), *file.layout["headings"]]
    lines: list[list[str]] = []
    looks: dict[tuple[int, int], str] = {}
    for line, cells, faults in _faulty(uow.portal, uow.session, file):
        at = len(lines) + 1
        looks[at, 1] = "note"
        for fault in faults:
            for heading in fault["heading"].split("、"):
                if heading in file.layout["headings"]:
                    looks[at, file.layout["headings"].index(heading) + 2] = "fault"
        said = "\n".join(dict.fromkeys(sentence(fault, translate) for fault in faults))
        lines.append([str(line), said, *(cells.get(head, "") for head in file.layout["headings"])])
    after = {"source": source.name, "file": file.name, "rows": len(lines)}
    uow.audit_event("read_faults", kind="import", object_id=file.uid, unit_path=file.unit_path, after=after)
    sheet = Sheet(translate(msg("Faults")), headings, lines, (10, 50), looks)
    return write_workbook(sheet)


def faults_in(portal: Portal, session: Session, file: ImportFile) -> tuple[list[Fault], int]:
    """Return the first faults of a file, and how many there are."""
    found: list[Fault] = []
    for chunk in chunks_of(session, file):
        if chunk.problems:
            found += unsealed(portal.keys, file, chunk.problems)
    return found[:MOST_LISTED], len(found)


def words_of(fault: Fault, translate: Translator = str) -> tuple[str, str]:
    """Return what is wrong and what to do about it."""
    return (
        fill(translate(fault["message"]), fault["params"]),
        fill(translate(fault["remedy"]), fault["params"]),
    )


def sentence(fault: Fault, translate: Translator = str) -> str:
    """Return a fault in words: the column, what is wrong, what to do."""
    what, remedy = words_of(fault, translate)
    said = {"column": place_of(fault, translate), "what": what.rstrip("。."), "remedy": remedy}
    return fill(translate(_PLACE), said)


def place_of(fault: Fault, translate: Translator = str) -> str:
    """Return where a fault is: the column of the file, or what no column fills in."""
    name = translate(fault["field"]) if fault["ours"] else fault["field"]
    return fault["heading"] or name


def _faulty(
    portal: Portal, session: Session, file: ImportFile
) -> Iterator[tuple[int, dict[str, str], list[Fault]]]:
    for chunk in chunks_of(session, file):
        if not chunk.problems:
            continue
        by_line: dict[int, list[Fault]] = defaultdict(list)
        for fault in unsealed(portal.keys, file, chunk.problems):
            by_line[fault["line"]].append(fault)
        for line, cells in rows_in(portal.keys, file, chunk):
            if line in by_line:
                yield line, cells, by_line[line]
