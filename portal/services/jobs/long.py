"""Long work in chunks: each result is stored once, however many workers took part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from sqlalchemy import func, select

from portal.core.access import Access
from portal.core.errors import msg
from portal.persistence.models import JobResult
from portal.services.jobs.catalogue import Job
from portal.services.jobs.running import JobRun
from portal.services.portal import Work

_ROW = JobResult.__table__.c


class LongJob(Job):
    """Work of many chunks: an import, a back-test, documents, planning.

    A chunk, its result and the lease are one transaction. When a worker dies, the next one goes on with the chunks
    that have no result; a worker that was only slow can store nothing after that.
    """

    long: ClassVar[bool] = True

    def chunks(self, work: JobRun) -> Iterable[str]:
        """Return the names of the chunks, the same ones each time they are asked for with the same payload."""
        raise NotImplementedError

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Do one chunk and return its result, as JSON."""
        raise NotImplementedError

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any] | None:
        """Return the result of the whole, once every chunk has its own (``results_of``)."""
        return None

    def words(self, work: JobRun) -> tuple[str, dict[str, Any]]:
        """Return how the progress reads: a message id with ``%(done)s`` and ``%(total)s``, and further parameters."""
        return msg("%(done)s of %(total)s done"), {}

    def access(self, work: JobRun) -> Access:
        """Return the access by which chunks are stored: the system's, or one that names a person as well."""
        return work.access

    def run(self, work: JobRun) -> dict[str, Any] | None:
        """Do the chunks that have no result yet, one after the other."""
        names = list(self.chunks(work))
        with work.portal.reading(work.access) as session:
            done = set(session.scalars(select(_ROW.chunk).where(_ROW.job_id == work.claim.id)))
        count = len(done)
        for name in names:
            if name in done:
                continue
            work.check()
            with work.writing(self.access(work)) as uow:
                value = self.chunk(uow, work, name)
                uow.add(JobResult(job_id=work.claim.id, chunk=name, value=value, at=uow.now))
                count += 1
                text, params = self.words(work)
                work.tell(count, len(names), text, **params)
                uow.commit()
        with work.writing(self.access(work)) as uow:
            result = self.finish(uow, work)
            uow.commit()
        return result


def results_of(uow: Work, job_id: int) -> dict[str, Any]:
    """Return the results of all chunks by name."""
    query = select(_ROW.chunk, _ROW.value).where(_ROW.job_id == job_id).order_by(_ROW.chunk)
    return {row.chunk: row.value for row in uow.session.execute(query)}


def count_of(uow: Work, job_id: int) -> int:
    """Return how many chunks have a result."""
    return uow.session.scalar(select(func.count()).where(_ROW.job_id == job_id)) or 0
