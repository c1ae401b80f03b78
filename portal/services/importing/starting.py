"""Start the work on a file: its trial, taking its records over, taking them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from portal.core.access import ADD, DELETE
from portal.core.acts import RECALCULATE, TAKE_OVER
from portal.core.errors import Conflict, InvalidInput, msg
from portal.persistence.models import ImportFile, Record, RecordEvent, RecordLink, RecordSource
from portal.persistence.scope import as_system
from portal.services import jobs
from portal.services.importing.files import READ, TAKEN, TRIED, UNDONE, locked, log, touch
from portal.services.importing.finding import require, setting_of, source_with
from portal.services.importing.rows import require_rows

if TYPE_CHECKING:
    from portal.services.portal import Work

TRY, TAKE, UNDO = "try_import", "take_import", "undo_import"
# What stands in the history of a record that nobody has done anything with.
_UNTOUCHED = (TAKE_OVER.kind, RECALCULATE.kind)


def start_trying(uow: Work, uid: str) -> int:
    """Let a file be read by its mapping, without entering anything; return the number of the job."""
    file = _ready(uow, uid, ADD)
    require_rows(uow.session, file)
    setting = setting_of(uow.portal, uow.session, source_with(uow.session, file))
    problems = setting.mapping.problems(setting.targets.values(), file.layout["headings"])
    if problems:
        raise InvalidInput(
            "import.mapping", msg("The mapping is not complete for this file"), problems=problems
        )
    return _enqueue(uow, TRY, file, READ)


def start_taking(uow: Work, uid: str) -> int:
    """Let the rows without faults of a file be taken over; return the number of the job."""
    file = _ready(uow, uid, ADD)
    if file.state not in (TRIED, UNDONE):
        raise Conflict("import.untried", msg("Try the file first: what it holds is not known yet"))
    require_rows(uow.session, file)
    return _enqueue(uow, TAKE, file, file.state)


def start_undoing(uow: Work, uid: str) -> int:
    """Let all records of a file be taken back, as long as nobody has worked on one; return the number of the job."""
    file = _ready(uow, uid, DELETE)
    with as_system(uow.session, "records of an import that somebody worked on, also where they are not seen"):
        brought = uow.session.scalar(
            select(func.count()).select_from(RecordSource).where(RecordSource.file_id == file.id)
        )
        codes: list[str | None] = list(
            uow.session.scalars(worked_on(file).order_by(Record.id).limit(6)).all()
        )
    if not brought:
        raise Conflict("import.none", msg("No record has come from this file"))
    if codes:
        raise Conflict(
            "import.worked_on",
            msg("Records of this import were worked on already, so it can't be taken back: %(codes)s"),
            {"codes": "、".join(code or "—" for code in codes[:5]) + ("…" if len(codes) > 5 else "")},
        )
    return _enqueue(uow, UNDO, file, TAKEN)


def worked_on(file: ImportFile) -> Select[str | None]:
    """Return the statement for the codes of a file's records that were worked on."""
    return (
        select(Record.code)
        .join(RecordSource, RecordSource.record_id == Record.id)
        .where(RecordSource.file_id == file.id, touched())
    )


def touched() -> ColumnElement[bool]:
    """Return the condition that a record has more in its history than that it came, or something that belongs to it."""
    part = Record.__table__.alias("part")
    return or_(
        exists().where(RecordEvent.record_id == Record.id, RecordEvent.kind.not_in(_UNTOUCHED)),
        exists().where(part.c.parent_id == Record.id),
        exists().where(or_(RecordLink.from_id == Record.id, RecordLink.to_id == Record.id)),
    )


def _ready(uow: Work, uid: str, action: str) -> ImportFile:
    file = locked(uow, uid)
    source = source_with(uow.session, file)
    require(uow.access, action, source.etype, source.unit_path)
    return file


def _enqueue(uow: Work, job: str, file: ImportFile, state: str) -> int:
    """Let a worker do the job; what it finds it writes into the file itself, with an entry of its own."""
    number = jobs.enqueue(uow, job, {"file": file.uid}, key=f"import:{file.uid}")
    touch(uow, file, state, job_id=number)
    action = {TRY: "try_upload", TAKE: "take_upload", UNDO: "undo_upload"}[job]
    log(uow, action, file, source_with(uow.session, file), {"file": file.name, "rows": file.rows})
    return number
