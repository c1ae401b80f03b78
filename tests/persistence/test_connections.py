"""Connections of the pool: those that rested are asked whether they still live; broken ones are replaced."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from portal.persistence import postgresql
from portal.persistence.database import Database
from portal.persistence.postgresql import PatientConnection
from tests.fixtures.database import PostgresqlServer


@pytest.mark.postgresql
def test_a_connection_that_rested_is_replaced_when_the_server_dropped_it(
    postgresql_server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Database.connect(postgresql_server.migrated())

    def process() -> int:
        with found.engine.connect() as connection:
            return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)

    def drop(pid: int) -> None:
        postgresql_server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")

    first = process()
    assert process() == first
    drop(first)
    # Just used, so nobody asked: the request fails, and the next one has a new connection.
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", 60.0)
    with pytest.raises(DBAPIError):
        process()
    second = process()
    assert second != first
    drop(second)
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", 0.0)
    assert process() not in (first, second)
    with found.engine.connect() as connection:
        assert connection.scalar(select(1)) == 1
    found.dispose()


LOCKED = "SELECT key FROM held_in_test WHERE key = 1 FOR UPDATE"


@pytest.mark.postgresql
@pytest.mark.parametrize("first", [LOCKED, "UPDATE held_in_test SET key = 1 WHERE key = 1"])
def test_who_waits_for_another_act_is_not_told_that_the_server_is_away(
    postgresql_server: PostgresqlServer, first: str
) -> None:
    found = Database.connect(postgresql_server.migrated())
    with found.engine.begin() as connection:
        connection.execute(text("CREATE TABLE held_in_test AS SELECT 1 AS key"))
    held = threading.Event()

    def hold() -> None:
        with found.engine.begin() as connection:
            connection.execute(text(LOCKED))
            held.set()
            time.sleep(postgresql.HELLO_SECONDS + 1)

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(30)
    began = time.monotonic()
    with found.engine.begin() as connection:
        assert connection.execute(text(first)).rowcount == 1
    waited = time.monotonic() - began
    other.join()
    assert waited > postgresql.HELLO_SECONDS
    found.dispose()


@pytest.mark.postgresql
def test_a_long_answer_may_take_as_long_as_the_server_goes_on_answering(
    postgresql_server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Database.connect(postgresql_server.migrated())
    with found.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        monkeypatch.setattr(PatientConnection, "answer_seconds", 1.0)
        began = time.monotonic()
        rows = connection.execute(
            text("SELECT repeat('x', 20000), pg_sleep(0.2) FROM generate_series(1, 12)")
        ).all()
        assert len(rows) == 12
        assert time.monotonic() - began > 1.0
    found.dispose()


INTERRUPTED = """
import os, signal, sys, threading
from portal.persistence.postgresql import PatientConnection
connection = PatientConnection.connect(sys.argv[1])
connection.execute("SELECT 1")
threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    connection.execute("SELECT pg_sleep(30)")
except KeyboardInterrupt:
    print("closed" if connection.closed else "cancelled")
"""


@pytest.mark.postgresql
def test_ctrl_c_cancels_the_statement_and_says_nothing(postgresql_server: PostgresqlServer) -> None:
    url = make_url(postgresql_server.migrated()).set(drivername="postgresql")
    words = [sys.executable, "-c", INTERRUPTED, url.render_as_string(hide_password=False)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("cancelled", "")
