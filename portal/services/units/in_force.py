"""Which release is in force at a centre: the latest whose time has come, chosen at each reading.

No process keeps a pointer, and no job moves one: a release that was scheduled is in force in all processes as soon
as their clocks say so. A row that was put in force at once counts whatever the reader's clock says.
"""

from __future__ import annotations

import datetime as dt
import threading
from bisect import bisect_right
from collections.abc import Hashable
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from portal.persistence.models import ReleaseActivation
from portal.persistence.models.release import CANCEL
from portal.persistence.moments import now_of
from portal.persistence.scope import door, prepared
from portal.persistence.types import UtcDateTime

Stamp = Hashable
NOW = "now"


def counts(row: Any) -> ColumnElement[bool]:
    """Return the condition that an activation is one, and that no other row takes it back."""
    back = aliased(ReleaseActivation)
    return and_(row.kind != CANCEL, ~exists().where(back.cancels == row.id))


def has_come(row: Any) -> ColumnElement[bool]:
    """Return the condition that the time of an activation has come, by the parameter ``now``."""
    return or_(row.effective_at <= bindparam(NOW, type_=UtcDateTime), row.effective_at <= row.at)


def is_ahead(row: Any, now: dt.datetime) -> ColumnElement[bool]:
    """Return the condition that an activation was scheduled, and that its time has not come at ``now``."""
    return and_(counts(row), row.effective_at > now, row.effective_at > row.at)


def activation_at(unit_id: Any) -> Any:
    """Return the subquery for the identifier of the activation in force at a centre; it takes ``now``."""
    row = aliased(ReleaseActivation)
    return (
        select(row.id)
        .where(row.unit_id == unit_id, counts(row), has_come(row))
        .order_by(row.effective_at.desc(), row.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def moment(session: Session) -> dict[str, dt.datetime]:
    """Return the parameters of a statement that asks what is in force now."""
    return {NOW: now_of(session)}


# It is asked before the person of a request is known, and answers with times alone.
_SCHEDULED = prepared(
    door(
        select(ReleaseActivation.effective_at)
        .where(ReleaseActivation.effective_at > ReleaseActivation.at)
        .distinct()
        .order_by(ReleaseActivation.effective_at),
        "what is kept of a centre is kept until a release comes into force, whoever asks",
    )
)


class Switches:
    """The times at which a release comes into force by itself, read once under each access stamp.

    What is kept under the access stamp would hide that such a time has come; under the stamp together with the
    number of times that have passed it does not.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[int, tuple[dt.datetime, ...]] = (-1, ())

    def stamp(self, session: Session, stamp: int, now: dt.datetime) -> tuple[int, int]:
        """Return the stamp of caches at ``now``: it changes with the access stamp, and at each scheduled time.

        Whatever schedules a release, or takes that back, changes the stamp.
        """
        known = self._known
        if known[0] != stamp:
            known = (stamp, tuple(session.scalars(_SCHEDULED)))
            with self._lock:
                self._known = known
        return stamp, bisect_right(known[1], now)
