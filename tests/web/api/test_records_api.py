"""The API of all entity types: same permissions, same rows, one shape of errors, never 500."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.persistence.ledger import forget_accesses
from portal.services.portal import Work
from portal.services.records.entering import registering
from portal.services.units.release_cache import kept_place
from tests.web.records.seeded_site import CASE, Site

BASE = "/api/v1/records/case/"
DATA = {
    "channel": "walk_in",
    "applicant_name": "张小明（虚构）",
    "dispute_type": "D0301",
    "place": "530112001",
    "summary": "房屋买卖合同履行发生纠纷",
    "claim": "退还定金",
    "amount": 20000,
    "willing": "yes",
    "lower_tried": False,
}


@pytest.fixture(scope="module")
def api(site: Site) -> FlaskClient:
    return site.app.test_client()


@pytest.fixture(scope="module")
def token(site: Site) -> dict[str, str]:
    return site.token("clerk")


@pytest.fixture
def made(api: FlaskClient, token: dict[str, str]) -> dict[str, Any]:
    answer = api.post(BASE, json={"data": DATA}, headers=token)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == BASE + answer.json["result"]["uid"]
    result: dict[str, Any] = answer.json["result"]
    return result


def url(made: dict[str, Any]) -> str:
    return BASE + str(made["uid"])


def test_a_registered_case_can_be_read(api: FlaskClient, token: dict[str, str], made: dict[str, Any]) -> None:
    answer = api.get(url(made), headers=token)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"1"'
    result = answer.json["result"]
    assert result["data"]["claim"] == "退还定金"
    assert result["code"].startswith("西综〔2026〕")
    assert (result["unit"], result["stage"], result["version"]) == ("530112", "intake", 1)


def test_lists_take_plain_arguments_and_rison(
    api: FlaskClient, token: dict[str, str], made: dict[str, Any]
) -> None:
    plain = api.get(BASE + "?dispute_type=D03&amount.from=100&sort=-created_at&size=1", headers=token)
    assert plain.status_code == 200
    assert [row["uid"] for row in plain.json["result"]] == [made["uid"]]
    rison = api.get(
        BASE,
        query_string={
            "q": "(filters:!((col:stage,opr:eq,value:intake),(col:amount,opr:gte,value:100)),"
            "order_column:created_at,order_direction:desc,page:0,page_size:1)"
        },
        headers=token,
    )
    assert rison.json["result"] == plain.json["result"]


@pytest.mark.parametrize(
    "query",
    [
        {"q": "((("},
        {"q": "(filters:!((col:nope,opr:eq,value:1)))"},
        {"q": "(filters:!((col:stage,opr:regex,value:x)))"},
        {"q": "(filters:5)"},
        {"q": "(page:-1)"},
        {"q": "(page:99999999999999999999)"},
        {"q": "(page_size:!t)"},
        {"q": "(order_column:password)"},
        {"q": "(columns:!(data))"},
        {"q": "!(1,2)"},
        {"q": "(" * 3000},
        {"stage": "nope"},
        {"page": "1e9"},
        {"sort": "data"},
    ],
)
def test_bad_questions_are_400(api: FlaskClient, token: dict[str, str], query: dict[str, str]) -> None:
    answer = api.get(BASE, query_string=query, headers=token)
    assert answer.status_code == 400, answer.text
    error = answer.json["error"]
    assert error["code"]
    assert error["message"]
    assert all({"pointer", "message"} <= set(detail) for detail in error["details"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"x"', 400),
        (b"null", 400),
        (b'{"data": 5}', 400),
        (b"{}", 400),
        (b'{"unit": "530112"}', 400),
        (b'{"data": {}, "data": {}}', 400),
        (b'{"data": {"amount": NaN}}', 400),
        (b'{"data": {"amount": 1e400}}', 400),
        (b'{"data": {"claim": "\\u0000"}}', 400),
        (b'{"data": {"claim": "\\ud800"}}', 400),
        (b"\xff\xfe", 400),
        (b'{"data": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}", 400),
        (b'{"data": {}, "stage": "closed"}', 400),
        (b'{"data": {}, "version": 9}', 400),
        (b'{"data": {}, "created_by": 1}', 400),
        (b'{"data": {}, "uid": "x"}', 400),
        (b'{"unit": 5, "data": {}}', 400),
        (b'{"data": {}}', 422),
        (b'{"data": {"amount": "many"}}', 422),
        (b'{"data": {"amount": 9223372036854775808}}', 400),
    ],
)
def test_bad_bodies_are_4xx(api: FlaskClient, token: dict[str, str], body: bytes, status: int) -> None:
    answer = api.post(BASE, data=body, headers={**token, "Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert set(answer.json) == {"error"}


def test_errors_point_at_their_field(api: FlaskClient, token: dict[str, str]) -> None:
    answer = api.post(BASE, json={"data": {**DATA, "amount": "viel"}}, headers=token)
    assert answer.status_code == 422
    assert "/amount" in [detail["pointer"] for detail in answer.json["error"]["details"]]


def test_changes_need_the_version_they_are_for(
    api: FlaskClient, token: dict[str, str], made: dict[str, Any]
) -> None:
    change = {"data": {**made["data"], "claim": "新诉求"}}
    assert api.put(url(made), json=change, headers=token).status_code == 428
    assert api.put(url(made), json=change, headers={**token, "If-Match": "*"}).status_code == 400
    changed = api.put(url(made), json=change, headers={**token, "If-Match": '"1"'})
    assert changed.status_code == 200
    assert changed.headers["ETag"] == '"2"'
    late = api.put(url(made), json=change | {"reason": "迟到"}, headers={**token, "If-Match": '"1"'})
    assert late.status_code == 412
    assert late.json["error"]["code"] == "record.stale"


def test_a_patch_changes_only_what_it_names(
    api: FlaskClient, token: dict[str, str], made: dict[str, Any]
) -> None:
    headers = {**token, "If-Match": '"1"'}
    answer = api.patch(url(made), json={"data": {"claim": "改过的诉求", "amount": None}}, headers=headers)
    assert answer.status_code == 200, answer.text
    data = answer.json["result"]["data"]
    assert data["claim"] == "改过的诉求"
    assert "amount" not in data
    assert data["summary"] == DATA["summary"]


def test_a_repeated_request_makes_one_case(api: FlaskClient, token: dict[str, str]) -> None:
    headers = {**token, "Idempotency-Key": "key-1"}
    first, second = (api.post(BASE, json={"data": DATA}, headers=headers) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json["result"]["uid"] == second.json["result"]["uid"]
    other = api.post(BASE, json={"data": {**DATA, "claim": "另一诉求"}}, headers=headers)
    assert other.status_code == 422
    assert other.json["error"]["code"] == "idempotency.reused"


def test_without_a_token_nothing_is_told(api: FlaskClient, made: dict[str, Any]) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        for answer in (api.get(BASE, headers=headers), api.get(url(made), headers=headers)):
            assert answer.status_code == 401
            assert set(answer.json) == {"error"}


def test_a_cookie_is_no_token(site: Site) -> None:
    browser = site.login("clerk")
    assert browser.client.get(BASE).status_code == 401
    assert browser.client.post(BASE, json={"data": DATA}).status_code == 401


def test_foreign_is_as_missing(site: Site, api: FlaskClient, made: dict[str, Any]) -> None:
    jinning = site.token("jinning")
    foreign, missing = url(made), BASE + "0" * 32
    tag = {**jinning, "If-Match": '"1"'}
    for call in (
        lambda where: api.get(where, headers=jinning),
        lambda where: api.put(where, json={"data": DATA}, headers=tag),
        lambda where: api.patch(where, json={"data": {}}, headers=tag),
    ):
        one, other = call(foreign), call(missing)
        assert one.status_code == other.status_code == 404
        assert one.json["error"]["message"] == other.json["error"]["message"]
    assert api.get(BASE, headers=jinning).json["count"] == 0


def test_a_foreign_unit_cannot_be_registered_at(api: FlaskClient, token: dict[str, str]) -> None:
    answer = api.post(BASE, json={"data": DATA, "unit": "530115"}, headers=token)
    assert answer.status_code == 403
    assert set(answer.json) == {"error"}


def test_unknown_types_are_not_there(api: FlaskClient, token: dict[str, str]) -> None:
    assert api.get("/api/v1/records/nonsense/", headers=token).status_code in (403, 404)
    assert api.post("/api/v1/records/nonsense/", json={"data": {}}, headers=token).status_code in (403, 404)


def test_roles_hold_in_the_api(site: Site, api: FlaskClient, made: dict[str, Any]) -> None:
    supervisor = site.token("supervisor")
    assert api.get(url(made), headers=supervisor).status_code == 200
    answer = api.post(BASE, json={"data": DATA}, headers=supervisor)
    assert answer.status_code == 403
    assert answer.json["error"]["code"] == "access.denied"


def test_cases_are_not_deleted(api: FlaskClient, token: dict[str, str], made: dict[str, Any]) -> None:
    answer = api.delete(url(made) + "?reason=x", headers={**token, "If-Match": '"1"'})
    assert answer.status_code == 403
    assert CASE["/claim"] == "退还定金"


@pytest.mark.parametrize("column", ["created_at", "updated_at", "due_on", "occurred_on"])
def test_days_at_the_edges_of_all_days_are_days(
    api: FlaskClient, token: dict[str, str], made: dict[str, Any], column: str
) -> None:
    every = api.get(BASE, headers=token).json["count"]
    moments = column.endswith("_at")
    for query, found in (("from=0001-01-01", True), ("to=9999-12-31", True), ("from=9999-12-31", False)):
        answer = api.get(f"{BASE}?{column}.{query}", headers=token)
        assert answer.status_code == 200, answer.text
        if moments:
            assert answer.json["count"] == (every if found else 0)


def test_a_unit_changed_meanwhile_lets_the_case_go_by_the_stored_units(
    api: FlaskClient, token: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def meanwhile(uow: Work, code: str) -> Any:
        asked.append(uow.stamp is not None)
        if uow.stamp is not None:
            forget_accesses(uow.session)
        return kept_place(uow, code)

    monkeypatch.setattr(registering, "kept_place", meanwhile)
    answer = api.post(BASE, json={"data": DATA}, headers=token)
    assert (answer.status_code, asked) == (201, [True, False])


def test_counts_are_told_by_one_group_and_by_two(
    api: FlaskClient, token: dict[str, str], made: dict[str, Any]
) -> None:
    listed = api.get(BASE, headers=token).json["count"]
    by_stage = api.get(BASE + "counts/", headers=token).json["result"]
    assert sum(row["count"] for row in by_stage) == listed > 0
    by = {"by": "dispute_class,canonical_stage", "unit": "530112", "open": "true"}
    rows = api.get(BASE + "counts/", query_string=by, headers=token).json["result"]
    assert {"dispute_class": "D03", "canonical_stage": "intake"}.items() <= rows[0].items()
    assert sum(row["count"] for row in rows) <= listed
    elsewhere = api.get(BASE + "counts/", query_string={"unit": "530115"}, headers=token)
    assert elsewhere.json["result"] == []


@pytest.mark.parametrize(
    "asked", [{"by": "unit"}, {"by": "stage,stage"}, {"by": "stage,grade,route"}, {"open": "yes"}, {"x": "1"}]
)
def test_what_is_not_counted_by_is_refused(
    api: FlaskClient, token: dict[str, str], asked: dict[str, str]
) -> None:
    answer = api.get(BASE + "counts/", query_string=asked, headers=token)
    assert answer.status_code == 400
    assert answer.json["error"]["details"][0]["pointer"] == next(iter(asked))
