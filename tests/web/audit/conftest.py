"""The seeded portal of the record pages, with an auditor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.core.access import Access
from portal.services import users
from tests.fixtures.database import BOTH
from tests.web.records import conftest as records
from tests.web.records.seeded_site import PASSWORD, Browser, Site


@pytest.fixture(scope="module", params=BOTH)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal with auditors of the city and of one county."""
    opening = records.site.__wrapped__(request, tmp_path_factory)
    opened = next(opening)
    with opened.portal.writing(Access.system("test")) as uow:
        for name, unit in (("auditor", "530112"), ("city_auditor", "530100")):
            user = users.create(uow, name, PASSWORD, "计", "审")
            users.assign(uow, user.id, "auditor", unit, audited=False)
        uow.commit()
    yield opened
    next(opening, None)


@pytest.fixture(scope="module")
def clerk(site: Site) -> Browser:
    """A clerk of Xishan's centre."""
    return site.login("clerk")


@pytest.fixture(scope="module")
def auditor(site: Site) -> Browser:
    """An auditor of Xishan."""
    return site.login("auditor")
