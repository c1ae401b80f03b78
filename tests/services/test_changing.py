"""Changing and deleting: the second of two editors is told, and loses nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.persistence.models import AuditEntry, Record
from portal.services import audit, records
from portal.services.portal import Portal
from portal.services.records.finding.differences import changed, three_way
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")
DATA = {"name": "张三", "amount": 100, "channel": "grid"}


@pytest.fixture
def clerk(seeded: Portal) -> Access:
    return access_for(seeded, "clerk", "530112", user_id=7)


@pytest.fixture
def uid(seeded: Portal, clerk: Access) -> str:
    with seeded.writing(clerk) as uow:
        made = records.register(uow, "case", "530112", DATA)
        uow.commit()
    return made.record.uid


def change(portal: Portal, who: Access, uid: str, data: dict, version: int, **more: object) -> Record:
    with portal.writing(who) as uow:
        record = records.change(uow, uid, data, version, **more)
        uow.commit()
    return record


def entries(portal: Portal, uid: str) -> list[AuditEntry]:
    with portal.reading(SYSTEM) as session:
        query = select(AuditEntry).where(AuditEntry.object_id == uid).order_by(AuditEntry.id)
        return audit.opened(portal, list(session.scalars(query)))


def test_a_change_is_a_new_version_with_columns_and_a_diff_in_the_audit(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    record = change(seeded, clerk, uid, DATA | {"amount": 200000, "name": "李四"}, 1, reason="更正")
    assert (record.version, record.amount, record.title) == (2, 200000, "李四：—")
    entry = entries(seeded, uid)[-1]
    assert (entry.action, entry.reason) == ("edit", "更正")
    assert entry.before == {"/name": "张三", "/amount": 100}
    assert entry.after == {"/name": "李四", "/amount": 200000}
    with seeded.reading(clerk) as session:
        decision = records.latest_decision(seeded, session, records.get(session, "case", uid))
        assert decision is not None
        assert (decision.trigger, [rule["id"] for rule in decision.fired]) == ("change", ["large"])


def test_an_old_decision_is_still_explained_by_what_the_record_was_then(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    change(seeded, clerk, uid, DATA | {"amount": 200000}, 1)
    with seeded.reading(clerk) as session:
        _new, old = records.decisions_of(seeded, session, records.get(session, "case", uid))
        assert old.fired == []
        failed = next(rule for rule in old.not_fired if rule["id"] == "large")["failed"][0]
        assert failed["actual"] == 100


def test_the_second_editor_is_told_and_gets_all_three_versions(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    other = access_for(seeded, "director", "530112")
    change(seeded, other, uid, DATA | {"amount": 5, "channel": "walk_in"}, 1)
    mine = {"name": "王五", "amount": 7, "channel": "grid"}
    with pytest.raises(records.LostUpdate) as refused:
        change(seeded, clerk, uid, mine, 1)
    lost = refused.value
    assert isinstance(lost, Conflict)
    assert (lost.base, lost.current["amount"], lost.submitted) == (DATA, 5, mine)
    assert (lost.version, lost.changed_by) == (2, "director@530112")
    assert {(f.pointer, f.base, f.current, f.submitted, f.clash) for f in lost.fields} == {
        ("/amount", 100, 5, 7, True),
        ("/channel", "grid", "walk_in", "grid", False),
        ("/name", "张三", "张三", "王五", False),
    }
    with seeded.reading(SYSTEM) as session:
        assert records.get(session, "case", uid).data["amount"] == 5
    assert [e.action for e in entries(seeded, uid)] == ["add", "edit"]


def test_the_base_is_read_back_over_several_versions(seeded: Portal, clerk: Access, uid: str) -> None:
    change(seeded, clerk, uid, DATA | {"people": 3}, 1)
    change(seeded, clerk, uid, {"name": "赵六", "people": 4}, 2)
    with pytest.raises(records.LostUpdate) as refused:
        change(seeded, clerk, uid, DATA, 1)
    assert refused.value.base == DATA


def test_unchanged_data_write_nothing(seeded: Portal, clerk: Access, uid: str) -> None:
    assert change(seeded, clerk, uid, dict(DATA), 1).version == 1
    assert len(entries(seeded, uid)) == 1


def test_a_change_the_form_refuses_changes_nothing(seeded: Portal, clerk: Access, uid: str) -> None:
    with pytest.raises(InvalidInput):
        change(seeded, clerk, uid, {"name": ""}, 1)
    with seeded.reading(SYSTEM) as session:
        assert records.get(session, "case", uid).data == DATA


def test_foreign_records_are_not_found_and_readers_are_refused(seeded: Portal, uid: str) -> None:
    with pytest.raises(NotFound):
        change(seeded, access_for(seeded, "clerk", "530115"), uid, DATA, 1)
    with pytest.raises(Forbidden):
        change(seeded, access_for(seeded, "supervisor", "530100"), uid, DATA | {"amount": 1}, 1)


def test_a_record_of_a_type_that_is_kept_cannot_be_deleted(seeded: Portal, uid: str) -> None:
    director = access_for(seeded, "director", "530112")
    with pytest.raises(Forbidden), seeded.writing(director) as uow:
        records.delete(uow, uid, 1, "误登")


def test_of_a_deleted_record_the_audit_keeps_that_it_was_and_why(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    with seeded.writing(clerk) as uow:
        part = records.register(uow, "party", "", {"name": "李四"}, parent=uid).record
        uow.commit()
    with pytest.raises(InvalidInput), seeded.writing(clerk) as uow:
        records.delete(uow, part.uid, 1, " ")
    with pytest.raises(Conflict), seeded.writing(clerk) as uow:
        records.delete(uow, part.uid, 9, "误登")
    with seeded.writing(clerk) as uow:
        records.delete(uow, part.uid, 1, "误登")
        uow.commit()
    with pytest.raises(NotFound), seeded.reading(clerk) as session:
        records.get(session, "party", part.uid)
    added, entry = entries(seeded, part.uid)
    assert (entry.action, entry.reason) == ("delete", "误登")
    assert entry.before == {"code": None}
    assert entry.fields == "/name code title"
    # What the audit held of it opens no more.
    assert (added.action, added.fields, added.after) == ("add", "/name code title", {"destroyed": True})


def test_differences_enter_objects_and_take_lists_whole() -> None:
    before = {"a": {"b": 1, "c": 2}, "rows": [1, 2], "gone": True}
    after = {"a": {"b": 1, "c": 3}, "rows": [2, 1], "new": None}
    assert changed(before, after) == {
        "/a/c": (2, 3),
        "/rows": ([1, 2], [2, 1]),
        "/gone": (True, None),
        "/new": (None, None),
    }


def test_both_sides_making_the_same_change_is_no_clash() -> None:
    (diff,) = three_way({"a": 1}, {"a": 2}, {"a": 2})
    assert not diff.clash
