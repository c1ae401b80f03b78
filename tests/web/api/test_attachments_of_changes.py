"""A change adopts the files that it names, and refuses those that are nobody's or another's, as registering does."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.api.test_records_api import BASE, DATA
from tests.web.records.seeded_site import Browser, Site

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


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
    return dict(answer.json["result"])


def upload(browser: Browser) -> str:
    answer = browser.client.post(
        "/records/case/upload",
        data={"file": (io.BytesIO(PNG), "照片.png", "image/png"), "csrf_token": browser.token()},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def change(api: FlaskClient, token: dict[str, str], made: dict[str, Any], method: str, files: Any) -> Any:
    data = {"attachments": files} if method == "PATCH" else made["data"] | {"attachments": files}
    headers = token | {"If-Match": f'"{made["version"]}"'}
    return api.open(BASE + made["uid"], method=method, json={"data": data}, headers=headers)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_ones_own_upload_goes_with_the_record_and_can_be_downloaded(
    site: Site, api: FlaskClient, token: dict[str, str], made: dict[str, Any], method: str
) -> None:
    browser = site.login("clerk")
    first = upload(browser)
    answer = change(api, token, made, method, [first])
    assert answer.status_code == 200, answer.text
    page = browser.get(f"/records/case/show/{made['uid']}")
    assert first in page.text
    assert browser.get(f"/records/case/attachment/{made['uid']}/{first}").data == PNG
    # Named again beside another, it stays; taken out, the rest may go on.
    second = upload(browser)
    again = change(api, token, made | {"version": 2}, method, [first, second])
    assert again.status_code == 200, again.text
    fewer = change(api, token, made | {"version": 3}, method, [second])
    assert fewer.status_code == 200, fewer.text
    back = change(api, token, made | {"version": 4}, method, [first, second])
    assert back.status_code == 200, back.text


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("whose", ["nobody's", "another clerk's", "another county's", "another record's"])
def test_what_is_not_ones_own_is_refused_and_nothing_changes(
    site: Site, api: FlaskClient, token: dict[str, str], made: dict[str, Any], method: str, whose: str
) -> None:
    if whose == "nobody's":
        uid = "0" * 32
    elif whose == "another record's":
        uid = upload(site.login("clerk"))
        other = api.post(BASE, json={"data": DATA | {"attachments": [uid]}}, headers=token)
        assert other.status_code == 201, other.text
    else:
        uid = upload(site.login({"another clerk's": "clerk2", "another county's": "jinning"}[whose]))
    answer = change(api, token, made, method, [uid])
    assert answer.status_code == 422, answer.text
    assert answer.json["error"]["code"] == "file.unknown"
    stored = api.get(BASE + made["uid"], headers=token).json["result"]
    assert (stored["version"], stored["data"].get("attachments")) == (1, None)


@pytest.mark.parametrize("patch", [{"applicant_phone": None}, {"applicant_name": None}])
def test_taking_out_what_is_masked_is_refused_not_passed_over(
    api: FlaskClient, token: dict[str, str], made: dict[str, Any], patch: dict[str, Any]
) -> None:
    headers = token | {"If-Match": f'"{made["version"]}"'}
    answer = api.patch(BASE + made["uid"], json={"data": patch}, headers=headers)
    assert answer.status_code == 422, answer.text
    assert [one["pointer"] for one in answer.json["error"]["details"]] == [f"/{name}" for name in patch]
    # What is in clear may be taken out, and what is left out stays.
    open_field = api.patch(BASE + made["uid"], json={"data": {"amount": None}}, headers=headers)
    assert open_field.status_code == 200, open_field.text
    assert "amount" not in open_field.json["result"]["data"]
    assert open_field.json["result"]["data"]["applicant_name"]


def test_a_refusal_for_want_of_a_token_says_what_lets_in(api: FlaskClient) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = api.get(BASE, headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
    wrong = api.post("/api/v1/security/login", json={"username": "clerk", "password": "wrong"})
    assert (wrong.status_code, wrong.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
