"""Fifty registrations on four web processes while many are loaded at once: no gap, no double, no lock error."""

from __future__ import annotations

import multiprocessing
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from portal.adapters.clock import SystemClock
from portal.core.access import Access, Origin
from portal.persistence.models import Record
from portal.services import records
from portal.services.portal import Portal
from tests.web.records.live import serving
from tests.web.records.seeded_site import PASSWORD, Site

pytestmark = pytest.mark.slow
CREATES = 50
LOADED = 60
DATA = {
    "channel": "walk_in",
    "applicant_name": "张小明（虚构）",
    "applicant_phone": "13800000000",
    "dispute_type": "D0301",
    "place": "530112001",
    "summary": "房屋买卖合同履行发生纠纷",
    "claim": "退还定金",
    "amount": 20000,
    "willing": "yes",
    "lower_tried": False,
}


def load_many(url: str, count: int) -> list[str]:
    """Register many cases of one centre in ONE transaction, as an import does."""
    portal = Portal.from_url(url, SystemClock())
    codes = []
    with portal.writing(Access.system("import"), Origin(channel="cli")) as uow:
        for number in range(count):
            data = DATA | {"claim": f"批量{number}"}
            codes.append(records.register(uow, "case", "530112", data).record.code or "")
        uow.commit()
    portal.database.dispose()
    return codes


@pytest.fixture(scope="module")
def another_process() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_numbers_stay_unique_and_without_gaps(
    site: Site, tmp_path: Path, another_process: ProcessPoolExecutor
) -> None:
    with serving(site.url, tmp_path, workers=4) as address:
        login = requests.post(
            f"{address}/api/v1/security/login",
            json={"username": "clerk", "password": PASSWORD, "provider": "db"},
            timeout=30,
        )
        bearer = {"Authorization": f"Bearer {login.json()['access_token']}"}
        start = threading.Barrier(CREATES)

        def create(number: int) -> requests.Response:
            body = {"data": DATA | {"claim": f"窗口{number}"}}
            start.wait()
            return requests.post(f"{address}/api/v1/records/case/", json=body, headers=bearer, timeout=120)

        loading = another_process.submit(load_many, site.url, LOADED)
        with ThreadPoolExecutor(CREATES) as pool:
            answers = list(pool.map(create, range(CREATES)))
        loaded = loading.result()
    assert {answer.status_code for answer in answers} == {201}, [a.text[:300] for a in answers if not a.ok][
        :3
    ]
    log = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("serve-*.log"))
    assert not re.search(r"locked|deadlock|Traceback", log, re.IGNORECASE), log[-2000:]
    codes = loaded + [answer.json()["result"]["code"] for answer in answers]
    assert len(set(codes)) == CREATES + LOADED
    # Sequences of this centre and year have no gap.
    numbers = sorted(int(code.rsplit("〕", 1)[1]) for code in codes)
    assert numbers == list(range(1, CREATES + LOADED + 1))
    with site.portal.reading(Access.system("test")) as session:
        assert set(session.scalars(select(Record.code).where(Record.etype == "case"))) == set(codes)
