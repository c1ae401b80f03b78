"""Boards that a second person has to agree to before they are taken out: asked for, decided, and how long it holds."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import EDIT, LIST, Access
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, msg
from portal.core.indicators.leaving import MANY, NAMED, Leaving
from portal.persistence.models import BoardExport, Unit
from portal.persistence.scope import access_of, as_system
from portal.services.indicators.board import THING, Board

if TYPE_CHECKING:
    from portal.services.portal import Work

ASKED, AGREED, REFUSED = "asked", "agreed", "refused"
KIND = "board_export"
MOST_TEXT = 200
GOOD_FOR = dt.timedelta(days=7)
PERIODS = 3
MOST_SHOWN = 100
_WHY = "who may see a board asks to take it out"


def why(board: Board) -> dict[str, dict[str, Any]]:
    """Return why a second person has to agree before a board is taken out, with what to say of it."""
    leaving, shown = Leaving.of(board.bundle.settings), [one.id for one in board.indicators]
    lines = (len(board.rows) + 2) * len(shown) * PERIODS
    protected = sorted(leaving.figures.intersection(shown))
    said: Mapping[str, dict[str, Any]] = {MANY: {"most": leaving.most}, NAMED: {"figures": protected}}
    return {one: said[one] for one in leaving.reasons(lines, shown)}


def ask(uow: Work, board: Board, asked: Mapping[str, str], purpose: str) -> BoardExport:
    """Ask a second person to agree; ``asked`` are month, span, column and form as addresses write them."""
    unit = uow.session.scalars(select(Unit).where(Unit.code == board.unit.code)).one()
    uow.access.require(THING, LIST, unit.path)
    said = _text(purpose, "/purpose")
    row = BoardExport(
        uid=secrets.token_hex(16),
        unit_id=unit.id,
        unit_path=unit.path,
        purpose=said,
        state=ASKED,
        asked_at=uow.now,
        asked_by_id=uow.access.user_id,
        asked_by_name=uow.access.name,
        decided_by_name="",
        note="",
        version=1,
        **asked,
    )
    with as_system(uow.session, _WHY):
        uow.add(row)
        uow.session.flush()
        after = {**asked, "purpose": said}
        uow.audit("ask_export", row, kind=KIND, object_id=row.uid, unit_path=unit.path, after=after)
    return row


def decide(uow: Work, uid: str, version: int, note: str, *, agree: bool) -> BoardExport:
    """Agree to what another person asked to take out, or refuse it with a reason; nobody decides what they asked."""
    row = asked_for(uow.session, uid)
    uow.access.require(THING, EDIT, row.unit_path)
    if row.asked_by_id == uow.access.user_id:
        raise Forbidden("export.own", msg("Somebody else has to agree to what you asked for"))
    if row.version != version or row.state != ASKED:
        raise Conflict("export.decided", msg("It was decided meanwhile: look again"))
    said = " ".join(note.split())[:MOST_TEXT] if agree else _text(note, "/note")
    row.state, row.note, row.version = (AGREED if agree else REFUSED), said, version + 1
    row.decided_at, row.decided_by_id, row.decided_by_name = uow.now, uow.access.user_id, uow.access.name
    after = {"state": row.state, "note": said}
    uow.audit("decide_export", row, kind=KIND, object_id=row.uid, unit_path=row.unit_path, after=after)
    return row


def asked_for(session: Session, uid: str) -> BoardExport:
    """Return what was asked for, where the person may see it; NotFound elsewhere."""
    row = session.scalars(select(BoardExport).where(BoardExport.uid == uid)).one_or_none()
    if row is None:
        raise NotFound("export.unknown", msg("There is no such request"))
    return row


def all_asked(session: Session, state: str = "") -> list[BoardExport]:
    """Return what was asked for at the units of the person, the latest first; all of it, or what is in one state."""
    rows = select(BoardExport).order_by(BoardExport.asked_at.desc(), BoardExport.id.desc())
    if state:
        rows = rows.where(BoardExport.state == state)
    return list(session.scalars(rows.limit(MOST_SHOWN)))


def to_agree(session: Session) -> list[BoardExport]:
    """Return what others asked for and the session's person may agree to, the one that waits longest first."""
    access = access_of(session)
    if not access.can(THING, EDIT):
        return []
    rows = select(BoardExport).where(BoardExport.state == ASKED, BoardExport.asked_by_id != access.user_id)
    waiting = session.scalars(rows.order_by(BoardExport.asked_at, BoardExport.id).limit(MOST_SHOWN))
    return [row for row in waiting if access.allows(THING, EDIT, row.unit_path)]


def holds(row: BoardExport, access: Access, now: dt.datetime) -> bool:
    """Tell whether a person may take out what they asked for: agreed to, and not long ago."""
    fresh = row.decided_at is not None and now - row.decided_at < GOOD_FOR
    return row.state == AGREED and fresh and row.asked_by_id == access.user_id


def _text(text: str, pointer: str) -> str:
    said = " ".join(text.split())
    if not 2 <= len(said) <= MOST_TEXT:
        message = msg("Write between 2 and %(most)s signs")
        problem = Problem("export.text", message, {"most": MOST_TEXT}, pointer=pointer)
        raise InvalidInput(
            "export.invalid", msg("It is not stored yet: look at what is marked"), {}, [problem]
        )
    return said
