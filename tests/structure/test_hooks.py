"""Each reach into a library stands in docs/hooks.md with a test that fails when an upgrade takes it away."""

from __future__ import annotations

import ast
import inspect
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_jwt_extended.jwt_manager as theirs
import psycopg
import pytest
from flask_jwt_extended import JWTManager
from gunicorn import config as gunicorn_settings
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker
from sqlalchemy import bindparam, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from waitress import wasyncore
from waitress.adjustments import Adjustments

import portal
from portal.cli import buffering, gunicorn_config
from portal.cli.lanes import Lanes
from portal.core.access import Access
from portal.persistence import scope
from portal.persistence.database import Database
from portal.persistence.models import Unit
from portal.persistence.postgresql import PatientConnection
from portal.persistence.scope import one_plan
from portal.web.accounts.known_tokens import KnownTokens
from portal.web.records.view import RecordsView
from tests.fixtures.database import PostgresqlServer
from tests.structure.hooks import hooks
from tests.web.conftest import PASSWORD, Site, populated, site

__all__ = ["populated", "site"]
ROOT = Path(portal.__file__).parent
DOCUMENT = ROOT.parent / "docs" / "hooks.md"
LINE = re.compile(
    r"^\| (?P<hook>.+?) \| (?P<where>`.+?) \| (?P<why>.+?) \| `(?P<test>tests/[^`]+)` \|$", re.M
)


def lines() -> list[dict[str, str]]:
    return [found.groupdict() for found in LINE.finditer(DOCUMENT.read_text(encoding="utf-8"))]


def test_every_underscored_name_has_a_line() -> None:
    named = set(re.findall(r"`([\w.]+)`", " ".join(line["hook"] for line in lines())))
    found = hooks(ROOT)
    assert found.keys() - named == set(), {name: found[name] for name in found.keys() - named}
    private = {name for name in named if name.startswith("_") or "._" in name}
    assert private - found.keys() == set(), "no longer reached for: take the line from docs/hooks.md"


def test_every_line_names_files_and_a_test_that_exist() -> None:
    assert len(lines()) == DOCUMENT.read_text(encoding="utf-8").count("| `tests/")
    for line in lines():
        for where in re.findall(r"`([^`]+)`", line["where"]):
            assert (ROOT.parent / where).is_file(), where
        path, _, name = line["test"].partition("::")
        tree = ast.parse((ROOT.parent / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, line[
            "test"
        ]


def test_a_new_reach_is_found(tmp_path: Path) -> None:
    (tmp_path / "portal").mkdir()
    (tmp_path / "portal" / "__main__.py").write_text("import x\nx.thing._skipped()\n", encoding="utf-8")
    code = (
        "from lib._inner import Part\n\ndef f(x, y):\n    x._own = 1\n    return y._inner_part, self._mine\n"
    )
    (tmp_path / "portal" / "zone.py").write_text("", encoding="utf-8")
    (tmp_path / "portal" / "text.py").write_text(code + "\ndef _mine(): ...\n", encoding="utf-8")
    assert hooks(tmp_path / "portal", imported=False) == {
        "_own": {"portal/text.py"},
        "_inner_part": {"portal/text.py"},
        "lib._inner.Part": {"portal/text.py"},
    }


@pytest.mark.postgresql
def test_a_server_that_says_nothing_is_given_up_in_time(
    postgresql_server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(postgresql_server.migrated()).set(drivername="postgresql")
    monkeypatch.setattr(PatientConnection, "answer_seconds", 0.5)
    began = time.monotonic()
    with (
        PatientConnection.connect(url.render_as_string(hide_password=False)) as connection,
        pytest.raises(psycopg.OperationalError, match="does not answer"),
    ):
        connection.execute("SELECT pg_sleep(30)")
    assert time.monotonic() - began < 10
    assert connection.closed


@pytest.mark.postgresql
def test_what_is_prepared_outlives_a_rollback(postgresql_server: PostgresqlServer) -> None:
    database = Database.connect(postgresql_server.migrated())
    keyed = one_plan(select(Unit.name).where(Unit.id == bindparam("id")))
    others = select(Unit.code).where(Unit.id == bindparam("id"))
    for _ in range(8):
        with database.readers() as session:
            scope.enter(session, Access.system("test"))
            assert [session.scalar(one, {"id": 1}) for one in (keyed, others)] == [None, None]
    with database.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars().all()
        assert [one for one in kept if "unit.name" in one]
        assert not [one for one in kept if "unit.code" in one]
        with pytest.raises(DatabaseError):
            connection.exec_driver_sql("SELECT 1/0")
        connection.rollback()
    with database.readers() as session:
        scope.enter(session, Access.system("test"))
        assert session.scalar(keyed, {"id": 1}) is None
    database.dispose()


def test_the_framework_uses_the_portals_engine(site: Site) -> None:
    with site.app.app_context():
        assert site.app.extensions["sqlalchemy"].engine is site.portal.database.engine


def test_a_token_is_verified_once_and_a_changed_one_never_passes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(site.app.extensions["flask-jwt-extended"], KnownTokens)
    names = inspect.signature(JWTManager._decode_jwt_from_config).parameters
    assert [*names] == ["self", "encoded_token", "csrf_value", "allow_expired"]
    verified: list[str] = []
    decode = theirs._decode_jwt

    def counted(*args: Any, **kwargs: Any) -> Any:
        verified.append(kwargs.get("encoded_token") or args[-1])
        return decode(*args, **kwargs)

    monkeypatch.setattr(theirs, "_decode_jwt", counted)
    client = site.app.test_client()
    said = {"username": "root", "password": PASSWORD, "provider": "db"}
    token = client.post("/api/v1/security/login", json=said).json["access_token"]
    head, body, signature = token.split(".")
    changed = ".".join((head, body, ("A" if signature[0] != "A" else "B") + signature[1:]))
    for sent, status in ((token, 200), (token, 200), (changed, 401), (changed, 401), (token, 200)):
        answer = client.get("/api/v1/units/", headers={"Authorization": f"Bearer {sent}"})
        assert answer.status_code == status
    assert len(verified) == 3, "once the good one, each time the changed one"


def test_no_form_is_made_of_the_columns_of_records(site: Site) -> None:
    views = site.app.appbuilder.baseviews
    view = next(one for one in views if isinstance(one, RecordsView))
    assert (view.add_form, view.edit_form, view.search_form) == (None, None, None)


def test_gunicorn_has_what_the_worker_and_its_configuration_use() -> None:
    stock = gunicorn_settings.Config()
    for name in ("when_ready", "pre_fork", "post_fork"):
        stock.set(name, getattr(gunicorn_config, name))  # gunicorn counts the arguments itself
    assert isinstance(Arbiter.WORKERS, dict)
    worker = Worker(1, 42, ["listener"], object(), 60, gunicorn_settings.Config(), None)
    worker.tmp.close()
    assert (worker.ppid, worker.sockets, worker.alive) == (42, ["listener"], True)
    assert worker.cfg.threads == 1
    assert worker.cfg.graceful_timeout == 30
    assert callable(worker.notify)
    assert "self.wsgi" in inspect.getsource(Worker.load_wsgi)


@contextmanager
def served(app: Any) -> Iterator[int]:
    """Serve an application with the worker's parts, in a thread of this process; yield the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    dispatcher, channels = Lanes(2), {}
    dispatcher.set_thread_count(1)
    made = buffering._Address(
        app,
        map=channels,
        dispatcher=dispatcher,
        adj=Adjustments(**buffering.LIMITS | {"cleanup_interval": 0}),
        sockinfo=(listener.family, socket.SOCK_STREAM, None, listener.getsockname()),
        bind_socket=False,
        _sock=listener,
    )
    ended = threading.Event()

    def turn() -> None:
        while not ended.is_set():
            wasyncore.loop(timeout=0.05, use_poll=True, map=channels, count=1)

    thread = threading.Thread(target=turn)
    thread.start()
    yield listener.getsockname()[1]
    ended.set()
    thread.join()
    dispatcher.shutdown()
    made.close()


def ask(port: int, sent: bytes) -> bytes:
    """Send bytes, and return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(sent)
        received = b""
        while more := client.recv(65_536):
            received += more
    return received


def test_waitress_answers_refuses_and_closes_as_the_worker_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffering, "HEADER_SECONDS", 0.3)

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"here"]

    with served(app) as port:
        whole = ask(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert whole.startswith(b"HTTP/1.1 200")
        assert whole.endswith(b"here")
        refused = ask(port, b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: none\r\nConnection: close\r\n\r\n")
        assert refused.startswith(b"HTTP/1.1 400")
        assert b"x-request-id: " in refused.lower()
        assert ask(port, b"GET / HTTP/1.1\r\nX-Slow: ") == b"", "headers that do not end are closed"
