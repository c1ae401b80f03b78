"""Numbers greater than any row's are as unknown as one that no row has: in addresses, arguments and bodies."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.access import ADMIN, Access, Origin
from portal.services import users
from portal.web.numbers import Number
from tests.web.api.program import CASES, DATA, Program
from tests.web.records.seeded_site import PASSWORD, Site

ODD = (2**31, 2**63 - 1, 2**63, 2**64, 10**40)
KEEPER = "keeper"


@pytest.fixture(scope="module")
def keeper(site: Site) -> Program:
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        user = users.create(uow, KEEPER, PASSWORD, "某", KEEPER)
        users.assign(uow, user.id, ADMIN, "530112", audited=False)
        uow.commit()
    return Program.of(site, KEEPER)


@pytest.fixture(scope="module")
def uid(site: Site) -> str:
    return str(Program.of(site, "clerk").register()["uid"])


def addresses(site: Site, uid: str, number: int) -> list[tuple[str, str]]:
    """Return method and path of every address that holds a number."""
    found = []
    for rule in site.app.url_map.iter_rules():
        numbers = {name for name, one in rule._converters.items() if isinstance(one, Number)}
        if not numbers:
            continue
        path = rule.rule
        for part in [one for one in rule.rule.split("/") if one.startswith("<")]:
            name = part.rstrip(">").rpartition(":")[2].lstrip("<")
            value = number if name in numbers else {"etype": "case", "uid": uid, "key": "0" * 32}[name]
            path = path.replace(part, str(value))
        found += [(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return sorted(found)


def test_no_address_reads_a_number_in_another_way(site: Site) -> None:
    """Werkzeug's own converter answers for another method where a number is too great, and lets any other pass."""
    assert [rule.rule for rule in site.app.url_map.iter_rules() if "<int" in rule.rule] == []
    assert len(addresses(site, "x", 1)) >= 12


@pytest.mark.parametrize("number", ODD)
def test_an_address_with_a_number_beyond_all_rows_is_not_there(
    site: Site, keeper: Program, uid: str, number: int
) -> None:
    browser = site.login(KEEPER)
    token = browser.token()
    for method, path in addresses(site, uid, number):
        if path.startswith("/api/"):
            headers = keeper.headers | {"If-Match": '"1"'}
            body = {"proposal": 0} if method == "POST" else None
            answer = keeper.client.open(path, method=method, json=body, headers=headers)
            assert answer.status_code == 404, (method, path, answer.text)
            assert answer.json["error"]["code"], path
        else:
            posted = {"csrf_token": token, "reason": "试"} if method == "POST" else None
            answer = browser.client.open(
                path, method=method, data=posted, headers={"HX-Request": "true"} if "progress" in path else {}
            )
            assert answer.status_code == 404, (method, path, answer.status_code)


@pytest.mark.parametrize("number", ODD)
def test_arguments_and_bodies_with_such_numbers_are_refused_or_find_nothing(
    site: Site, keeper: Program, uid: str, number: int
) -> None:
    clerk = Program.of(site, "clerk")
    decision = clerk.get(f"{CASES}{uid}/decisions").json["result"][0]["id"]
    asked: list[Any] = [
        clerk.get(CASES, **{"amount.from": number}),
        clerk.get(CASES, amount=number),
        clerk.get(CASES, page=number),
        clerk.get(CASES, size=number),
        clerk.get(CASES, q=f"(page:{number})"),
        clerk.get(CASES, q=f"(filters:!((col:amount,opr:gte,value:{number})))"),
        clerk.get("/api/v1/notices/", before=number),
        clerk.get("/api/v1/units/", page=number),
        keeper.get("/api/v1/audit/", before=number),
        clerk.get(f"{CASES}{uid}/release", to=number),
        clerk.post(CASES, {"data": DATA | {"people_count": number}}),
        clerk.post(CASES, {"data": DATA | {"amount": number * 10}}),
        clerk.post(f"{CASES}{uid}/release", {"release": number, "reason": "试"}, version=1),
        keeper.post(f"{CASES}{uid}/decisions/{decision}/dispositions", {"proposal": number}, version=1),
    ]
    for answer in asked:
        where = (answer.request.path, answer.request.query_string, answer.text[:200])
        assert answer.status_code in (200, 201, 400, 403, 404, 422), where
    browser = site.login(KEEPER)
    for path in (
        f"/records/case/list/?amount.from={number}",
        f"/records/case/list/?page={number}",
        f"/users/show/{number}",
        f"/users/edit/{number}",
        f"/users/list/?page_UserView={number}",
        f"/resetpassword/form?pk={number}",
        f"/audit/?before={number}",
        f"/records/case/show/{uid}?proposal={number}",
        f"/records/case/release/{uid}?to={number}",
    ):
        assert browser.get(path).status_code in (200, 302, 400, 403, 404, 422), path
