"""A database of the first released schema goes on being used: nothing that it holds is lost, changed or unusable."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from portal.adapters.clock import FixedClock
from portal.adapters.keyring import Keyring
from portal.adapters.pack_files import shipped_root
from portal.core.access import Access, Origin
from portal.core.errors import Conflict
from portal.persistence import migrate
from portal.persistence.models import Clock, Record, Referral
from portal.services import records
from portal.services.audit import verify
from portal.services.demo.names import Names
from portal.services.demo.values import Filler
from portal.services.portal import Portal
from portal.services.releases.reading import pinned
from tests.fixtures.database import BOTH
from tests.fixtures.released import DATA_KEY, released_postgresql, released_sqlite

DAY = dt.date(2026, 11, 30)
SYSTEM = Access.system("test")
# The digests that the releases had on the day they were made.
RELEASES = {
    "city/kunming": "97197f892643",
    "county/jinning": "4c35fb075bd5",
    "county/wuhua": "524f6c844204",
    "county/xishan": "4baf4ace6b02",
}


@dataclass
class Upgraded:
    """A portal on the upgraded database, and what the database held before."""

    portal: Portal
    releases_before: dict[str, tuple[str, Any]]
    records_before: dict[str, tuple[Any, ...]]


@pytest.fixture(params=BOTH, scope="module")
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    if request.param == "sqlite":
        url = released_sqlite(tmp_path_factory.mktemp("released"))
    else:
        url = released_postgresql(request.getfixturevalue("postgresql_server"))
    before = _read(url)
    portal = Portal.from_url(url, FixedClock.on(DAY), Keyring.from_texts(DATA_KEY))
    migrate.upgrade(portal.database.engine)
    assert migrate.differences(portal.database.engine) == []
    yield Upgraded(portal, *before)
    portal.database.dispose()


def _read(url: str) -> tuple[dict[str, tuple[str, Any]], dict[str, tuple[Any, ...]]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        releases = {
            pack: (digest, _plain(bundle), _plain(chain))
            for pack, digest, bundle, chain in connection.execute(
                text("SELECT pack, digest, bundle, chain FROM release")
            )
        }
        held = {
            row[0]: tuple(map(_plain, row))
            for row in connection.execute(
                text("SELECT uid, code, title, data, stage, release_id, centre_id, version FROM record")
            )
        }
    engine.dispose()
    return releases, held


def _plain(value: Any) -> Any:
    """Return JSON as text, as each database stores it."""
    return value if isinstance(value, str | int | None) else json.dumps(value, sort_keys=True)


def test_releases_and_records_are_stored_as_they_were(upgraded: Upgraded) -> None:
    releases, held = _read(upgraded.portal.database.engine.url.render_as_string(False))
    assert {pack: one[0][:12] for pack, one in releases.items()} == RELEASES
    assert releases == upgraded.releases_before
    assert len(held) > 350
    assert held == upgraded.records_before


def _uids(portal: Portal) -> list[tuple[str, str]]:
    with portal.reading(SYSTEM) as session:
        return [
            (row.etype, row.uid)
            for row in session.execute(select(Record.etype, Record.uid).order_by(Record.id))
        ]


def test_each_record_is_opened_edited_decided_and_walked_on_under_its_old_release(upgraded: Upgraded) -> None:
    portal = upgraded.portal
    done: Counter[str] = Counter()
    names = Names.from_definition(
        json.loads((shipped_root() / "seed/base/demo/names.json").read_text("utf-8"))
    )
    for etype, uid in _uids(portal):
        done["opened"] += _opened(portal, etype, uid)
        closed = _is_closed(portal, etype, uid)
        done["closed"] += etype == "case" and closed
        done["edited"] += _refused(_edited, portal, etype, uid) if closed else _edited(portal, etype, uid)
        if etype == "case":
            done["decided"] += (
                _refused(_decided, portal, etype, uid) if closed else _decided(portal, etype, uid)
            )
        done[_walked(portal, etype, uid, names)] += 1
    everything = len(upgraded.records_before)
    assert done["opened"] == done["edited"] == everything
    assert done["decided"] == 300, done  # each case; the rules are not asked again of a closed one
    assert 0 < done["closed"] < 300, done
    assert done["walked"] + done["ended"] + done["no stages"] == everything, done
    assert done["walked"] > 150, done


def _is_closed(portal: Portal, etype: str, uid: str) -> bool:
    with portal.reading(SYSTEM) as session:
        return records.is_locked(portal, session, records.get(session, etype, uid))


def _refused(what: Any, portal: Portal, etype: str, uid: str) -> int:
    """Count one record on which the lock of a closed record stops an act."""
    with pytest.raises(Conflict) as refused:
        what(portal, etype, uid)
    assert refused.value.code == "record.locked"
    return 1


def _opened(portal: Portal, etype: str, uid: str) -> int:
    with portal.reading(SYSTEM) as session:
        record = records.get(session, etype, uid)
        view = records.view_of(portal, session, record)
        assert view.data == view.clear
        assert view.data
        assert records.history(portal, session, record)
        for one in records.decisions_of(portal, session, record):
            assert isinstance(one.not_fired, list)
        for event in records.history(portal, session, record):
            assert records.data_at(portal.keys, session, record, event.version) is not None
        records.latest_decision(portal, session, record)
        records.available(portal, session, record)
    return 1


def _edited(portal: Portal, etype: str, uid: str) -> int:
    with portal.writing(SYSTEM, Origin(channel="cli")) as uow:
        record = records.get(uow.session, etype, uid)
        view = records.view_of(portal, uow.session, record)
        fields = pinned(portal, uow.session, record.release_id).fields(etype)
        field = next(
            pointer
            for pointer, info in fields.items()
            if info.type == "string"
            and not info.options
            and not info.repeated
            and pointer.count("/") == 1
            and isinstance(view.clear.get(pointer[1:]), str)
            and not info.format
            and not info.sensitivity
        )
        # The demo of that time gave some records answers that their form does not have; a page never sends these.
        known = {pointer.split("/")[1] for pointer in fields}
        data = {name: value for name, value in view.clear.items() if name in known}
        data[field[1:]] = f"{data[field[1:]]}补"
        changed = records.change(uow, uid, data, record.version, reason="补充")
        uow.commit()
        assert records.view_of(portal, uow.session, changed).clear == data
    return 1


def _decided(portal: Portal, etype: str, uid: str) -> int:
    with portal.writing(SYSTEM, Origin(channel="cli")) as uow:
        view = records.redecide(uow, uid)
        if view is None:
            return 0
        uow.commit()
    return 1


def _walked(portal: Portal, etype: str, uid: str, names: Names) -> str:
    if etype == "consultation":
        _answered(portal, uid)
    with portal.writing(SYSTEM, Origin(channel="cli")) as uow:
        record = records.get(uow.session, etype, uid)
        if record.stage is None:
            return "no stages"
        bundle = pinned(portal, uow.session, record.release_id)
        filler = Filler(bundle, names, Random(uid))
        for offer in records.available(portal, uow.session, record):
            form = filler.fill(offer.transition.form, DAY) if offer.transition.form else None
            if not offer.allowed or (offer.transition.form and form is None):
                continue
            records.transition(
                uow, uid, offer.transition.id, version=record.version, form=form, reason="继续办理"
            )
            uow.commit()
            return "walked"
        return "stuck" if record.is_open else "ended"


def _answered(portal: Portal, uid: str) -> None:
    """Give an open consultation the answer that its step waits for."""
    with portal.writing(SYSTEM, Origin(channel="cli")) as uow:
        record = records.get(uow.session, "consultation", uid)
        if record.is_open:
            data = records.view_of(portal, uow.session, record).clear
            answer = {"answer": "已当面答复", "answered_by": "赵某"}
            records.change(uow, uid, {**data, **answer}, record.version)
            uow.commit()


def test_the_audit_log_of_the_old_database_holds(upgraded: Upgraded) -> None:
    assert verify(upgraded.portal).clean


def test_a_text_written_before_and_one_written_after_are_both_in_the_history(upgraded: Upgraded) -> None:
    """Values stored before the upgrade stay readable beside the sealed ones of today."""
    portal = upgraded.portal
    with portal.reading(SYSTEM) as session:
        edited = [
            record
            for record in session.scalars(select(Record).where(Record.etype == "case"))
            if any(event.reason == "fixture edit" for event in records.history(portal, session, record))
        ]
        assert edited
        for record in edited:
            first = records.data_at(portal.keys, session, record, 1)
            assert "summary" in first


def test_days_of_open_referrals_go_on_as_clocks_without_a_period(upgraded: Upgraded) -> None:
    with upgraded.portal.reading(SYSTEM) as session:
        open_ones = select(Referral.id, Referral.due_on).join(Record, Record.id == Referral.record_id)
        wanted = open_ones.where(
            Referral.status.in_(("sent", "accepted")),
            Referral.lead,
            Record.is_open,
            Referral.due_on.is_not(None),
        )
        days = {row.id: row.due_on for row in session.execute(wanted)}
        found = session.execute(
            select(Clock.referral_id, Clock.due_on, Clock.deadline, Clock.state, Clock.whose)
        )
        held = {row.referral_id: tuple(row)[1:] for row in found if row.deadline == ""}
    assert days
    assert held == {number: (day, "", "running", "handler") for number, day in days.items()}
