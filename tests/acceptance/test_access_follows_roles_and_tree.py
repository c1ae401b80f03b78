"""A role given or taken, or a unit that moves in the tree, counts at the next request, in every process."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from portal.core.access import Access, Origin
from portal.persistence.models import Assignment, Unit
from portal.services import units, users
from tests.web.records.live import Person, serving
from tests.web.records.seeded_site import Site, uid_of

pytestmark = pytest.mark.slow
# On connections of their own, so that both processes answer some.
TIMES = 10
SYSTEM = Access.system("test")


def test_access_follows_roles_and_the_tree_at_once(site: Site, tmp_path: Path) -> None:
    case = uid_of(site.register(site.login("clerk")))
    with serving(site.url, tmp_path, workers=2) as address:
        clerk, jinning = (Person(address, name) for name in ("clerk", "jinning"))
        assert asked(clerk, case) == {200}
        assert asked(jinning, case) == {404}

        give(site, "jinning", "530112")
        assert asked(jinning, case) == {200}
        take(site, "jinning", "530112")
        assert asked(jinning, case) == {302}  # whoever loses a role signs in again
        jinning = Person(address, "jinning")
        assert asked(jinning, case) == {404}

        # The county's own record stays; a township moves to the other county with what lies there.
        below = at_township(site, case)
        move(site, "530112001", "530115")
        assert asked(clerk, below) == {404}
        assert asked(jinning, below) == {200}
        move(site, "530112001", "530112")
        assert asked(clerk, below) == {200}
        assert asked(jinning, below) == {404}
        assert asked(clerk, case) == {200}


def asked(person: Person, uid: str) -> set[int]:
    """Return how both processes answer somebody who opens a record."""
    url = f"{person.address}/records/case/show/{uid}"
    cookies = person.session.cookies.get_dict()
    return {
        requests.get(url, cookies=cookies, timeout=30, allow_redirects=False).status_code
        for _ in range(TIMES)
    }


def give(site: Site, name: str, unit: str) -> None:
    with site.portal.writing(SYSTEM, Origin()) as uow:
        users.assign(uow, users.by_username(uow.session, name).id, "clerk", unit)
        uow.commit()


def take(site: Site, name: str, unit: str) -> None:
    with site.portal.writing(SYSTEM, Origin()) as uow:
        user = users.by_username(uow.session, name)
        at = units.by_code(uow.session, unit).id
        query = select(Assignment.id).where(Assignment.user_id == user.id, Assignment.unit_id == at)
        users.revoke(uow, uow.session.scalars(query).one())
        uow.commit()


def move(site: Site, code: str, parent: str) -> None:
    with site.portal.writing(SYSTEM, Origin()) as uow:
        ids = {
            unit.code: unit.id
            for unit in uow.session.scalars(select(Unit).where(Unit.code.in_((code, parent))))
        }
        units.move(uow, ids[code], ids[parent], "test")
        uow.commit()


def at_township(site: Site, like: str) -> str:
    """Register a case at the township with the data of another one."""
    from portal.services import records

    with site.portal.writing(SYSTEM, Origin()) as uow:
        data = dict(records.get(uow.session, "case", like).data)
        made = records.register(uow, "case", "530112001", data).record
        uow.commit()
    return made.uid
