"""Is the process alive, can it work, and what has it done? For supervisors, load balancers and Prometheus.

Whether some worker works outside of requests is told, but the portal is ready without: people are served all the same.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from flask import Flask, Response, abort, current_app, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from portal import __version__
from portal.core.errors import Unavailable
from portal.services.jobs import workers
from portal.settings import Settings
from portal.web.access import portal

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def init_health(app: Flask, settings: Settings) -> None:
    """Serve ``/health`` (the process lives), ``/ready`` (the database answers) and ``/metrics`` (counters)."""

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="ok", version=__version__)

    @app.get("/ready")
    def ready() -> tuple[Response, int]:
        if not _database_answers():
            return jsonify(status="unavailable", database="down"), 503
        return jsonify(status="ok", database="up", worker="up" if _works() else "none"), 200

    @app.get("/metrics")
    def metrics() -> Response:
        if not _may_count(settings.metrics_token):
            abort(404)
        up = _database_answers()
        gauges = {"database_up": int(up), **(_of_queue() if up else {})}
        return Response(current_app.extensions["portal.metrics"].text(**gauges), content_type=PROMETHEUS)


def _database_answers() -> bool:
    try:
        portal().database.ping()
    except Unavailable:
        return False
    return True


def _works() -> bool:
    try:
        return workers.is_there(portal())
    except SQLAlchemyError:
        return False


def _of_queue() -> dict[str, float]:
    """Return what waits outside of requests, for the counters; nothing where that cannot be asked just now."""
    try:
        found = workers.state(portal())
    except SQLAlchemyError:
        return {}
    return {
        "workers": found.workers,
        "jobs_waiting": found.waiting,
        "jobs_oldest_seconds": found.oldest,
        "jobs_running": found.running,
        "jobs_failed": found.failed,
        "outbox_waiting": found.unsent,
        "outbox_oldest_seconds": found.oldest_unsent,
        "given_up": found.given_up,
    }


def _may_count(token: str) -> bool:
    """Return whether the asker brings the token; where there is none, whether it asks from this very machine."""
    if token:
        return hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
        )
    # What a proxy on this machine passes on comes from elsewhere.
    is_passed_on = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    try:
        return not is_passed_on and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
