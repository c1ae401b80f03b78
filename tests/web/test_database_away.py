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
