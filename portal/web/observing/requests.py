"""Each request has a number, a line in the log and a place in the counters, whatever becomes of it.

The line names the rule that matched, never the address: identifiers and searched words stay out.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, request

from portal.persistence.away import is_away
from portal.web.errors import RETRY_SECONDS
from portal.web.observing.metrics import METHODS, Metrics
from portal.web.security import HEADERS

log = logging.getLogger("portal.requests")
NOTE = "portal.note"
UNKNOWN = "(none)"
METRICS = "portal.metrics"
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_TITLES = {500: "Internal Server Error", 503: "Service Unavailable"}

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(slots=True)
class Note:
    """The facts of a request so far."""

    request_id: str
    route: str = UNKNOWN
    user_id: int | None = None
    status: int = 500


class Start:
    """Holds status and headers back until the application has come to its end.

    What fails after them, while the request is tidied up, would otherwise be answered by a second beginning, which
    servers refuse.
    """

    def __init__(self, start_response: Any, note: Note) -> None:
        self._start_response, self._note = start_response, note
        self._held: tuple[Any, ...] | None = None
        self._released = False

    def __call__(self, status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        """Begin an answer."""
        self._note.status = int(status[:3])
        self._held = (status, [*headers, ("X-Request-ID", self._note.request_id)], *more)
        if self._released:
            return self._start_response(*self._held)
        return _no_write

    def release(self) -> None:
        """Let the answer begin, now or as soon as the application begins it."""
        self._released = True
        if self._held is not None:
            self._start_response(*self._held)


def _no_write(_data: bytes) -> None:
    raise NotImplementedError("answers are returned, not written")


class Observer:
    """The outermost layer: no failure below it is without a number and a line."""

    def __init__(self, inner: Application, metrics: Metrics, testing: bool) -> None:
        self.inner = inner
        self.metrics = metrics
        self.testing = testing

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        began = perf_counter()
        note = environ[NOTE] = Note(_request_id(environ))
        held = Start(start_response, note)
        try:
            answer = self.inner(environ, held)
            held.release()
            return answer
        except Exception as error:
            if self.testing:
                raise
            log.exception("no answer", extra={"request_id": note.request_id})
            return _last_resort(environ, error, note, start_response)
        finally:
            self._write(environ["REQUEST_METHOD"], note, perf_counter() - began)

    def _write(self, method: str, note: Note, seconds: float) -> None:
        known = method if method in METHODS else "other"
        self.metrics.count(note.route, known, note.status, seconds)
        log.info(
            "request",
            extra={
                "method": known,
                "route": note.route,
                "status": note.status,
                "ms": round(seconds * 1000, 1),
                "request_id": note.request_id,
                "user_id": note.user_id,
            },
        )


def _request_id(environ: dict[str, Any]) -> str:
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.match(given) else uuid.uuid4().hex


def _last_resort(environ: dict[str, Any], error: Exception, note: Note, start_response: Any) -> list[bytes]:
    """Answer without templates, languages and the database: one of them may be what failed."""
    note.status = status = 503 if is_away(error) else 500
    if f"{environ.get('PATH_INFO', '')}/".startswith("/api/"):
        kind = "application/json"
        said = {
            "code": f"http.{status}",
            "message": _TITLES[status],
            "details": [],
            "request_id": note.request_id,
        }
        body = json.dumps({"error": said})
    else:
        kind, body = "text/plain; charset=utf-8", f"{status} {_TITLES[status]}. Request: {note.request_id}"
    headers = [*HEADERS.items(), ("Content-Type", kind), ("Cache-Control", "no-store")]
    if status == 503:
        headers.append(("Retry-After", RETRY_SECONDS))
    start_response(f"{status} {_TITLES[status]}", [*headers, ("X-Request-ID", note.request_id)])
    return [body.encode()]


def init_observing(app: Flask) -> None:
    """Number, log and count every request from now on. To be called when all addresses are known."""
    metrics = app.extensions[METRICS] = Metrics(_routes(app))
    app.wsgi_app = Observer(app.wsgi_app, metrics, app.testing)  # type: ignore[method-assign]


def _routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        for method in rule.methods or ():
            yield rule.rule, method
    for method in METHODS:
        yield UNKNOWN, method


def init_request_ids(app: Flask) -> None:
    """Let the application know the number of its request, and tell the observer what was asked, and by whom."""

    @app.before_request
    def remember() -> None:
        note = request.environ.get(NOTE) or Note(_request_id(request.environ))
        g.note, g.request_id = note, note.request_id
        if request.url_rule is not None:
            note.route = request.url_rule.rule

    @app.after_request
    def tell(response: Response) -> Response:
        if "note" in g:
            known = g.get("access")
            g.note.user_id = known[0] if known else None
        return response
