"""Odd input: refused with a reason, or kept as it is; never an error of the portal, and never a page."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.web.api.program import CASES, DATA, Program, total
from tests.web.records.live import serving
from tests.web.records.seeded_site import PASSWORD, Site

MISSING = CASES + "0" * 32
DEEP = b"[" * 5000 + b"]" * 5000
BODIES: dict[str, tuple[bytes, int]] = {
    "empty": (b"", 400),
    "NaN": (b'{"data": {"amount": NaN}}', 400),
    "-Infinity": (b'{"data": {"amount": -Infinity}}', 400),
    "1e400": (b'{"data": {"amount": 1e400}}', 400),
    "2^63": (b'{"data": {"amount": 9223372036854775808}}', 400),
    "-2^63": (b'{"data": {"people_count": -9223372036854775808}}', 400),
    "thousands of digits": (b'{"data": {"amount": ' + b"9" * 6000 + b"}}", 400),
    "NUL": (b'{"data": {"claim": "a\\u0000b"}}', 400),
    "bare NUL": (b'{"data": {"claim": "a\x00b"}}', 400),
    "half a pair": (b'{"data": {"claim": "\\ud800"}}', 400),
    "half a pair in a name": (b'{"data": {"\\udfff": 1}}', 400),
    "NUL in a member": (b'{"\\u0000": 1}', 400),
    "twice the same key": (b'{"data": {"claim": "a", "claim": "b"}}', 400),
    "deep": (b'{"data": ' + DEEP + b"}", 400),
    "deep patch": (b'{"data": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001, 400),
    "not UTF-8": (b'{"data": {"claim": "\xc3\x28"}}', 400),
    "GBK": ('{"data": {"claim": "退还定金"}}'.encode("gbk"), 400),
    "UTF-16": ('{"data": {}}'.encode("utf-16"), 400),
    "cut off": (b'{"data": {"claim": "', 400),
    "a list": (b"[]", 400),
    "a text": (b'"data"', 400),
    "null": (b"null", 400),
    "data is null": (b'{"data": null}', 400),
    "unit is a number": (b'{"data": {}, "unit": 530112}', 400),
    "unit is a list": (b'{"data": {}, "unit": ["530112"]}', 400),
    "2 MB": (b'{"data": {"claim": "' + b"x" * 2_000_000 + b'"}}', 413),
}
ADDRESSES = {
    "/api": 404,
    "/api/": 404,
    "/api/v1": 404,
    "/api/v2/records/case/": 404,
    "/api/v1/nonsense": 404,
    "/api/v1/records/": 404,
    CASES + "%00": 404,
    CASES + "%FF%FE": 404,
    CASES + "%ED%A0%80": 404,
    CASES + "x" * 5000: 404,
    CASES + "..%2f..%2fetc%2fpasswd": 404,
    MISSING + "/decisions/1/nonsense": 404,
    "/api/v1/units/%00": 404,
    "/api/v1/units/" + "9" * 4000: 404,
    "/api/v1/releases/" + "9" * 40: 404,
    "/api/v1/releases/-1": 404,
    "/api/v1/types/%00": 404,
    "/api/v1/openapi/%00.json": 404,
    CASES + "?page=100000000000000000000": 400,
    CASES + "?page=0": 400,
    CASES + "?page=-1": 400,
    CASES + "?page=1e3": 400,
    CASES + "?page=%D9%A3": 400,
    CASES + "?size=100000": 400,
    CASES + "?amount.from=NaN": 400,
    CASES + "?amount.from=1e400": 400,
    CASES + "?due_on.from=9999-99-99": 400,
    CASES + "?text=%00": 400,
    CASES + "?stage=%00": 400,
    CASES + "?dispute_type=" + "D" * 5000: 400,
    CASES + "?sort=data": 400,
    CASES + "?%00=1": 400,
    CASES + "?nonsense=1": 400,
    CASES + "?stage=": 400,
    CASES + "?unit=530112001&unit=530112002": 400,
    CASES + "?text=" + "x" * 101: 400,
    CASES + "?q=%00": 400,
    CASES + "?q=(page:100000000000000000000)": 400,
    CASES + "?q=" + "(" * 4000: 400,
    CASES + "?q=(filters:!((col:amount,opr:gte,value:1e999)))": 400,
    "/api/v1/units/?page=100000000000000000000": 400,
    "/api/v1/units/?text=%00": 400,
    "/api/v1/units/?size=1&size=2": 400,
}
TAGS = [
    "",
    '"',
    '"x"',
    '"1", "2"',
    "*",
    'W/"1"',
    "1" * 5000,
    '"-1"',
    '"99999999999999999999"',
    "\xff\xfe",
    '"１"',
]


@pytest.fixture(scope="module")
def clerk(site: Site) -> Program:
    return Program.of(site, "clerk")


def refused(answer: Any, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    assert answer.json["error"]["message"]
    assert answer.json["error"]["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("name", BODIES)
def test_odd_bodies_are_refused(site: Site, clerk: Program, name: str) -> None:
    body, status = BODIES[name]
    headers = {**clerk.headers, "Content-Type": "application/json", "If-Match": '"1"'}
    before = total(site)
    refused(clerk.client.post(CASES, data=body, headers=headers), status)
    refused(clerk.client.patch(MISSING, data=body, headers=headers), status)
    refused(clerk.client.post(MISSING + "/transitions/accept", data=body, headers=headers), status)
    # Who signs in sends no data; what is odd there is odd in the same way.
    login = clerk.client.post(
        "/api/v1/security/login", data=body, headers={"Content-Type": "application/json"}
    )
    refused(login, 413 if status == 413 else 400)
    assert total(site) == before


@pytest.mark.parametrize("address", ADDRESSES)
def test_odd_addresses_are_refused(clerk: Program, address: str) -> None:
    refused(clerk.get(address), ADDRESSES[address])


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/xml", "multipart/form-data", "application/json5", "\xff"]
)
def test_other_kinds_of_bodies_are_refused(clerk: Program, kind: str) -> None:
    headers = {**clerk.headers, "Content-Type": kind}
    refused(clerk.client.post(CASES, data=json.dumps({"data": DATA}), headers=headers), 415)


@pytest.mark.parametrize("tag", TAGS)
def test_odd_versions_are_refused(clerk: Program, tag: str) -> None:
    url = CASES + clerk.register()["uid"]
    headers = {**clerk.headers, "If-Match": tag}
    for answer in (
        clerk.client.patch(url, json={"data": {}}, headers=headers),
        clerk.client.post(f"{url}/transitions/accept", json={}, headers=headers),
    ):
        refused(answer, 428 if not tag else 400)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "NONSENSE"])
def test_other_methods_are_refused(clerk: Program, method: str) -> None:
    for path in (CASES, "/api/v1/units/", "/api/v1/openapi.json", "/api/v1/security/login"):
        answer = clerk.client.open(path, method=method, headers=clerk.headers)
        refused(answer, 405)
        assert "POST" in answer.headers["Allow"] or "GET" in answer.headers["Allow"]


def test_no_answer_is_a_page(clerk: Program) -> None:
    for path in (CASES, CASES[:-1], "/api/v1//units/", "/api/v1/units", MISSING):
        for method in ("OPTIONS", "HEAD", "GET", "POST"):
            answer = clerk.client.open(path, method=method, headers={**clerk.headers, "Accept": "text/html"})
            assert answer.status_code < 500
            assert answer.mimetype in (None, "application/json")
            assert b"<" not in answer.data[:1]


@pytest.mark.parametrize(
    "text",
    [
        "a\u0301\u200d👩‍👩‍👧",
        "<script>alert(1)</script>",
        "'; DROP TABLE record; --",
        "%s%n{{7*7}}",
    ],
)
def test_odd_but_honest_text_is_kept_as_it_is(clerk: Program, text: str) -> None:
    made = clerk.register(claim=text)
    assert clerk.get(CASES + made["uid"]).json["result"]["data"]["claim"] == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [("\u202e反向\u202c文字", "反向文字"), ("\ufeff零宽\u200b", "零宽"), ("\u00a0两端\u3000", "两端")],
)
def test_of_a_text_only_the_invisible_is_taken_away(clerk: Program, text: str, kept: str) -> None:
    made = clerk.register(claim=text)
    assert clerk.get(CASES + made["uid"]).json["result"]["data"]["claim"] == kept


def test_a_part_of_a_cent_is_no_amount(clerk: Program) -> None:
    for number in (1e-300, 500000.005, 0.001):
        answer = clerk.post(CASES, {"data": DATA | {"amount": number}})
        refused(answer, 422)
        assert [one["pointer"] for one in answer.json["error"]["details"]] == ["/amount"]


@pytest.mark.parametrize("number", [0, 0.1, 0.01, 99999999999.99])
def test_numbers_at_the_edges_are_kept_as_they_are(clerk: Program, number: float) -> None:
    made = clerk.register(amount=number)
    assert clerk.get(CASES + made["uid"]).json["result"]["data"]["amount"] == number


@pytest.mark.parametrize(("length", "status"), [(2_000, 200), (2_001, 422), (100_000, 422)])
def test_long_reasons_are_no_fault(clerk: Program, length: int, status: int) -> None:
    made = clerk.register()
    before = clerk.get(CASES + made["uid"]).json["result"]
    headers = {**clerk.headers, "If-Match": '"1"'}
    body = {"data": {"claim": "改过"}, "reason": "因" * length}
    answer = clerk.client.patch(CASES + made["uid"], json=body, headers=headers)
    assert answer.status_code == status
    if status == 422:
        refused(answer, 422)
        assert clerk.get(CASES + made["uid"]).json["result"] == before


@pytest.mark.parametrize("secret", ["\ud800", "\0", "x" * 2000, "\u202e"])
def test_odd_names_and_passwords_are_only_wrong(clerk: Program, secret: str) -> None:
    for body in ({"username": secret, "password": "x"}, {"username": "clerk2", "password": secret}):
        answer = clerk.client.post(
            "/api/v1/security/login", data=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        refused(answer, answer.status_code)
        assert answer.status_code in (400, 401, 429)


RAW = {
    "a header of bytes": (b"GET %s HTTP/1.1", b"If-Match: \xff\xfe\x80\r\nIdempotency-Key: \xe2\x82\r\n"),
    "a path of bytes": (b"GET %s\xff\xfe HTTP/1.1", b""),
    "trace": (b"TRACE %s HTTP/1.1", b""),
    "a token of bytes": (b"GET %s HTTP/1.1", b"Authorization: Bearer \xff.\xff.\xff\r\n"),
    "not that long": (b"POST %s HTTP/1.1", b"Content-Type: application/json\r\nContent-Length: -1\r\n"),
}


@pytest.mark.slow
def test_a_real_server_stands_them_too(site: Site, tmp_path: Path) -> None:
    if "sqlite" not in site.url:
        return  # what the database is makes no difference to headers
    with serving(site.url, tmp_path) as address:
        for name, (line, headers) in RAW.items():
            status = raw(address, line % CASES.encode(), headers)
            assert 400 <= status < 500, name
        sign_in = {"username": "clerk", "password": PASSWORD}
        token = requests.post(f"{address}/api/v1/security/login", json=sign_in, timeout=30).json()[
            "access_token"
        ]
        big = requests.post(
            address + CASES,
            data=(b"x" * 65536 for _ in range(32)),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            timeout=30,
        )
        assert big.status_code == 413
        assert big.json()["error"]["code"] == "http.413"
        assert requests.get(f"{address}/health", timeout=10).status_code == 200
    log = "".join(path.read_text() for path in tmp_path.glob("serve-*.log"))
    assert "Traceback" not in log


def raw(address: str, line: bytes, headers: bytes) -> int:
    """Send what no library would, and return the status of the answer."""
    place = urlsplit(address)
    with socket.create_connection((str(place.hostname), int(place.port or 80)), 10) as connection:
        host = f"Host: {place.netloc}\r\nConnection: close\r\n".encode()
        connection.sendall(line + b"\r\n" + host + headers + b"\r\n")
        return int(connection.makefile("rb").readline().split()[1])
