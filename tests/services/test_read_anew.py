"""Older records are found by what their values mean, once they are read anew; the values stay as they were entered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.ways import REVISION
from portal.persistence.models import Job, Record
from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import access_for
from tests.services.jobs.test_shipped import later, run

SYSTEM = Access.system("test")
RAW = {"unscoped": "a record as an older version stored it"}


def as_it_was(portal: Portal, uid: str, **data: Any) -> None:
    """Store data as they were typed, with the title and columns that an older version made of them."""
    with portal.writing(SYSTEM) as uow:
        record = found(uow.session, uid)
        table = Record.__table__
        values = {"data": record.data | data, "title": "旧", "search_text": "旧", "amount": None}
        uow.session.execute(update(table).where(table.c.uid == uid).values(values), execution_options=RAW)
        uow.commit()


def found(session: Session, uid: str) -> Record:
    return session.scalars(select(Record).where(Record.uid == uid)).one()


def result(portal: Portal) -> dict[str, Any]:
    with portal.reading(SYSTEM) as session:
        kept = session.scalars(select(Job.result).where(Job.kind == "read_anew")).one()
    return dict(kept or {})


def test_older_records_are_found_by_what_their_values_mean(seeded: Portal) -> None:
    with seeded.writing(access_for(seeded, "clerk", "530112")) as uow:
        made = [records.register(uow, "case", "530112", {"name": f"张{n}"}).record.uid for n in range(3)]
        uow.commit()
    with seeded.reading(SYSTEM) as session:
        title = found(session, made[1]).title
    as_it_was(seeded, made[1], name="\ufeff张1\u200b ", amount="1,234")
    run(seeded, "read_anew")
    assert result(seeded) == {"revision": REVISION, "records": 3, "changed": 1}
    with seeded.reading(SYSTEM) as session:
        record = found(session, made[1])
        assert (record.title, record.amount) == (title, 1234)
        assert title.casefold() in record.search_text
        assert record.data["name"] == "\ufeff张1\u200b ", "what was entered is not changed unseen"
        assert record.version == 1


def test_what_was_read_by_the_same_ways_is_not_read_again(seeded: Portal) -> None:
    with seeded.writing(access_for(seeded, "clerk", "530112")) as uow:
        uid = records.register(uow, "case", "530112", {"name": "张三"}).record.uid
        uow.commit()
    run(seeded, "read_anew")
    before = result(seeded)
    as_it_was(seeded, uid)
    run(later(seeded, hours=30), "read_anew")
    assert result(seeded) == before
    with seeded.reading(SYSTEM) as session:
        assert found(session, uid).title == "旧"
