"""A matter waits in the list of who really answers, for the sender in one list, and by days that truly run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Clock
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import Called, Override
from portal.services.records.handling.waiting import badges, rows, worklists_of
from tests.fixtures.database import access_for
from tests.services.handing import (
    CITY,
    COUNTY,
    DATA,
    MEDIATION,
    SYSTEM,
    answer,
    case,
    dispose,
    do,
    later,
    lists_with,
    now,
)
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]
DAY = dt.date(2026, 5, 6)
HELPED = Override({"department": "people_mediation"}, route="R01", assist=["women", "police"])


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, Access]:
    """Persons of the centre, of its departments, and of the city above it."""
    named = {
        "centre": ("handler", COUNTY),
        "triage": ("triage", COUNTY),
        "committee": ("handler", f"{COUNTY}:people_mediation"),
        "women": ("handler", f"{COUNTY}:women"),
    }
    return {
        name: access_for(portal, role, unit, user_id=300 + n)
        for n, (name, (role, unit)) in enumerate(named.items())
    }


def periods(portal: Portal, uid: str) -> dict[str, tuple[str, dt.date | None]]:
    """Return how each period of a matter stands, and its day."""
    with portal.reading(SYSTEM) as session:
        found = session.scalars(select(Clock).where(Clock.record_id == now(portal, uid).id).order_by(Clock.n))
        return {one.deadline: (one.state, one.due_on) for one in found if one.referral_id is None}


def test_what_a_department_answers_waits_there_and_not_at_the_centre_above_it(
    portal: Portal, people: dict[str, Access]
) -> None:
    uid = case(portal)
    dispose(portal, uid, HELPED)
    assert {"to_answer", "assisting"} & lists_with(portal, people["centre"], uid) == set()
    assert "to_answer" in lists_with(portal, people["committee"], uid)
    assert {"to_answer", "assisting"} <= lists_with(portal, people["women"], uid)


def test_what_is_sent_to_the_centre_itself_waits_there(portal: Portal, people: dict[str, Access]) -> None:
    uid = case(portal, unit=CITY, place=COUNTY)
    dispose(portal, uid, Override({"tier": "down"}, route="R01"))
    assert "to_answer" in lists_with(portal, people["centre"], uid)
    assert "to_answer" not in lists_with(portal, people["committee"], uid)


def test_each_row_to_answer_offers_its_person_an_answer(portal: Portal, people: dict[str, Access]) -> None:
    for to in (HELPED, MEDIATION, Override({"department": "justice"}, route="R01")):
        dispose(portal, case(portal), to)
    for name in ("centre", "committee", "women"):
        who = people[name]
        with portal.reading(who) as session:
            for one in worklists_of(portal, session):
                if one.id in ("to_answer", "assisting"):
                    found = rows(portal, session, one, size=500).rows
                    assert all(row.referral and records.answers_to(who, row.referral) for row in found)
                    assert badges(portal, session, [one])[one.id].number == len(found)


def test_who_is_asked_to_help_is_awaited_in_one_list_however_it_was_asked(
    portal: Portal, people: dict[str, Access]
) -> None:
    proposed, whistled = case(portal), case(portal)
    dispose(portal, proposed, HELPED)
    units = [Called("women", 2), Called("police", 2)]
    version = now(portal, whistled).version
    said = {"version": version, "reason": "请到场会商", "lead": "people_mediation"}
    do(portal, records.whistle, whistled, called=units, **said)
    for uid in (proposed, whistled):
        with portal.reading(people["triage"]) as session:
            (listed,) = [one for one in worklists_of(portal, session) if one.id == "called_in"]
            found = [
                row.referral for row in rows(portal, session, listed, size=500).rows if row.record.uid == uid
            ]
            assert len(found) == 2
            assert not any(one.lead for one in found if one is not None)
        women = next(one for one in found if one is not None and "women" in one_code(portal, one.to_unit_id))
        answer(portal, women, "accept", people["women"], "")
        answer(portal, women, "done", people["women"], "已到场")
        with portal.reading(people["triage"]) as session:
            left = [row for row in rows(portal, session, listed, size=500).rows if row.record.uid == uid]
            assert len(left) == 1, "who has reported is no longer awaited"


def one_code(portal: Portal, unit: int) -> str:
    from portal.persistence.models import Unit

    with portal.reading(SYSTEM) as session:
        return session.get_one(Unit, unit).code


def test_a_registration_that_says_who_was_told_ends_the_period_for_telling(portal: Portal) -> None:
    told, untold = case(portal, told=True), case(portal, told=None)
    assert periods(portal, told)["T48"] == ("in_time", DAY)
    assert now(portal, told).due_on == dt.date(2026, 5, 7), "the day of handing it over"
    assert periods(portal, untold)["T48"] == ("running", DAY)
    assert now(portal, untold).due_on == DAY
    assert periods(portal, case(portal, told=False))["T48"] == ("running", DAY)


def test_to_say_later_that_it_was_told_ends_the_period_once(portal: Portal) -> None:
    uid = case(portal)
    record = now(portal, uid)
    do(portal, records.change, uid, {**DATA, "place": COUNTY, "told": True}, version=record.version)
    assert periods(portal, uid)["T48"] == ("in_time", DAY)
    record = now(portal, uid)
    changed = {**DATA, "place": COUNTY, "told": True, "remark": "另有补充"}
    do(portal, records.change, uid, changed, version=record.version)
    assert periods(portal, uid)["T48"] == ("in_time", DAY)
    with portal.reading(SYSTEM) as session:
        query = select(Clock).where(Clock.record_id == record.id, Clock.deadline == "T48")
        assert len(session.scalars(query).all()) == 1


def test_the_period_of_a_court_s_online_assignment_runs_only_where_one_was_recorded(
    portal: Portal, people: dict[str, Access]
) -> None:
    plain, online = case(portal), case(portal, channel="court")
    lead = dispose(portal, plain, MEDIATION)
    answer(portal, lead, "accept", people["committee"], "")
    assert "T13" not in periods(portal, plain)
    lead = dispose(portal, online, MEDIATION)
    assert "T13" not in periods(portal, online), "a court that assigns on paper starts it neither"
    version = now(portal, online).version
    do(portal, records.record_event, online, "mediation_assigned", DAY, version=version)
    # Thursday, Friday and Saturday, which is worked.
    assert periods(portal, online)["T13"] == ("running", dt.date(2026, 5, 9))
    answer(portal, lead, "accept", people["committee"], "")
    assert periods(portal, online)["T13"] == ("in_time", dt.date(2026, 5, 9))


def test_a_unit_that_is_asked_has_a_day_to_accept_and_none_is_after_its_report(
    portal: Portal, people: dict[str, Access]
) -> None:
    uid = case(portal)
    lead = dispose(
        portal,
        uid,
        HELPED,
    )
    tomorrow = dt.date(2026, 5, 7)
    with portal.reading(SYSTEM) as session:
        made = records.referrals_of(session, records.get_any(session, uid))
    assert {one.accept_by for one in made} == {tomorrow}, "who assists accepts as soon as who leads"
    whistled = case(portal)
    said = {"version": now(portal, whistled).version, "reason": "请到场会商", "lead": "people_mediation"}
    called = do(portal, records.whistle, whistled, called=[Called("women", 1), Called("police", 5)], **said)
    assert [(one.accept_by, one.due_on) for one in called[1:]] == [
        (tomorrow, tomorrow),
        (tomorrow, dt.date(2026, 5, 12)),
    ]
    answer(portal, lead, "accept", people["committee"], "")
    assert periods(portal, uid)["T50"] == ("in_time", tomorrow)


def test_what_is_to_be_accepted_first_comes_first_whenever_its_report_is_due(
    portal: Portal, people: dict[str, Access]
) -> None:
    early, late = case(portal), case(portal)
    dispose(portal, early, Override({"department": "justice"}, "R01", deadline="T45"))
    with later(portal, days=2):
        dispose(portal, late, Override({"department": "justice"}, "R01", deadline="T14"))
        who = access_for(portal, "handler", f"{COUNTY}:justice", user_id=399)
        with portal.reading(who) as session:
            (listed,) = [one for one in worklists_of(portal, session) if one.id == "to_answer"]
            found = [row.record.uid for row in rows(portal, session, listed, size=500).rows]
            both = [uid for uid in found if uid in (early, late)]
            days = {
                row.record.uid: row.referral.due_on
                for row in rows(portal, session, listed).rows
                if row.referral
            }
    assert both == [early, late]
    assert days[early] > days[late], "by the report they would stand the other way round"


def test_a_department_has_its_own_day_and_not_that_of_the_centre(
    portal: Portal, people: dict[str, Access]
) -> None:
    uid = case(portal)
    lead = dispose(portal, uid, Override({"department": "people_mediation"}, "R01", deadline="T45"))
    answer(portal, lead, "accept", people["committee"], "")
    record = now(portal, uid)
    assert record.due_on == DAY, "the centre has not told the applicant"
    assert record.handler_due_on == dt.date(2026, 6, 5)
    assert "due_soon" in lists_with(portal, people["triage"], uid)
    assert "own_due_soon" not in lists_with(portal, people["committee"], uid)
    with later(portal, days=28):
        assert {"own_due_soon", "mine"} <= lists_with(portal, people["committee"], uid)
        assert "own_overdue" not in lists_with(portal, people["committee"], uid)
        assert "overdue" in lists_with(portal, people["triage"], uid)
    with later(portal, days=31):
        assert "own_overdue" in lists_with(portal, people["committee"], uid)
        answer(portal, lead, "done", people["committee"], "达成协议")
        left = lists_with(portal, people["committee"], uid)
        assert left & {"own_overdue", "own_due_soon"} == set(), "who has reported owes nothing"
