"""Is the process alive, and can it work? For supervisors and load balancers; no account needed."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from portal import __version__
from portal.core.errors import Unavailable
from portal.web.access import portal


def init_health(app: Flask) -> None:
    """Serve ``/health`` (the process lives) and ``/ready`` (the database answers)."""

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="ok", version=__version__)

    @app.get("/ready")
    def ready() -> tuple[Response, int]:
        try:
            portal().database.ping()
        except Unavailable:
            return jsonify(status="unavailable", database="down"), 503
        return jsonify(status="ok", database="up"), 200
