"""What steps alone fill in is not set by programs: how a mediation or counselling ended, how late a unit was."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.access import Access, Origin
from portal.services import records, users
from tests.services.handing import case, now
from tests.services.test_sheets import SHEET
from tests.web.api.program import CASES, DATA, Program
from tests.web.records.seeded_site import PASSWORD, Site
from tests.web.records.test_counselling import refer


@pytest.fixture(scope="module")
def clerk(site: Site) -> Program:
    return Program.of(site, "clerk")


@pytest.fixture(scope="module")
def inspector(site: Site) -> Program:
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        user = users.create(uow, "inspects", PASSWORD, "某", "inspects")
        users.assign(uow, user.id, "inspector", "530112", audited=False)
        uow.commit()
    return Program.of(site, "inspects")


def change(who: Program, url: str, data: Any, version: int, method: str = "patch") -> Any:
    send = getattr(who.client, method)
    return send(url, json={"data": data}, headers=who.headers | {"If-Match": f'"{version}"'})


def refused(answer: Any) -> list[str]:
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "field.by_steps"), answer.text
    return [one["pointer"] for one in answer.json["error"]["details"]]


@pytest.mark.parametrize(
    "data", [{"outcome": "agreed"}, {"performed": "yes"}, {"agreement_on": "2026-05-01"}, {"grade": "major"}]
)
def test_how_a_matter_ended_is_not_written_beside_its_steps(
    site: Site, clerk: Program, data: dict[str, Any]
) -> None:
    uid = case(site.portal)
    where = [f"/{name}" for name in data]
    assert refused(change(clerk, f"{CASES}{uid}", data, 1)) == where
    assert refused(clerk.post(CASES, {"data": DATA | data})) == where
    assert now(site.portal, uid).version == 1


@pytest.mark.parametrize("method", ["patch", "put"])
def test_what_a_step_filled_in_is_neither_taken_out_nor_replaced(
    site: Site, clerk: Program, method: str
) -> None:
    uid = case(site.portal)
    with site.portal.writing(Access.system("test")) as uow:
        record = records.get_any(uow.session, uid)
        records.change(uow, uid, dict(now_clear(site, uid)) | {"outcome": "agreed"}, record.version)
        uow.commit()
    url, seen = f"{CASES}{uid}", now(site.portal, uid).version
    shown = clerk.get(url).json["result"]["data"]
    for value in (None, "failed"):
        data = shown | {"outcome": value} if method == "put" else {"outcome": value}
        if method == "put" and value is None:
            del data["outcome"]
        assert refused(change(clerk, url, data, seen, method)) == ["/outcome"]
    again = shown | {"summary": "房屋买卖合同纠纷，补充了经过"}
    assert change(clerk, url, again, seen, method).status_code == 200
    assert now(site.portal, uid).data["outcome"] == "agreed"


def now_clear(site: Site, uid: str) -> dict[str, Any]:
    with site.portal.reading(Access.system("test")) as session:
        return dict(records.view_of(site.portal, session, records.get_any(session, uid)).clear)


def test_counselling_is_not_ended_by_writing_that_it_ended(site: Site, clerk: Program) -> None:
    uid = refer(site, f"/x/{case(site.portal)}")
    data = {"ended_on": "2026-05-05", "ending": "completed"}
    answer = change(clerk, f"/api/v1/records/counselling/{uid}", data, 1)
    assert sorted(refused(answer)) == ["/ended_on", "/ending"]


@pytest.mark.parametrize(
    "data", [{"overdue_days": 300}, {"case_code": "伪造〔2026〕1号"}, {"was_due_on": "2020-02-01"}]
)
def test_a_sheet_says_of_its_matter_only_what_the_matter_says(
    site: Site, inspector: Program, data: dict[str, Any]
) -> None:
    assert refused(inspector.post("/api/v1/records/sheet/", {"data": SHEET | data})) == [
        f"/{name}" for name in data
    ]
    assert inspector.post("/api/v1/records/sheet/", {"data": SHEET}).status_code == 201
