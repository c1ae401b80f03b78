"""Try a file of another system: what would be taken over of it, and what is wrong in the other rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import select

from portal.core.access import ADD
from portal.core.errors import Problem, msg
from portal.core.importing import NUMBER
from portal.persistence.models import ImportFile, JobResult
from portal.services.importing.files import TRIED
from portal.services.importing.finding import Setting
from portal.services.importing.reading import Reader, Understood
from portal.services.importing.rows import chunk_of, chunks_of, rows_in, sealed
from portal.services.importing.starting import TRY
from portal.services.importing.working import ImportJob
from portal.services.jobs.catalogue import job
from portal.services.jobs.running import JobRun

if TYPE_CHECKING:
    from portal.services.portal import Work

DOUBLES = "numbers"
_MOST = 20


@job
class TryImport(ImportJob):
    """The trial of a file: nothing is entered, and each row is read as it would be entered."""

    name = TRY
    title = msg("Trial of a file of records")
    needs: ClassVar[str] = ADD
    done: ClassVar[str] = "try_upload"

    def chunks(self, work: JobRun) -> Iterable[str]:
        """Return the parts of the file, behind a look at the numbers of all rows."""
        return [DOUBLES, *self.numbers(work)]

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Read some rows and keep what is wrong in them."""
        file, setting = self.open(uow, work)
        if name == DOUBLES:
            return {"doubles": _doubles(uow, file, setting)}
        query = select(JobResult.value).where(JobResult.job_id == work.claim.id, JobResult.chunk == DOUBLES)
        doubles: dict[str, list[int]] = uow.session.scalars(query).one()["doubles"]
        chunk, reader = chunk_of(uow.session, file, int(name)), Reader(uow, setting)
        told: list[dict[str, Any]] = []
        found: Counter[str] = Counter()
        by: Counter[str] = Counter()
        for one in reader.read(rows_in(work.portal.keys, file, chunk)):
            lines = doubles.get(one.row.number)
            if lines and one.row.line != lines[0]:
                text = msg("The number %(number)s stands in line %(line)s already")
                said = {"number": one.row.number, "line": lines[0]}
                one.problems.append(Problem("import.twice_in_file", text, said, pointer=NUMBER))
            found[_sort(one)] += 1
            told += reader.told(one)
            by.update({problem.code for problem in one.problems})
        chunk.problems = sealed(work.portal.keys, file, told) if told else ""
        counts = {name: found[name] for name in ("good", "bad", "taken", "other")}
        return {**counts, "by": dict(by)}

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any]:
        """Say in the file what was found."""
        return self.end(uow, work, TRIED)


def _sort(one: Understood) -> str:
    """Return which sort of row it is: with faults, new, known and the same, known and different by now."""
    if one.problems:
        return "bad"
    return "good" if not one.is_taken else "other" if one.is_other else "taken"


def _doubles(uow: Work, file: ImportFile, setting: Setting) -> dict[str, list[int]]:
    """Return the numbers that stand in several rows, with the lines of these."""
    headings = setting.mapping.headings_of(NUMBER)
    lines: dict[str, list[int]] = defaultdict(list)
    for chunk in chunks_of(uow.session, file):
        for line, cells in rows_in(uow.portal.keys, file, chunk):
            number = "；".join(cells[heading] for heading in headings if heading in cells)
            if number:
                lines[number].append(line)
    return {number: found[:_MOST] for number, found in lines.items() if len(found) > 1}
