"""Personal data are shown for a purpose that says something, of so many matters an hour; who reads the log is told."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.persistence.models import Disclosure, Notice, User
from portal.services import users
from portal.services.records.privacy.purposes import PER_HOUR
from tests.services.test_notices import told as deliver
from tests.web.api.test_records_api import BASE, DATA
from tests.web.records.seeded_site import PASSWORD, Site

SYSTEM = Access.system("test")
PURPOSE = {"reason": "核对身份，电话回访"}


@pytest.fixture(scope="module")
def cases(site: Site) -> list[str]:
    api, headers = site.app.test_client(), site.token("clerk")
    made = []
    for _ in range(PER_HOUR + 5):
        made.append(api.post(BASE, json={"data": DATA}, headers=headers).json["result"]["uid"])
    return made


@pytest.fixture(autouse=True)
def nothing_shown(site: Site) -> None:
    with site.portal.writing(SYSTEM) as uow:
        uow.session.connection().execute(delete(Disclosure))
        uow.session.connection().execute(delete(Notice))
        uow.commit()


@pytest.mark.parametrize(
    ("purpose", "shown"),
    [
        ("..", False),
        ("……………………", False),
        ("1111111111", False),
        ("啊啊啊啊啊啊", False),
        ("看看", False),
        ("asdf", False),
        ("\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b", False),
        ("联系当事人", True),
        ("联系当事人：..", True),
        ("电话回访", True),
        ("call the applicant back", True),
    ],
)
def test_the_purpose_says_something(site: Site, cases: list[str], purpose: str, shown: bool) -> None:
    headers = site.token("clerk")
    answer = site.app.test_client().post(
        f"{BASE}{cases[0]}/unmask", json={"reason": purpose}, headers=headers
    )
    assert answer.status_code == (200 if shown else 422), answer.text
    assert shown or answer.json["error"]["code"] == "reason.missing"


def test_of_many_matters_at_once_no_more_are_shown_than_the_limit_and_the_auditor_is_told(
    site: Site, cases: list[str]
) -> None:
    with site.portal.writing(SYSTEM) as uow:
        auditors = []
        for name, unit in (
            ("auditor_here", "530112"),
            ("auditor_above", "530100"),
            ("auditor_else", "530102"),
        ):
            if uow.session.scalar(select(User.id).where(User.username == name)) is None:
                user = users.create(uow, name, PASSWORD, "某", name)
                users.assign(uow, user.id, "auditor", unit, audited=False)
            auditors.append(users.by_username(uow.session, name).id)
        uow.commit()
    headers = site.token("clerk")

    def show(uid: str) -> tuple[int, str | None]:
        answer = site.app.test_client().post(f"{BASE}{uid}/unmask", json=PURPOSE, headers=headers)
        return answer.status_code, answer.headers.get("Retry-After")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(show, cases))
    statuses = [status for status, _after in answers]
    assert (statuses.count(200), statuses.count(429)) == (PER_HOUR, 5)
    assert all(0 < int(after or 0) <= 3600 for status, after in answers if status == 429)
    # One that is shown already may be shown again, another person has an own limit, and an hour later it goes on.
    assert show(cases[statuses.index(200)])[0] == 200
    other = site.app.test_client().post(
        f"{BASE}{cases[0]}/unmask", json=PURPOSE, headers=site.token("triage")
    )
    assert other.status_code == 200
    page = site.login("clerk")
    late = cases[statuses.index(429)]
    refused = page.post(f"/records/case/unmask/{late}", {"csrf_token": page.token(), "purpose": "联系当事人"})
    assert (refused.status_code, "分钟" in refused.text) == (429, True)
    deliver(site.portal)
    with site.portal.reading(SYSTEM) as session:
        query = select(Notice.user_id, Notice.params).where(Notice.event == "disclosure.many")
        told = sorted((user, params["count"]) for user, params in session.execute(query))
    assert told == sorted((user, count) for user in auditors[:2] for count in (PER_HOUR // 2, PER_HOUR))
    assert str(PER_HOUR) in site.login("auditor_here").get("/").text
    later = site.portal.at(FixedClock(site.portal.clock.now() + dt.timedelta(minutes=61)))
    with later.writing(users.access_of(later, users_id(site, "clerk"))) as uow:
        from portal.services import records
        from portal.services.records.acts.loading import load

        records.unmask(uow, load(uow.session, late), "核对身份")


def users_id(site: Site, name: str) -> int:
    with site.portal.reading(SYSTEM) as session:
        return int(users.by_username(session, name).id)
