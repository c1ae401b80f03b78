"""Keep a matter from the unit that it is about: it neither has it nor is asked, by no act at all."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from portal.core import pointer as pointers
from portal.core.access import within
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.referrals import STATES, open_states
from portal.persistence.models import Referral, Unit
from portal.services.records.acts.performed import Performed
from portal.services.units.lookup import by_code

PASSED = msg("This matter is about “%(unit)s”, which may not see it: choose another unit")
HELD = msg(
    "“%(unit)s” would see this matter, which is about it: leave it to the discipline organ or to the unit above"
)


def keep_away(act: Performed) -> None:
    """Raise InvalidInput where an open record lies with, or is asked of, the unit that it is about."""
    where = str(act.bundle.entity(act.record.etype).entity.get("kept_from") or "")
    code = pointers.get(act.record.data, where) if where else None
    if not code or act.gone or not act.record.is_open or act.act.reads:
        return
    uow, record = act.uow, act.record
    unit = by_code(uow.session, str(code))
    said = {"unit": unit.name}
    if within(record.unit_path, unit.path):
        problem = Problem("record.kept_from", HELD, said, pointer=where)
    elif any(within(path, unit.path) for path in _asked(act)):
        problem = Problem("record.kept_from", PASSED, said, pointer="/to")
    else:
        return
    raise InvalidInput("record.kept_from", msg("Please correct what is marked"), problems=[problem])


def _asked(act: Performed) -> Iterator[str]:
    """Yield the paths of the units that have the matter, or are asked about it."""
    record = act.record
    if record.handler_path:
        yield record.handler_path
    yield from (one.to_path for one in act.referrals_touched if STATES[one.status].open)
    if act.before is not None:
        query = select(Unit.path).join(Referral, Referral.to_unit_id == Unit.id)
        standing = query.where(Referral.record_id == record.id, Referral.status.in_(open_states()))
        yield from act.uow.session.scalars(standing)
