"""What a meeting decides: a text, a unit and a day; each becomes a task sheet that its unit answers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import EDIT
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg
from portal.persistence.models import Meeting, Record, Unit
from portal.services.indicators.board import THING
from portal.services.indicators.sheets import SHEET
from portal.services.records.entering.registering import register

if TYPE_CHECKING:
    from portal.services.portal import Work

MOST_TEXT = 200


def decide(uow: Work, uid: str, version: int, text: str, unit: str, due_on: str) -> Meeting:
    """Write down what a meeting decided and register the task sheet of it, in one act; nothing is sent by itself."""
    row = meeting(uow.session, uid, lock=True)
    uow.access.require(THING, EDIT, row.unit_path)
    if row.version != version:
        raise Conflict("meeting.changed", msg("Somebody else wrote down a decision meanwhile: look again"))
    said, problems = " ".join(text.split()), list[Problem]()
    if not 2 <= len(said) <= MOST_TEXT:
        message = msg("Write between 2 and %(most)s signs")
        problems.append(Problem("meeting.text", message, {"most": MOST_TEXT}, pointer="/text"))
    owner = uow.session.scalars(select(Unit).where(Unit.code == unit)).one_or_none()
    if owner is None or not owner.path.startswith(row.unit_path):
        problems.append(Problem("meeting.unit", msg("Choose a unit below your own"), pointer="/unit"))
    day = _day(due_on)
    if day is None or day < uow.today:
        problems.append(Problem("meeting.due", msg("Choose a day that is still to come"), pointer="/due_on"))
    if problems or owner is None:
        raise InvalidInput(
            "meeting.invalid", msg("The decision is not stored yet: look at what is marked"), {}, problems
        )
    home = uow.session.get_one(Unit, row.unit_id)
    data = {"kind": "task", "unit": owner.code, "matter": said, "requirement": said, "due_on": due_on}
    sheet = register(uow, SHEET, home.code, data).record
    decided = {
        "text": said,
        "unit": owner.code,
        "unit_name": owner.name,
        "due_on": due_on,
        "sheet": sheet.uid,
    }
    row.decisions = [*row.decisions, decided | {"by": uow.access.name, "at": uow.now.isoformat()}]
    row.version += 1
    uow.audit(
        "decide_meeting", row, kind="meeting", object_id=row.uid, unit_path=row.unit_path, after=decided
    )
    return row


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def meeting(session: Session, uid: str, *, lock: bool = False) -> Meeting:
    """Return a meeting that the person may see; NotFound where there is none."""
    wanted = select(Meeting).where(Meeting.uid == uid)
    row = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None:
        raise NotFound("meeting.unknown", msg("There is no such meeting"))
    return row


def meetings(session: Session, kind: str = "", unit: str = "", most: int = 100) -> list[Meeting]:
    """Return the meetings that the person may see, the latest first: of one kind, of one unit, or all."""
    rows = select(Meeting).order_by(Meeting.first_on.desc(), Meeting.kind, Meeting.unit_path).limit(most)
    if kind:
        rows = rows.where(Meeting.kind == kind)
    if unit:
        rows = rows.where(Meeting.unit_id.in_(select(Unit.id).where(Unit.code == unit)))
    return list(session.scalars(rows))


def kinds_of_meetings(session: Session) -> list[Meeting]:
    """Return the newest meeting of each kind that the person may see."""
    newest = list(session.scalars(select(func.max(Meeting.id)).group_by(Meeting.kind)))
    rows = session.scalars(select(Meeting).where(Meeting.id.in_(newest)))
    return sorted(rows, key=lambda row: (len(days_of(row)), row.kind))


def units_of_meetings(session: Session) -> list[tuple[str, str]]:
    """Return code and name of the units that have meetings which the person may see."""
    ids = list(session.scalars(select(Meeting.unit_id).distinct()))
    rows = session.execute(select(Unit.code, Unit.name).where(Unit.id.in_(ids)).order_by(Unit.path))
    return [(code, name) for code, name in rows]


def days_of(row: Meeting) -> range:
    """Return the days of which a meeting has figures, as numbers."""
    first, last = (dt.date.fromisoformat(one).toordinal() for one in (row.first_on, row.last_on))
    return range(first, last + 1)


def before(session: Session, row: Meeting) -> Meeting | None:
    """Return the meeting of the same kind and unit right before another one."""
    same = (Meeting.unit_id == row.unit_id, Meeting.kind == row.kind, Meeting.first_on < row.first_on)
    return session.scalars(
        select(Meeting).where(*same).order_by(Meeting.first_on.desc()).limit(1)
    ).one_or_none()


def sheets_of(session: Session, *rows: Meeting | None) -> dict[str, Any]:
    """Return the sheets of decisions that the person may see, by identifier."""
    uids = [one["sheet"] for row in rows if row is not None for one in row.decisions]
    found = session.scalars(select(Record).where(Record.uid.in_(uids))) if uids else ()
    return {one.uid: one for one in found}
