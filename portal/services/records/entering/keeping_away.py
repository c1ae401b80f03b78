"""Keep a matter from the unit that it is about: it neither has it nor is asked, by no act at all.

Nor is a record sent there that the matter led to, such as a sheet of supervision: it says what the matter is.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, select

from portal.core import pointer as pointers
from portal.core.access import within
from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.core.links import OPENED
from portal.core.referrals import STATES, open_states
from portal.persistence import scope
from portal.persistence.models import Record, RecordLink, Referral, Unit
from portal.services.records.acts.performed import Performed
from portal.services.releases.reading import pinned
from portal.services.units.lookup import by_code

PASSED = msg("This matter is about “%(unit)s”, which may not see it: choose another unit")
HELD = msg(
    "“%(unit)s” would see this matter, which is about it: leave it to the discipline organ or to the unit above"
)
_LED_BY = scope.prepared(
    select(Record)
    .join(RecordLink, RecordLink.from_id == Record.id)
    .where(RecordLink.to_id == bindparam("record"), RecordLink.kind == OPENED)
)
_LED_TO = scope.prepared(
    select(Record)
    .join(RecordLink, RecordLink.to_id == Record.id)
    .where(RecordLink.from_id == bindparam("record"), RecordLink.kind == OPENED, Record.is_open)
)


def keep_away(act: Performed) -> None:
    """Raise InvalidInput where an open record lies with, or is asked of, the unit that it is about.

    The same holds for an open record that is sent there while it comes of one that is about that unit.
    """
    if act.gone or not act.record.is_open or act.act.reads:
        return
    _keep_what_it_led_to(act)
    about = _about(act, act.record)
    if about is None:
        return
    record, said = act.record, {"unit": about.name}
    if within(record.unit_path, about.path):
        problem = Problem("record.kept_from", HELD, said, pointer=_named(act, record, "kept_from"))
    elif any(within(path, about.path) for path in _asked(act)):
        problem = Problem("record.kept_from", PASSED, said, pointer="/to")
    else:
        return
    raise InvalidInput("record.kept_from", msg("Please correct what is marked"), problems=[problem])


def keep_opened(act: Performed, made: Record) -> None:
    """Raise InvalidInput, at the field of the step's form, where what it opens is sent to the unit in question."""
    unit, where = _addressee(act, made)
    if unit is not None:
        _keep(act, act.record, unit, "/form" + where)


def _keep_what_it_led_to(act: Performed) -> None:
    """Keep a record that others led to from the units that those are about."""
    unit, where = _addressee(act, act.record)
    if unit is None:
        return
    session = act.uow.session
    with scope.as_system(session, "a sheet is kept from whom its matter is about, whoever sends it"):
        openers = list(session.scalars(_LED_BY, {"record": act.record.id}))
    for opener in openers:
        _keep(act, opener, unit, where)


def _keep(act: Performed, matter: Record, unit: Unit, pointer: str) -> None:
    about = _about(act, matter)
    if about is not None and within(unit.path, about.path):
        problem = Problem("record.kept_from", PASSED, {"unit": about.name}, pointer=pointer)
        raise InvalidInput("record.kept_from", msg("Please correct what is marked"), problems=[problem])


def _addressee(act: Performed, record: Record) -> tuple[Unit | None, str]:
    """Return the unit that a record is sent to, and the field that names it; no unit where the field is refused."""
    where = _named(act, record, "sent_to")
    code = pointers.get(record.data, where) if where else None
    try:
        return (by_code(act.uow.session, str(code)) if code else None), where
    except NotFound:
        return None, where


def _about(act: Performed, record: Record) -> Unit | None:
    """Return the unit that a record is about and kept from; None where there is none."""
    where = _named(act, record, "kept_from")
    code = pointers.get(record.data, where) if where else None
    return by_code(act.uow.session, str(code)) if code else None


def _named(act: Performed, record: Record, member: str) -> str:
    """Return the field that the type of a record names; empty where it names none."""
    bundle = pinned(act.uow.portal, act.uow.session, record.release_id)
    return str(bundle.entity(record.etype).entity.get(member) or "")


def _asked(act: Performed) -> Iterator[str]:
    """Yield the paths of the units that have the matter, are asked about it, or are sent what it led to."""
    record, session = act.record, act.uow.session
    if record.handler_path:
        yield record.handler_path
    yield from (one.to_path for one in act.referrals_touched if STATES[one.status].open)
    if act.before is None:
        return
    query = select(Unit.path).join(Referral, Referral.to_unit_id == Unit.id)
    standing = query.where(Referral.record_id == record.id, Referral.status.in_(open_states()))
    yield from session.scalars(standing)
    with scope.as_system(session, "a sheet that a matter led to may be out of the person's sight"):
        led_to = list(session.scalars(_LED_TO, {"record": record.id}))
    for one in led_to:
        if one.handler_path:
            yield one.handler_path
