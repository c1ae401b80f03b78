"""Acts on releases and centres wait for one another: each checks what no constraint of the tables can."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.persistence.models import AccessStamp


def one_at_a_time(session: Session) -> None:
    """Let no other act on releases and centres go on until this transaction ends.

    What was read before may have changed while it waited: whatever is checked is read afterwards.
    """
    session.execute(select(AccessStamp.stamp).with_for_update())
