"""Forty strings of SQL in each parameter of each list, search and report: no failure, no row more, no time lost."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from portal.core.access import ADMIN, Access, Origin
from portal.persistence.models import AuditEntry, Record, Release, Unit, User
from portal.services import users
from tests.acceptance.payloads import SQL
from tests.web.records.seeded_site import PASSWORD, Site

pytestmark = pytest.mark.slow
SLEEP_SECONDS = 5.0  # what the strings that sleep ask for
PAGE, API = "/records/case/list/?all=1&", "/api/v1/records/case/?"
ADDRESSES = [
    *(
        f"{PAGE}{name}="
        for name in ("text", "sort", "page", "size", "stage", "dispute_type", "unit", "amount.from")
    ),
    *(f"{API}{name}=" for name in ("text", "sort", "page", "size", "q", "stage", "amount.to", "/claim")),
    f"{API}q=(filters:!((col:stage,opr:eq,value:'*')))",
    f"{API}q=(order_column:'*',order_direction:desc)",
    "/api/v1/records/case/*",
    "/records/case/show/*",
    "/records/*/list/",
    *(
        f"/audit/?{name}="
        for name in ("person", "action", "thing", "unit", "since", "until", "field", "before")
    ),
    "/users/list/?_flt_2_username=",
    "/users/list/?_flt_0_*=x",
    "/users/list/?_oc_UserView=username&_od_UserView=",
    "/users/list/?_oc_UserView=",
    "/users/list/?page_UserView=",
    "/users/list/?psize_UserView=",
    "/users/show/*",
    "/units/?q=",
    "/units/show/*",
    "/lookup/units?q=",
    "/lookup/units?parent=",
    "/lookup/terms/disputes?q=",
    "/lookup/terms/*?q=x",
    "/layout/?unit=",
    "/layout/?day=",
    "/releases/show/*",
    "/roles/matrix/*",
]
ROW = re.compile(r'<tr data-href="|"uid":')
STORED = (Record, User, Unit, Release)


@pytest.fixture(scope="module")
def tried(site: Site) -> Site:
    """A portal with three cases and an administrator who may ask for everything."""
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        user = users.create(uow, "keeper", PASSWORD, "某", "keeper")
        users.assign(uow, user.id, ADMIN, "530112", audited=False)
        uow.commit()
    clerk = site.login("clerk")
    for _ in range(3):
        site.register(clerk)
    return site


def stored(site: Site) -> list[int]:
    with site.portal.reading(Access.system("test")) as session:
        return [session.scalar(select(func.count()).select_from(kind)) or 0 for kind in STORED]


def test_no_parameter_reaches_the_database_as_sql(tried: Site) -> None:
    keeper, bearer = tried.login("keeper").client, tried.token("keeper")
    before = stored(tried)
    faults: list[tuple[Any, ...]] = []
    # The server that has types and can sleep gets half of them, the other a few.
    strings = SQL[::2] if tried.portal.database.dialect == "postgresql" else SQL[::8]
    for address in ADDRESSES:
        headers = bearer if address.startswith("/api/") else {}
        path = address.split("?")[0]
        plain = "/records/case/list/?all=1" if "*" in path or "/records/" in path[:9] else path
        most = len(ROW.findall(keeper.get(plain, headers=headers).text))
        for text in strings:
            sent = quote(text, safe="")
            url = address.replace("*", sent) if "*" in address else address + sent
            began = time.monotonic()
            answer = keeper.get(url, headers=headers)
            seconds = time.monotonic() - began
            rows = len(ROW.findall(answer.text))
            # Only what narrows nothing, such as an order, may show as much as there is.
            narrowed = any(
                name in address for name in ("text=", "stage", "dispute_type", "unit=", "/claim", "thing=")
            )
            too_many = rows > (0 if narrowed and answer.status_code == 200 and text.strip("%_") else most)
            slept = "sleep" in text and seconds > SLEEP_SECONDS
            if answer.status_code >= 500 or too_many or slept:
                faults.append((url, answer.status_code, rows, round(seconds, 1)))
    assert faults == []
    assert stored(tried) == before


def test_nobody_signs_in_with_sql(tried: Site) -> None:
    client = tried.app.test_client()
    for text in SQL:
        body = {"username": text, "password": text}
        answer = client.post(
            "/api/v1/security/login", json=body, environ_base={"REMOTE_ADDR": f"10.1.1.{len(text)}"}
        )
        assert answer.status_code in (401, 429), (text, answer.status_code)
    with tried.portal.reading(Access.system("test")) as session:
        assert session.scalar(
            select(func.count()).where(AuditEntry.action == "login_failed").select_from(AuditEntry)
        )
