"""An upgrade says of older records which day is the handler's own, and which correction waits."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from portal.persistence import migrate
from portal.persistence.database import Database
from portal.services.reach import upkeep
from tests.fixtures.database import BOTH
from tests.fixtures.released import released_postgresql, released_sqlite

EVENT = """
INSERT INTO record_event (record_id, at, kind, name, version, by_id, by_name, reason, data)
VALUES (:record, '2026-05-06 01:00:00', 'correction', :name, 9, :by, '', '', '{}')
"""
# Asked; asked by an account that the row does not name; asked and approved; asked, refused, asked anew.
HISTORIES = (
    [("asked", 7)],
    [("asked", None)],
    [("asked", 7), ("approved", 8)],
    [("asked", 7), ("refused", 8), ("asked", 9)],
)
WAITING = [7, 0, None, 9]


@pytest.mark.parametrize("kind", BOTH)
def test_an_upgrade_knows_own_days_and_waiting_corrections(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        url = released_sqlite(tmp_path)
    else:
        url = released_postgresql(request.getfixturevalue("postgresql_server"))
    engine = create_engine(url)
    migrate.upgrade(engine, "0022")
    with engine.begin() as connection:
        chosen = connection.scalars(text("SELECT id FROM record ORDER BY id LIMIT 5")).all()
        for record, history in zip(chosen, HISTORIES, strict=False):
            for name, by in history:
                connection.execute(text(EVENT), {"record": record, "name": name, "by": by})
    engine.dispose()
    database = Database.connect(url)
    migrate.upgrade(database.engine)
    assert migrate.differences(database.engine) == []
    with database.engine.connect() as connection:
        rows = dict(iter(connection.execute(text("SELECT id, correction_by FROM record")).all()))
        assert [rows[one] for one in chosen[: len(WAITING)]] == WAITING
        assert {rows[one] for one in rows if one not in chosen[: len(WAITING)]} == {None}
        clocks = text(
            "SELECT r.id, r.due_on, r.handler_due_on FROM record r WHERE r.is_open AND EXISTS (SELECT 1 FROM clock c "
            "WHERE c.record_id = r.id AND c.state = 'running' AND c.whose = 'handler' AND c.due_on = r.due_on)"
        )
        own = connection.execute(clocks).all()
        assert own
        assert all(one.handler_due_on == one.due_on for one in own)
        late = text("SELECT count(*) FROM record WHERE handler_due_on < due_on")
        assert connection.scalar(late) == 0
        sent = text(
            "SELECT count(*) FROM referral WHERE status = 'sent' AND due_on IS NOT NULL AND accept_by IS NULL"
        )
        assert connection.scalar(sent) == 0
    assert upkeep.check(database) == []
    database.dispose()
