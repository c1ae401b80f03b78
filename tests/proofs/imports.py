"""Records of another system come in whole: mended by the sheet of faults, through kills, each once, and go again."""

from __future__ import annotations

import datetime as dt
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from portal.adapters.clock import SystemClock
from portal.adapters.workbooks import Sheet, read_sheets, write_workbook
from portal.persistence.models import AuditEntry, JobResult, Record, RecordSource
from portal.persistence.models import Job as JobRow
from portal.services import audit, importing, records
from portal.services.figures import upkeep as figures
from portal.services.importing import rows as kept_rows
from portal.services.importing.files import read_file
from portal.services.jobs import queue
from portal.services.jobs.catalogue import all_jobs
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from portal.services.reach import upkeep as reach
from tests.fixtures import other_system as other
from tests.fixtures.database import KEYS
from tests.fixtures.importing import SYSTEM, Importing, director
from tests.proofs.frame import Number, Place, at_least, equal, proof
from tests.proofs.working_processes import until

UNIT = "530114"
PLACES = ["龙城街道", "洛龙街道", "斗南街道", "乌龙街道", "吴家营街道"]
LEASE = dt.timedelta(seconds=3)
DEADLINE = 300.0
# A worker enters less than so many chunks before it is killed.
FURTHER = 4
# Amounts of rows that changed: as written here, as the other system says by now.
HERE, SAID = 5, 777
# An export with enough open ones at both sizes.
OPEN = 6


@proof(
    "imports",
    "An export of another system is mended, imported through kills, taken back and imported: each row once",
    minutes=9,
    small={"rows": 240, "chunk": 20, "kills": 1, "changed": 20, "here": 2},
    large={"rows": 3_000, "chunk": 40, "kills": 20, "changed": 200, "here": 20},
)
def imports(place: Place, rows: int, chunk: int, kills: int, changed: int, here: int) -> Iterator[Number]:
    """Try, mend, take over with a worker that is killed at random moments, take back, take over; count each time.

    Then the file comes again with some rows changed, of which some were changed here as well.
    """
    portal = Portal.from_url(place.filled(), SystemClock(), KEYS)
    importer = Importing(portal, director(portal, unit=UNIT), unit=UNIT)
    importer.keep(other.MAPPING)
    export = other.export(rows, PLACES, dirty_each=20, seed=OPEN)
    usual, kept_rows.CHUNK = kept_rows.CHUNK, chunk
    try:
        file = importer.upload(_book(export), "导出.xlsx")
    finally:
        kept_rows.CHUNK = usual
    found = importer.run(importing.start_trying, file)
    yield equal(
        "rows without faults, and with", (rows - len(export.mended), len(export.mended)), _good(found)
    )
    _mend(importer, file, export)
    yield equal("after they were mended", (rows, 0), _good(importer.run(importing.start_trying, file)))
    before = importer.count(Record)
    job = importer.start(importing.start_taking, file)
    halves = _killed(portal, place, job, kills)
    yield equal("kills after which a chunk was there in part", 0, halves)
    yield equal("how the import ended", "done", _row(portal, job).status)
    yield equal("records after the import", before + rows, importer.count(Record))
    yield equal("numbers of the other system", rows, _numbers(portal))
    yield equal(
        "removed when it was taken back", rows, importer.run(importing.start_undoing, file)["removed"]
    )
    yield equal("records after that", before, importer.count(Record))
    began = time.process_time()
    yield equal("entered again", rows, importer.run(importing.start_taking, file)["entered"])
    yield at_least("rows per second of processor time", 500, rows / (time.process_time() - began), clock=True)
    made = importer.count(AuditEntry, AuditEntry.action == "take_over_record")
    yield equal("audit entries of records that came", 2 * rows, made)
    yield from _again(importer, export, changed, here)
    yield equal("differences in figures and reach", 0, _differences(portal))
    yield equal("the log verifies", True, audit.verify(portal).clean)
    portal.database.dispose()


def _again(importer: Importing, export: other.Export, changed: int, here: int) -> Iterator[Number]:
    """Send the file again with changed amounts; those of some open cases were changed here before."""
    rows = [{**row, **export.mended.get(at + 2, {})} for at, row in enumerate(export.rows)]
    open_ones = [row for row in rows if row["办理状态"] == "办理中"][:here]
    others = [row for row in rows if row["办理状态"] != "办理中"][: changed - here]
    before = _amounts(importer.portal)
    for row in open_ones:
        _change(importer.portal, row[other.TWICE])
    for row in (*open_ones, *others):
        row["涉及金额(元)"] = str(SAID)
    cells = [[row[heading] for heading in other.HEADINGS] for row in rows]
    file = importer.upload(write_workbook(Sheet("工单", other.HEADINGS, cells)), "再次.xlsx")
    found = importer.run(importing.start_trying, file)
    yield equal("rows that say something else, and the same", (changed, len(rows) - changed), _told(found))
    found = importer.run(importing.start_taking, file)
    brought = tuple(found.get(name, 0) for name in ("refreshed", "offered", "before", "entered"))
    expected = (changed - here, here, len(rows) - changed, 0)
    yield equal("brought up to date, shown beside what was changed here, the same, new", expected, brought)
    after = {row[other.TWICE]: HERE for row in open_ones} | {row[other.TWICE]: SAID for row in others}
    yield equal(
        "amounts that are not what they should be", 0, _wrong(before | after, _amounts(importer.portal))
    )


def _told(found: dict[str, Any]) -> tuple[int, int]:
    return found["other"], found["taken"]


def _amounts(portal: Portal) -> dict[str, float | None]:
    query = select(RecordSource.number, Record.amount).join(Record, Record.id == RecordSource.record_id)
    with portal.reading(SYSTEM) as session:
        return dict(session.execute(query).all())


def _wrong(expected: dict[str, float | None], found: dict[str, float | None]) -> int:
    return len(expected.keys() ^ found.keys()) + sum(expected[one] != found.get(one) for one in expected)


def _change(portal: Portal, number: str) -> None:
    """Change the amount of a case here."""
    query = select(Record).join(RecordSource, RecordSource.record_id == Record.id)
    with portal.writing(SYSTEM) as uow:
        one = uow.session.scalars(query.where(RecordSource.number == number)).one()
        data = dict(records.view_of(portal, uow.session, one).clear)
        records.change(uow, one.uid, {**data, "amount": HERE}, one.version)
        uow.commit()


def _book(export: other.Export) -> bytes:
    return write_workbook(Sheet("工单", other.HEADINGS, export.cells()))


def _good(found: dict[str, Any]) -> tuple[int, int]:
    return found["good"], found["bad"]


def _mend(importer: Importing, file: str, export: other.Export) -> None:
    """Mend each cell of the sheet of faults, and send it back."""
    with importer.portal.writing(importer.who) as uow:
        content = importing.fault_sheet(uow, importing.file_of(uow.session, file))
        uow.commit()
    ((name, lines),) = read_sheets(content).items()
    heads, *rows = [list(cells) for _, cells in lines]
    for cells in rows:
        for column, value in export.mended[int(cells[0])].items():
            cells[heads.index(column)] = value
    with importer.portal.writing(importer.who) as uow:
        importing.mend(uow, file, read_file(write_workbook(Sheet(name, heads, rows))))
        uow.commit()


def _killed(portal: Portal, place: Place, job: int, kills: int) -> int:
    """Let workers take the job, each killed at a random moment of its work; return after how many a chunk was torn."""
    chance, torn = random.Random(2026), 0
    url = portal.database.engine.url.render_as_string(hide_password=False)
    log = (place.folder / "imports.log").open("ab")
    for kill in range(kills + 1):
        token = _row(portal, job).token
        worker = subprocess.Popen([sys.executable, "-m", __name__, url], stdout=log, stderr=log)
        until(lambda token=token, worker=worker: _taken(portal, job, token, worker), DEADLINE)  # type: ignore[misc]
        if kill < kills:
            _work_on(portal, job, chance.randrange(FURTHER))
            time.sleep(chance.uniform(0.0, 0.3))
            if _row(portal, job).status == queue.RUNNING:
                worker.send_signal(signal.SIGKILL)
        else:
            until(lambda: _row(portal, job).status not in queue.LIVE, DEADLINE)
            worker.kill()
        worker.wait()
        torn += _numbers(portal) != _entered(portal, job)
    log.close()
    return torn


def _work_on(portal: Portal, job: int, chunks: int) -> None:
    """Wait until so many chunks more are in: by the clock alone a busy machine would kill before the first."""
    wanted = _chunks(portal, job) + chunks
    until(lambda: _chunks(portal, job) >= wanted or _row(portal, job).status != queue.RUNNING, DEADLINE)


def _chunks(portal: Portal, job: int) -> int:
    with portal.reading(SYSTEM) as session:
        return session.scalar(select(func.count()).where(JobResult.job_id == job)) or 0


def _taken(portal: Portal, job: int, token: int, worker: subprocess.Popen[bytes]) -> bool:
    """Tell whether the worker took the job; a worker that ended by itself is a failure at once."""
    assert worker.poll() is None, "the worker ended by itself: see imports.log"
    return _row(portal, job).token > token


def _row(portal: Portal, job: int) -> JobRow:
    with portal.reading(SYSTEM) as session:
        return session.get_one(JobRow, job)


def _numbers(portal: Portal) -> int:
    with portal.reading(SYSTEM) as session:
        return session.scalar(select(func.count(RecordSource.number.distinct()))) or 0


def _entered(portal: Portal, job: int) -> int:
    """Return how many rows the chunks say that they entered."""
    with portal.reading(SYSTEM) as session:
        found = session.scalars(select(JobResult.value).where(JobResult.job_id == job))
        return sum(value.get("entered", 0) for value in found)


def _differences(portal: Portal) -> int:
    return len(figures.check(portal.database)) + len(reach.check(portal.database))


def main(url: str) -> None:
    """Take imports over, as a worker does, until none waits."""
    portal = Portal.from_url(url, SystemClock(), KEYS)
    type(all_jobs()["take_import"]).lease = LEASE
    last = time.monotonic() + DEADLINE
    while time.monotonic() < last:
        claim = queue.claim(portal, f"proof:{sys.argv[0]}"[:80], ["take_import"])
        if claim is not None:
            run_claim(portal, JobRun(portal, claim))
            return
        time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1])
