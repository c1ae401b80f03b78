"""Odd requests to a served portal, of outsiders and of people signed in: none is a 500, and the worker lives."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import requests

from tests.acceptance.service import DATA, Service, _listens
from tests.fixtures.database import BOTH
from tests.web.conftest import token_in
from tests.web.records.seeded_site import CASE, PASSWORD, changed, form_in

pytestmark = pytest.mark.slow
CASES = "/api/v1/records/case/"
DEEP = 2_000


@pytest.fixture(scope="module", params=BOTH)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A portal with one worker, on each kind of database."""
    folder, server = tmp_path_factory.mktemp("served"), None
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("filled_sqlite"), folder / "portal.db")
        url = f"sqlite:///{folder / 'portal.db'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        url = server.copy(request.getfixturevalue("filled_postgresql"))
    made = Service(url, folder, workers=1)
    try:
        made.start()
        yield made
    finally:
        made.stop()
    if server is not None:
        server.drop(url)


@pytest.fixture(scope="module")
def bearer(service: Service) -> dict[str, str]:
    return service.bearer("clerk")


@pytest.fixture(scope="module")
def browser(service: Service) -> requests.Session:
    """Somebody who is signed in."""
    made = requests.Session()
    page = made.get(f"{service.address}/login/", timeout=60)
    data = {"csrf_token": token_in(page.text), "username": "clerk", "password": PASSWORD}
    assert (
        made.post(f"{service.address}/login/", data=data, timeout=60, allow_redirects=False).status_code
        == 302
    )
    return made


@pytest.fixture(autouse=True)
def the_worker_lives(service: Service) -> Iterator[None]:
    """Nothing that is sent ends the worker, and nothing fails in it."""

    def worker() -> list[int]:
        return [one.pid for one in psutil.Process(service.master.pid).children() if _listens(one)]

    before, lines = worker(), len(service.log.read_text(encoding="utf-8").splitlines())
    yield
    assert requests.get(f"{service.address}/health", timeout=60).status_code == 200
    assert worker() == before
    said = service.log.read_text(encoding="utf-8").splitlines()[lines:]
    assert [one for one in said if '"level": "error"' in one or "Traceback" in one] == []


def raw(service: Service, head: bytes, body: bytes = b"") -> int:
    """Send bytes as they are; return the status, 0 where the connection was closed without an answer."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as line:
        line.sendall(head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body)
        first = line.makefile("rb").readline()
    return int(first.split()[1]) if first.startswith(b"HTTP/1.") else 0


def of(method: str, path: str, bearer: dict[str, str], *more: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in bearer.items()]
    whole = "\n".join([*lines, *more])
    return whole.encode("latin-1" if all(ord(one) < 256 for one in whole) else "utf-8")


PATHS = (
    "/%00", "/%ff%fe", "/%e4%b8%ad%e6%96%87", "/%252e%252e/%252e%252e/etc/passwd", "/../../etc/passwd",
    "/records/case/show/%2e%2e", "/records/%00/list/", "/records/case%2flist/", "/records/中/list/",
    "/static/../../portal/settings.py",
    "/static/%2e%2e/%2e%2e/setup.cfg", "/static/%c0%ae%c0%ae/x",
    "/records/case/list/?", "/records/case/list/?%", "/records/case/list/?text=%E4%B8",
    "/records/case/list/?text=%",
    "/records/case/list/?%ff=%ff",
    "/records/case/list/?text=a;b", "/records/case/list/?page=%31%30%30",
    "/records/case/list/?amount.from=1e400&amount.to=-0", "/records/case/list/?" + "a=1&" * 2_000,
    "/records/case/show/" + "0" * 4_000, "/records/case/add?parent=%00", "/layout/?day=0000-00-00",
    "/layout/?unit=%00",
    "/units/show/%00", "/units/show/'%20OR%201=1", "/users/show/99999999999999999999", "/users/list/?page_UserView=-1",
    "/language/zz", "/language/%00", "/login/?next=%00", "/jobs/0", "/audit/?since=x", "/session?x=%f0%9f",
    CASES + "?q=(", CASES + "?q=(filters:!(", CASES + "?q='", CASES + "?q=!", CASES + "?q=(page:", CASES + "?q=%",
    CASES + "?q=(a:",
    CASES + "?q=" + "(" * 3_000, CASES + "?q=!(" + "!(" * 1_500, CASES + "?q=(page:!n)",
    CASES + "?q=(text:" + "é" * 200 + ")",
    CASES + "%00", CASES + "%F0%9F%98%80", CASES + "0" * 32 + "/history?x",
    "/api/v1/units/%00", "/api/v1/units/" + "中" * 100, "/api/v1/releases/-1", "/api/v1/jobs/1e5",
    "/api/v1/openapi/%2e%2e.json", "/api/v1/records/nonsense/", "/api/v2/", "//",
)  # fmt: skip


@pytest.mark.parametrize("who", ["stranger", "program", "person"])
def test_no_address_is_an_error_of_the_server(
    service: Service, bearer: dict[str, str], browser: requests.Session, who: str
) -> None:
    headers = bearer if who == "program" else {}
    if who == "person":
        headers = {"Cookie": "; ".join(f"{one.name}={one.value}" for one in browser.cookies)}
    odd = []
    for path in PATHS:
        for method in ("GET", "HEAD", "POST", "DELETE", "NONSENSE"):
            status = raw(service, of(method, path, headers, "Content-Length: 0").replace(b"\xe4", b"%e4"))
            if status >= 500:
                odd.append((method, path[:60], status))
    assert odd == []


def nested(depth: int, kind: str) -> bytes:
    opening, closing = {"list": (b"[", b"]"), "object": (b'{"a":', b"}")}[kind]
    return opening * depth + b"1" + closing * depth


BODIES: dict[str, bytes] = {
    "empty": b"",
    "blank": b"   ",
    "nothing": b"null",
    "list": b"[]",
    "text": b'"x"',
    "number": b"1e999",
    "not a number": b'{"data": {"amount": NaN}}',
    "long number": b'{"data": {"amount": ' + b"9" * 5_000 + b"}}",
    "half": b'{"data": {',
    "deep lists": b'{"data": {"x": ' + nested(DEEP, "list") + b"}}",
    "deep objects": nested(DEEP, "object"),
    "many keys": json.dumps({"data": {f"k{n}": n for n in range(20_000)}}).encode(),
    "many values": json.dumps({"data": DATA | {"respondents": [{"name": "x"}] * 10_000}}).encode(),
    "twice": b'{"data": {}, "data": {"amount": 1}}',
    "half a sign": b'{"data": {"claim": "\\ud800"}}',
    "NUL": b'{"data": {"claim": "\\u0000"}}',
    "not UTF-8": b'{"data": {"claim": "\xff"}}',
    "UTF-16": '{"data": {}}'.encode("utf-16"),
    "prototype": b'{"data": {"__proto__": {"a": 1}, "constructor": 1, "__class__": {}}}',
    "other members": b'{"data": {}, "unit": {"$ne": 1}, "id": 1, "created_by": 1}',
    "wrong kinds": b'{"data": {"applicant_name": {"a": 1}, "dispute_type": [], "place": 5, "attachments": "x"}}',
    "form": b"data=1&csrf_token=x",
    "long": b'{"data": {"claim": "' + b"x" * 1_100_000 + b'"}}',
}
TYPES = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "x/y; charset=\xff",
    "",
)


@pytest.mark.parametrize("name", BODIES)
def test_no_body_is_an_error_of_the_server(service: Service, bearer: dict[str, str], name: str) -> None:
    made = requests.post(service.address + CASES, json={"data": DATA}, headers=bearer, timeout=60).json()
    uid, odd = made["result"]["uid"], []
    for method, path in (
        ("POST", CASES),
        ("PATCH", CASES + uid),
        ("PUT", CASES + uid),
        ("POST", f"{CASES}{uid}/transitions/accept"),
        ("POST", f"{CASES}{uid}/events"),
        ("POST", f"{CASES}{uid}/unmask"),
        ("POST", "/api/v1/security/login"),
    ):
        for kind in TYPES if name in ("empty", "form", "half") else TYPES[:1]:
            headers = bearer | {"If-Match": '"1"', "Content-Type": kind}
            answer = requests.request(
                method, service.address + path, data=BODIES[name], headers=headers, timeout=60
            )
            if not 400 <= answer.status_code < 500 or "error" not in answer.json():
                odd.append((method, path, kind, answer.status_code, answer.text[:200]))
    # What a record may hold is judged by its form: these two are no JSON that it takes, and no fault either.
    assert [one for one in odd if name != "empty" or not one[1].endswith("unmask")] == []


def chunked(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts) + end


def test_no_framing_is_an_error_of_the_server(service: Service, bearer: dict[str, str]) -> None:
    body = json.dumps({"data": DATA}).encode()
    length = f"Content-Length: {len(body)}"
    tricks: list[tuple[tuple[str, ...], bytes]] = [
        (("Transfer-Encoding: chunked",), chunked(body[:10], body[10:])),
        (("Transfer-Encoding: chunked",), chunked(body, end=b"0\r\nX-Trailer: y\r\n\r\n")),
        (("Transfer-Encoding: chunked",), b"zz\r\n" + body),
        (("Transfer-Encoding: chunked",), b"-1\r\n\r\n"),
        (("Transfer-Encoding: chunked", length), chunked(body)),
        (("Transfer-Encoding: xchunked",), chunked(body)),
        (("Transfer-Encoding: chunked, gzip",), chunked(body)),
        ((length, "Content-Length: 3"), body),
        (("Content-Length: -1",), body),
        (("Content-Length: 1e3",), body),
        (("Content-Length: 99999999999999999999",), b""),
        ((length, "Content-Encoding: gzip"), body),
        ((length, "Expect: 100-continue"), body),
        ((length, "X-Forwarded-Host: evil.example", "X-Forwarded-For: 1.2.3.4, %00"), body),
        ((length, "X-HTTP-Method-Override: DELETE"), body),
        ((length, "Idempotency-Key: \x7f\xff"), body),
        ((length, "If-Match: *", "If-None-Match: *", "Range: bytes=0-"), body),
        ((length, "Accept-Language: " + "zh;q=9,*" * 500), body),
        ((length, "Accept-Language: \xff\xfe", "Accept: \xff"), body),
        ((length, "X-Request-ID: " + "x" * 4_000), body),
        ((length, "X-Purpose: %ff%00%E4"), body),
        ((length, "Cookie: session=" + "x" * 4_000), body),
        ((length, "Cookie: session=eyJ.e30.x; session=; =; ;;"), body),
        ((length, "Authorization: Bearer"), body),
        ((length, "Header without a colon"), body),
        ((length, "X: " + "y" * 9_000), body),
        ((length, *[f"X-{n}: y" for n in range(150)]), body),
    ]
    odd = []
    for more, sent in tricks:
        # 502 and the like are a proxy's; 501 says of a framing that nobody knows it.
        status = raw(service, of("POST", CASES, bearer, "Content-Type: application/json", *more), sent)
        if status >= 500 and status != 501:
            odd.append((more, status))
    assert odd == []


COOKIES = (
    "",
    "x",
    "eyJ",
    ".",
    "..",
    "eyJhIjoxfQ.aaaa.bbbb",
    "-" * 3_000,
    "\xff\xfe",
    '"',
    "a=b=c",
    "%00",
    "null",
)


def test_no_cookie_language_or_unit_is_an_error_of_the_server(
    service: Service, browser: requests.Session
) -> None:
    odd = []
    for cookie in COOKIES:
        for path in ("/", "/records/case/list/", "/records/case/add", "/session", "/login/"):
            status = raw(
                service, of("GET", path, {}, f"Cookie: session={cookie}", f"Accept-Language: {cookie}")
            )
            if status >= 500 or (status == 200 and path.startswith("/records")):
                odd.append((cookie[:20], path, status))
    for value in ("zz", "zh_Hans\0", "../en", "en-US", "%F0", "中文", "a" * 3_000):
        for path in ("/", "/records/case/list/"):
            answer = browser.get(service.address + path, params={"_l_": value}, timeout=60)
            if answer.status_code >= 500:
                odd.append((value[:20], path, answer.status_code))
    token = token_in(browser.get(f"{service.address}/records/case/add", timeout=60).text)
    for value in ("", "0", "530115", "53011\0", "x" * 3_000, "中", "530112:people_mediation'--"):
        answer = browser.post(
            f"{service.address}/unit",
            data={"csrf_token": token, "unit": value},
            timeout=60,
            allow_redirects=False,
        )
        if answer.status_code >= 500:
            odd.append((value[:20], "/unit", answer.status_code))
    assert odd == []


ODD_PAIRS: dict[str, list[tuple[str, str]]] = {
    "no token": [("csrf_token", "")],
    "half a sign": [("/claim", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"))],
    "NUL": [("/claim", "a\0b"), ("/applicant_name", "\0")],
    "deep": [("/a" * 5_000, "x")],
    "rows": [(f"/respondents/{n}/name", "x") for n in (0, 5, 99_999, 10**9)],
    "negative row": [("/respondents/-1/name", "x"), ("/respondents/x/name", "y")],
    "marks": [("/respondents~json", "[1,"), ("~json", "{"), ("~shape", "x"), ("/claim~kept", "{")],
    "buttons": [("_add:/nowhere", ""), ("_remove:/respondents/9", "")],
    "unit": [("unit", "999999"), ("version", "-1"), ("once", "x" * 5_000)],
    "many": [(f"/n{n}", "x") for n in range(19_000)],
}


@pytest.mark.parametrize("name", ODD_PAIRS)
def test_no_form_is_an_error_of_the_server(service: Service, browser: requests.Session, name: str) -> None:
    url = f"{service.address}/records/case/add"
    pairs: list[Any] = changed(form_in(browser.get(url, timeout=60).text, "/records/case/add"), CASE)
    odd = {key for key, _value in ODD_PAIRS[name]}
    sent = [pair for pair in pairs if pair[0] not in odd] + ODD_PAIRS[name]
    answer = browser.post(url, data=sent, timeout=60, allow_redirects=False)
    assert answer.status_code < 500, answer.text[:300]
    answer = browser.post(url, files=[(key, (None, value)) for key, value in sent[:900]], timeout=60)
    assert answer.status_code < 500, answer.text[:300]
