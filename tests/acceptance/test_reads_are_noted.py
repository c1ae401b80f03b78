"""Who opened, sought or fetched somebody's data is written down with the purpose, found by the subject, and stays."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Origin
from portal.persistence.models import AuditEntry, Record
from portal.services import audit
from portal.services.audit import AuditQuery
from portal.services.records.acts.looked import Read
from portal.services.records.acts.performing import look
from portal.web.audit.reads import NOTED
from tests.acceptance.conftest import County
from tests.web.records.seeded_site import TODAY, Browser, Site, uid_of

PURPOSE = "回访核实"
MONTHS = 7
# Addresses of a record that show no more of it than its title, or what is said of it without its data.
PLAIN = {
    "RecordsView.why": "rules that did not fire, below the page that was opened",
    "RecordsView.alternatives": "places, below the page that was opened",
    "RecordsView.transition": "an empty form",
    "RecordsView.event": "an empty form",
    "RecordsView.add_task": "an empty form",
    "RecordsView.dispose": "an empty form",
    "RecordsView.whistle": "an empty form",
    "RecordsView.delete": "a question",
}


@pytest.fixture(scope="module")
def case(site: Site, clerk: Browser) -> str:
    """The address of a case with a file."""
    data = {"file": (io.BytesIO(b"%PDF-1.7 evidence"), "a.pdf"), "csrf_token": clerk.token()}
    sent = clerk.client.post("/records/case/upload", data=data)
    return site.register(clerk, **{"/attachments/0": sent.json["id"]})


def entries(site: Site, uid: str) -> list[AuditEntry]:
    with site.portal.reading(Access.system("test")) as session:
        return list(audit.search(site.portal, session, AuditQuery(thing=uid, size=200)).rows)


def test_every_address_that_shows_a_record_is_noted(site: Site) -> None:
    shown = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "uid" in rule.arguments and "GET" in (rule.methods or set())
    }
    assert shown == (NOTED | PLAIN.keys()) & shown | {"RecordsView.edit"}
    assert shown >= PLAIN.keys()


def test_opening_fetching_and_seeking_are_noted_with_their_purpose(
    site: Site, clerk: Browser, case: str
) -> None:
    uid = uid_of(case)
    file = re.search(r'href="([^"]+/attachment/[^"]+)"', clerk.get(case).text)
    assert file
    client, bearer = site.app.test_client(), site.token("clerk")
    stated = bearer | {"X-Purpose": "%E5%9B%9E%E8%AE%BF%E6%A0%B8%E5%AE%9E"}
    asked: list[tuple[Callable[[], object], str, str]] = [
        (lambda: clerk.get(f"{case}?purpose={PURPOSE}"), "open", "web"),
        (lambda: clerk.get(f"{case.replace('/show/', '/edit/')}?purpose={PURPOSE}"), "open", "web"),
        (lambda: clerk.get(f"{file[1]}?purpose={PURPOSE}"), "download", "web"),
        (lambda: client.get(f"/api/v1/records/case/{uid}", headers=stated), "open", "api"),
        (lambda: client.get(f"/api/v1/records/case/{uid}/history", headers=stated), "open", "api"),
        (lambda: client.get(f"/api/v1/records/case/{uid}/clocks", headers=stated), "open", "api"),
        (lambda: client.get(f"/api/v1/records/case/{uid}/events", headers=stated), "open", "api"),
    ]
    for ask, action, channel in asked:
        before = len(entries(site, uid))
        ask()
        found = entries(site, uid)
        assert len(found) == before + 1
        last = found[0]
        assert (last.action, last.channel, last.reason, last.ip) == (action, channel, PURPOSE, "127.0.0.1")
        assert last.actor_id is not None
        assert last.request_id
    sought_at = clerk.get(f"/records/case/list/?text=张小明&all=1&purpose={PURPOSE}")
    assert sought_at.status_code == 200, sought_at.headers
    with site.portal.reading(Access.system("test")) as session:
        sought = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (sought.action, sought.kind, sought.reason) == ("search", "case", PURPOSE)
    assert "张小明" not in str(sought.after)


def test_they_are_found_by_the_subject(site: Site, clerk: Browser, case: str) -> None:
    uid = uid_of(case)
    file = re.search(r'href="([^"]+/attachment/[^"]+)"', clerk.get(case).text)
    assert file
    clerk.get(file[1])
    with site.portal.reading(Access.system("test")) as session:
        code = session.scalar(select(Record.code).where(Record.uid == uid))
    by_number = {entry.id for entry in entries(site, code or "")}
    assert by_number == {entry.id for entry in entries(site, uid)}
    assert {entry.action for entry in entries(site, uid)} >= {"add", "open", "download"}


def test_they_are_there_after_seven_months(site: Site, county: County, case: str) -> None:
    """Nothing removes an entry: neither what runs by itself, nor any command."""
    uid, long_ago = uid_of(case), TODAY - dt.timedelta(days=31 * MONTHS)
    past = site.portal.at(FixedClock.on(long_ago))
    look(past, Access.system("test"), Origin(), [Read("open", "case", uid, purpose="很久以前")])

    def count() -> int:
        with site.portal.reading(Access.system("test")) as session:
            query = select(func.count()).where(AuditEntry.at < dt.datetime.combine(TODAY, dt.time(), dt.UTC))
            return int(session.scalar(query.select_from(AuditEntry)) or 0)

    before = count()
    assert before
    audit.seal(site.portal)
    for command in (["db", "upgrade"], ["db", "seed"], ["audit", "seal"], ["audit", "verify"]):
        done = county.run(*command)
        assert done.exit_code == 0, done.output
    assert count() == before
    assert "很久以前" in {entry.reason for entry in entries(site, uid)}
