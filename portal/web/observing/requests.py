"""Each request has a number, a line in the log and a place in the counters, whatever becomes of it.

The line names the rule that matched, never the address: identifiers and searched words stay out.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, request

from portal.web.observing.metrics import METHODS, Metrics

log = logging.getLogger("portal.requests")
NOTE = "portal.note"
UNKNOWN = "(none)"
METRICS = "portal.metrics"
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_LAST_RESORT = b"500 Internal Server Error. Request: "

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(slots=True)
class Note:
    """The facts of a request so far."""

    request_id: str
    route: str = UNKNOWN
    user_id: int | None = None
    status: int = 500


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

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            note.status = int(status[:3])
            return start_response(status, [*headers, ("X-Request-ID", note.request_id)], *more)

        try:
            return self.inner(environ, start)
        except Exception:
            if self.testing:
                raise
            log.exception("no answer", extra={"request_id": note.request_id})
            note.status = 500
            return _last_resort(note.request_id, start)
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


def _last_resort(request_id: str, start_response: Any) -> list[bytes]:
    """Answer without templates, languages and the database: one of them may be what failed."""
    start_response(
        "500 Internal Server Error",
        [("Content-Type", "text/plain"), ("Cache-Control", "no-store")],
    )
    return [_LAST_RESORT + request_id.encode()]


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
