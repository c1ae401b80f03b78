"""What the database keeps of a record beside its row is sealed under its key, and opens no more without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, select, text, update

from portal.adapters.keyring import Keyring
from portal.adapters.record_key import RecordKey
from portal.core.access import Access, Origin
from portal.core.encrypted import DESTROYED_TEXT, is_encrypted_text, is_encrypted_value
from portal.core.errors import NotFound, PortalError
from portal.core.rules import is_replayable, replay
from portal.persistence.models import AuditEntry, Decision, Model, Record, RecordEvent, Referral
from portal.services import audit, records
from portal.services.audit import AuditQuery
from portal.services.portal import Portal
from portal.services.records import Override
from portal.services.records.acts.looked import Read
from portal.services.records.acts.performing import look
from portal.services.records.entering import request_keys
from portal.services.records.finding.data_history import data_at
from portal.services.records.privacy.record_encryption import opened_decision
from portal.services.records.privacy.rekeying import rekey
from portal.services.records.proposing.deciding import stored
from portal.services.releases.reading import pinned
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")
# Every one of them is a value of the record, or was written about it; none stands anywhere else.
VALUES = {
    "name": "欧阳秘甲",
    "renamed": "欧阳秘乙",
    "amount": "918273",
    "tag": "标签秘丙",
    "outcome": "结果秘丁",
    "change": "更正秘戊",
    "dispose": "转办秘己",
    "answer": "退回秘庚",
    "purpose": "用途秘辛",
    "file": "材料秘壬",
    "content": "内容秘癸",
    "party": "当事人秘子",
}


@pytest.fixture
def director(seeded: Portal) -> Access:
    return access_for(seeded, "director", "530112", user_id=8)


@pytest.fixture
def clerk(seeded: Portal) -> Access:
    return access_for(seeded, "clerk", "530112", user_id=7)


@pytest.fixture
def uid(seeded: Portal, clerk: Access, director: Access) -> str:
    """A case with everything that can be written about one."""
    data: dict[str, Any] = {"name": VALUES["name"], "amount": int(VALUES["amount"]), "tags": [VALUES["tag"]]}
    with seeded.writing(clerk) as uow:
        made = records.register(uow, "case", "530112", data, key="k")
        request_keys.keep(uow, "k", {"title": made.record.title})
        uow.commit()
    case = made.record.uid
    with seeded.writing(clerk) as uow:
        records.attach(uow, case, f"{VALUES['file']}.txt", "text/plain", VALUES["content"].encode())
        uow.commit()
    with seeded.writing(clerk) as uow:
        records.register(uow, "party", "", {"name": VALUES["party"]}, parent=case)
        uow.commit()
    act(
        seeded,
        clerk,
        lambda w: records.change(w, case, data | {"name": VALUES["renamed"]}, 2, reason=VALUES["change"]),
    )
    act(seeded, clerk, lambda w: records.redecide(w, case))
    to = Override({"department": "justice"}, route="R01")
    sent = act(
        seeded, director, lambda w: records.dispose(w, case, version=3, override=to, reason=VALUES["dispose"])
    )
    act(seeded, director, lambda w: records.referral(w, sent.uid, "revoke", reason=VALUES["answer"]))
    act(seeded, director, lambda w: records.transition(w, case, "start", version=5))
    form = {"outcome": VALUES["outcome"]}
    act(seeded, director, lambda w: records.transition(w, case, "close", version=6, form=form))
    look(seeded, clerk, Origin(), [Read("open", "case", case, purpose=VALUES["purpose"])])
    return case


def act(portal: Portal, who: Access, what: Any) -> Any:
    with portal.writing(who) as uow:
        found = what(uow)
        uow.commit()
    return found


def written(portal: Portal) -> str:
    """Return everything that any table holds, as text."""
    found = []
    with portal.database.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                found.append(f"{table.name} {json.dumps([_plain(one) for one in row], ensure_ascii=False)}")
    return "\n".join(found)


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def held(text: str) -> set[str]:
    return {name for name, value in VALUES.items() if value in text}


def test_history_decisions_and_audit_hold_no_value_in_clear(seeded: Portal, uid: str) -> None:
    with seeded.reading(SYSTEM) as session:
        record = records.get(session, "case", uid)
        assert record.key
        events = list(session.scalars(select(RecordEvent).where(RecordEvent.record_id == record.id)))
        decisions = list(session.scalars(select(Decision).where(Decision.record_id == record.id)))
        entries = list(session.scalars(select(AuditEntry).where(AuditEntry.object_id == uid)))
        assert len(events) == 8
        assert {one.kind for one in events if is_encrypted_value(one.data)} >= {
            "change",
            "attach",
            "transition",
        }
        assert all(one.data == {} or is_encrypted_value(one.data) for one in events)
        assert all(one.reason == "" or is_encrypted_text(one.reason) for one in events)
        assert len(decisions) == 4
        assert all(is_encrypted_value(one.result) and is_encrypted_value(one.proposals) for one in decisions)
        assert all(
            half is None or is_encrypted_value(half)
            for one in entries
            if one.action != "open"
            for half in (one.before, one.after)
        )
        assert all(one.reason == "" or is_encrypted_text(one.reason) for one in entries)
        said = repr([(one.data, one.reason) for one in events])
        said += repr([(one.result, one.proposals) for one in decisions])
        said += repr([(one.before, one.after, one.reason, one.fields) for one in entries])
    assert held(said) == set()
    edit = next(one for one in entries if one.action == "edit")
    assert edit.fields == "/name"


def test_who_may_read_them_reads_them(seeded: Portal, uid: str) -> None:
    with seeded.reading(SYSTEM) as session:
        record = records.get(session, "case", uid)
        story = records.history(seeded, session, record)
        assert {one.reason for one in story} >= {VALUES["change"], VALUES["dispose"], VALUES["answer"]}
        assert data_at(seeded.keys, session, record, 1)["name"] == VALUES["name"]
        assert "outcome" not in data_at(seeded.keys, session, record, 5)
        views = records.decisions_of(seeded, session, record)
        assert [view.facts["amount"] for view in views] == [int(VALUES["amount"])] * 4
        assert [rule["id"] for rule in views[-1].fired] == ["large"]
        page = audit.search(seeded, session, AuditQuery(thing=uid, size=100))
    assert held(repr([(one.before, one.after, one.reason) for one in page.rows])) >= {
        "name",
        "renamed",
        "amount",
        "outcome",
        "change",
        "dispose",
        "purpose",
        "file",
    }
    assert audit.verify(seeded).clean


def test_a_page_of_entries_opens_in_one_statement(seeded: Portal, clerk: Access, uid: str) -> None:
    from sqlalchemy import event

    for number in range(5):
        act(seeded, clerk, lambda w, n=number: records.register(w, "case", "530112", {"name": f"n{n}"}))
    sent: list[str] = []
    event.listen(seeded.database.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
    with seeded.reading(SYSTEM) as session:
        rows = audit.search(seeded, session, AuditQuery(size=100)).rows
    assert len({one.object_id for one in rows}) > 5
    assert len([one for one in sent if "FROM record" in one]) == 1


def test_a_destroyed_record_is_read_from_no_table_and_the_audit_is_clean(seeded: Portal, uid: str) -> None:
    assert held(written(seeded)) >= {
        "renamed",
        "amount",
        "tag",
        "outcome",
        "dispose",
        "answer",
        "file",
        "content",
    }
    audit.seal(seeded)
    assert records.destroy(seeded, uid, "保存期满")
    assert held(written(seeded)) == set()
    with pytest.raises(NotFound), seeded.reading(SYSTEM) as session:
        records.get_any(session, uid)
    with seeded.reading(SYSTEM) as session:
        page = audit.search(seeded, session, AuditQuery(thing=uid, size=100))
        parts = session.scalars(select(Record.uid)).all()
    assert parts == []
    last = page.rows[0]
    assert (last.action, last.reason, last.actor) == ("destroy", "保存期满", "system")
    before = {one.action: one for one in page.rows}
    assert before["edit"].before == before["edit"].after == {"destroyed": True}
    assert before["edit"].fields == "/name"
    assert before["edit"].reason == DESTROYED_TEXT
    report = audit.verify(seeded)
    assert report.clean
    audit.seal(seeded)
    assert audit.verify(seeded).clean


@pytest.mark.parametrize("seeded_url", ["sqlite"], indirect=True)
def test_a_destroyed_record_is_not_in_the_file(seeded: Portal, uid: str) -> None:
    path = Path(str(make_url(str(seeded.database.engine.url)).database))
    log = path.with_name(f"{path.name}-wal")
    raw = path.read_bytes() + log.read_bytes()
    assert [name for name, value in VALUES.items() if value.encode() in raw]
    assert records.destroy(seeded, uid, "保存期满")
    assert log.stat().st_size == 0
    left = path.read_bytes()
    assert [name for name, value in VALUES.items() if value.encode() in left] == []
    assert b"enc:1:" not in left


def test_what_waits_in_the_log_is_wiped_when_nobody_reads(seeded: Portal, uid: str) -> None:
    if seeded.database.dialect != "sqlite":
        assert records.destroy(seeded, uid, "保存期满")
        return
    with seeded.database.engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM record"))
        assert not records.destroy(seeded, uid, "保存期满")
    assert seeded.database.wipe()


def test_an_older_record_gets_a_key_at_its_next_change(seeded: Portal, clerk: Access) -> None:
    made = act(seeded, clerk, lambda w: records.register(w, "case", "530112", {"name": "甲"})).record
    as_before_the_upgrade(seeded, made.uid)
    with seeded.reading(SYSTEM) as session:
        record = records.get(session, "case", made.uid)
        assert record.key is None
        assert [one.data for one in records.history(seeded, session, record)] == [{"file": "旧"}]
    # Asking the rules makes no new version, so it gives no key.
    act(seeded, clerk, lambda w: records.redecide(w, made.uid))
    act(seeded, clerk, lambda w: records.change(w, made.uid, {"name": "乙"}, 1, reason="更正"))
    with seeded.reading(SYSTEM) as session:
        record = records.get(session, "case", made.uid)
        assert record.key is not None
        rows = session.scalars(
            select(RecordEvent).where(RecordEvent.record_id == record.id).order_by(RecordEvent.id)
        ).all()
        assert [is_encrypted_value(one.data) for one in rows] == [False, False, True]
        assert data_at(seeded.keys, session, record, 1) == {"name": "甲"}


def as_before_the_upgrade(portal: Portal, uid: str) -> None:
    """Make a record look like one of revision 0001."""
    with portal.database.engine.begin() as connection:
        connection.execute(update(Record.__table__).values(key=None).where(Record.__table__.c.uid == uid))
        connection.execute(update(RecordEvent.__table__).values(data={"file": "旧"}, reason=""))


def test_rekeying_wraps_the_keys_of_records_anew_and_gives_older_ones_a_key(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    old = act(seeded, clerk, lambda w: records.register(w, "case", "530112", {"name": "甲"})).record
    with seeded.database.engine.begin() as connection:
        connection.execute(update(Record.__table__).values(key=None).where(Record.__table__.c.uid == old.uid))
    first, second = seeded.keys, Keyring(b"n" * 32, [])
    both = Keyring(b"n" * 32, [])
    both._by_id.update(first._by_id)
    from dataclasses import replace

    moving = replace(seeded, keys=both)
    seen, changed = rekey(moving)
    assert seen == changed == 3
    assert rekey(moving) == (3, 0)
    only_new = replace(seeded, keys=second)
    with only_new.reading(SYSTEM) as session:
        record = records.get(session, "case", uid)
        assert VALUES["change"] in {one.reason for one in records.history(only_new, session, record)}
        assert records.get(session, "case", old.uid).key is not None
    with seeded.reading(SYSTEM) as session:
        record = records.get(session, "case", uid)
        assert DESTROYED_TEXT in {one.reason for one in records.history(seeded, session, record)}
        version = records.get(session, "case", old.uid).version
    # Nobody writes over what cannot be opened here.
    with pytest.raises(PortalError, match="data key"), seeded.writing(SYSTEM) as uow:
        records.change(uow, old.uid, {"name": "丙"}, version)


def test_values_open_only_where_they_were_sealed() -> None:
    keys = Keyring.random()
    key, wrapped = RecordKey.new(keys, "a")
    sealed = key.encrypt({"x": ["值", 1.5, None]}, "history")
    assert key.open(sealed, "history") == {"x": ["值", 1.5, None]}
    again = RecordKey.of(keys, wrapped, "a")
    assert again is not None
    assert again.open_text(key.encrypt_text("值", "audit"), "audit") == "值"
    assert RecordKey.of(keys, wrapped, "b") is None
    for other in (
        lambda: key.open(sealed, "audit"),
        lambda: RecordKey.new(keys, "a")[0].open(sealed, "history"),
    ):
        with pytest.raises(ValueError, match="encrypted by another key"):
            other()


def test_the_stored_decision_is_the_answer_to_what_it_keeps(seeded: Portal, uid: str) -> None:
    with seeded.reading(SYSTEM) as session:
        record = records.get(session, "case", uid)
        bundle = pinned(seeded, session, record.release_id)
        for one in session.scalars(select(Decision).where(Decision.record_id == record.id)):
            kept, _proposals = opened_decision(seeded.keys, record, one)
            assert is_replayable(kept)
            rules = bundle.rules(one.rule_set)
            assert kept["facts_used"].keys() == rules.inputs.keys()
            assert (kept["release"], kept["rules"]) == (record.release_id, rules.digest)
            again = replay(kept, rules)
            assert stored(again, bundle, seeded.clock.today()) == kept


def test_a_later_change_of_the_history_changes_no_explanation(seeded: Portal, uid: str) -> None:
    with seeded.reading(SYSTEM) as session:
        record = records.get(session, "case", uid)
        before = [one.not_fired for one in records.decisions_of(seeded, session, record)]
    with seeded.database.engine.begin() as connection:
        connection.execute(update(RecordEvent.__table__).values(data={}))
        connection.execute(update(Record.__table__).values(data={"name": "x"}))
    with seeded.reading(SYSTEM) as session:
        record = records.get(session, "case", uid)
        assert [one.not_fired for one in records.decisions_of(seeded, session, record)] == before


def test_referrals_go_with_the_record(seeded: Portal, uid: str) -> None:
    records.destroy(seeded, uid, "保存期满")
    with seeded.reading(SYSTEM) as session:
        assert session.scalars(select(Referral)).all() == []
