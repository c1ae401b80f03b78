"""Give changed matters back to their source, in its own columns: for a purpose, column by column, noted once.

Nothing leaves that the person may not read: records come through the row scope, and each value through the plan of the
record's own roles. Personal data leave for a purpose that covers them alone, and where the person may have them shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, exists, func, not_, select
from sqlalchemy.orm import Session

from portal.adapters.workbooks import Sheet, write_workbook
from portal.core.access import LIST, UNMASK, Access, Origin
from portal.core.acts import DISCLOSE, RECALCULATE, TAKE_OVER
from portal.core.csv_tables import csv_of
from portal.core.disclosure import OPEN, Plan
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.importing import CLOSED_ON, NUMBER, REGISTERED_ON, STAGE, UNIT, Target
from portal.core.importing.exporting import PURPOSES, Column, Purpose, cell_of, columns_of, value_at
from portal.core.zone import LOCAL
from portal.persistence.models import (
    ExportedRecord,
    ImportSource,
    Record,
    RecordEvent,
    RecordSource,
    SourceExport,
)
from portal.persistence.scope import as_system
from portal.services.importing.finding import Setting, require, setting_of, source_of
from portal.services.importing.meaning import Meaning
from portal.services.records.acts.looked import Read
from portal.services.records.acts.performing import look
from portal.services.records.privacy.encryption import opened
from portal.services.records.privacy.purposes import checked_purpose
from portal.services.records.privacy.withheld import withheld
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

MOST_ROWS, STEP = 5_000, 500
# What a program of the other side can read: CSV as spreadsheets read it, CSV in GBK, a workbook.
FORMS: Mapping[str, str] = {
    "csv": msg("CSV (UTF-8)"),
    "gbk": msg("CSV (GBK)"),
    "xlsx": msg("Workbook (XLSX)"),
}
# What comes from the source itself is no news for it.
_NO_NEWS = (TAKE_OVER.kind, RECALCULATE.kind)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for: columns by heading, for what, why, in which form, and whether all or what changed."""

    headings: Sequence[str]
    purpose: str
    reason: str = ""
    form: str = "csv"
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """One giving back: its entry, the file, how many rows it has, how many wait, and what it shows of whom."""

    made: SourceExport
    content: bytes
    rows: int
    left: int
    shown: Sequence[Read]


@dataclass
class _Row:
    record: Record
    source: RecordSource
    last: int = 0
    cells: list[str] = field(default_factory=list)


def exportable(portal: Portal, session: Session, source_uid: str) -> tuple[Setting, list[Column]]:
    """Return a source with the columns that can be given back to it."""
    setting = setting_of(portal, session, source_of(session, source_uid))
    return setting, columns_of(setting.mapping, setting.targets)


def changed_count(session: Session, source_id: int) -> int:
    """Return how many matters of a source changed here since they were given back, of those the person sees."""
    query = select(func.count()).select_from(Record).join(RecordSource, RecordSource.record_id == Record.id)
    return session.scalar(query.where(RecordSource.source_id == source_id, _changed())) or 0


def exports_of(session: Session, source_id: int, limit: int = 20) -> list[SourceExport]:
    """Return what was given back to a source, the latest first."""
    query = select(SourceExport).where(SourceExport.source_id == source_id)
    return list(session.scalars(query.order_by(SourceExport.id.desc()).limit(limit)))


def personal_of(
    portal: Portal, setting: Setting, access: Access, columns: Iterable[Column]
) -> frozenset[str]:
    """Return the headings of the columns that are masked in lists for a person at the source's unit."""
    plan = _plan(setting.bundle, access, setting.source.etype, (setting.unit.path,), disclosed=False)
    return frozenset(one.heading for one in columns if not plan.sees(one.target.name))


def export_changed(uow: Work, source_uid: str, wanted: Wanted) -> Given:
    """Return the changed matters of a source in its own columns, as a file; one entry names columns and count.

    Raise InvalidInput for a purpose, form or column that there is none of, and for each column that the purpose does
    not cover or that the person may not have shown.
    """
    setting, columns = exportable(uow.portal, uow.session, source_uid)
    source = setting.source
    require(uow.access, LIST, source.etype, source.unit_path)
    uow.access.require(source.etype, LIST, source.unit_path)
    purpose, chosen = _checked(uow, setting, columns, wanted)
    uow.need_room()
    # Of two at once the second one finds what the first has left.
    uow.session.execute(select(ImportSource.id).where(ImportSource.id == source.id).with_for_update())
    rows, left = _rows(uow, setting, wanted)
    if not rows:
        raise _refused(
            "none", msg("No matter of this source changed since they were given back"), "/everything"
        )
    _fill(uow, setting, chosen, purpose, rows)
    made = _noted(uow, setting, wanted, chosen, len(rows))
    _mark(uow, made, rows)
    headings = [one.heading for one in chosen]
    file = _file(wanted.form, headings, [one.cells for one in rows])
    return Given(made, file, len(rows), left, _shown(uow, setting, wanted, chosen, rows))


def note_given(portal: Portal, access: Access, origin: Origin, given: Given) -> bool:
    """Note at each matter that its personal data left; return whether the audit log took it."""
    return look(portal, access, origin, given.shown)


def _noted(uow: Work, setting: Setting, wanted: Wanted, chosen: Sequence[Column], rows: int) -> SourceExport:
    """Return what was given back, stored with its one entry of the log."""
    source = setting.source
    made = SourceExport(
        uid=uuid.uuid4().hex,
        source_id=source.id,
        unit_path=source.unit_path,
        at=uow.now,
        by_id=uow.access.user_id,
        by_name=uow.access.name,
        purpose=wanted.purpose,
        fields=[one.heading for one in chosen],
        rows=rows,
        form=wanted.form,
    )
    uow.add(made)
    uow.session.flush()
    after = {"source": source.name, "purpose": wanted.purpose, "fields": made.fields, "rows": made.rows}
    uow.audit(
        "export_source",
        made,
        kind="source_export",
        object_id=made.uid,
        unit_path=made.unit_path,
        reason=wanted.reason,
        after={**after, "form": wanted.form},
    )
    return made


def _shown(
    uow: Work, setting: Setting, wanted: Wanted, chosen: Sequence[Column], rows: Sequence[_Row]
) -> list[Read]:
    """Return of each matter which of its personal data leave: who asks about a person has to find that, too."""
    personal = personal_of(uow.portal, setting, uow.access, chosen)
    fields = sorted(one.target.name for one in chosen if one.heading in personal)
    return [
        Read(
            DISCLOSE.action,
            one.etype,
            one.uid,
            one.unit_path,
            one.release_id,
            wanted.reason,
            {"fields": fields},
            one.key,
        )
        for one in (row.record for row in rows if fields)
    ]


def _checked(
    uow: Work, setting: Setting, columns: Sequence[Column], wanted: Wanted
) -> tuple[Purpose, list[Column]]:
    """Return purpose and columns that were asked for; raise InvalidInput with everything that speaks against them."""
    purpose = PURPOSES.get(wanted.purpose)
    if purpose is None:
        raise _refused("purpose", msg("Say for what the matters are given back"), "/purpose")
    if wanted.form not in FORMS:
        raise _refused("form", msg("Choose the form of the file"), "/form")
    known = {one.heading: one for one in columns}
    headings = list(dict.fromkeys(wanted.headings))
    if not headings:
        raise _refused("fields", msg("Choose at least one column"), "/fields")
    if unknown := [heading for heading in headings if heading not in known]:
        text = msg("The mapping fills in no column “%(column)s”")
        raise _refused("fields", text, "/fields", column=unknown[0][:100])
    chosen, path = [known[heading] for heading in headings], setting.unit.path
    problems: list[Problem] = []
    masked = personal_of(uow.portal, setting, uow.access, chosen)
    may = uow.access.unlimited or uow.access.allows(setting.source.etype, UNMASK, path)
    shown = _plan(setting.bundle, uow.access, setting.source.etype, (path,), disclosed=may)
    for one in chosen:
        if one.heading not in masked:
            continue
        if not purpose.personal:
            text = msg("“%(column)s” holds personal data, which this purpose does not cover")
        elif not shown.sees(one.target.name):
            text = msg("“%(column)s” is masked for you, and your roles do not allow to have it shown")
        else:
            continue
        problems.append(Problem("export.masked", text, {"column": one.heading}, pointer="/fields"))
    if problems:
        raise InvalidInput("export.masked", problems[0].message, problems[0].params, problems)
    if masked:
        # The same is asked of who has the personal data of one matter shown.
        checked_purpose(setting.bundle, wanted.reason)
    return purpose, chosen


def _rows(uow: Work, setting: Setting, wanted: Wanted) -> tuple[list[_Row], int]:
    """Return the matters that are given back, and how many are left for the next time."""
    of_source = [RecordSource.source_id == setting.source.id]
    if not wanted.everything:
        of_source.append(_changed())
    query = select(Record, RecordSource).join(RecordSource, RecordSource.record_id == Record.id)
    found = uow.session.execute(query.where(*of_source).order_by(Record.id).limit(MOST_ROWS + 1)).all()
    counted = select(func.count()).select_from(Record).join(RecordSource, RecordSource.record_id == Record.id)
    total = len(found) if len(found) <= MOST_ROWS else uow.session.scalar(counted.where(*of_source)) or 0
    rows = [_Row(record, source) for record, source in found[:MOST_ROWS]]
    return rows, total - len(rows)


def _changed() -> ColumnElement[bool]:
    """Return the condition that a matter was worked on here since it was given back last."""
    given = (
        exists()
        .where(ExportedRecord.record_id == RecordEvent.record_id, ExportedRecord.event_id >= RecordEvent.id)
        .correlate(RecordEvent)
    )
    return exists().where(RecordEvent.record_id == Record.id, RecordEvent.kind.not_in(_NO_NEWS), not_(given))


def _fill(
    uow: Work, setting: Setting, columns: Sequence[Column], purpose: Purpose, rows: Iterable[_Row]
) -> None:
    """Fill in the cells of each matter, as far as the person may read it for the purpose."""
    units = uow.portal.choices.at(uow.session, setting.bundle.release_id)
    meaning = Meaning(
        setting.bundle, setting.source.etype, units, setting.unit.path, setting.centre.unit_path
    )
    codes = {row.id: row.code for row in units.rows}
    known: dict[tuple[str, str], str] = {}

    def title(target: Target, code: str) -> str:
        key = target.name, code
        if key not in known:
            known[key] = meaning.title(target, code)
        return known[key]

    for row in rows:
        record = row.record
        bundle = pinned(uow.portal, uow.session, record.release_id)
        paths = (record.unit_path, record.handler_path)
        may = purpose.personal and (uow.access.unlimited or uow.access.allows(record.etype, UNMASK, *paths))
        plan = _plan(bundle, uow.access, record.etype, paths, disclosed=may)
        data = opened(uow.portal.keys, bundle, record.etype, record.uid, record.data)
        kept = withheld(bundle, record.etype, data, uow.today)
        own: dict[str, Any] = {
            NUMBER: row.source.number,
            REGISTERED_ON: row.source.registered_at,
            STAGE: record.stage,
            UNIT: codes.get(record.unit_id),
            CLOSED_ON: None
            if record.is_open or record.stage_since is None
            else row.source.closed_on or record.stage_since.astimezone(LOCAL).date(),
        }
        for one in columns:
            target = one.target
            seen = plan.sees(target.name) and not any(
                one == target.name or one.startswith(target.name + "/") for one in kept
            )
            value = own[target.name] if target.ours else value_at(data, target) if seen else None
            row.cells.append(cell_of(setting.mapping, target, value, title))


def _plan(bundle: Any, access: Access, etype: str, paths: tuple[str | None, ...], *, disclosed: bool) -> Plan:
    """Return what is seen as in a list, or, where it may be disclosed, as on the page of a record that is."""
    if access.unlimited:
        return OPEN
    found: Plan = bundle.plan(etype, access.rights(etype, *paths), disclosed=disclosed, listing=not disclosed)
    return found


def _mark(uow: Work, made: SourceExport, rows: Sequence[_Row]) -> None:
    """Note up to where the history of each matter was given back, also for who reads it and may not change it."""
    with as_system(uow.session, "up to where a matter was given back is noted by who reads it"):
        _marked(uow, made, rows)


def _marked(uow: Work, made: SourceExport, rows: Sequence[_Row]) -> None:
    for start in range(0, len(rows), STEP):
        part = {row.record.id: row for row in rows[start : start + STEP]}
        last = dict(
            uow.session.execute(
                select(RecordEvent.record_id, func.max(RecordEvent.id))
                .where(RecordEvent.record_id.in_(part))
                .group_by(RecordEvent.record_id)
            ).all()
        )
        known = {
            one.record_id: one
            for one in uow.session.scalars(select(ExportedRecord).where(ExportedRecord.record_id.in_(part)))
        }
        for record_id, row in part.items():
            event = last.get(record_id, 0)
            if record_id in known:
                known[record_id].event_id, known[record_id].export_id = event, made.id
            else:
                uow.add(
                    ExportedRecord(
                        record_id=record_id, etype=row.record.etype, event_id=event, export_id=made.id
                    )
                )
        uow.session.flush()


def _file(form: str, headings: Sequence[str], lines: Sequence[Sequence[str]]) -> bytes:
    if form == "xlsx":
        return write_workbook(Sheet("导出", headings, lines))
    content = csv_of(headings, lines, mark=form == "csv")
    # GB18030 has every sign that GBK has, written the same, and those that GBK lacks.
    return content if form == "csv" else content.decode("utf-8").encode("gb18030")


def _refused(code: str, text: str, pointer: str, **params: Any) -> InvalidInput:
    problem = Problem(f"export.{code}", text, params, pointer=pointer)
    return InvalidInput(problem.code, text, params, [problem])
