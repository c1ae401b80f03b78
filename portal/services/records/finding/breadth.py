"""How much of the data a person's scope holds: on SQLite it decides along which index a list runs.

PostgreSQL knows its data by statistics and chooses well itself. SQLite would fetch and sort all records of a wide
scope to show twenty of them.
"""

from __future__ import annotations

import threading
import time
from enum import IntEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import LIST, ROOT
from portal.persistence import scope
from portal.persistence.models import Record

FEW_RECORDS = 2_000
MAX_COUNTED = 50_000
KEEP_SECONDS = 600.0
MAX_KEPT = 1_000


class Breadth(IntEnum):
    """Few records, many, or most of all there are."""

    FEW = 0
    MANY = 1
    MOST = 2


class Breadths:
    """The breadth of scopes, measured now and then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, tuple[str, ...]], tuple[float, Breadth]] = {}

    def of(self, session: Session, etype: str, under: str | None = None) -> Breadth:
        """Return how much of a type lies in a subtree, by default in what the session's person may list.

        Always FEW where it does not matter.
        """
        roots = (under,) if under else scope.access_of(session).paths(etype, LIST)
        if session.get_bind().dialect.name != "sqlite" or not roots or ROOT in roots:
            return Breadth.FEW
        key = (etype, roots)
        found = self._known.get(key)
        if found is None or time.monotonic() - found[0] > KEEP_SECONDS:
            found = (time.monotonic(), _measure(session, etype, roots))
            with self._lock:
                if len(self._known) >= MAX_KEPT:
                    self._known.clear()
                self._known[key] = found
        return found[1]


def _measure(session: Session, etype: str, roots: tuple[str, ...]) -> Breadth:
    options = {"unscoped": "counted to choose an index; the figure goes nowhere"}
    inside = select(Record.id).where(Record.etype == etype, scope.subtree(Record.unit_path, roots))
    counted = select(func.count()).select_from(inside.limit(MAX_COUNTED).subquery())
    own = session.scalar(counted, execution_options=options) or 0
    if own < FEW_RECORDS:
        return Breadth.FEW
    if own == MAX_COUNTED:
        return Breadth.MOST
    everything = select(Record.id).where(Record.etype == etype).limit(2 * own).subquery()
    total = session.scalar(select(func.count()).select_from(everything), execution_options=options) or 0
    return Breadth.MANY if total >= 2 * own else Breadth.MOST
