"""A small HTTP client: one connection per thread, a cookie or a bearer token."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable
from urllib.parse import urlencode

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')


class Client:
    """Speaks to one portal as one person; safe to use from several threads."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.headers: dict[str, str] = {}
        self._local = threading.local()

    def request(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request on this thread's connection; return status, headers and body."""
        for attempt in (1, 2):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=60
                )
            try:
                connection.request(method, path, body, {**self.headers, **(headers or {})})
                answer = connection.getresponse()
                return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
            except (http.client.HTTPException, OSError):
                # Sync workers close the connection after each answer; a fresh one is opened once.
                self._local.connection = None
                if attempt == 2:
                    raise
        raise AssertionError

    def log_in(self, username: str, password: str) -> None:
        """Log in through the page, keeping the session cookie."""
        jar: dict[str, str] = {}

        def keep(headers: dict[str, str]) -> None:
            for part in re.findall(r"(?:^|, )([\w-]+=[^;,]*);", headers.get("set-cookie", "")):
                name, _, value = part.partition("=")
                jar[name] = value
            self.headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in jar.items())

        _, headers, page = self.request("GET", "/login/")
        keep(headers)
        found = _TOKEN.search(page.decode())
        token = (found.group(1) or found.group(2)) if found else ""
        form = urlencode({"username": username, "password": password, "csrf_token": token})
        status, headers, _ = self.request(
            "POST", "/login/", form, {"Content-Type": "application/x-www-form-urlencoded"}
        )
        if status not in (302, 303):
            raise RuntimeError(f"log-in of {username} answered {status}")
        keep(headers)

    def take_token(self, username: str, password: str) -> None:
        """Log in to the API, keeping the bearer token."""
        body = json.dumps({"username": username, "password": password, "provider": "db"})
        status, _, answer = self.request(
            "POST", "/api/v1/security/login", body, {"Content-Type": "application/json"}
        )
        if status != 200:
            raise RuntimeError(f"API log-in of {username} answered {status}: {answer[:200]!r}")
        self.headers["Authorization"] = "Bearer " + json.loads(answer)["access_token"]


def run(requests: int, threads: int, one: Callable[[int], None]) -> None:
    """Call ``one(i)`` for each i below ``requests`` from ``threads`` threads; raise the first error."""
    numbers = iter(range(requests))
    lock = threading.Lock()
    errors: list[BaseException] = []

    def work() -> None:
        while not errors:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                one(number)
            except BaseException as error:
                errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
