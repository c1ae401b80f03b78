"""Files of matters whose time is over go by a list of two persons, and nothing of them can be read any more.

The clock is moved: nothing goes before the day. Each matter has words of its own in every place into which a person
writes; afterwards they are looked for in all rows, in what finds records, and in the file of the database.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, make_url, or_, select

from portal.adapters.clock import FixedClock
from portal.persistence.models import AuditEntry, DestructionItem, Model, Record
from portal.services import archive, audit
from portal.services.archive import destroyed
from portal.services.figures import upkeep as figures
from portal.services.portal import Portal
from portal.services.reach import upkeep as reach
from tests.fixtures.database import KEYS, TODAY
from tests.proofs.frame import Number, Place, equal, proof
from tests.services.marked_matters import MARK, MarkedMatters
from tests.services.test_destroying_volumes import written
from tests.services.test_tasks import SYSTEM

LAST = dt.date(2036, 12, 31)
OVER = dt.date(2037, 1, 1)
# One person hands out so many copies an hour.
ASKED = 15
# What hangs on a record, whatever table it stands in: nothing of it stays.
OF_RECORD = [
    column
    for table in Model.metadata.sorted_tables
    for column in table.columns
    if any(key.target_fullname == "record.id" for key in column.foreign_keys)
]


@proof(
    "retention",
    "Volumes go when their time is over, by two persons; nothing of them is found or opened, what stays is whole",
    minutes=3,
    small={"matters": 4, "held": 1},
    large={"matters": 120, "held": 20},
)
def retention(place: Place, matters: int, held: int) -> Iterator[Number]:
    """Write everything that can be written about each matter, archive it, move the clock, destroy all but some."""
    portal = Portal.from_url(place.filled(), FixedClock.on(TODAY), KEYS)
    kept = MarkedMatters(portal)
    uids = [kept.archived(n) for n in range(matters)]
    stays, goes = uids[:held], uids[held:]
    for uid in stays:
        kept.do("keeper", archive.hold, uid, version=kept.record(uid).version, reason="法院调阅")
    audit.seal(portal)
    # The matters were closed past the acts that count.
    figures.build(portal.database)
    reach.rebuild(portal.database)
    yield equal("differences in figures and reach before", 0, _differences(portal))
    expected = {f"{n:04d}" for n in range(held)}
    yield equal("matters that are read in the rows before", matters, len(_marks(written(portal))))
    yield from _in_file(portal, "read in the file before", {f"{n:04d}" for n in range(matters)})
    hanging, entries = _ids(portal, goes), _entries(portal)
    yield equal("found by names, telephone numbers and words before", 4 * matters, kept.found(range(matters)))
    yield equal("offered on the last day", 0, len(kept.over(day=LAST)))
    free = [one for one in kept.over(day=OVER) if not one.holds]
    yield equal("offered on the day after", len(goes), len(free))
    registered = _counted(portal)
    made = kept.propose(*goes, day=OVER)
    kept.approve(made, day=OVER)
    kept.work(day=OVER)
    yield equal("matters that went", len(goes), sum(not kept.is_there(uid) for uid in goes))
    yield equal("matters that were held and stayed", held, sum(kept.is_there(uid) for uid in stays))
    yield equal("other matters read in the rows", expected, _marks(written(portal)))
    yield from _in_file(portal, "read in the file", expected)
    yield equal("rows that hang on a matter that went", 0, _left(portal, hanging))
    yield equal("found by names, telephone numbers and words", 0, kept.found(range(held, matters)))
    yield equal("entries of the log that are gone", 0, len(entries - _entries(portal)))
    yield equal("entries of theirs that say something", 0, _opened(portal, goes))
    yield equal("places of those that stayed that can't be read", 0, kept.unreadable(range(held), stays))
    asked = [kept.lacking(n) for n in range(min(held, ASKED))]
    yield equal("lacking in copies for persons, or of others", [], [one for each in asked for one in each])
    yield equal("told of what is gone to its person", [], kept.copy(held).told)
    audit.seal(portal)
    yield equal("the log verifies", True, audit.verify(portal).clean)
    yield equal("differences in figures and reach", 0, _differences(portal))
    with portal.reading(SYSTEM) as session:
        by_class, as_counted = destroyed.by_class_of_keeping(session), destroyed.as_counted(session)
        lines = session.scalar(select(func.count()).select_from(DestructionItem))
    sums = sum(one.count for one in by_class), sum(one.count for one in as_counted), lines
    yield equal("volumes in the sums of the register", (len(goes),) * 3, sums)
    yield equal("matters there and in the register", registered, _counted(portal) + sums[1])
    portal.database.dispose()


def _marks(text: str) -> set[str]:
    return set(re.findall(MARK, text))


def _in_file(portal: Portal, told: str, expected: set[str]) -> Iterator[Number]:
    """Look into the very bytes of the database where it is a file."""
    if portal.database.dialect != "sqlite":
        return
    path = Path(str(make_url(str(portal.database.engine.url)).database))
    log = path.with_name(f"{path.name}-wal")
    raw = path.read_bytes() + (log.read_bytes() if log.exists() else b"")
    yield equal(f"matters {told}", expected, _marks(raw.decode("utf-8", "ignore")))


def _entries(portal: Portal) -> set[int]:
    with portal.reading(SYSTEM) as session:
        return set(session.scalars(select(AuditEntry.id)))


def _counted(portal: Portal) -> int:
    query = select(func.count()).select_from(Record).where(Record.etype == "case")
    with portal.reading(SYSTEM) as session:
        return session.scalar(query) or 0


def _ids(portal: Portal, uids: list[str]) -> list[int]:
    """Return the numbers of records and of their parts."""
    own = select(Record.id).where(Record.uid.in_(uids))
    with portal.reading(SYSTEM) as session:
        return list(
            session.scalars(select(Record.id).where(or_(Record.id.in_(own), Record.parent_id.in_(own))))
        )


def _left(portal: Portal, ids: list[int]) -> int:
    with portal.database.engine.connect() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(column.table).where(column.in_(ids)))
            for column in OF_RECORD
        ]
    assert len(counts) > 10
    return sum(one or 0 for one in counts)


def _opened(portal: Portal, uids: list[str]) -> int:
    """Return how many entries of matters that went still tell a word of theirs to whoever may read all."""
    found = 0
    with portal.reading(SYSTEM) as session:
        for uid in uids:
            rows = audit.search(portal, session, audit.AuditQuery(thing=uid, size=200)).rows
            assert rows
            found += sum(bool(_marks(repr((one.reason, one.before, one.after)))) for one in rows)
    return found


def _differences(portal: Portal) -> int:
    figures.fold(portal.database)
    return len(figures.check(portal.database)) + len(reach.check(portal.database))
