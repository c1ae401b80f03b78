"""What a person may not set stays as it is, however it is sent."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Record, User
from tests.web.records.seeded_site import CASE, changed, form_in
from tests.web.scope.conftest import Place, Visitor
from tests.web.scope.town import CASE_DATA, JINNING, XISHAN

BASE = "/api/v1/records/case/"
# Members of a record that only the portal sets, with what somebody might try.
PROTECTED: dict[str, Any] = {
    "id": 1,
    "uid": "0" * 32,
    "etype": "visit",
    "type": "visit",
    "code": "西综〔2026〕99999",
    "title": "x",
    "unit_id": 1,
    "unit_path": "/",
    "org": JINNING,
    "centre_id": 1,
    "owner": 1,
    "handler": JINNING,
    "handler_unit_id": 1,
    "handler_path": "/",
    "parent_id": 1,
    "status": "closed",
    "stage": "closed",
    "canonical_stage": "close",
    "route": "R05",
    "is_open": False,
    "open": False,
    "lanes": {},
    "version": 99,
    "release": "county/jinning@1.1.0",
    "release_id": 2,
    "due_on": "2030-01-01",
    "search_text": "x",
    "created_at": "2020-01-01T00:00:00Z",
    "created_by": 1,
    "created_by_name": "x",
    "updated_at": "2020-01-01T00:00:00Z",
    "updated_by_name": "x",
    "roles": ["Admin"],
}
KEPT = (
    *("id", "uid", "etype", "code", "unit_id", "unit_path", "handler_unit_id", "handler_path", "centre_id"),
    *("release_id", "parent_id", "stage", "canonical_stage", "is_open", "lanes", "created_at", "created_by"),
    *("created_by_name", "route"),
)


@pytest.fixture(scope="module")
def clerk(place: Place) -> Visitor:
    return place.visitor("clerk@530112")


def stored(place: Place, uid: str) -> dict[str, Any]:
    with place.site.portal.reading(Access.system("test")) as session:
        record = session.scalars(select(Record).where(Record.uid == uid)).one()
        return {name: getattr(record, name) for name in (*KEPT, "version", "data")}


def made(clerk: Visitor) -> str:
    answer = clerk.call("POST", BASE, json={"data": CASE_DATA})
    assert answer.status_code == 201, answer.text
    return str(answer.json["result"]["uid"])


def test_the_api_refuses_members_nobody_sets(place: Place, clerk: Visitor) -> None:
    uid = made(clerk)
    before = stored(place, uid)
    url, match = BASE + uid, {"If-Match": '"1"'}
    for name, value in PROTECTED.items():
        new = clerk.call("POST", BASE, json={"data": CASE_DATA, name: value})
        put = clerk.call("PUT", url, json={"data": CASE_DATA, name: value}, headers=match)
        patch = clerk.call("PATCH", url, json={"data": {}, name: value}, headers=match)
        assert [one.status_code for one in (new, put, patch)] == [400] * 3, name
        assert name in new.text
    assert stored(place, uid) == before


def test_the_data_of_a_record_hold_no_such_members(place: Place, clerk: Visitor) -> None:
    """What the form does not know is refused; it neither reaches a column nor stays in the data."""
    uid = made(clerk)
    before = stored(place, uid)
    for name, value in PROTECTED.items():
        new = clerk.call("POST", BASE, json={"data": CASE_DATA | {name: value}})
        patch = clerk.call("PATCH", BASE + uid, json={"data": {name: value}}, headers={"If-Match": '"1"'})
        assert [new.status_code, patch.status_code] == [422, 422], name
    assert stored(place, uid) == before


def test_forms_ignore_members_nobody_sets(place: Place, clerk: Visitor) -> None:
    extra = {key: str(value) for name, value in PROTECTED.items() for key in (name, f"/{name}")}
    extra.pop("version")  # the version one looked at is a part of the form
    elsewhere = send(clerk, "/records/case/add", CASE | extra | {"unit": JINNING})
    assert elsewhere.status_code == 409, "the unit of the form counts, and it is none of the person's"
    added = send(clerk, "/records/case/add", CASE | extra)
    uid = added.headers["Location"].rsplit("/", 1)[1]
    person = clerk.person
    before = stored(place, uid)
    assert (before["etype"], before["stage"], before["version"]) == ("case", "intake", 1)
    assert (before["created_by"], before["uid"], before["handler_path"]) == (person.id, uid, None)
    with place.site.portal.reading(Access.system("test")) as session:
        own = session.scalars(select(Record).where(Record.uid == place.town.of("case", XISHAN).uid)).one()
        assert (before["unit_path"], before["centre_id"]) == (own.unit_path, own.centre_id)
        assert before["release_id"] == own.release_id
    assert not PROTECTED.keys() & before["data"].keys()
    changed_case = send(clerk, f"/records/case/edit/{uid}", {"/claim": "赔偿"} | extra)
    assert changed_case.status_code == 303
    after = stored(place, uid)
    assert after["data"]["claim"] == "赔偿"
    assert after["version"] == 2
    assert {name: after[name] for name in KEPT} == {name: before[name] for name in KEPT}


def test_the_unit_of_the_api_is_one_where_one_may_register(place: Place, clerk: Visitor) -> None:
    for unit in (JINNING, "530100"):
        assert clerk.call("POST", BASE, json={"data": CASE_DATA, "unit": unit}).status_code == 403
    below = clerk.call("POST", BASE, json={"data": CASE_DATA, "unit": "530112001"})
    assert below.json["result"]["unit"] == "530112001"


def test_accounts_take_neither_roles_nor_keys(place: Place) -> None:
    keeper = place.visitor("security_admin@530112")
    target = place.town.people["clerk@530112"]
    extra = {
        "id": "1",
        "roles": "1",
        "groups": "1",
        "password": "Another-Pass-2026",
        "created_by_fk": "1",
        "changed_by_fk": "1",
        "login_count": "99",
        "fail_login_count": "0",
        "last_login": "2020-01-01",
    }
    before = account(place, target.id)
    send(keeper, f"/users/edit/{target.id}", extra | {"last_name": "乙"})
    after = account(place, target.id)
    assert (after["last_name"], after["first_name"]) == ("乙", "")
    assert before | {"last_name": "乙", "first_name": ""} == after
    own = account(place, keeper.person.id)
    page = "/myaccountview/form"
    send(keeper, page, extra | {"last_name": "丙", "username": "root", "active": "", "email": "x@y.z"})
    assert account(place, keeper.person.id) == own | {"last_name": "丙", "first_name": ""}


def account(place: Place, user_id: int) -> dict[str, Any]:
    with place.site.portal.reading(Access.system("test")) as session:
        user = session.get_one(User, user_id)
        names = ("id", "username", "email", "active", "password", "first_name", "last_name", "created_by_fk")
        return {name: getattr(user, name) for name in names} | {
            "roles": sorted(role.name for role in user.roles),
            "groups": len(user.groups),
        }


def send(visitor: Visitor, url: str, changes: dict[str, str]) -> Any:
    """Send the form of a page as a browser would, with changes and additions."""
    page = visitor.get(url)
    assert page.status_code == 200, (url, page.status_code)
    try:
        pairs = form_in(page.text, url)
    except AssertionError:
        pairs = form_in(page.text, "")
    data: dict[str, Any] = {}
    for key, value in changed(pairs, changes):
        data.setdefault(key, []).append(value)
    return visitor.client.post(url, data=data)
