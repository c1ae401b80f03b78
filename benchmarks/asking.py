"""Requests that a measurement makes of an application, sent within the process or over HTTP.

Only the standard library is needed: the peers run in an environment of their own.
"""

from __future__ import annotations

import http.client
import io
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

HOST = "127.0.0.1"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, and the status of the answer that is wanted."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    wanted: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers in small letters (cookies in ``cookies``), and body."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


Send = Callable[[Request], Answer]
# By the name of a scenario: the request of a number; requests that write differ from one another.
Scenarios = Mapping[str, Callable[[int], Request]]


def checked(request: Request, answer: Answer) -> Answer:
    """Return an answer that is the one wanted; stop the measurement at any other."""
    if answer.status != request.wanted:
        raise RuntimeError(f"{request.method} {request.path}: {answer.status}, {answer.body[:400]!r}")
    return answer


def environ(request: Request) -> dict[str, Any]:
    """Return a request as WSGI hands it over."""
    path, _, query = request.path.partition("?")
    made: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": HOST,
        "HTTP_HOST": HOST,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        made[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return made


def within(application: Any) -> Send:
    """Return what asks a WSGI application in this process."""

    def send(request: Request) -> Answer:
        return run(application, environ(request))

    return send


def run(application: Any, asked: dict[str, Any]) -> Answer:
    """Call a WSGI application and take its whole answer."""
    told: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], None]:
        told[:] = [status, headers]
        return lambda _: None

    parts = application(asked, start)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return _answer(int(told[0][:3]), told[1], body)


def over_http(port: int) -> Send:
    """Return what asks a server; each thread has a connection of its own."""
    local = threading.local()

    def send(request: Request) -> Answer:
        for attempt in (1, 2):
            connection = getattr(local, "connection", None)
            if connection is None:
                connection = local.connection = http.client.HTTPConnection(HOST, port, timeout=60)
            try:
                connection.request(request.method, request.path, request.body or None, dict(request.headers))
                answer = connection.getresponse()
                return _answer(answer.status, answer.getheaders(), answer.read())
            except (http.client.HTTPException, OSError):
                # A server may close a connection that rested; a fresh one is opened once.
                local.connection = None
                if attempt == 2:
                    raise
        raise AssertionError

    return send


def _answer(status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    cookies = tuple(value for name, value in headers if name.lower() == "set-cookie")
    return Answer(status, {name.lower(): value for name, value in headers}, cookies, body)


def signed_in(send: Send, username: str, password: str) -> dict[str, str]:
    """Sign in through the page of Flask-AppBuilder; return the header that carries the session."""
    jar: dict[str, str] = {}

    def ask(request: Request) -> Answer:
        answer = checked(request, send(request))
        jar.update(cookie.split(";")[0].partition("=")[::2] for cookie in answer.cookies)
        return answer

    page = ask(Request("GET", "/login/")).body.decode()
    found = _TOKEN.search(page)
    token = (found.group(1) or found.group(2)) if found else ""
    body = urlencode({"username": username, "password": password, "csrf_token": token}).encode()
    ask(Request("POST", "/login/", {**FORM, "Cookie": _cookies(jar)}, body, wanted=302))
    return {"Cookie": _cookies(jar)}


def _cookies(jar: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in jar.items())


def with_token(send: Send, path: str, said: Mapping[str, str], named: str) -> dict[str, str]:
    """Take a token from an API; return the header that carries it."""
    request = Request("POST", path, JSON, json.dumps(said).encode())
    return {"Authorization": f"Bearer {checked(request, send(request)).json[named]}"}
