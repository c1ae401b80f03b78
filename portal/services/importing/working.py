"""What the jobs of imports share: the file they work on, in the name of the person who started them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Of
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import func, select

from portal.core.access import Access
from portal.core.errors import msg
from portal.persistence.models import ImportChunk, ImportFile
from portal.services.importing.files import log, touch
from portal.services.importing.finding import Setting, file_of, require, setting_of, source_with
from portal.services.jobs.long import LongJob, results_of
from portal.services.jobs.running import JobRun
from portal.services.users.access import access_of

if TYPE_CHECKING:
    from portal.services.portal import Work


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
        """Return the numbers of the file's chunks."""
        with work.portal.reading(work.access) as session:
            file = file_of(session, str(work.payload["file"]))
            count = session.scalar(
                select(func.count()).select_from(ImportChunk).where(ImportChunk.file_id == file.id)
            )
        return [str(n) for n in range(count or 0)]

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
