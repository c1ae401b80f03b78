"""A feed: rows that another system sends with its token, read by the kept mapping and taken over by one job.

What comes in is the same as an upload: no row twice, nothing overwritten that was changed here, one entry in the log.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import ADD, LIST
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, TooMany, msg
from portal.core.importing import NUMBER, Tables, by_heading
from portal.persistence.models import ImportFile, ImportSource
from portal.services import jobs
from portal.services.importing.faults import Fault
from portal.services.importing.files import READ, keep_file, log
from portal.services.importing.finding import Setting, file_of, is_busy, require, setting_of, source_of
from portal.services.importing.reading import Reader, tell_double
from portal.services.importing.starting import TAKE
from portal.services.importing.tokens import Bearer

if TYPE_CHECKING:
    from portal.services.portal import Work

# So many rows are looked at before the answer; of more the run itself tells what is wrong.
MOST_AT_ONCE = 500
PER_HOUR, HOUR = 60, dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Fed:
    """Rows that were sent: the file that holds them, and what is wrong in them; None where that is told later."""

    file: ImportFile
    faults: list[Fault] | None


def feed(uow: Work, bearer: Bearer, tables: Tables, digest: str) -> Fed:
    """Keep rows that another system sent, and let them be taken over.

    Raise InvalidInput where the mapping is not complete for these columns, Conflict while rows sent before are being
    taken over, TooMany beyond the limit of an hour. A row with faults hinders no other row.
    """
    source = source_of(uow.session, bearer.source)
    require(uow.access, ADD, source.etype, source.unit_path)
    uow.need_room()
    # Runs of one source come one after the other: what was sent last holds.
    uow.session.execute(select(ImportSource.id).where(ImportSource.id == source.id).with_for_update())
    _require_turn(uow, source, bearer)
    setting, headings = setting_of(uow.portal, uow.session, source), tables.table.headings
    problems = setting.mapping.problems(setting.targets.values(), headings)
    if problems:
        raise InvalidInput(
            "import.mapping", msg("The mapping is not complete for this file"), problems=problems
        )
    file = keep_file(uow, source, f"{bearer.name}.feed", tables, digest)
    few = len(tables.table.rows) <= MOST_AT_ONCE
    faults = _faults(uow, setting, tables) if few else None
    number = jobs.enqueue(uow, TAKE, {"file": file.uid}, key=f"import:{file.uid}")
    file.job_id, file.token_id, file.state = number, bearer.id, READ
    said = {"token": bearer.name, "rows": file.rows, "sha256": digest}
    log(uow, "feed_upload", file, source, said)
    return Fed(file, faults)


def run_of(session: Session, bearer: Bearer, uid: str) -> tuple[ImportFile, ImportSource]:
    """Return a run of the token's own source; raise NotFound where there is none."""
    source, file = source_of(session, bearer.source), file_of(session, uid)
    if file.source_id != source.id or file.token_id is None:
        raise NotFound("import.file", msg("There is no such file"))
    return file, source


def require_reading(uow_access: Any, source: ImportSource) -> None:
    """Raise Forbidden unless the person in whose name a token acts may look at imports there."""
    require(uow_access, LIST, source.etype, source.unit_path)


def rows_as_tables(rows: Sequence[Any]) -> Tables:
    """Return rows that came as JSON objects as a table; raise InvalidInput with each row that is none."""
    problems, headings = list[Problem](), dict[str, None]()
    for at, row in enumerate(rows):
        wrong = not isinstance(row, Mapping) or any(isinstance(one, dict | list) for one in row.values())
        if wrong:
            text = msg("Row %(row)s is no object of texts and numbers")
            problems.append(Problem("feed.row", text, {"row": at + 1}, pointer=f"/rows/{at}"))
        else:
            headings |= dict.fromkeys(row)
    if problems:
        raise InvalidInput("feed.rows", msg("Rows must be objects, with the headings as names"), {}, problems)
    lines = [(at, [_text(row.get(head)) for head in headings]) for at, row in enumerate(rows, start=1)]
    # The headings stand in no line of their own: row 1 is row 1.
    return tables_with(list(headings), lines)


def tables_with(headings: Sequence[str], lines: Sequence[tuple[int, Sequence[str]]]) -> Tables:
    """Return a table of these headings and lines."""
    from portal.core.importing import tables_of

    if not lines or not headings:
        text = msg("The table is empty")
        raise InvalidInput("table.empty", text, {}, [Problem("table.empty", text, {}, pointer="/rows")])
    return tables_of({"": [(0, list(headings)), *lines]})


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _require_turn(uow: Work, source: ImportSource, bearer: Bearer) -> None:
    query = select(ImportFile).where(ImportFile.source_id == source.id, ImportFile.job_id.is_not(None))
    latest = uow.session.scalars(query.order_by(ImportFile.touched_at.desc()).limit(3)).all()
    if any(is_busy(uow.portal, one) for one in latest):
        raise Conflict(
            "feed.busy", msg("Rows of this source are being taken over: send these when that has ended")
        )
    times = select(ImportFile.created_at).where(
        ImportFile.token_id == bearer.id, ImportFile.created_at > uow.now - HOUR
    )
    sent = uow.session.scalars(times.order_by(ImportFile.created_at)).all()
    if len(sent) >= PER_HOUR:
        left = max(1, int((sent[-PER_HOUR] + HOUR - uow.now).total_seconds()))
        text = msg("By one token rows are sent at most %(most)s times an hour: send more rows at once")
        raise TooMany("feed.many", text, {"most": PER_HOUR}, retry_after=left)


def _faults(uow: Work, setting: Setting, tables: Tables) -> list[Fault]:
    """Return what is wrong in each row, as the run will find it."""
    table, reader = tables.table, Reader(uow, setting)
    rows = [(line, by_heading(table.headings, cells)) for line, cells in table.rows]
    heads, lines = setting.mapping.headings_of(NUMBER), defaultdict[str, list[int]](list)
    for line, cells in rows:
        lines["；".join(cells[head] for head in heads if head in cells)].append(line)
    doubles = {number: found for number, found in lines.items() if number and len(found) > 1}
    faults: list[Fault] = []
    for one in reader.read(rows):
        tell_double(one, doubles)
        faults += reader.told(one)
    return faults
