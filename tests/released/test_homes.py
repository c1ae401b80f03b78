"""Upgraded accounts keep their roles, and belong to a unit where they hold one."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from portal.persistence import migrate
from portal.persistence.database import Database
from tests.fixtures.database import BOTH
from tests.fixtures.released import released_postgresql, released_sqlite

# Somebody of two units, the lower one held first, and somebody of none.
TWO_UNITS = """
INSERT INTO assignment (user_id, role, unit_id, created_at, created_by_name)
SELECT user_id, role, (SELECT id FROM unit WHERE parent_id IS NULL), created_at, '' FROM assignment
WHERE unit_id <> (SELECT id FROM unit WHERE parent_id IS NULL) ORDER BY id LIMIT 1
"""
OF_NOBODY = "DELETE FROM assignment WHERE id = (SELECT MIN(id) FROM assignment WHERE role = 'archivist')"
WITHOUT = """
SELECT COUNT(*) FROM account_home h LEFT JOIN assignment a ON a.user_id = h.user_id AND a.unit_id = h.unit_id
WHERE a.id IS NULL
"""


@pytest.mark.parametrize("kind", BOTH)
def test_an_upgrade_says_where_accounts_belong(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        url = released_sqlite(tmp_path)
    else:
        url = released_postgresql(request.getfixturevalue("postgresql_server"))
    engine = create_engine(url)
    with engine.begin() as connection:
        assert connection.execute(text(TWO_UNITS)).rowcount == 1
        assert connection.execute(text(OF_NOBODY)).rowcount == 1
        held = connection.scalar(text("SELECT COUNT(DISTINCT user_id) FROM assignment"))
        twice = connection.scalar(text("SELECT user_id FROM assignment ORDER BY id DESC LIMIT 1"))
    engine.dispose()
    database = Database.connect(url)
    migrate.upgrade(database.engine)
    assert migrate.differences(database.engine) == []
    with database.engine.connect() as connection:
        assert held
        assert connection.scalar(text("SELECT COUNT(*) FROM account_home")) == held
        assert connection.scalar(text(WITHOUT)) == 0
        late = text(
            "SELECT COUNT(*) FROM assignment WHERE confirmed_at IS NULL OR confirmed_at <> created_at"
        )
        assert connection.scalar(late) == 0
        top = text(
            "SELECT u.parent_id FROM account_home h JOIN unit u ON u.id = h.unit_id WHERE h.user_id = :user"
        )
        assert connection.execute(top, {"user": twice}).one() == (None,)
    database.dispose()
