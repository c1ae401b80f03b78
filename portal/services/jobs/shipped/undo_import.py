"""Take back what one file of another system brought, as long as nobody worked on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import func, select

from portal.core.access import DELETE
from portal.core.acts import TAKE_BACK
from portal.core.errors import msg
from portal.persistence.models import Record, RecordSource
from portal.services.importing.files import UNDONE
from portal.services.importing.finding import file_of
from portal.services.importing.starting import UNDO, touched
from portal.services.importing.working import ImportJob
from portal.services.jobs.catalogue import job
from portal.services.jobs.running import JobRun
from portal.services.records.acts.performing import perform
from portal.services.records.entering.deleting import remove

if TYPE_CHECKING:
    from portal.services.portal import Work

STEP = 200


@job
class UndoImport(ImportJob):
    """The way back of an import: its records go, and with each the key of all that is told of it elsewhere."""

    name = UNDO
    title = msg("Import taken back")
    needs: ClassVar[str] = DELETE
    done: ClassVar[str] = "undo_upload"

    def chunks(self, work: JobRun) -> Iterable[str]:
        """Return ranges of lines of the file: the same ones, however many of its records are gone."""
        with work.portal.reading(work.access) as session:
            file = file_of(session, str(work.payload["file"]))
            last = session.scalar(select(func.max(RecordSource.line)).where(RecordSource.file_id == file.id))
        return [str(start) for start in range(0, max(last or 0, file.rows + 200) + 1, STEP)]

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Remove the records of some lines; one that was worked on meanwhile stays."""
        file, setting = self.open(uow, work)
        low = int(name)
        query = (
            select(Record)
            .join(RecordSource, RecordSource.record_id == Record.id)
            .where(RecordSource.file_id == file.id, RecordSource.line >= low, RecordSource.line < low + STEP)
            .order_by(Record.id)
        )
        records = list(uow.session.scalars(query.with_for_update(of=Record)))
        kept = set(uow.session.scalars(query.with_only_columns(Record.id).where(touched())))
        reason = f"{setting.source.name}：{file.name}"
        for record in records:
            if record.id not in kept:
                with perform(uow, TAKE_BACK, record) as act:
                    remove(act, reason)
        return {"removed": len(records) - len(kept), "kept": len(kept)}

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any]:
        """Say in the file what went."""
        return self.end(uow, work, UNDONE)
