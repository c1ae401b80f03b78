"""The file of another system again: no row twice, what changed there changes here, what was changed here stays."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.acts import CHANGE, REFRESH
from portal.persistence.models import AuditEntry, Record, RecordSource
from portal.services import audit, importing, records
from portal.services.figures import upkeep as figures
from portal.services.reach import upkeep as reach
from tests.fixtures.importing import SYSTEM, Importing, csv_of, row

ROWS, CHANGED, HERE = 60, 20, 4


def feed(importer: Importing, *rows: list[str]) -> dict[str, int]:
    """Try a file and take it over; return what the trial found, with what came of it."""
    file = importer.upload(csv_of(*rows))
    tried = importer.run(importing.start_trying, file)
    return {**tried, **importer.run(importing.start_taking, file)}


def versions(importer: Importing) -> dict[str, int]:
    query = select(RecordSource.number, Record.version).join(Record, Record.id == RecordSource.record_id)
    with importer.portal.reading(SYSTEM) as session:
        return dict(session.execute(query).all())


def amounts(importer: Importing) -> dict[str, float]:
    query = select(RecordSource.number, Record.amount).join(Record, Record.id == RecordSource.record_id)
    with importer.portal.reading(SYSTEM) as session:
        return dict(session.execute(query).all())


def test_exactly_the_changed_rows_change_but_for_those_that_were_changed_here(importer: Importing) -> None:
    feed(importer, *(row(f"A-{n}", 金额="100", stage="处理中") for n in range(ROWS)))
    mine = importer.records()[:HERE]
    for one in mine:
        with importer.portal.writing(importer.who) as uow:
            records.change(uow, one.uid, {**one.data, "amount": 7}, one.version)
            uow.commit()
    before = versions(importer)
    again = [row(f"A-{n}", 金额="900" if n < CHANGED else "100", stage="处理中") for n in range(ROWS)]
    found = feed(importer, *again)
    assert (found["good"], found["bad"], found["other"], found["taken"]) == (0, 0, CHANGED, ROWS - CHANGED)
    assert (found["refreshed"], found["offered"], found["before"]) == (CHANGED - HERE, HERE, ROWS - CHANGED)
    assert found["entered"] == 0
    expected = {f"A-{n}": 7.0 if n < HERE else 900.0 if n < CHANGED else 100.0 for n in range(ROWS)}
    assert amounts(importer) == expected
    moved = {number for number, version in versions(importer).items() if version != before[number]}
    assert moved == {f"A-{n}" for n in range(CHANGED)}
    with importer.portal.reading(importer.who) as session:
        source = importing.source_of(session, importer.source)
        assert [one.uid for one in importing.offered_of(session, source)] == [one.uid for one in mine]
    # Once more, nothing is new.
    assert feed(importer, *again)["before"] == ROWS
    changes = (AuditEntry.action.in_([REFRESH.action, CHANGE.action]),)
    assert importer.count(AuditEntry, *changes) == CHANGED + HERE
    assert figures.check(importer.portal.database) == []
    assert reach.check(importer.portal.database) == []
    assert audit.verify(importer.portal).clean


def test_what_is_closed_there_is_closed_here_unless_it_was_worked_on(importer: Importing) -> None:
    feed(importer, *(row(f"A-{n}", stage="处理中", 办结时间="") for n in range(2)))
    first = importer.records()[0]
    with importer.portal.writing(importer.who) as uow:
        records.redecide(uow, first.uid)
        uow.commit()
    feed(importer, *(row(f"A-{n}", stage="已办结") for n in range(2)))
    assert [one.is_open for one in importer.records()] == [True, False]
    assert figures.check(importer.portal.database) == []
