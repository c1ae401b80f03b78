"""Let a record name, as the unit that it is sent to, only one that lies below the unit where it was registered."""

from __future__ import annotations

from portal.core import pointer as pointers
from portal.core.access import within
from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.persistence.models import Unit
from portal.services.records.acts.performed import Performed
from portal.services.units.lookup import by_code

BELOW = msg("“%(unit)s” does not lie below “%(own)s”: choose a unit or a department there")


def keep_below(act: Performed) -> None:
    """Raise InvalidInput where an open record names a unit to be sent to that does not lie below its own."""
    where = str(act.bundle.entity(act.record.etype).entity.get("sent_to") or "")
    code = pointers.get(act.record.data, where) if where else None
    if not code or act.gone or not act.record.is_open or act.act.reads:
        return
    below(act, str(code), where)


def below(act: Performed, code: str, where: str) -> Unit:
    """Return a unit that lies below the record's own; raise InvalidInput at a place where it does not."""
    session, record = act.uow.session, act.record
    try:
        unit = by_code(session, code)
    except NotFound as unknown:
        problem = Problem(unknown.code, unknown.message, unknown.params, pointer=where)
        raise InvalidInput(
            "record.sent_to", msg("Please correct what is marked"), problems=[problem]
        ) from unknown
    if unit.path == record.unit_path or not within(unit.path, record.unit_path):
        own = session.get_one(Unit, record.unit_id)
        problem = Problem("record.sent_to", BELOW, {"unit": unit.name, "own": own.name}, pointer=where)
        raise InvalidInput("record.sent_to", msg("Please correct what is marked"), problems=[problem])
    return unit
