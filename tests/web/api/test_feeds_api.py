"""Another system sends its rows with a token of one source: each once, faults told by row, and nothing beyond that."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import delete, select

from portal.adapters.clock import FixedClock
from portal.adapters.workbooks import Sheet, write_workbook
from portal.core.access import Access
from portal.core.errors import Forbidden, InvalidInput, NotFound
from portal.persistence import scope
from portal.persistence.models import (
    AuditEntry,
    ImportFile,
    ImportToken,
    Record,
    RecordSource,
    SignInAttempt,
)
from portal.services import audit, importing, users
from portal.services.importing.feeding import rows_as_tables
from tests.fixtures.importing import BASE_MAPPING, HEADINGS, SYSTEM, Importing, csv_of, director, row
from tests.web.records.seeded_site import Browser, Site

NUMBERS = itertools.count(1)
URL = "/api/v1/feeds/"
HERE = {"诉求类型": "D0101", "属地": "530112001"}
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class Feed:
    """A source of a county with a token, and the program of the other system."""

    site: Site
    importer: Importing
    secret: str

    def send(self, body: Any, kind: str = CSV, secret: str | None = None, **how: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.secret if secret is None else secret}"}
        sent = {"json": body} if kind == "json" else {"data": body, "content_type": kind}
        return self.site.app.test_client().post(URL, headers=headers, **sent, **how)

    def get(self, run: str, secret: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.secret if secret is None else secret}"}
        return self.site.app.test_client().get(f"{URL}{run}", headers=headers)

    def numbers(self) -> dict[str, float]:
        """Return the amounts of the source's records by their numbers there."""
        query = select(RecordSource.number, Record.amount).join(Record, Record.id == RecordSource.record_id)
        with self.site.portal.reading(SYSTEM) as session:
            source = importing.source_of(session, self.importer.source)
            return dict(session.execute(query.where(RecordSource.source_id == source.id)).all())


def rows(*numbers: str, amount: str = "100", **more: str) -> list[list[str]]:
    return [row(one, stage="处理中", 办结时间="", 金额=amount, **{**HERE, **more}) for one in numbers]


def give(importer: Importing, days: int = 30) -> str:
    with importer.portal.writing(importer.who) as uow:
        _made, secret = importing.give_token(uow, importer.source, "云综治", days)
        uow.commit()
    return secret


@pytest.fixture
def feed(site: Site) -> Iterator[Feed]:
    number = next(NUMBERS)
    importer = Importing(site.portal, director(site.portal, f"feeder{number}"))
    importer.keep_as(f"云综治{number}", BASE_MAPPING)
    yield Feed(site, importer, give(importer))
    with site.portal.database.writers() as session:
        scope.enter(session, SYSTEM)
        session.execute(delete(SignInAttempt))
        session.commit()


def test_rows_come_in_by_csv_gbk_workbook_and_json_and_none_twice(feed: Feed) -> None:
    lines = rows("F-1", "F-2")
    table = csv_of(*lines)
    bodies = [
        (table, CSV),
        (table.decode("utf-8-sig").encode("gbk"), CSV),
        (write_workbook(Sheet("x", HEADINGS, lines)), XLSX),
        ({"rows": [dict(zip(HEADINGS, one, strict=True)) for one in lines]}, "json"),
    ]
    for number, (body, kind) in enumerate(bodies):
        answer = feed.send(body, kind)
        assert answer.status_code == 202, answer.text
        said = answer.json["result"]
        assert (said["rows"], said["faults"]) == (2, [])
        assert answer.headers["Location"].endswith(said["run"])
        assert feed.get(said["run"]).json["result"]["status"] == "ready"
        feed.importer.work()
        found = feed.get(said["run"]).json["result"]
        assert (found["status"], found["faults_in_all"]) == ("done", 0)
        assert found["found"] == {"entered": 0 if number else 2, "left": 0, "before": 2 if number else 0}
    assert feed.numbers() == {"F-1": 100, "F-2": 100}
    changed = feed.send(csv_of(*rows("F-1", amount="300")))
    feed.importer.work()
    assert feed.get(changed.json["result"]["run"]).json["result"]["found"]["refreshed"] == 1
    assert feed.numbers() == {"F-1": 300, "F-2": 100}
    assert audit.verify(feed.site.portal).clean


def test_faults_are_told_row_by_row_and_hinder_no_other_row(feed: Feed) -> None:
    lines = [*rows("F-1"), *rows("F-2", 诉求类型="没有这种"), *rows("F-1", amount="5"), *rows("F-3")]
    answer = feed.send({"rows": [dict(zip(HEADINGS, one, strict=True)) for one in lines]}, "json")
    told = answer.json["result"]["faults"]
    assert [(one["row"], one["column"], one["code"]) for one in told] == [
        (2, "诉求类型", "import.value"),
        (3, "工单编号", "import.twice_in_file"),
    ]
    assert "没有这种" in told[0]["message"]
    assert told[0]["remedy"]
    feed.importer.work()
    found = feed.get(answer.json["result"]["run"]).json["result"]
    assert found["found"] == {"entered": 2, "left": 2, "before": 0}
    assert [one["row"] for one in found["faults"]] == [2, 3]
    assert feed.numbers() == {"F-1": 100, "F-3": 100}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", CSV, 422),
        ("编号,日期\n".encode(), CSV, 422),
        (csv_of(["A-1", "2025-01-01"], headings=["工单编号", "受理时间"]), CSV, 422),
        (b"PK\x03\x04nothing", XLSX, 422),
        (b"<html>", CSV, 422),
        (b"\xff\xfe\x80", CSV, 422),
        (b"{}", "application/json", 400),
        (b'{"rows": 7}', "application/json", 400),
        (b'{"rows": []}', "application/json", 422),
        (b'{"rows": [7]}', "application/json", 422),
        (b'{"rows": [{"a": {"b": 1}}]}', "application/json", 422),
        (b'{"rows": [{"a": 1, "a": 2}]}', "application/json", 400),
        (b'{"rows": [], "unit": "530115"}', "application/json", 400),
        (b"[", "application/json", 400),
        (b"x", "text/html", 415),
        (b"x" * (10 * 1024 * 1024 + 1), CSV, 413),
    ],
)
def test_what_can_not_be_read_is_refused_and_leaves_nothing(
    feed: Feed, body: bytes, kind: str, status: int
) -> None:
    answer = feed.send(body, kind)
    assert answer.status_code == status, answer.text
    assert answer.json["error"]["message"]
    with feed.site.portal.reading(SYSTEM) as session:
        source = importing.source_of(session, feed.importer.source)
        assert importing.files_of(session, source) == []


def test_a_row_of_json_holds_texts_numbers_and_yes_or_no() -> None:
    table = rows_as_tables([{"a": 1.0, "b": None, "c": True}, {"a": 1.5, "d": "x"}]).table
    assert table.headings == ("a", "b", "c", "d")
    assert table.rows == ((1, ("1", "", "是", "")), (2, ("1.5", "", "", "x")))
    with pytest.raises(InvalidInput):
        rows_as_tables([{"a": []}])


def test_wrong_withdrawn_expired_and_foreign_tokens_let_nobody_in(feed: Feed) -> None:
    body = csv_of(*rows("F-1"))
    for secret in ("", "x", "feed_", "feed_" + "a" * 43, feed.secret[:-1], "feed_" + "é" * 20):
        answer = feed.send(body, secret=secret)
        assert answer.status_code == 401, secret
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert feed.site.app.test_client().post(URL, data=body, content_type=CSV).status_code == 401
    # A person's token is none of a source, and one of a source opens nothing else.
    client, header = feed.site.app.test_client(), {"Authorization": f"Bearer {feed.secret}"}
    assert client.get("/api/v1/records/case/", headers=header).status_code in (401, 422)
    assert client.get("/records/case/list/", headers=header).status_code == 302
    later = replace(feed.site.portal, clock=FixedClock(feed.site.portal.clock.now() + dt.timedelta(days=31)))
    assert importing.bearer_of(feed.site.portal, feed.secret) is not None
    assert importing.bearer_of(later, feed.secret) is None
    with feed.site.portal.writing(feed.importer.who) as uow:
        one = uow.session.scalars(select(ImportToken).order_by(ImportToken.id.desc())).first()
        assert one is not None
        assert feed.secret not in (one.digest, one.uid, one.name)
        importing.withdraw_token(uow, feed.importer.source, one.uid)
        uow.commit()
    assert feed.send(body).status_code == 401
    assert feed.numbers() == {}


def test_guessing_is_slowed_down_and_a_right_token_is_let_in_meanwhile(feed: Feed) -> None:
    for _ in range(10):
        assert feed.send(b"", secret="feed_wrong").status_code == 401
    answer = feed.send(b"", secret="feed_wrong")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert feed.send(csv_of(*rows("F-1"))).status_code == 202


def test_a_token_is_worth_what_its_giver_may_do(feed: Feed) -> None:
    with feed.site.portal.writing(SYSTEM) as uow:
        for held in users.assignments(uow.session, feed.importer.who.user_id):
            users.revoke(uow, held.id)
        uow.commit()
    answer = feed.send(csv_of(*rows("F-1")))
    assert answer.status_code in (403, 404)
    assert feed.numbers() == {}


def test_runs_of_one_source_come_one_after_the_other_and_not_too_often(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert feed.send(csv_of(*rows("F-1"))).status_code == 202
    assert feed.send(csv_of(*rows("F-2"))).status_code == 409
    feed.importer.work()
    monkeypatch.setattr("portal.services.importing.feeding.PER_HOUR", 1)
    answer = feed.send(csv_of(*rows("F-2")))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_run_is_seen_by_its_own_token_alone(feed: Feed) -> None:
    run = feed.send(csv_of(*rows("F-1"))).json["result"]["run"]
    feed.importer.work()
    other = Importing(feed.site.portal, feed.importer.who)
    other.keep_as(f"另一平台{next(NUMBERS)}", BASE_MAPPING)
    secret = give(other)
    assert feed.get(run).status_code == 200
    assert feed.get(run, secret=secret).status_code == 404
    assert feed.get("nothing").status_code == 404
    by_hand = feed.importer.upload(csv_of(*rows("F-9")))
    assert feed.get(by_hand).status_code == 404


def test_what_was_done_is_in_the_log(feed: Feed) -> None:
    feed.send(csv_of(*rows("F-1")))
    query = (
        select(AuditEntry).where(AuditEntry.action.in_(("give_token", "feed_upload"))).order_by(AuditEntry.id)
    )
    with feed.site.portal.reading(SYSTEM) as session:
        given, sent = list(session.scalars(query))[-2:]
    assert (given.action, sent.action, sent.channel) == ("give_token", "feed_upload", "feed")
    assert sent.actor_id == feed.importer.who.user_id
    kept = [str(getattr(one, column.key)) for one in (given, sent) for column in AuditEntry.__table__.columns]
    assert not any(feed.secret in text for text in kept)


def test_a_token_is_given_once_shown_and_withdrawn_on_the_page_of_its_source(feed: Feed) -> None:
    browser = feed.site.login("director")
    page = f"/imports/source/{feed.importer.source}"

    def post(url: str, **data: str) -> Any:
        return browser.post(url, {"csrf_token": browser.token(), **data})

    for bad in ({"name": "", "days": "30"}, {"name": "x" * 61, "days": "30"}, {"name": "x", "days": "0"}):
        assert post(f"{page}/token", **bad).status_code == 302
    for days in ("-1", "999", "1e9", "9" * 30, "x", ""):
        assert post(f"{page}/token", name="x", days=days).status_code == 302
    answer = post(f"{page}/token", name="公安110", days="30")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    secret = re.findall(r"feed_[\w-]{43}", answer.text)[0]
    text = browser.get(page).text
    assert secret not in text
    assert "公安110" in text
    assert feed.send(csv_of(*rows("F-1")), secret=secret).status_code == 202
    with feed.site.portal.reading(SYSTEM) as session:
        uid = session.scalars(select(ImportToken.uid).order_by(ImportToken.id.desc())).first()
        assert session.scalars(select(ImportFile.token_id).order_by(ImportFile.id.desc())).first()
    assert post(f"{page}/token/nothing/withdraw").status_code == 404
    assert post(f"{page}/token/{uid}/withdraw").status_code == 302
    assert post(f"{page}/token/{uid}/withdraw").status_code == 302
    assert "已经收回" in browser.get(page).text
    assert feed.send(csv_of(*rows("F-1")), secret=secret).status_code == 401
    for _ in range(6):
        post(f"{page}/token", name="x", days="30")
    assert "请先收回其中一个" in browser.get(page).text
    assert_closed(feed.site.login("clerk"), page)


def assert_closed(browser: Browser, page: str) -> None:
    for url in (f"{page}/token", f"{page}/token/x/withdraw", f"{page}/export"):
        assert browser.post(url, {"csrf_token": browser.token(), "name": "x", "days": "9"}).status_code == 403


def test_nobody_gives_a_token_without_the_right_to(feed: Feed) -> None:
    stranger = director(feed.site.portal, f"fremd{next(NUMBERS)}", "530115")
    for who in (Access.nobody(), stranger):
        with pytest.raises((Forbidden, NotFound)), feed.site.portal.writing(who) as uow:
            importing.give_token(uow, feed.importer.source, "x", 30)
