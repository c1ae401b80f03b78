"""Compare the rows of ``record_reach`` with the records, all or some of them, and mend those that are wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.persistence import scope
from portal.persistence.database import Database
from portal.persistence.stillness import still
from portal.services.reach import proof
from portal.services.reach.proof import Difference

Range = tuple[int, int]


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
    """Mend all rows that are wrong, a portion to a transaction; return how many. It can be cut off and run again.

    On PostgreSQL an act that stores in the same moment wins: the portion then ends in an error, and can be run again.
    """
    number = 0
    for portion in _portions(database):
        if not _differences(database, portion):
            continue
        with _working(database, "units that see records are worked out anew", writing=True) as session:
            number += proof.mend(session, *portion)
            session.commit()
    return number


def _portions(database: Database) -> list[Range]:
    with _working(database, "asks how many records there are") as session:
        return list(proof.portions(session))


def _differences(database: Database, portion: Range) -> list[Difference]:
    with _working(database, "units that see records are compared with the records") as session:
        return proof.differences_of(session, *portion)


@contextmanager
def _working(database: Database, reason: str, *, writing: bool = False) -> Iterator[Session]:
    with (database.writers if writing else database.readers)() as session:
        scope.enter(session, Access.system(reason))
        still(session)
        yield session
