"""While the database does not answer, people who are signed in are told so on a page, as strangers are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.web.conftest import Site


@contextmanager
def away(site: Site) -> Iterator[None]:
    """Let every statement fail as it does when no server answers."""

    def refuse(*_arguments: Any) -> None:
        raise OperationalError("select", {}, Exception("no server answers"))

    engine = site.portal.database.engine
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


@pytest.mark.parametrize(("lang", "said"), [("en", "cannot answer right now"), ("zh_Hans", "暂时无法")])
@pytest.mark.parametrize("path", ["/", "/users/userinfo/", "/users/list/", "/records/case/list/", "/audit/"])
def test_a_signed_in_person_is_told_on_a_page_and_stays_signed_in(
    site: Site, path: str, lang: str, said: str
) -> None:
    site.app.testing = False
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    client = site.signed_in("root", lang)
    with away(site):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "10"
        assert answer.headers["X-Request-ID"] in answer.text
        assert "<h1>" in answer.text
        assert said in answer.text
    assert client.get("/users/userinfo/").status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/health", 200), ("/ready", 503)])
def test_who_watches_the_service_is_told_apart_with_a_cookie_too(site: Site, path: str, status: int) -> None:
    site.app.testing = False
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    client = site.signed_in("root", "en")
    with away(site):
        assert client.get(path).status_code == status


class Recorder:
    """Notes how often an answer is begun, as a server would refuse a second one."""

    def __init__(self, app: Any) -> None:
        self.app, self.begun = app, 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        def start(*arguments: Any) -> Any:
            self.begun += 1
            assert self.begun == 1, "begun twice"
            return start_response(*arguments)

        return self.app(environ, start)


@pytest.mark.parametrize("path", ["/users/userinfo/", "/health", "/api/v1/records/case/", "/nothing-here"])
def test_a_connection_that_dies_before_the_session_is_closed_spoils_no_answer(
    site: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.app.testing = False
    client = site.signed_in("root", "en")
    before = client.get(path).status_code
    with site.app.app_context():
        kind = type(site.app.extensions["sqlalchemy"].session())

    def dead(*_arguments: Any) -> None:
        raise OperationalError("rollback", {}, Exception("the connection is closed"))

    monkeypatch.setattr(kind, "close", dead)
    client.application.wsgi_app = counted = Recorder(site.app.wsgi_app)  # type: ignore[method-assign]
    try:
        answer = client.get(path)
    finally:
        client.application.wsgi_app = counted.app  # type: ignore[method-assign]
    assert (answer.status_code, counted.begun) == (before, 1)
    monkeypatch.undo()
    assert client.get(path).status_code == before


@pytest.mark.parametrize(("error", "status"), [(OperationalError, 503), (ValueError, 500)])
@pytest.mark.parametrize("path", ["/health", "/api/v1/records/case/"])
def test_what_fails_after_the_answer_is_told_once_in_one_shape(
    site: Site, path: str, error: type[Exception], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.app.testing = False
    observer = site.app.wsgi_app
    monkeypatch.setattr(observer, "testing", False)
    inner = observer.inner  # type: ignore[attr-defined]

    def broken(environ: Any, start: Any) -> Any:
        inner(environ, start)
        raise error("select", {}, Exception()) if error is OperationalError else error()

    monkeypatch.setattr(observer, "inner", broken)
    client = site.app.test_client()
    client.application.wsgi_app = counted = Recorder(observer)  # type: ignore[method-assign]
    try:
        answer = client.get(path)
    finally:
        client.application.wsgi_app = observer  # type: ignore[method-assign]
    assert (answer.status_code, counted.begun) == (status, 1)
    number = answer.headers["X-Request-ID"]
    assert number in answer.text
    assert answer.headers["Content-Security-Policy"]
    assert ("Retry-After" in answer.headers) is (status == 503)
    assert path == "/health" or answer.json["error"]["request_id"] == number
