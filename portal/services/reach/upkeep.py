"""Compare the rows of ``record_reach`` with the records, all or some of them, and mend those that are wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.persistence import scope
from portal.persistence.database import Database
from portal.persistence.stillness import still
from portal.services.reach import proof
from portal.services.reach.proof import Difference

Range = tuple[int, int]
# How often records are taken again when PostgreSQL ends a circle of waiting, by its names: deadlock, lock timeout.
TRIES, AGAIN = 6, frozenset({"40P01", "55P03"})


def check(database: Database) -> list[Difference]:
    """Return where reach differs from the records; each portion is read at one moment, and no act waits for it."""
    return [one for portion in _portions(database) for one in _differences(database, portion)]


def check_some(
    database: Database, most: int, chance: Random, between: Callable[[], None] = lambda: None
) -> tuple[int, list[Difference]]:
    """Compare so many portions, drawn by chance; return how many, and the differences. ``between`` runs after each."""
    portions = _portions(database)
    drawn = sorted(chance.sample(portions, min(most, len(portions))))
    found: list[Difference] = []
    for portion in drawn:
        found += _differences(database, portion)
        between()
    return len(drawn), found


def rebuild(database: Database) -> int:
    """Mend all rows that are wrong, some records to a transaction; return how many. It can be cut off and run again.

    Acts go on meanwhile: those on a record that is being mended wait for it, and what they stored before is read.
    """
    number = 0
    for portion in _portions(database):
        wrong = sorted({one.record for one in _differences(database, portion)})
        for start in range(0, len(wrong), proof.HELD):
            number += _mended(database, wrong[start : start + proof.HELD])
    return number


def _mended(database: Database, wrong: Sequence[int]) -> int:
    """Mend some records in one transaction; again where an act took several of them in another order."""
    for left in reversed(range(TRIES)):
        try:
            with _working(database.writers, "units that see records are worked out anew") as session:
                number = proof.mend(session, wrong)
                session.commit()
            return number
        except OperationalError as error:
            if not left or getattr(error.orig, "sqlstate", None) not in AGAIN:
                raise
    raise AssertionError("the last try returns or raises")


def _portions(database: Database) -> list[Range]:
    with _working(database.readers, "asks how many records there are") as session:
        still(session)
        return list(proof.portions(session))


def _differences(database: Database, portion: Range) -> list[Difference]:
    with _working(database.readers, "units that see records are compared with the records") as session:
        still(session)
        return proof.differences_of(session, *portion)


@contextmanager
def _working(sessions: Callable[[], Session], reason: str) -> Iterator[Session]:
    with sessions() as session:
        scope.enter(session, Access.system(reason))
        yield session
