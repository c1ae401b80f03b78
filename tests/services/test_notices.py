"""Who is told of a change, once, in words; and nobody of what they did themselves."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import func, select, update

from portal.core.access import Access
from portal.core.messages import TOPICS, RolesCalled, read
from portal.persistence.models import Notice, OutboxMessage, Referral, User
from portal.services import records
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from portal.services.records import Override
from portal.services.users import access_of
from tests.web.records.conftest import site
from tests.web.records.seeded_site import CASE, Site, uid_of

__all__ = ["site"]
SYSTEM = Access.system("test")
DEPARTMENT = Override({"department": "people_mediation"}, route="R01", assist=("justice",))


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


_minutes = itertools.count(1)


def told(portal: Portal) -> None:
    """Read the outbox as a worker does, each time a minute later."""
    portal = portal.at(portal.clock.later(minutes=next(_minutes)))  # type: ignore[attr-defined]
    queue.schedule(portal)
    claim = queue.claim(portal, "w", ["notices"])
    assert claim is not None
    assert run_claim(portal, JobRun(portal, claim))


def person(portal: Portal, name: str) -> Access:
    with portal.reading(SYSTEM) as session:
        user = session.scalars(select(User.id).where(User.username == name)).one()
    return access_of(portal, user)


def unread(portal: Portal, name: str) -> list[tuple[str, str]]:
    """Return event and actor of each unread notice of a person, the latest first."""
    access = person(portal, name)
    with portal.reading(SYSTEM) as session:
        rows = session.scalars(
            select(Notice).where(Notice.user_id == access.user_id, Notice.read_at.is_(None))
        ).all()
    return [(row.event, row.by_name) for row in sorted(rows, key=lambda row: -row.id)]


def act(portal: Portal, name: str, what: Any, *args: Any, **more: Any) -> Any:
    with portal.writing(person(portal, name)) as uow:
        answer = what(uow, *args, **more)
        uow.commit()
    return answer


@pytest.fixture(autouse=True)
def nothing_unread(portal: Portal) -> None:
    """Begin each test with every message sent and every notice read."""
    with portal.writing(SYSTEM) as uow:
        uow.session.execute(update(OutboxMessage).values(sent_at=uow.now))
        uow.session.execute(update(Notice).values(read_at=uow.now))
        uow.commit()


def referred(site: Site) -> tuple[str, Referral]:
    uid = uid_of(site.register(site.login("clerk")))
    lead: Referral = act(
        site.portal, "director", records.dispose, uid, version=1, override=DEPARTMENT, reason="当事人要求"
    )
    return uid, lead


def test_the_receiving_unit_is_told_and_the_sender_is_not(site: Site, portal: Portal) -> None:
    referred(site)
    told(portal)
    assert ("referral.sent", person(portal, "director").name) in unread(portal, "handler")
    assert unread(portal, "clerk2") == unread(portal, "jinning") == []
    assert not [one for one in unread(portal, "director") if one[0].startswith("referral.")]


def test_an_answer_is_told_to_who_registered_and_who_sent(site: Site, portal: Portal) -> None:
    _uid, lead = referred(site)
    act(portal, "handler", records.referral, lead.uid, "accept")
    told(portal)
    said = ("referral.accepted", person(portal, "handler").name)
    assert unread(portal, "clerk")[0] == unread(portal, "director")[0] == said
    assert said not in unread(portal, "handler")


def test_the_unit_that_handles_a_matter_is_told_of_changed_facts(site: Site, portal: Portal) -> None:
    uid, _lead = referred(site)
    with portal.reading(person(portal, "clerk")) as session:
        record = records.get_any(session, uid)
        data = dict(records.view_of(portal, session, record).data)
        version = record.version
    act(portal, "clerk", records.change, uid, data | {"claim": "退还双倍定金"}, version)
    told(portal)
    assert unread(portal, "handler")[0][0] == "record.facts"
    assert unread(portal, "clerk") == []


def test_roles_that_the_rules_name_are_told_at_the_centre(site: Site, portal: Portal) -> None:
    site.register(site.login("clerk"), people_count="12", **{"/people_count": "12"})
    with portal.reading(SYSTEM) as session:
        called = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "rules.notify")).all()
    roles = called[-1].payload["roles"] if called else []
    told(portal)
    for name, role in (("director", "director"), ("triage", "triage")):
        assert bool(unread(portal, name)) is (role in roles), (name, roles)


@pytest.mark.parametrize(("rules", "times"), [(("group",), 1), (("group", "safety"), 2), ((), 2)])
def test_a_call_of_the_same_rules_that_is_not_read_yet_is_not_told_again(
    site: Site, portal: Portal, rules: tuple[str, ...], times: int
) -> None:
    uid = uid_of(site.register(site.login("clerk")))
    told(portal)
    with portal.writing(SYSTEM) as uow:
        uow.session.execute(update(Notice).values(read_at=uow.now))
        centre = records.get_any(uow.session, uid).centre_id
        for named in (("group",) if rules else (), rules):
            call = RolesCalled(
                record=uid, etype="case", actor=0, by="", centre=centre, roles=("director",), rules=named
            )
            uow.add(OutboxMessage(at=uow.now, topic="rules.notify", payload=call.payload()))
            uow.session.flush()
        uow.commit()
    told(portal)
    assert [one[0] for one in unread(portal, "director")] == ["rules.notify"] * times


def test_a_message_read_twice_tells_nobody_twice(site: Site, portal: Portal) -> None:
    referred(site)
    told(portal)
    with portal.writing(SYSTEM) as uow:
        before = uow.session.scalar(select(func.count()).select_from(Notice))
        uow.session.execute(update(OutboxMessage).values(sent_at=None))
        uow.commit()
    told(portal)
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(func.count()).select_from(Notice)) >= before
        pairs = session.execute(select(Notice.outbox_id, Notice.user_id)).all()
        waiting = session.scalar(
            select(func.count()).select_from(OutboxMessage).where(OutboxMessage.sent_at.is_(None))
        )
    assert len(pairs) == len(set(pairs))
    assert waiting == 0
    assert len([one for one in unread(portal, "handler") if one[0] == "referral.sent"]) == 1


def test_home_shows_the_changes_and_marks_them_as_read(site: Site, portal: Portal) -> None:
    referred(site)
    told(portal)
    handler = site.login("handler")
    page = handler.get("/").text
    assert "与您有关的变动" in page
    assert f"{person(portal, 'director').name}向您单位交办了一件事项" in page
    handler.client.get("/language/en")
    assert "referred a matter to your unit" in handler.get("/").text
    number = re.search(r'name="notice" value="(\d+)"', page)
    assert number is not None
    many = page.count('name="notice"')
    assert (
        handler.post("/notices/read", {"csrf_token": handler.token(), "notice": number[1]}).status_code == 303
    )
    assert handler.get("/").text.count('name="notice"') == many - 1
    handler.post("/notices/read", {"csrf_token": handler.token()})
    assert 'name="notice"' not in handler.get("/").text


def test_the_api_tells_a_person_s_own_changes_and_nobody_else_s(site: Site, portal: Portal) -> None:
    uid, _lead = referred(site)
    told(portal)
    client, headers = site.app.test_client(), site.token("handler")
    answer = client.get("/api/v1/notices/", headers=headers).json
    first = next(one for one in answer["result"] if one["event"] == "referral.sent")
    assert first["record"]["uid"] == uid
    # A name is told as it is, whatever language the client reads.
    english = client.get("/api/v1/notices/", headers=headers | {"Accept-Language": "en"}).json
    assert [one["record"] for one in english["result"]] == [one["record"] for one in answer["result"]]
    assert answer["total"] == len(answer["result"]) >= 1
    other = site.token("jinning")
    assert client.get("/api/v1/notices/", headers=other).json == {"result": [], "total": 0}
    assert client.post(f"/api/v1/notices/{first['id']}/read", headers=other, json={}).status_code == 404
    assert client.post(f"/api/v1/notices/{first['id']}/read", headers=headers, json={}).json == {"read": 1}
    assert client.post("/api/v1/notices/read", headers=headers, json={}).status_code == 200
    assert client.get("/api/v1/notices/", headers=headers).json["result"] == []


def test_every_message_is_typed_and_holds_no_value_of_a_record(site: Site, portal: Portal) -> None:
    uid, _lead = referred(site)
    with portal.reading(SYSTEM) as session:
        rows = session.scalars(select(OutboxMessage)).all()
    assert {row.topic for row in rows} <= set(TOPICS)
    assert any(row.payload["record"] == uid for row in rows)
    for row in rows:
        message = read(row.topic, row.payload)
        assert {one.name for one in fields(message)} == set(row.payload)
        assert CASE["/applicant_name"] not in str(row.payload)
