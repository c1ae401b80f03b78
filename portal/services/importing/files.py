"""Take in a file of another system: read it, keep its rows, mend some of them, forget them."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from portal.adapters.workbooks import read_sheets
from portal.core.access import ADD, DELETE
from portal.core.csv_tables import decoded, lines_of
from portal.core.errors import Conflict, InvalidInput, Problem, Translator, msg
from portal.core.files import safe_name
from portal.core.importing import Tables, by_heading, tables_of
from portal.persistence.models import ImportChunk, ImportFile, ImportSource
from portal.services.importing.finding import file_of, is_busy, require, source_of, source_with
from portal.services.importing.rows import keep_rows, mend_rows

if TYPE_CHECKING:
    from portal.services.portal import Work

READ, TRIED, TAKEN, UNDONE = "read", "tried", "taken", "undone"
# What a workbook begins with: a package, or the container of the older kind.
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
MOST_BYTES = 30 * 1024 * 1024
# So long the rows of a file are kept that nobody works on.
KEPT = dt.timedelta(days=30)
# The first column of the sheet of faults: the line of the file that was uploaded.
LINE_HEADING = msg("Line in the file")


def read_file(content: bytes, sheet: str = "") -> Tables:
    """Return the table of a workbook or of a table saved as text; raise InvalidInput with the reason why not."""
    if not content:
        raise _refused("empty", msg("The file is empty"))
    if len(content) > MOST_BYTES:
        raise _refused("size", msg("The file is too large"))
    if content.startswith(_WORKBOOK):
        return tables_of(read_sheets(content), sheet)
    if content.lstrip()[:1] == b"<":
        raise _refused(
            "page",
            msg(
                "This is a page of the web under the name of a table: open it in WPS or Excel and save it as .xlsx"
            ),
        )
    text, problem = decoded(content)
    if problem is None:
        lines, problem = lines_of(text)
    if problem is not None:
        raise InvalidInput(problem.code, problem.message, problem.params, [problem])
    return tables_of({"": lines})


def _refused(code: str, text: str) -> InvalidInput:
    return InvalidInput(f"table.{code}", text, {}, [Problem(f"table.{code}", text, {}, pointer="/file")])


def take_in(uow: Work, source_uid: str, name: str, tables: Tables, digest: str) -> ImportFile:
    """Keep what was read of a file (``read_file``, before a unit of work holds the database)."""
    source = source_of(uow.session, source_uid)
    require(uow.access, ADD, source.etype, source.unit_path)
    uow.need_room()
    made = keep_file(uow, source, name, tables, digest)
    log(uow, "upload", made, source, {"file": made.name, "rows": made.rows, "sha256": digest})
    return made


def keep_file(uow: Work, source: ImportSource, name: str, tables: Tables, digest: str) -> ImportFile:
    """Add a file with its rows; the act that brings it writes the entry."""
    table = tables.table
    made = ImportFile(
        uid=uuid.uuid4().hex,
        source_id=source.id,
        unit_path=source.unit_path,
        name=safe_name(name),
        sha256=digest,
        sheet=table.name[:100],
        layout={"headings": list(table.headings), "head": table.head, "others": dict(tables.others)},
        rows=len(table.rows),
        state=READ,
        found={},
        created_at=uow.now,
        created_by=uow.access.user_id,
        created_by_name=uow.access.name,
        touched_at=uow.now,
        version=1,
    )
    uow.add(made)
    uow.session.flush()
    keep_rows(uow, made, table.rows)
    return made


def digest_of(content: bytes) -> str:
    """Return the digest of a file as it was uploaded."""
    return hashlib.sha256(content).hexdigest()


def mend(uow: Work, uid: str, tables: Tables, translate: Translator = str) -> int:
    """Put the rows of a mended sheet of faults in their places in the file; return how many differ now."""
    file = locked(uow, uid)
    source = source_with(uow.session, file)
    require(uow.access, ADD, source.etype, source.unit_path)
    table = tables.table
    lines = next((one for one in (translate(LINE_HEADING), LINE_HEADING) if one in table.headings), None)
    if lines is None:
        raise InvalidInput(
            "import.mended",
            msg("The sheet has no column “%(column)s”: upload the sheet of faults that was downloaded here"),
            {"column": translate(LINE_HEADING)},
            [],
        )
    mended: dict[int, dict[str, str]] = {}
    for _line, cells in table.rows:
        said = by_heading(table.headings, cells)
        at = said.get(lines, "")
        if at.isdecimal():
            known = dict.fromkeys(set(table.headings) & set(file.layout["headings"]), "")
            mended[int(at)] = known | {head: said[head] for head in known if head in said}
    changed = mend_rows(uow, file, mended)
    touch(uow, file, READ if changed else file.state)
    log(uow, "mend_upload", file, source, {"rows": changed})
    return changed


def drop(uow: Work, uid: str) -> None:
    """Forget the rows of a file; what it brought stays, and so does the line that it was here."""
    file = locked(uow, uid)
    source = source_with(uow.session, file)
    require(uow.access, DELETE, source.etype, source.unit_path)
    forget_rows(uow, file)
    touch(uow, file, file.state)
    log(uow, "drop_upload", file, source, {"rows": file.rows})


def forgotten(uow: Work, limit: int) -> list[str]:
    """Return files whose rows are still kept though nobody has worked on them for ``KEPT``."""
    old = (ImportFile.touched_at < uow.now - KEPT, exists().where(ImportChunk.file_id == ImportFile.id))
    query = select(ImportFile.uid).where(*old).order_by(ImportFile.id).limit(limit)
    return list(uow.session.scalars(query.with_for_update(skip_locked=True)))


def forget(uow: Work, uid: str) -> None:
    """Forget the rows of a file that was left alone."""
    file = file_of(uow.session, uid)
    forget_rows(uow, file)
    touch(uow, file, file.state)
    log(uow, "drop_upload", file, source_with(uow.session, file), {"rows": file.rows})


def forget_rows(uow: Work, file: ImportFile) -> None:
    """Remove the rows of a file."""
    for chunk in uow.session.scalars(select(ImportChunk).where(ImportChunk.file_id == file.id)):
        uow.session.delete(chunk)


def locked(uow: Work, uid: str) -> ImportFile:
    """Return a file that nothing works on; raise Conflict while a job does."""
    file = file_of(uow.session, uid)
    file = uow.session.scalars(
        select(ImportFile)
        .where(ImportFile.id == file.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if is_busy(uow.portal, file):
        raise Conflict("import.busy", msg("This file is being worked on: wait until that has ended"))
    return file


def touch(uow: Work, file: ImportFile, state: str, **values: Any) -> None:
    """Change a file: its state, when it was touched, and further columns."""
    # Two acts in one moment of the clock are two moments here: a version alone is never written.
    file.state, file.touched_at = state, max(uow.now, file.touched_at + dt.timedelta(microseconds=1))
    for name, value in values.items():
        setattr(file, name, value)
    file.version += 1
    uow.session.flush()


def log(uow: Work, action: str, file: ImportFile, source: ImportSource, after: dict[str, Any]) -> None:
    """Write the audit entry about a file."""
    uow.audit(
        action,
        file,
        kind="import",
        object_id=file.uid,
        unit_path=file.unit_path,
        after={"source": source.name, **after},
    )
