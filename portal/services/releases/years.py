"""Import a year of the working calendar for all centres, and let what runs be worked out by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.calendars import GAZETTED
from portal.core.canonical import digest
from portal.core.errors import Conflict, msg, require_reason
from portal.core.packs.years import CalendarYear as YearFile
from portal.persistence.models import CalendarYear, Record
from portal.services import jobs
from portal.services.releases.acting import one_at_a_time
from portal.services.units.centres import all_centres

if TYPE_CHECKING:
    from portal.services.portal import Work


def known_years(session: Session) -> Sequence[CalendarYear]:
    """Return the years that were imported, in order."""
    return list(session.scalars(select(CalendarYear).order_by(CalendarYear.year)))


def import_year(uow: Work, file: YearFile, reason: str, *, replace: bool = False) -> bool:
    """Keep a year for all centres, and let running periods be worked out by it; return whether anything changed.

    A published year is replaced only where that is asked for, and never by one that is only expected. A day that a
    party was told does not move earlier by it: that is a person's decision.
    """
    require_reason(reason)
    uow.access.require("release", "edit", "/")
    one_at_a_time(uow.session)
    row = uow.session.get(CalendarYear, file.year)
    mark = digest(dict(file.days))
    if row is not None and row.digest == mark:
        return False
    _require_replaceable(row, file, replace)
    before = None if row is None else _said(row)
    if row is None:
        row = CalendarYear(year=file.year)
        uow.add(row)
    row.state, row.notice = file.state, str(file.days.get("notice", ""))
    row.days, row.digest = dict(file.days), mark
    row.changed_at, row.changed_by_name = uow.now, uow.access.name
    uow.session.flush()
    action = "add" if before is None else "edit"
    uow.audit(
        action,
        row,
        kind="calendar",
        object_id=str(file.year),
        unit_path="/",
        before=before,
        after=_said(row),
        reason=reason,
    )
    _work_out_periods(uow, mark)
    return True


def _require_replaceable(row: CalendarYear | None, file: YearFile, replace: bool) -> None:
    if row is None or row.state != GAZETTED:
        return
    if file.state != GAZETTED:
        raise Conflict(
            "calendar.published",
            msg("The year %(year)s is published (%(notice)s); an expected one does not replace it"),
            {"year": file.year, "notice": row.notice},
        )
    if not replace:
        raise Conflict(
            "calendar.known",
            msg(
                "The year %(year)s is known with other days (%(notice)s); say --replace where they were changed"
            ),
            {"year": file.year, "notice": row.notice},
        )


def _said(row: CalendarYear) -> dict[str, object]:
    return {"state": row.state, "notice": row.notice, "days": row.days}


def _work_out_periods(uow: Work, mark: str) -> None:
    """Let what runs at each centre be worked out anew; two imports at the same moment share the work that waits."""
    options = {"unscoped": "asked up to which number there are records, for work that is done later"}
    upto = uow.session.scalar(select(func.max(Record.id)), execution_options=options) or 0
    for centre in all_centres(uow.session):
        key = f"clocks:{centre.unit_id}:{mark[:16]}"
        jobs.enqueue(uow, "recalculate_clocks", {"unit_id": centre.unit_id, "upto": upto}, key=key)
