"""Keep the figures: fold what acts added, compare with the records, build anew; each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.core.access import Access
from portal.persistence import scope
from portal.persistence.database import Database
from portal.persistence.models import FigureState
from portal.persistence.plain_rows import WritingSession
from portal.services.figures.folding import fold_figures
from portal.services.figures.proof import Difference, rebuild, recompute


def fold(database: Database) -> int:
    """Fold all deltas, some thousands to a transaction; return how many. It can be cut off and run again."""
    number = 0
    while True:
        with _working(database, "figures are folded") as session:
            some = fold_figures(session)
            session.commit()
        if not some:
            return number
        number += some


def check(database: Database, unit: int | None = None) -> list[Difference]:
    """Return where the figures differ from the records; no act waits for it."""
    with _working(database, "figures are compared with the records", database.readers) as session:
        return recompute(session, unit)


def build(database: Database) -> int:
    """Build the figures anew from the records; return how many cells they have."""
    with _working(database, "figures are built anew") as session:
        cells = rebuild(session)
        session.commit()
    return cells


def ensure(database: Database) -> int | None:
    """Build the figures where older records were never counted; None where they tell already."""
    with _working(database, "asks whether figures were built") as session:
        ready = session.scalar(select(FigureState.ready))
    return None if ready else build(database)


@contextmanager
def _working(
    database: Database, reason: str, sessions: sessionmaker[WritingSession] | None = None
) -> Iterator[Session]:
    with (sessions or database.writers)() as session:
        scope.enter(session, Access.system(reason))
        yield session
