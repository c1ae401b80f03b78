"""A repeated request does no harm: one act and one answer per key, for a day, on several processes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.persistence.models import AuditEntry, Record, RequestKey
from portal.services import jobs
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from tests.web.api.program import CASES, DATA, Program
from tests.web.records.live import serving
from tests.web.records.seeded_site import PASSWORD, Site

WRITERS = 12


def counted(site: Site) -> tuple[int, int]:
    """Return how many cases there are, and how many registrations were recorded."""
    with site.portal.reading(Access.system("test")) as session:
        cases = session.scalar(select(func.count()).select_from(Record).where(Record.etype == "case"))
        added = AuditEntry.action.in_(("add", "transition"))
        entries = session.scalar(select(func.count()).select_from(AuditEntry).where(added))
        return cases or 0, entries or 0


@pytest.mark.slow
def test_twelve_at_once_make_one_case(site: Site, tmp_path: Path) -> None:
    before = counted(site)
    with serving(site.url, tmp_path, workers=4) as address:
        sign_in = {"username": "clerk", "password": PASSWORD}
        answer = requests.post(f"{address}/api/v1/security/login", json=sign_in, timeout=30)
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}", "Idempotency-Key": "twelve"}
        start = threading.Barrier(WRITERS)

        def post(_number: int) -> requests.Response:
            start.wait()
            return requests.post(address + CASES, json={"data": DATA}, headers=headers, timeout=60)

        with ThreadPoolExecutor(WRITERS) as pool:
            answers = list(pool.map(post, range(WRITERS)))
        late = requests.post(address + CASES, json={"data": DATA}, headers=headers, timeout=60)
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.text for answer in [*answers, late]} == {answers[0].text}
    assert {answer.headers["Location"] for answer in answers} == {late.headers["Location"]}
    assert counted(site) == (before[0] + 1, before[1] + 1)


def test_the_first_answer_is_given_although_the_case_has_changed(site: Site) -> None:
    clerk = Program.of(site, "clerk")
    first = clerk.post(CASES, {"data": DATA}, key="changed")
    url = CASES + first.json["result"]["uid"]
    step = next(
        one for one in clerk.get(f"{url}/transitions").json["result"] if one["allowed"] and not one["form"]
    )
    moved = clerk.post(f"{url}/transitions/{step['id']}", version=1, key="step")
    assert moved.status_code == 200, moved.text
    change = {"data": {"claim": "改过的诉求", "amount": None, "employer": "某厂"}}
    changed = clerk.client.patch(url, json=change, headers=clerk.headers | {"If-Match": '"2"'})
    assert changed.json["result"]["version"] == 3
    before = counted(site)
    for earlier, again in (
        (first, clerk.post(CASES, {"data": DATA}, key="changed")),
        (moved, clerk.post(f"{url}/transitions/{step['id']}", version=1, key="step")),
    ):
        assert again.status_code == earlier.status_code
        assert again.data == earlier.data
        assert [again.headers.get(name) for name in ("ETag", "Location")] == [
            earlier.headers.get(name) for name in ("ETag", "Location")
        ]
    assert counted(site) == before


def test_another_body_is_refused_and_another_person_has_keys_of_their_own(site: Site) -> None:
    clerk, other = Program.of(site, "clerk"), Program.of(site, "clerk2")
    first = clerk.post(CASES, {"data": DATA}, key="mine")
    bodies: tuple[Any, ...] = ({"data": {**DATA, "claim": "另一诉求"}}, {"data": DATA, "unit": "530112"})
    for body in bodies:
        refused = clerk.post(CASES, body, key="mine")
        assert refused.status_code == 422
        assert refused.json["error"]["code"] == "idempotency.reused"
    theirs = other.post(CASES, {"data": DATA}, key="mine")
    assert theirs.status_code == 201
    assert theirs.json["result"]["uid"] != first.json["result"]["uid"]


def test_what_was_refused_can_be_sent_again(site: Site) -> None:
    clerk = Program.of(site, "clerk")
    assert clerk.post(CASES, {"data": {**DATA, "place": "nowhere"}}, key="mended").status_code == 422
    assert clerk.post(CASES, {"data": DATA}, key="mended").status_code == 201


@pytest.mark.parametrize("key", ["", "é", "a b", "x" * 81, "\x7f", "\x01"])
def test_an_unusable_key_is_refused(site: Site, key: str) -> None:
    clerk, before = Program.of(site, "clerk"), counted(site)
    refused = clerk.post(CASES, {"data": DATA}, key=key)
    assert refused.status_code == 400
    assert refused.json["error"]["code"] == "key.form"
    assert counted(site) == before


def test_after_a_day_the_key_is_free(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = Program.of(site, "clerk")
    first = clerk.post(CASES, {"data": DATA}, key="day").json["result"]["uid"]
    now = site.portal.clock.now()
    almost, later = (FixedClock(now + dt.timedelta(hours=hours)) for hours in (23.99, 24.01))
    for clock, same in ((almost, True), (later, False)):
        monkeypatch.setitem(site.app.extensions, "portal", dataclasses.replace(site.portal, clock=clock))
        clerk = Program.of(site, "clerk")
        assert (clerk.post(CASES, {"data": DATA}, key="day").json["result"]["uid"] == first) is same
    # A key is free by the time itself; what is over is removed by a job.
    done = site.portal.at(later)
    with done.writing(Access.system("test")) as uow:
        jobs.enqueue(uow, "forget_request_keys", {})
        uow.commit()
    claim = queue.claim(done, "test", ["forget_request_keys"])
    assert claim is not None
    assert run_claim(done, JobRun(done, claim))
    with site.portal.reading(Access.system("test")) as session:
        kept = session.scalars(select(RequestKey.at)).all()
    assert min(kept) > now


def test_no_data_of_the_case_are_kept_with_the_key(site: Site) -> None:
    clerk = Program.of(site, "clerk")
    clerk.post(CASES, {"data": {**DATA, "applicant_phone": "13800138000"}}, key="thin")
    with site.portal.reading(Access.system("test")) as session:
        kept = session.scalars(select(RequestKey).where(RequestKey.key == "api:thin")).one()
    assert kept.answer is not None
    assert "13800138000" not in str(kept.answer)
    assert "data" not in kept.answer["result"]
