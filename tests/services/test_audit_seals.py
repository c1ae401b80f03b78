"""The audit log on both databases: what is tampered with is found, and nobody waits for a seal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from portal.core.access import Access
from portal.core.audit import Anchor
from portal.persistence.models import AuditEntry, AuditSeal
from portal.services import audit
from portal.services.audit import sealing
from portal.services.portal import Portal

SYSTEM = Access.system("test")


def write(portal: Portal, count: int = 1, name: str = "x") -> None:
    with portal.writing(SYSTEM) as uow:
        for number in range(count):
            uow.audit_event("open", kind="case", object_id=f"{name}{number}", after={"n": number / 3})
            uow.session.flush()
        uow.commit()


@contextmanager
def tampering(portal: Portal) -> Iterator[Any]:
    """Write as somebody who owns the database and switched its triggers off."""
    engine = portal.database.engine.execution_options(portal_writer=True)
    with engine.begin() as connection:
        if portal.database.dialect == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield lambda sql: connection.execute(text(sql))
            return
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in rows:
            connection.execute(text(f"DROP TRIGGER {name}"))
        yield lambda sql: connection.execute(text(sql))
        for _, sql in rows:
            connection.execute(text(sql))


def found(portal: Portal, *anchors: Anchor) -> list[tuple[str, str]]:
    return [(finding.kind, finding.place()) for finding in audit.verify(portal, anchors).findings]


@pytest.fixture
def sealed(portal: Portal) -> Portal:
    """Ten entries in two seals, and two that wait."""
    write(portal, 6)
    audit.seal(portal)
    write(portal, 4, "y")
    audit.seal(portal)
    write(portal, 2, "z")
    return portal


def test_a_log_nobody_touched_is_clean(sealed: Portal) -> None:
    report = audit.verify(sealed)
    assert report.clean
    assert (report.entries, report.unsealed, report.seals) == (12, 2, 2)
    assert report.head == audit.head(sealed)


def test_an_empty_log_is_clean_and_needs_no_seal(portal: Portal) -> None:
    assert audit.seal(portal).seals == 0
    assert audit.verify(portal, [audit.head(portal)]).clean


def test_a_changed_entry_is_found(sealed: Portal) -> None:
    with tampering(sealed) as sql:
        sql("UPDATE audit_entry SET actor = 'nobody' WHERE id = 3")
        sql("UPDATE audit_entry SET reason = 'because' WHERE id = 12")
    assert found(sealed) == [("entry.changed", "seal/1:entry/3"), ("entry.changed", "entry/12")]


def test_an_entry_changed_together_with_its_hash_is_found(sealed: Portal) -> None:
    with tampering(sealed) as sql:
        sql("UPDATE audit_entry SET object_id = 'x0' WHERE id = 2")
        sql("UPDATE audit_entry SET content_hash = 'a' || substr(content_hash, 2) WHERE id = 5")
    assert [place for _, place in found(sealed)] == ["seal/1:entry/2", "seal/1:entry/5"]


def test_a_removed_entry_is_found(sealed: Portal) -> None:
    with tampering(sealed) as sql:
        sql("DELETE FROM audit_entry WHERE id = 8")
    assert found(sealed) == [("entry.removed", "seal/2:entry/8")]


def test_an_inserted_entry_is_found(sealed: Portal) -> None:
    with tampering(sealed) as sql:
        sql(
            "INSERT INTO audit_entry (id, at, actor, ip, request_id, channel, action, kind, object_id, unit_path,"
            " reason, fields, content_hash) SELECT -7, at, actor, ip, request_id, channel, action, kind, object_id,"
            " unit_path, reason, fields, content_hash FROM audit_entry WHERE id = 1"
        )
        sql("UPDATE audit_entry SET id = 0 WHERE id = -7")
    kinds = found(sealed)
    assert kinds == [("entry.inserted", "entry/0")]


def test_reordered_entries_are_found(sealed: Portal) -> None:
    with tampering(sealed) as sql:
        for old, new in ((2, -1), (5, 2), (-1, 5)):
            sql(f"UPDATE audit_entry SET id = {new} WHERE id = {old}")
    assert found(sealed) == [
        ("entry.reordered", "seal/1:entry/2"),
        ("entry.reordered", "seal/1:entry/5"),
    ]


def test_a_removed_seal_is_found(sealed: Portal) -> None:
    with tampering(sealed) as sql:
        sql("DELETE FROM audit_seal WHERE number = 1")
    assert ("seal.removed", "seal/1") in found(sealed)


def test_a_removed_last_seal_is_found_by_the_anchor(sealed: Portal) -> None:
    anchor = audit.head(sealed)
    with tampering(sealed) as sql:
        sql("DELETE FROM audit_entry WHERE id > 6")
        sql("DELETE FROM audit_seal WHERE number = 2")
        sql(
            "UPDATE audit_chain SET number = 1, sealed_to = 6,"
            " hash = (SELECT hash FROM audit_seal WHERE number = 1)"
        )
    assert found(sealed) == []
    assert found(sealed, anchor) == [("anchor.missing", "seal/2")]


def test_a_rewritten_chain_is_found_by_the_anchor(sealed: Portal) -> None:
    anchor = audit.head(sealed)
    with tampering(sealed) as sql:
        sql("DELETE FROM audit_entry WHERE id = 1")
        sql("DELETE FROM audit_seal")
        sql("UPDATE audit_chain SET number = 0, hash = '', sealed_to = 0, gaps = '[]'")
    audit.seal(sealed, batch=6)
    assert audit.head(sealed).seal == 2
    assert found(sealed) == []
    assert found(sealed, anchor) == [("anchor.differs", "seal/2")]


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_the_database_refuses_to_rewrite(sealed: Portal, table: str) -> None:
    statements = [f"UPDATE {table} SET at = at", f"DELETE FROM {table}"]
    if sealed.database.dialect == "postgresql":
        statements.append(f"TRUNCATE {table}")
    else:
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
    for statement in statements:
        with (
            pytest.raises(DBAPIError, match="append-only"),
            sealed.database.engine.execution_options(portal_writer=True).begin() as connection,
        ):
            connection.execute(text(statement))


# SQLite has one writer: numbers and commits go in the same order
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_entry_that_becomes_visible_late_is_sealed_late(portal: Portal) -> None:
    with portal.writing(SYSTEM) as slow:
        slow.audit_event("open", kind="case", object_id="slow")
        slow.session.flush()
        write(portal, 3)
        assert audit.seal(portal).entries == 3
        assert audit.verify(portal).clean
        slow.commit()
    assert audit.verify(portal).clean
    assert audit.seal(portal).entries == 1
    report = audit.verify(portal)
    assert report.clean
    assert (report.entries, report.unsealed) == (4, 0)


def test_a_number_that_was_rolled_back_leaves_the_log_clean(portal: Portal) -> None:
    with portal.writing(SYSTEM) as uow:
        uow.audit_event("open", kind="case", object_id="gone")
        uow.session.flush()
    write(portal, 2)
    assert audit.seal(portal).entries == 2
    write(portal, 1)
    assert audit.seal(portal).entries == 1
    assert audit.verify(portal).clean


def test_sealing_goes_on_while_writers_write(portal: Portal) -> None:
    """Four writers and two sealers at once: each entry ends up in exactly one seal."""
    errors: list[BaseException] = []

    def run(work: Any) -> None:
        try:
            work()
        except BaseException as error:  # the thread's failure is the test's
            errors.append(error)

    def writing() -> None:
        for _ in range(12):
            write(portal, 2)

    stop = threading.Event()

    def sealing_() -> None:
        while not stop.is_set():
            audit.seal(portal, batch=7)
            time.sleep(0.01)

    writers = [threading.Thread(target=run, args=(writing,)) for _ in range(4)]
    sealers = [threading.Thread(target=run, args=(sealing_,)) for _ in range(2)]
    for thread in [*writers, *sealers]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    assert errors == []
    audit.seal(portal)
    report = audit.verify(portal)
    assert report.findings == []
    assert (report.entries, report.unsealed) == (96, 0)
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(func.sum(AuditSeal.count))) == 96


def test_a_writer_does_not_wait_for_a_seal_in_the_making(portal: Portal, monkeypatch: Any) -> None:
    write(portal, 3)
    made = sealing.make_seal

    def slow(*args: Any) -> Any:
        started = time.monotonic()
        write(portal, 1)
        assert time.monotonic() - started < 2
        return made(*args)

    monkeypatch.setattr(sealing, "make_seal", slow)
    sealing._seal_batch(portal, 100)
    assert audit.verify(portal).clean


def test_a_process_killed_in_the_middle_of_writing_leaves_a_clean_chain(portal: Portal) -> None:
    url = portal.database.engine.url.render_as_string(hide_password=False)
    code = (
        "import sys\n"
        "from portal.services.portal import Portal\n"
        "from tests.services.test_audit_seals import write\n"
        "from portal.services import audit\n"
        "portal = Portal.from_url(sys.argv[1])\n"
        "n = 0\n"
        "while True:\n"
        "    write(portal, 3, f'k{n}-'); n += 1; print(n, flush=True)\n"
        "    if n % 3 == 0: audit.seal(portal)\n"
    )
    for _ in range(2):
        child = subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        with child.stdout as lines:
            acknowledged = 0
            for line in lines:
                acknowledged = int(line)
                if acknowledged >= 7:
                    os.kill(child.pid, signal.SIGKILL)
                    break
            acknowledged = max([acknowledged, *(int(line) for line in lines if line.strip())])
        child.wait()
    audit.seal(portal)
    report = audit.verify(portal)
    assert report.findings == []
    with portal.reading(SYSTEM) as session:
        stored = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    assert stored % 3 == 0
    assert stored >= 2 * 7 * 3


def as_role(engine: Any, role: str, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL ROLE {role}"))
        connection.execute(text(statement))


# SQLite knows no roles
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_role_of_postgresql_without_the_rights_cannot_rewrite(sealed: Portal) -> None:
    engine = sealed.database.engine
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS portal_app_test"))
        connection.execute(text("CREATE ROLE portal_app_test"))
        connection.execute(text("GRANT SELECT, INSERT ON audit_entry, audit_seal TO portal_app_test"))
        connection.execute(text("GRANT SELECT, UPDATE ON audit_chain TO portal_app_test"))
    try:
        for statement in (
            "UPDATE audit_entry SET actor = ''",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
            "DELETE FROM audit_seal",
        ):
            with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
                as_role(engine, "portal_app_test", statement)
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP OWNED BY portal_app_test"))
            connection.execute(text("DROP ROLE portal_app_test"))
