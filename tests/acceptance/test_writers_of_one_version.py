"""Twelve writers of one version, by form and by API, on several processes: one wins, the others are told."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from portal.core.access import Access
from portal.persistence.models import AuditEntry, Record
from tests.web.records.live import Person, serving
from tests.web.records.seeded_site import PASSWORD, Site, changed, form_in, uid_of

pytestmark = pytest.mark.slow
WRITERS = 12


def token(address: str) -> dict[str, str]:
    answer = requests.post(
        f"{address}/api/v1/security/login",
        json={"username": "clerk2", "password": PASSWORD, "provider": "db"},
        timeout=30,
    )
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_one_wins_and_eleven_see_the_difference(site: Site, tmp_path: Path) -> None:
    page = site.register(site.login("clerk"))
    uid = uid_of(page)
    form_url, api_url = f"/records/case/edit/{uid}", f"/api/v1/records/case/{uid}"
    with serving(site.url, tmp_path, workers=4) as address:
        people = [Person(address, "clerk") for _ in range(WRITERS // 2)]
        forms = [form_in(person.get(form_url).text, form_url) for person in people]
        bearer = token(address)
        start = threading.Barrier(WRITERS)

        def by_form(number: int) -> requests.Response:
            person, pairs = people[number], changed(forms[number], {"/claim": f"表单{number}"})
            start.wait()
            return person.session.post(address + form_url, data=pairs, timeout=60, allow_redirects=False)

        def by_api(number: int) -> requests.Response:
            start.wait()
            return requests.patch(
                address + api_url,
                json={"data": {"claim": f"接口{number}"}},
                headers={**bearer, "If-Match": '"1"'},
                timeout=60,
            )

        with ThreadPoolExecutor(WRITERS) as pool:
            waiting = [pool.submit(by_form, n) for n in range(WRITERS // 2)]
            waiting += [pool.submit(by_api, n) for n in range(WRITERS // 2)]
            answers = [one.result() for one in waiting]
        for person in people:
            person.close()
    check_answers(answers, *stored(site, uid))


def stored(site: Site, uid: str) -> tuple[str, int, int]:
    """Return the claim and version of a case, and how many changes of it were recorded."""
    with site.portal.reading(Access.system("test")) as session:
        record = session.query(Record).filter_by(uid=uid).one()
        edits = session.query(AuditEntry).filter_by(object_id=uid, action="edit").count()
        return str(record.data["claim"]), record.version, edits


def check_answers(answers: list[requests.Response], winner: str, version: int, edits: int) -> None:
    won = [answer for answer in answers if answer.status_code in (200, 303)]
    assert len(won) == 1, [answer.status_code for answer in answers]
    assert (version, edits) == (2, 1)
    for number, answer in enumerate(answers):
        if answer is won[0]:
            continue
        if number < WRITERS // 2:
            assert answer.status_code == 409
            assert winner in answer.text
            assert f"表单{number}" in answer.text
        else:
            assert answer.status_code == 412
            error: dict[str, Any] = answer.json()["error"]
            assert error["version"] == 2
            assert error["differences"] == [
                {
                    "pointer": "/claim",
                    "base": "退还定金",
                    "current": winner,
                    "submitted": f"接口{number - WRITERS // 2}",
                    "clash": True,
                }
            ]
