"""A board that is taken out of the portal: logged, numbered, without figures that tell of single people."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.access import Access, Origin
from portal.core.errors import Conflict, msg
from portal.core.indicators import Period
from portal.core.indicators.model import MONTHS
from portal.core.indicators.suppression import MINIMUM
from portal.persistence.models import Unit
from portal.services.indicators.approving import asked_for, holds, why
from portal.services.indicators.board import Board, board_of
from portal.services.indicators.telling import Untold, untold
from portal.services.indicators.wanting import still_counted

if TYPE_CHECKING:
    from portal.services.portal import Portal

ACTION = "export_board"
FORMS = ("xlsx", "csv")
# The code of what is said where nobody agreed yet.
SECOND_PERSON = "export.second_person"
_WHY = "a board is taken out by a person who may see it"


@dataclass(frozen=True, slots=True)
class Exported:
    """A board with what is not told of each of its periods, and the number under which the log knows it."""

    board: Board
    untold: Mapping[Period, Untold]
    number: str


def take_out(
    portal: Portal,
    access: Access,
    origin: Origin,
    code: str,
    month: Period | None,
    also: str,
    form: str,
    purpose: str = "",
    agreed: str = "",
) -> Exported:
    """Return a board to take out, and note in the log who took it; NotFound beyond the person's subtrees.

    Conflict where a second person has to agree and ``agreed`` names no request of the person that holds for it, and
    where figures of it are still being counted, or there are too many matters to count.
    """
    board = board_of(portal, access, code, month, also, in_time=True)
    if board.waits:
        raise still_counted()
    by = _agreed(portal, access, board, form, agreed) if why(board) else ""
    hidden = untold_of(portal, board)
    number = secrets.token_hex(5).upper()
    with portal.writing(access, origin) as uow:
        said = {
            "number": number,
            "month": f"{board.period.year}-{board.period.month:02d}",
            "as": form,
            "purpose": purpose,
            "indicators": [one.id for one in board.indicators],
            **({"agreed_by": by, "request": agreed} if by else {}),
        }
        unit = board.unit
        uow.audit_event(ACTION, kind="board", object_id=unit.code, unit_path=unit.path, after=said)
        uow.commit()
    return Exported(board, hidden, number)


def _agreed(portal: Portal, access: Access, board: Board, form: str, uid: str) -> str:
    """Return who agreed that a person takes a board out; Conflict where nobody did."""
    with portal.reading(access) as session:
        row = asked_for(session, uid) if uid else None
        what = (
            board.unit.id,
            f"{board.period.year}-{board.period.month:02d}",
            MONTHS.get(row.span) if row else 0,
        )
        same = row is not None and what == (row.unit_id, row.month, board.period.months) and row.form == form
        shown = {one.id for one in board.indicators if not one.board}
        if row is not None and same and shown <= {row.also} and holds(row, access, portal.clock.now()):
            return row.decided_by_name
    raise Conflict(SECOND_PERSON, msg("A second person has to agree before this is taken out"))


def untold_of(portal: Portal, board: Board, minimum: int = MINIMUM) -> dict[Period, Untold]:
    """Return of which units each indicator is not told, in each of the periods that a board shows."""
    periods = (board.period, board.period.before, board.period.year_before)
    with portal.reading(Access.system(_WHY)) as session:
        unit = session.get_one(Unit, board.unit.id)
        return untold(portal, session, unit, board.bundle, periods, minimum)
