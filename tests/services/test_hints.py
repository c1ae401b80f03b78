"""Hints by outer channels: counts and a link, by a real POST; not at night, not on rest days, tried again."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters import outer_channels
from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.calendars import WorkCalendar
from portal.core.errors import PortalError
from portal.core.hints import DAILY, URGENT, Hints, channels, may_come
from portal.core.zone import LOCAL
from portal.persistence.models import Job as JobRow
from portal.services import records
from portal.services.hints import sending
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from portal.settings import Settings
from tests.fixtures.database import BOTH, KEYS, PostgresqlServer, access_for
from tests.services.test_clocks import CASE, XISHAN

SYSTEM = Access.system("test")
LINK = "https://portal.example.gov.cn"
# Wednesday, 6 May 2026, in the morning; Saturday the 9th is made up for, Sunday the 10th is a rest day.
MORNING = dt.datetime(2026, 5, 6, 8, 30, tzinfo=LOCAL)
SECRET = "k-7f3a-secret"


class Receiver:
    """A server of the other side that keeps what was posted, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.status, self.headers = 200, {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.paths.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(json.loads(body))
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *more: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/{SECRET}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(params=BOTH)
def shipped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal with the shipped packs and people."""
    server: PostgresqlServer | None = None
    if request.param == "sqlite":
        path = tmp_path / "filled.db"
        shutil.copy(request.getfixturevalue("filled_sqlite"), path)
        url = f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgresql_server")
        assert server is not None
        url = server.copy(request.getfixturevalue("filled_postgresql"))
    portal = Portal.from_url(url, FixedClock(MORNING), KEYS)
    yield portal
    portal.database.dispose()
    if server is not None:
        server.drop(url)


def with_channel(portal: Portal, address: str, kinds: str = "daily,urgent", **more: Any) -> Portal:
    line = f"{more.pop('unit', XISHAN)} {more.pop('role', 'director')} {kinds} {address}"
    return replace(portal, hints=Hints(channels(line), LINK, more.pop("private", True)), **more)


def register(portal: Portal) -> str:
    with portal.writing(access_for(portal, "clerk", XISHAN)) as uow:
        uid = records.register(uow, "case", XISHAN, CASE).record.uid
        uow.commit()
    return uid


def run(portal: Portal, name: str) -> JobRow:
    """Let the job of a name that waits be run by a worker; return its row."""
    with portal.writing(SYSTEM) as uow:
        row = uow.session.scalars(
            select(JobRow).where(JobRow.kind == name, JobRow.status == "ready").order_by(JobRow.id)
        ).first()
        assert row is not None, name
        row.run_at = uow.now
        number = row.id
        uow.commit()
    claim = queue.claim(portal, "w", [name])
    assert claim is not None
    run_claim(portal, JobRun(portal, claim))
    with portal.reading(SYSTEM) as session:
        return session.get_one(JobRow, number)


def waiting_hints(portal: Portal) -> list[JobRow]:
    with portal.reading(SYSTEM) as session:
        return list(session.scalars(select(JobRow).where(JobRow.kind == sending.SEND)))


def test_the_hint_of_the_day_says_how_many_wait_and_a_link_and_nothing_of_a_case(
    shipped: Portal, receiver: Receiver
) -> None:
    portal = with_channel(shipped, receiver.address)
    register(portal)
    queue.schedule(portal)
    assert run(portal, "daily_hints").result == {"hints": 1}
    done = run(portal, sending.SEND)
    assert (done.status, done.result["sent"]) == ("done", True)
    (got,) = receiver.got
    assert receiver.paths == [f"/{SECRET}"]
    lines = got["message"].splitlines()
    assert got["title"] == "今日待办提醒"
    assert lines[-1] == LINK
    assert any(line.endswith("：1 件") for line in lines[:-1])
    for words in (CASE["applicant_name"], CASE["summary"], "号", XISHAN, "西山"):
        assert words not in got["message"], words


def test_nothing_is_kept_of_the_address_and_nothing_of_what_is_sent(
    shipped: Portal, receiver: Receiver
) -> None:
    portal = with_channel(shipped, receiver.address)
    register(portal)
    queue.schedule(portal)
    run(portal, "daily_hints")
    row = run(portal, sending.SEND)
    said = json.dumps([row.payload, row.result, row.error, row.key], ensure_ascii=False)
    assert SECRET not in said
    assert "件" not in said
    assert SECRET not in repr(portal.hints)


def test_off_by_default_and_no_hint_where_nothing_waits(shipped: Portal, receiver: Receiver) -> None:
    queue.schedule(shipped)
    assert run(shipped, "daily_hints").result == {"hints": 0}
    assert run(shipped, "urgent_hints").result == {"waits": {}}
    portal = with_channel(shipped, receiver.address, unit="530115")
    with portal.writing(SYSTEM) as uow:
        assert sending.enqueue_daily(uow) == 1
        uow.commit()
    assert run(portal, sending.SEND).result["why"] == "nothing waits"
    assert receiver.got == []


@pytest.mark.parametrize(
    "moment",
    [MORNING.replace(hour=2), MORNING.replace(hour=21), MORNING.replace(day=10), MORNING.replace(day=1)],
)
def test_the_hint_of_the_day_never_comes_at_night_or_on_a_rest_day(
    shipped: Portal, receiver: Receiver, moment: dt.datetime
) -> None:
    portal = with_channel(shipped, receiver.address)
    register(portal)
    with portal.at(FixedClock(moment)).writing(SYSTEM) as uow:
        assert sending.enqueue_daily(uow) == 0
        sending.enqueue(uow, portal.hints.channels[0], DAILY, "late")
        uow.commit()
    late = portal.at(FixedClock(moment))
    assert run(late, sending.SEND).result["why"] == "too late"
    assert receiver.got == []


def test_an_urgent_hint_comes_at_night_once_where_more_waits_than_before(
    shipped: Portal, receiver: Receiver
) -> None:
    portal = with_channel(shipped, receiver.address, clock=FixedClock(MORNING))
    uid = register(portal)
    queue.schedule(portal)
    assert list(run(portal, "urgent_hints").result["waits"].values()) == [0]
    assert waiting_hints(portal) == []
    with portal.reading(SYSTEM) as session:
        due = records.get_any(session, uid).due_on
    assert due is not None
    night = portal.at(
        FixedClock(dt.datetime(due.year, due.month, due.day, 23, tzinfo=LOCAL) + dt.timedelta(1))
    )
    assert list(run(night, "urgent_hints").result["waits"].values()) == [1]
    assert run(night, sending.SEND).result == {"sent": True, "lists": 1}
    assert [(one["title"], one["message"]) for one in receiver.got] == [
        ("紧急提醒", f"已经超期：1 件\n{LINK}")
    ]
    run(night, "urgent_hints")
    assert len(waiting_hints(portal)) == 1


def test_a_hint_that_was_refused_is_tried_again_and_given_up_in_the_end(
    shipped: Portal, receiver: Receiver
) -> None:
    portal = with_channel(shipped, receiver.address)
    register(portal)
    queue.schedule(portal)
    run(portal, "daily_hints")
    receiver.status = 500
    for attempt in range(1, 8):
        row = run(portal, sending.SEND)
        assert (row.attempts, row.status) == (attempt, "failed" if attempt == 7 else "ready")
        assert "hints.failed" in row.error
        assert SECRET not in row.error
    assert len(receiver.got) == 7


def test_two_looks_in_one_day_make_one_hint(shipped: Portal, receiver: Receiver) -> None:
    portal = with_channel(shipped, receiver.address)
    for _ in range(2):
        with portal.writing(SYSTEM) as uow:
            assert sending.enqueue_daily(uow) == 1
            uow.commit()
    assert len(waiting_hints(portal)) == 1


def test_no_answer_leads_to_another_address(shipped: Portal, receiver: Receiver) -> None:
    other = Receiver()
    try:
        receiver.status, receiver.headers = (
            307,
            {"Location": f"http://127.0.0.1:{other.server.server_port}/x"},
        )
        with pytest.raises(PortalError, match=r"hints.failed"):
            outer_channels.send(receiver.address, "t", "b", private=True)
        assert other.got == []
    finally:
        other.close()


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("127.0.0.1", False),
        ("localhost", False),
        ("10.1.2.3", False),
        ("192.168.0.9", False),
        ("[::1]", False),
        ("[::ffff:127.0.0.1]", False),
        ("169.254.169.254", True),
        ("[fe80::1]", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
    ],
)
def test_addresses_of_private_networks_are_not_called(host: str, private: bool) -> None:
    with pytest.raises(PortalError, match=r"hints.private"):
        outer_channels.send(f"json://{host}:9/x", "t", "b", private=private)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("530112 director daily", "hints.line"),
        ("530112 director weekly json://h/x", "hints.line"),
        ("530112 director daily,urgent,often json://h/x", "hints.line"),
        ("530112 director daily file:///etc/passwd", "hints.scheme"),
        ("530112 director daily syslog://x", "hints.scheme"),
        ("530112 director daily https://example.com/hook", "hints.scheme"),
        ("530112 director daily nothing", "hints.line"),
    ],
)
def test_a_line_that_is_no_channel_is_refused_with_its_number_and_without_its_address(
    text: str, code: str
) -> None:
    with pytest.raises(PortalError) as refused:
        channels(f"# the file\n\n{text}\n")
    (problem,) = refused.value.problems
    assert (problem.code, problem.params["line"]) == (code, 3)
    assert "passwd" not in str(refused.value)


def test_the_settings_read_the_file_and_ask_for_the_address_of_the_portal(tmp_path: Path) -> None:
    file = tmp_path / "hints.txt"
    file.write_text(f"# 群\n530112 director daily wecombot://{SECRET}\n", encoding="utf-8")
    env = {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path), "PORTAL_HINTS_FILE": str(file)}
    with pytest.raises(PortalError, match=r"settings.address"):
        Settings.from_env(env)
    for bad in ("portal.example.gov.cn", "javascript:alert(1)", "https://x y"):
        with pytest.raises(PortalError, match=r"settings.address"):
            Settings.from_env(env | {"PORTAL_ADDRESS": bad})
    found = Settings.from_env(env | {"PORTAL_ADDRESS": f"{LINK}/"})
    assert [one.kinds for one in found.hints.channels] == [frozenset({DAILY})]
    assert (found.hints.address, found.hints.private) == (LINK, False)
    assert SECRET not in repr(found)
    with pytest.raises(PortalError, match=r"settings.hints"):
        Settings.from_env(env | {"PORTAL_ADDRESS": LINK, "PORTAL_HINTS_FILE": str(tmp_path / "none")})
    assert Settings.from_env({"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path)}).hints == Hints()


def test_an_urgent_hint_may_come_at_any_time() -> None:
    calendar = WorkCalendar.from_definition({})
    for moment in (MORNING.replace(hour=3), MORNING.replace(day=10)):
        assert may_come(URGENT, calendar, moment)
        assert not may_come(DAILY, calendar, moment)


def test_a_channel_of_no_unit_or_role_says_so(shipped: Portal, receiver: Receiver) -> None:
    for more in ({"unit": "999999"}, {"role": "no_such_role"}):
        portal = with_channel(shipped, receiver.address, **more)
        with portal.writing(SYSTEM) as uow:
            assert sending.enqueue_daily(uow) == 0
        with pytest.raises(PortalError, match=r"hints.seat"):
            sending.send(
                portal, {"channel": portal.hints.channels[0].name, "kind": DAILY, "day": "2026-05-06"}
            )
    assert receiver.got == []
