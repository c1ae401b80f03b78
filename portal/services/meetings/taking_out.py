"""A meeting's paper that is taken out of the portal: logged, without small figures of single units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.core.access import Access, Origin
from portal.core.indicators.sorts import MEDIAN, RATE
from portal.core.indicators.suppression import Tree, left_out
from portal.persistence.models import Meeting
from portal.services.meetings.deciding import meeting

if TYPE_CHECKING:
    from portal.services.portal import Portal

ACTION = "export_meeting"
FORMS = ("docx", "xlsx")
_WHOLE = 0
_OWN = -1


def take_out(portal: Portal, access: Access, origin: Origin, uid: str, form: str) -> Meeting:
    """Return a meeting to take out, and note in the log who took it."""
    with portal.writing(access, origin) as uow:
        row = meeting(uow.session, uid)
        path = row.unit_path
        uow.audit_event(ACTION, kind="meeting", object_id=uid, unit_path=path, after={"as": form})
        uow.commit()
    with portal.reading(access) as session:
        row = meeting(session, uid)
        session.expunge(row)
        return row


def untold(figure: dict[str, Any]) -> frozenset[int]:
    """Return the units of which a frozen figure is not told; 0 where the whole is not."""
    if figure["shows"] == MEDIAN:
        base = {int(unit): pair[1] for unit, pair in figure["rows"].items()}
        counted: dict[int, int] = {}
        whole = (0, figure["now"][1])
    else:
        base = {int(unit): pair[1] for unit, pair in figure["rows"].items()}
        counted = {int(unit): pair[0] for unit, pair in figure["rows"].items()}
        whole = tuple(figure["now"])
    nodes = (*base, _OWN)
    base |= {_OWN: whole[1] - sum(base.values()), _WHOLE: whole[1]}
    counted |= {_OWN: whole[0] - sum(counted.values()), _WHOLE: whole[0]}
    columns = [counted] if figure["shows"] == RATE else []
    return left_out(Tree(_WHOLE, {_WHOLE: nodes}), base, columns)
