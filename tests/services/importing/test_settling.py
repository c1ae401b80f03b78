"""What a source says of a matter that was changed here is settled field by field, by the unit that holds the matter."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.core.acts import CHANGE, KEEP_HERE
from portal.core.errors import Conflict, PortalError
from portal.persistence.models import AuditEntry, Record, RecordSource
from portal.services import audit, importing, records
from tests.fixtures.database import access_for
from tests.fixtures.importing import SYSTEM, Importing, csv_of, row


def feed(importer: Importing, *rows: list[str]) -> dict[str, int]:
    file = importer.upload(csv_of(*rows))
    importer.run(importing.start_trying, file)
    return importer.run(importing.start_taking, file)


def clear(importer: Importing, uid: str) -> dict[str, Any]:
    with importer.portal.reading(SYSTEM) as session:
        return dict(records.view_of(importer.portal, session, records.get_any(session, uid)).clear)


def offers(importer: Importing, uid: str) -> dict[str, tuple[Any, Any]]:
    with importer.portal.reading(SYSTEM) as session:
        record = records.get_any(session, uid)
        source = session.scalars(select(RecordSource).where(RecordSource.record_id == record.id)).one()
        data = records.view_of(importer.portal, session, record).clear
        found = importing.offers_of(importer.portal.keys, source, record, data)
        return {one.where: (one.here, one.there) for one in found}


def do(importer: Importing, what: Any, uid: str, where: str, *, by: Any = None, version: int = 0) -> None:
    with importer.portal.writing(by or importer.who) as uow:
        what(uow, uid, where, version or records.get_any(uow.session, uid).version)
        uow.commit()


@pytest.fixture
def changed(importer: Importing) -> Record:
    """A matter of which amount and place were changed there, and the amount here before."""
    feed(importer, row("A-1", 金额="100", stage="处理中", 办结时间=""))
    (one,) = importer.records()
    with importer.portal.writing(importer.who) as uow:
        records.change(uow, one.uid, {**clear(importer, one.uid), "amount": 7}, one.version)
        uow.commit()
    found = feed(importer, row("A-1", 金额="900", stage="处理中", 办结时间="", 属地="碧鸡街道"))
    assert found["offered"] == 1
    (one,) = importer.records()
    return one


def test_only_what_the_source_says_anew_is_offered(importer: Importing, changed: Record) -> None:
    found = offers(importer, changed.uid)
    assert set(found) == {"/amount", "/place"}
    assert found["/amount"] == (7, 900)


def test_one_field_is_taken_over_by_an_ordinary_change_and_the_other_is_left(
    importer: Importing, changed: Record
) -> None:
    there = offers(importer, changed.uid)["/place"][1]
    do(importer, importing.take_offered, changed.uid, "/place")
    assert clear(importer, changed.uid)["place"] == there
    assert set(offers(importer, changed.uid)) == {"/amount"}
    do(importer, importing.keep_here, changed.uid, "/amount")
    assert clear(importer, changed.uid)["amount"] == 7
    assert offers(importer, changed.uid) == {}
    assert importer.count(RecordSource, RecordSource.offered.is_not(None)) == 0
    # The same again is nothing new; something else is offered again, for the amount is still ours.
    same = row("A-1", 金额="900", stage="处理中", 办结时间="", 属地="碧鸡街道")
    assert feed(importer, same)["before"] == 1
    other = row("A-1", 金额="901", stage="处理中", 办结时间="", 属地="碧鸡街道")
    assert feed(importer, other)["offered"] == 1
    assert offers(importer, changed.uid) == {"/amount": (7, 901)}
    assert importer.count(AuditEntry, AuditEntry.action == KEEP_HERE.action) == 1
    assert importer.count(AuditEntry, AuditEntry.action == CHANGE.action) == 2
    assert audit.verify(importer.portal).clean


def test_where_everything_was_taken_over_the_matter_follows_its_source_again(
    importer: Importing, changed: Record
) -> None:
    for where in ("/amount", "/place"):
        do(importer, importing.take_offered, changed.uid, where)
    assert (
        feed(importer, row("A-1", 金额="950", stage="处理中", 办结时间="", 属地="碧鸡街道"))["refreshed"] == 1
    )
    assert clear(importer, changed.uid)["amount"] == 950


@pytest.mark.parametrize("what", [importing.take_offered, importing.keep_here])
def test_what_is_settled_unknown_or_old_is_refused(importer: Importing, changed: Record, what: Any) -> None:
    before = importer.count(AuditEntry)
    for where in ("/name", "/nothing", "", "amount", "/amount/x", "stage"):
        with pytest.raises(Conflict):
            do(importer, what, changed.uid, where)
    with pytest.raises(Conflict):
        do(importer, what, changed.uid, "/amount", version=1)
    do(importer, what, changed.uid, "/amount")
    with pytest.raises(Conflict):
        do(importer, what, changed.uid, "/amount")
    assert importer.count(AuditEntry) == before + 1


@pytest.mark.parametrize("what", [importing.take_offered, importing.keep_here])
def test_another_units_people_settle_nothing(importer: Importing, changed: Record, what: Any) -> None:
    stranger = access_for(importer.portal, "director", "530115", user_id=99)
    with pytest.raises(PortalError):
        do(importer, what, changed.uid, "/amount", by=stranger)
    assert set(offers(importer, changed.uid)) == {"/amount", "/place"}


def test_a_stage_is_noted_and_never_taken(importer: Importing, changed: Record) -> None:
    feed(importer, row("A-1", 金额="900", stage="已办结", 属地="碧鸡街道"))
    assert "stage" in offers(importer, changed.uid)
    with pytest.raises(Conflict):
        do(importer, importing.take_offered, changed.uid, "stage")
    do(importer, importing.keep_here, changed.uid, "stage")
    assert "stage" not in offers(importer, changed.uid)
    assert importer.records()[0].is_open


def test_a_number_that_stands_in_two_parts_of_a_file_is_taken_once(
    importer: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.services.importing.rows.CHUNK", 1)
    found = feed(importer, row("A-1", 金额="1"), row("A-2", 金额="2"), row("A-1", 金额="3"))
    assert (found["entered"], found["left"]) == (2, 1)
    assert "refreshed" not in found
    assert [one.amount for one in importer.records()] == [1, 2]
