"""Keepers of accounts see which share of the units that can be sent matters has somebody who receives them."""

from __future__ import annotations

import re

from portal.core.access import Access
from portal.services import users
from portal.services.users.receivers import lacking, sendable
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Site

__all__ = ["site"]
SYSTEM = Access.system("test")


def shown(site: Site) -> tuple[int, int, int]:
    text = site.login("keeper").get("/units/without-receiver").text
    found = re.search(r"可以接收事项的 (\d+) 个单位中，(\d+) 个有人签收（(\d+) %）", text)
    assert found, text[:3000]
    total, covered, share = map(int, found.groups())
    return covered, total, share


def test_the_share_of_units_with_a_receiver_is_told_and_grows_with_an_account(site: Site) -> None:
    with site.portal.writing(SYSTEM) as uow:
        keeper = users.create(uow, "keeper", PASSWORD, "某", "管理员")
        users.assign(uow, keeper.id, "security_admin", "530112", audited=False)
        uow.commit()
    with site.portal.reading(SYSTEM) as session:
        path = next(unit.path for unit in sendable(session, ["/"]) if unit.code == "530112")
        total = len(sendable(session, [path]))
        without = lacking(site.portal, session, [path])
    covered, units, share = shown(site)
    assert (covered, units, share) == (total - len(without), total, 100 * (total - len(without)) // total)
    court = next(unit.code for unit in without if unit.code == "530112:court")
    with site.portal.writing(SYSTEM) as uow:
        one = users.create(uow, "court", PASSWORD, "某", "法官")
        users.assign(uow, one.id, "handler", court, audited=False)
        uow.commit()
    assert shown(site)[0] == covered + 1
