"""Asking the rules again leaves the record as it is, and is told in its history."""

from __future__ import annotations

from portal.core import acts
from portal.core.access import Access
from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import access_for


def test_asking_the_rules_again_is_part_of_the_history(seeded: Portal) -> None:
    clerk: Access = access_for(seeded, "clerk", "530112", user_id=7)
    with seeded.writing(clerk) as uow:
        uid = records.register(
            uow, "case", "530112", {"name": "张三", "amount": 100, "channel": "grid"}
        ).record.uid
        uow.commit()
    with seeded.writing(clerk) as uow:
        assert records.redecide(uow, uid) is not None
        uow.commit()
    with seeded.reading(clerk) as session:
        record = records.get(session, "case", uid)
        told = records.history(seeded, session, record)
    assert [one.kind for one in told] == ["decide", "register"]
    assert acts.told(told[0].kind, told[0].name).title == "The rules were asked again"
    assert (told[0].version, record.version) == (1, 1)
