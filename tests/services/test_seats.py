"""Where proposals lead on days of all kinds: open, closed, off duty; and the pages and API that show it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Origin
from portal.services import users
from portal.services.portal import Portal
from portal.services.records import Seat
from portal.services.records.proposing.seats import SeatFinder
from portal.services.releases.reading import pinned
from portal.services.units import by_code
from portal.services.units.centres import centre_of
from tests.fixtures.database import KEYS, TODAY

WEDNESDAY, SATURDAY, MONDAY = dt.date(2026, 5, 6), dt.date(2026, 5, 16), dt.date(2026, 5, 18)
CITY, JINNING = "530100", "530115"


@pytest.fixture(scope="module")
def portal(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    path = tmp_path_factory.mktemp("seats") / "portal.db"
    shutil.copy(filled_sqlite, path)
    opened = Portal.from_url(f"sqlite:///{path}", FixedClock.on(TODAY), KEYS)
    yield opened
    opened.database.dispose()


def find(portal: Portal, centre: str, day: dt.date, **target: str) -> Seat:
    with portal.reading(Access.system("test")) as session:
        found = centre_of(session, by_code(session, centre))
        assert found is not None
        bundle: Any = pinned(portal, session, found.release_id)
        return SeatFinder.of(portal, session, found, bundle, day).find(target)


def received(portal: Portal, department: str) -> Seat:
    """Return where a proposal to a department of Xishan leads today."""
    with portal.reading(Access.system("test")) as session:
        found = centre_of(session, by_code(session, "530112"))
        assert found is not None
        bundle: Any = pinned(portal, session, found.release_id)
        return SeatFinder.of(portal, session, found, bundle, WEDNESDAY).find_received(
            {"department": department}
        )


def test_a_rotating_department_on_its_day_off_is_stationed_and_has_a_next_day(portal: Portal) -> None:
    off = find(portal, CITY, WEDNESDAY, department="lawyers")
    assert (off.duty, off.unit_code, off.there_on) == ("off", "530100:lawyers", dt.date(2026, 5, 7))
    there = find(portal, CITY, dt.date(2026, 5, 7), department="lawyers")
    assert (there.duty, there.there_on) == ("rotating", None)
    nowhere = find(portal, CITY, WEDNESDAY, department="agriculture")
    assert (nowhere.duty, nowhere.there_on) == ("absent", None)


def test_what_comes_in_on_a_saturday_is_proposed_here_with_the_next_open_day(portal: Portal) -> None:
    resident = find(portal, JINNING, SATURDAY, department="justice")
    assert (resident.duty, resident.there_on) == ("resident", MONDAY)
    called = find(portal, JINNING, SATURDAY, department="police")
    assert (called.duty, called.there_on) == ("on_call", MONDAY)
    rotating = find(portal, JINNING, SATURDAY, department="agriculture")
    assert (rotating.duty, rotating.there_on) == ("rotating", MONDAY)
    assert find(portal, JINNING, WEDNESDAY, department="justice").there_on is None
    assert rotating.to_json()["there_on"] == "2026-05-18"


def test_only_where_a_centre_is_above_is_it_asked(portal: Portal) -> None:
    assert find(portal, JINNING, WEDNESDAY, department="agriculture").duty == "up"
    assert find(portal, CITY, WEDNESDAY, room="no_such_room").duty == "centre"
    assert find(portal, JINNING, WEDNESDAY, room="no_such_room").duty == "up"


def test_a_proposal_goes_to_the_department_itself_where_nobody_receives_above(
    filled_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(filled_sqlite, tmp_path / "portal.db")
    portal = Portal.from_url(f"sqlite:///{tmp_path / 'portal.db'}", FixedClock.on(TODAY), KEYS)
    with portal.reading(Access.system("test")) as session:
        bundle: Any = pinned(portal, session, centre_of(session, by_code(session, "530112")).release_id)
        without = [
            key
            for key in bundle.departments
            if find(portal, "530112", WEDNESDAY, department=key).duty == "up"
        ]
    department = without[0]
    # Nobody receives here or above: that is said before sending, and nothing is changed.
    above = find(portal, "530112", WEDNESDAY, department=department)
    assert received(portal, department) == above
    with portal.writing(Access.system("test"), Origin()) as uow:
        user = users.create(uow, "ours", "Kunming-2026-ok", "某", "承办")
        users.assign(uow, user.id, "handler", f"530112:{department}", audited=False)
        uow.commit()
    own = received(portal, department)
    assert (own.unit_code, own.duty) == (f"530112:{department}", "absent")
    with portal.writing(Access.system("test"), Origin()) as uow:
        user = users.create(uow, "theirs", "Kunming-2026-ok", "某", "上级")
        users.assign(uow, user.id, "handler", above.unit_code, audited=False)
        uow.commit()
    assert received(portal, department) == above
    portal.database.dispose()
