"""The demo's records: each is sent back unchanged and stored as it was; registers bear the names of departments."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Record, Unit
from portal.services import records, users
from portal.services.demo.loading import load_demo
from portal.services.releases.reading import pinned
from portal.services.users.passwords import hash_of
from tests.web.records.seeded_site import PASSWORD, TODAY, Browser, Site

SYSTEM = Access.system("test")
CASES = 150


@pytest.fixture(scope="module")
def demo(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal with demo records; forms are the same on both databases."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(filled_sqlite, folder / "portal.db")
    site = Site.open(f"sqlite:///{folder / 'portal.db'}", folder)
    load_demo(site.portal, cases=CASES)
    yield site
    site.close()


def stored(site: Site) -> list[Record]:
    with site.portal.reading(SYSTEM) as session:
        return list(session.scalars(select(Record).where(Record.parent_id.is_(None)).order_by(Record.id)))


class Editors:
    """Somebody at each centre who may change records of a type, signed in once."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.known: dict[tuple[str, int], Browser] = {}
        self.hashed = hash_of(PASSWORD)

    def of(self, record: Record) -> Browser:
        with self.site.portal.writing(SYSTEM) as uow:
            bundle = pinned(self.site.portal, uow.session, record.release_id)
            role = next(
                name
                for name, role in bundle.roles.items()
                if {"edit", "show"} <= set(role.get("grants", {}).get(record.etype, ()))
            )
            key = (role, record.centre_id)
            if key not in self.known:
                unit = uow.session.get_one(Unit, record.centre_id)
                name = f"{role}.at{record.centre_id}"
                user = users.create(uow, name, self.hashed, "某", name, hashed=True)
                users.assign(uow, user.id, role, unit.code, audited=False)
                uow.commit()
        if key not in self.known:
            self.known[key] = self.site.login(f"{role}.at{record.centre_id}")
        return self.known[key]


def locked(site: Site, record: Record) -> bool:
    with site.portal.reading(SYSTEM) as session:
        return records.is_locked(site.portal, session, session.get_one(Record, record.id))


def test_each_record_of_the_demo_is_sent_back_unchanged_and_stored_unchanged(demo: Site) -> None:
    editors, kinds, refused = Editors(demo), Counter[str](), []
    for before in stored(demo):
        browser = editors.of(before)
        url = f"/records/{before.etype}/edit/{before.uid}"
        if locked(demo, before):
            answer = browser.send(url, browser.form(url), reason="核对")
            # A correction that changes nothing is none: what the form sent back is what is stored.
            unchanged = "请先改正有误的内容" in answer.text and answer.status_code == 422
        else:
            answer = browser.post(url, browser.form(url))
            unchanged = answer.status_code == 303
        if not unchanged:
            told = re.findall(r"invalid-feedback[^>]*>([^<]+)", answer.text)
            refused.append((before.etype, before.title, answer.status_code, told[:3]))
            continue
        with demo.portal.reading(SYSTEM) as session:
            after = session.get_one(Record, before.id)
            assert after.data == before.data, (before.etype, before.title)
            assert after.stage == before.stage
        kinds[before.etype] += 1
    assert refused == []
    assert kinds.keys() >= {"case", "visit", "consultation", "department", "mediator"}
    assert kinds["case"] >= CASES - 5


def test_departments_of_the_register_bear_their_names_and_each_is_there_once(demo: Site) -> None:
    found = [record for record in stored(demo) if record.etype == "department"]
    with demo.portal.reading(SYSTEM) as session:
        for record in found:
            known = pinned(demo.portal, session, record.release_id).departments
            assert record.data["name"] == known[record.data["code"]]["name"]
    assert len({(record.centre_id, record.data["code"]) for record in found}) == len(found) > 0


def test_cases_lie_over_25_months_and_none_in_the_future(demo: Site) -> None:
    days = [record.created_at.date() for record in stored(demo) if record.etype == "case"]
    assert max(days) <= TODAY
    months = {(day.year, day.month) for day in days}
    assert min(days) < TODAY - dt.timedelta(days=600)
    assert len(months) >= 15
