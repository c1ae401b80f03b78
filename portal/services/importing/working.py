"""What the jobs of imports share: the file they work on, in the name of the person who started them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from collections.abc import Mapping as Of
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import func, select

from portal.core.access import Access
from portal.core.errors import msg
from portal.core.importing import NUMBER
from portal.persistence.models import ImportChunk, ImportFile, JobResult
from portal.services.importing.files import log, touch
from portal.services.importing.finding import Setting, file_of, require, setting_of, source_with
from portal.services.importing.reading import Reader, Understood, tell_double
from portal.services.importing.rows import chunk_of, chunks_of, rows_in, sealed
from portal.services.jobs.long import LongJob, results_of
from portal.services.jobs.running import JobRun
from portal.services.users.access import access_of

if TYPE_CHECKING:
    from portal.services.portal import Work

# The chunk that looks for numbers which stand in several rows, and of how many rows it keeps the lines.
DOUBLES, MOST_LINES = "numbers", 20


class ImportJob(LongJob):
    """Work on the rows of one file, chunk by chunk; each chunk is stored whole or not at all."""

    # What the person must be allowed to do, with imports and with records of the type.
    needs: ClassVar[str]
    done: ClassVar[str]

    def access(self, work: JobRun) -> Access:
        """Return the access of this work in the name of the person who started it, whose rights each chunk asks.

        Rows of a job are the system's, and what was taken over before counts also where the person does not see it.
        """
        who = self.person(work)
        return replace(who, grants=(), system_reason=f"import {work.payload['file']}")

    def person(self, work: JobRun) -> Access:
        """Return what the person may do now."""
        user = work.claim.user_id
        return access_of(work.portal, user) if user is not None else work.access

    def open(self, uow: Work, work: JobRun) -> tuple[ImportFile, Setting]:
        """Return the file and its setting; raise Forbidden where the person may do this no more."""
        file = file_of(uow.session, str(work.payload["file"]))
        source = source_with(uow.session, file)
        require(self.person(work), self.needs, source.etype, source.unit_path)
        return file, setting_of(work.portal, uow.session, source)

    def numbers(self, work: JobRun) -> list[str]:
        """Return the parts of the file, behind a look at the numbers of all its rows."""
        with work.portal.reading(work.access) as session:
            file = file_of(session, str(work.payload["file"]))
            count = session.scalar(
                select(func.count()).select_from(ImportChunk).where(ImportChunk.file_id == file.id)
            )
        return [DOUBLES, *(str(n) for n in range(count or 0))]

    def doubles(self, uow: Work, file: ImportFile, setting: Setting) -> dict[str, Any]:
        """Return the numbers that stand in several rows of the file, with the lines of these."""
        headings = setting.mapping.headings_of(NUMBER)
        lines: dict[str, list[int]] = defaultdict(list)
        for chunk in chunks_of(uow.session, file):
            for line, cells in rows_in(uow.portal.keys, file, chunk):
                number = "；".join(cells[heading] for heading in headings if heading in cells)
                if number:
                    lines[number].append(line)
        return {"doubles": {number: found[:MOST_LINES] for number, found in lines.items() if len(found) > 1}}

    def rows(
        self, uow: Work, work: JobRun, file: ImportFile, setting: Setting, name: str
    ) -> Iterator[Understood]:
        """Yield the rows of one part as they are understood now, and keep what is wrong in them.

        Of rows of one number the first one counts; the others are at fault, in whichever part of the file they stand.
        """
        query = select(JobResult.value).where(JobResult.job_id == work.claim.id, JobResult.chunk == DOUBLES)
        doubles: dict[str, list[int]] = uow.session.scalars(query).one()["doubles"]
        chunk, reader = chunk_of(uow.session, file, int(name)), Reader(uow, setting)
        told: list[dict[str, Any]] = []
        for one in reader.read(rows_in(work.portal.keys, file, chunk)):
            tell_double(one, doubles)
            told += reader.told(one)
            yield one
        chunk.problems = sealed(work.portal.keys, file, told) if told else ""

    def words(self, work: JobRun) -> tuple[str, dict[str, Any]]:
        """Return how the progress reads."""
        return msg("%(done)s of %(total)s parts of the file"), {}

    def end(self, uow: Work, work: JobRun, state: str, keep: Of[str, Any] | None = None) -> dict[str, Any]:
        """Write what was found into the file, and return it."""
        file, setting = self.open(uow, work)
        found = summed(results_of(uow, work.claim.id))
        touch(uow, file, state, found={**(keep or {}), **found})
        log(uow, self.done, file, setting.source, {name: found[name] for name in found if name != "by"})
        return found


def summed(results: Of[str, Any]) -> dict[str, Any]:
    """Return the sums over the results of all chunks."""
    total: Counter[str] = Counter()
    by: Counter[str] = Counter()
    for value in results.values():
        if isinstance(value, dict) and "doubles" not in value:
            total.update({name: number for name, number in value.items() if isinstance(number, int)})
            by.update(value.get("by", {}))
    return {**total, "by": dict(by)} if by else dict(total)
