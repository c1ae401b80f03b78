"""Numbers, log lines and counters of requests; filters of lists that requests do not share."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.urltools import get_filter_args

from portal.adapters.keyring import new_key
from portal.app import create_app
from portal.settings import Settings
from portal.web.observing.logs import JsonFormatter, failures
from portal.web.observing.metrics import Metrics

CANARY = "金丝雀-13912345678"


@pytest.fixture
def app(sqlite_template: Path, tmp_path: Path) -> Flask:
    return make(tmp_path)


def make(folder: Path, **settings: Any) -> Flask:
    url = f"sqlite:///{folder / 'none.db'}"
    made = Settings(url, "s" * 40, folder, env="demo", https=False, data_key=new_key(), **settings)
    return create_app(made)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What served processes would write to their log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_one_line_without_its_address(app: Flask, log: io.StringIO) -> None:
    answer = app.test_client().get(f"/static/none-{CANARY}?q={CANARY}")
    (line,) = [line for line in lines(log) if line["logger"] == "portal.requests"]
    assert line["route"] == "/static/<path:filename>"
    assert (line["status"], line["request_id"]) == (404, answer.headers["X-Request-ID"])
    assert CANARY not in log.getvalue()


def test_a_failure_of_the_error_page_has_its_number_in_the_log(
    app: Flask, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError(CANARY)

    monkeypatch.setattr("portal.web.errors.answer", fail)
    app.view_functions["health"] = fail
    answer = app.test_client().get("/health")
    number = answer.headers["X-Request-ID"]
    assert (answer.status_code, answer.text) == (500, f"500 Internal Server Error. Request: {number}")
    found = [line for line in lines(log) if line.get("request_id") == number]
    assert "no answer" in [line["message"] for line in found]
    assert any("test_observing.py" in str(line.get("failures")) for line in found)
    assert CANARY not in log.getvalue()


def test_what_somebody_entered_is_not_in_the_log_of_a_failure() -> None:
    try:
        try:
            {}[CANARY]  # type: ignore[index]
        except KeyError as error:
            raise ValueError(f"odd: {CANARY}") from error
    except ValueError as error:
        found = failures(error)
    assert [one["type"] for one in found] == ["builtins.ValueError", "builtins.KeyError"]
    assert CANARY not in json.dumps(found, ensure_ascii=False)


def test_counters_of_all_places_are_added_up() -> None:
    metrics = Metrics([("/a", "GET"), ("/b", "POST")])
    for place in (0, 3, 127):
        metrics.use(place)
        metrics.count("/a", "GET", 204, 0.03)
    metrics.count("/b", "POST", 503, 99.0)
    metrics.count("/unheard", "BREW", 200, 0.0)
    found = metrics.text(database_up=1)
    assert 'portal_requests_total{route="/a",method="GET",status="2xx"} 3' in found
    assert 'portal_requests_total{route="/b",method="POST",status="5xx"} 1' in found
    assert 'portal_request_seconds_bucket{le="0.05"} 4' in found
    assert 'portal_request_seconds_bucket{le="+Inf"} 5' in found
    assert "portal_request_seconds_sum 99.09\n" in found
    assert "portal_database_up 1\n" in found


@pytest.mark.parametrize(
    ("token", "address", "headers", "status"),
    [
        ("", "127.0.0.1", {}, 200),
        ("", "::1", {}, 200),
        ("", "10.0.0.7", {}, 404),
        ("", "127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 404),
        ("t0ken", "127.0.0.1", {}, 404),
        ("t0ken", "10.0.0.7", {"Authorization": "Bearer wrong"}, 404),
        ("t0ken", "10.0.0.7", {"Authorization": "Bearer t0ken"}, 200),
    ],
)
def test_who_may_read_the_counters(
    tmp_path: Path, token: str, address: str, headers: dict[str, str], status: int
) -> None:
    client = make(tmp_path, metrics_token=token).test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_two_requests_share_no_filter(app: Flask) -> None:
    view = next(v for v in app.appbuilder.baseviews if type(v).__name__ == "UserView")  # type: ignore[attr-defined]

    def filters_of_another_request() -> int:
        with app.test_request_context("/users/list/"):
            return len(view._filters.filters)

    with app.test_request_context("/users/list/?_flt_0_username=x"), ThreadPoolExecutor(1) as pool:
        get_filter_args(view._filters)
        assert len(view._filters.filters) == 1
        assert pool.submit(filters_of_another_request).result() == 0
