"""Twelve of one department accept the same referral at once, on four web processes: one wins, the others are told."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from portal.core.access import Access, Origin
from portal.persistence.models import AuditEntry, Referral
from portal.services import users
from tests.web.records.live import Person, serving
from tests.web.records.seeded_site import PASSWORD, Site, form_in, uid_of

pytestmark = pytest.mark.slow
TAKERS = 12
TOLD = "已经答复了这次交办"


@pytest.fixture(scope="module")
def takers(site: Site) -> list[str]:
    """The names of twelve members of one department."""
    names = [f"taker{number}" for number in range(TAKERS)]
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        for name in names:
            user = users.create(uow, name, PASSWORD, "某", name)
            users.assign(uow, user.id, "handler", "530112:people_mediation", audited=False)
        uow.commit()
    return names


@pytest.fixture
def referred(site: Site) -> str:
    """The address of a case that was referred to the department."""
    case = site.register(site.login("clerk"))
    director = site.login("director")
    url = case.replace("/show/", "/dispose/")
    assert director.post(url, form_in(director.get(case).text, url)).status_code == 303
    return case


def test_one_of_twelve_takes_the_case(site: Site, tmp_path: Path, takers: list[str], referred: str) -> None:
    with serving(site.url, tmp_path, workers=4) as address:
        with ThreadPoolExecutor(TAKERS) as pool:
            people = list(pool.map(lambda name: Person(address, name), takers))
        forms = []
        for person in people:
            page = person.get(referred).text
            found = re.search(r'action="([^"]+/referral/[^"]+/accept)"', page)
            assert found
            forms.append((found[1], form_in(page, found[1])))
        start = threading.Barrier(TAKERS)

        def take(number: int) -> requests.Response:
            url, pairs = forms[number]
            start.wait()
            return people[number].session.post(address + url, data=pairs, timeout=120)

        with ThreadPoolExecutor(TAKERS) as pool:
            answers = list(pool.map(take, range(TAKERS)))
        for person in people:
            person.close()
    assert {answer.status_code for answer in answers} == {200}
    told = [TOLD in answer.text for answer in answers]
    assert (told.count(False), told.count(True)) == (1, TAKERS - 1)
    with site.portal.reading(Access.system("test")) as session:
        (referral,) = session.query(Referral).all()
        taken = (
            session.query(AuditEntry).filter_by(object_id=uid_of(referred), action="referral.accept").all()
        )
    winner = takers[told.index(False)]
    assert (referral.status, len(taken)) == ("accepted", 1)
    assert winner in referral.answered_by_name
    assert winner in taken[0].actor
