"""A record goes while somebody else writes to it: one of the two comes first, and nothing of it is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.errors import Conflict
from portal.persistence.models import Model, Record
from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")


@pytest.fixture
def clerk(seeded: Portal) -> Access:
    return access_for(seeded, "clerk", "530112", user_id=7)


def made(portal: Portal, clerk: Access) -> str:
    with portal.writing(clerk) as uow:
        uid = records.register(uow, "case", "530112", {"name": "欧阳秘甲"}).record.uid
        uow.commit()
    return uid


def during(portal: Portal, who: Access, writing: Callable[[Any], object], then: Callable[[], object]) -> Any:
    """Let ``then`` begin while ``writing`` is not stored yet; return its refusal, if there was one."""
    found: list[BaseException | None] = []

    def late() -> None:
        try:
            then()
            found.append(None)
        except Exception as error:
            found.append(error)

    with portal.writing(who) as uow:
        writing(uow)
        uow.session.flush()
        other = threading.Thread(target=late)
        other.start()
        other.join(0.5)
        uow.commit()
    other.join(20)
    return found[0]


def left(portal: Portal, uid: str, *texts: str) -> list[str]:
    """Return the tables that still hold one of some texts, or a row of the record itself."""
    found = []
    with portal.database.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                if any(one in str(tuple(row)) for one in texts) or (
                    table.name == "record" and uid in str(row)
                ):
                    found.append(table.name)
    return found


def test_destroying_waits_for_a_change(seeded: Portal, clerk: Access) -> None:
    uid = made(seeded, clerk)
    error = during(
        seeded,
        clerk,
        lambda uow: records.change(uow, uid, {"name": "欧阳秘乙"}, 1, reason="更正秘戊"),
        lambda: records.destroy(seeded, uid, "期满"),
    )
    assert error is None, repr(error)
    assert left(seeded, uid, "欧阳秘甲", "欧阳秘乙", "更正秘戊") == []


def test_destroying_waits_for_a_part_and_takes_it_along(seeded: Portal, clerk: Access) -> None:
    uid = made(seeded, clerk)
    error = during(
        seeded,
        clerk,
        lambda uow: records.register(uow, "party", "", {"name": "当事人秘子"}, parent=uid),
        lambda: records.destroy(seeded, uid, "期满"),
    )
    assert error is None, repr(error)
    assert left(seeded, uid, "欧阳秘甲", "当事人秘子") == []


def test_deleting_what_somebody_is_changing_is_refused_in_words(seeded: Portal, clerk: Access) -> None:
    case = made(seeded, clerk)
    with seeded.writing(clerk) as uow:
        uid = records.register(uow, "party", "", {"name": "甲"}, parent=case).record.uid
        uow.commit()

    def delete() -> None:
        with seeded.writing(SYSTEM) as uow:
            records.delete(uow, uid, 1, "登记有误")
            uow.commit()

    error = during(seeded, clerk, lambda uow: records.change(uow, uid, {"name": "乙"}, 1), delete)
    assert isinstance(error, Conflict), repr(error)
    assert error.code == "record.stale"
    with seeded.reading(SYSTEM) as session:
        assert session.scalars(select(Record.uid).where(Record.uid == uid)).one() == uid
