"""A grid worker enters a matter in the village: the same form, with the channel and the place that fit."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.core.access import Access, Origin
from portal.persistence.models import Unit
from portal.services import records, users
from tests.web.records.seeded_site import CASE, PASSWORD, Browser, Site, changed, uid_of

ADD = "/records/case/add"


@pytest.fixture(scope="module")
def village(site: Site) -> str:
    """A village of Xishan."""
    with site.portal.reading(Access.system("test")) as session:
        query = select(Unit.code).where(Unit.level == "village", Unit.code.like("530112%"))
        return str(session.scalars(query.order_by(Unit.code)).first())


@pytest.fixture(scope="module")
def worker(site: Site, village: str) -> Browser:
    """A grid worker of that village."""
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        made = users.create(uow, "grid", PASSWORD, "某", "grid")
        users.assign(uow, made.id, "grid_worker", village, audited=False)
        uow.commit()
    return site.login("grid")


def test_channel_and_place_are_those_of_the_village(site: Site, worker: Browser, village: str) -> None:
    brought = dict(worker.form(ADD))
    assert (brought["/channel"], brought["/place"]) == ("grid", village)
    own = {key: value for key, value in CASE.items() if key not in ("/channel", "/place")}
    answer = worker.post(ADD, changed(worker.form(ADD), own))
    assert answer.status_code == 303
    uid = uid_of(answer.headers["Location"])
    with site.portal.reading(Access.system("test")) as session:
        record = records.get(session, "case", uid)
        data = records.view_of(site.portal, session, record).clear
    assert (data["channel"], data["place"]) == ("grid", village)
    assert site.login("clerk").get(f"/records/case/show/{uid}").status_code == 200


def test_a_clerk_of_the_county_brings_a_walk_in(site: Site, clerk: Browser) -> None:
    assert dict(clerk.form(ADD))["/channel"] == "walk_in"


def test_a_grid_worker_sees_nothing_of_the_county(site: Site, worker: Browser, clerk: Browser) -> None:
    case = site.register(clerk)
    assert worker.get(case).status_code == 404
