"""The slip that a party takes home: the code, what comes next, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.persistence.models import Record
from portal.services.lookup.standing import Matter, Standing, standing_of
from portal.services.records.entering.lookup_codes import code_of

if TYPE_CHECKING:
    from portal.services.portal import Portal


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a slip says; ``code`` is None where there is none yet, ``has_phone`` tells whether it opens anything."""

    code: str | None
    has_phone: bool
    standing: Standing


def receipt_of(portal: Portal, session: Session, record: Record) -> Receipt | None:
    """Return the slip of a record that the session sees; None for a type whose records are not looked up."""
    matter = Matter.of(portal, session, record)
    if matter.rules is None:
        return None
    code = code_of(portal.keys, session, record)
    # The slip says what the public page says, whatever the person at the window may see of the matter.
    with portal.reading(Access.system("a slip says what the public page says")) as whole:
        again = whole.get_one(Record, record.id)
        standing = standing_of(portal, whole, Matter.of(portal, whole, again))
    return Receipt(code, bool(matter.digits), standing)
