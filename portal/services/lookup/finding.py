"""Look a matter up by its code and the last four digits of its party's telephone.

Whether the code is there, whether the number is right and whether the code is closed, the same is done: one matter is
loaded, its numbers are opened and compared, and its standing is worked out. Without a right number it is thrown away.
"""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.core.acts import CLOSE_CODE, LOOK_UP
from portal.persistence.models import LookupCode, Record
from portal.services.lookup.attempts import count_attempt, take_back
from portal.services.lookup.limits import LookupLimits
from portal.services.lookup.standing import Matter, Standing, standing_of
from portal.services.records.acts.looked import Read
from portal.services.records.acts.performing import look
from portal.services.records.entering.lookup_codes import digests_of_code

if TYPE_CHECKING:
    from portal.services.portal import Portal

SYSTEM = Access.system("a party looks its matter up")
TICKET = "lookup ticket"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look-up found.

    ``standing`` is that of some matter, so that all answers cost the same: it is to be shown only where ``found``.
    """

    found: bool
    standing: Standing | None
    ticket: str


def look_up(
    portal: Portal, code: str, digits: str, origin: Origin, limits: LookupLimits | None = None
) -> Looked:
    """Return how the matter of a code stands, for the digits of its party; raise TooMany after many wrong ones."""
    limits = limits or LookupLimits()
    attempt = count_attempt(portal, code, origin.ip, limits)
    reads: list[Read] = []
    with portal.reading(SYSTEM) as session:
        row, matter = _matter(portal, session, digests_of_code(portal.keys, code))
        right = _is_right(matter, digits) and row is not None and not attempt.closed
        standing = None if matter is None else standing_of(portal, session, matter)
        ticket = "" if matter is None else _ticket(portal, matter.record, limits)
        if row is not None and matter is not None and (right or attempt.last):
            act = LOOK_UP if right else CLOSE_CODE
            record = matter.record
            place = (record.unit_path, record.release_id)
            reads = [Read(act.action, record.etype, record.uid, *place, detail={"by": "code"})]
    take_back(portal, attempt.rows if right else ())
    look(portal, SYSTEM, origin, reads)
    return Looked(right, standing, ticket)


def matter_of_ticket(portal: Portal, session: Session, ticket: str) -> Record | None:
    """Return the record that a ticket opens; None where it is none of ours, or too old."""
    found = portal.keys.open(ticket, TICKET) if portal.keys.opens(ticket, TICKET) else None
    if not isinstance(found, list) or len(found) != 2:
        return None
    uid, until = found
    if dt.datetime.fromisoformat(until) <= portal.clock.now():
        return None
    return session.scalar(select(Record).where(Record.uid == uid))


def _matter(portal: Portal, session: Session, digests: list[str]) -> tuple[LookupCode | None, Matter | None]:
    """Return the row of a code and its matter; where there is none, the matter of another code."""
    found = session.scalars(select(LookupCode).where(LookupCode.digest.in_(digests))).first()
    # As cheap as the other one: by the same index, the first digest that comes after the one looked for.
    other = session.scalars(
        select(LookupCode).where(LookupCode.digest > digests[0]).order_by(LookupCode.digest).limit(1)
    ).first()
    other = other or session.scalars(select(LookupCode).order_by(LookupCode.digest).limit(1)).first()
    row = found or other
    record = None if row is None else session.get(Record, row.record_id)
    return found, None if record is None else Matter.of(portal, session, record)


def _is_right(matter: Matter | None, digits: str) -> bool:
    known = sorted(matter.digits) if matter is not None else []
    # All of them are compared, however early one is right.
    return sum(hmac.compare_digest(one, digits) for one in known) > 0


def _ticket(portal: Portal, record: Record, limits: LookupLimits) -> str:
    until = portal.clock.now() + limits.ticket
    return portal.keys.encrypt([record.uid, until.isoformat()], TICKET)
