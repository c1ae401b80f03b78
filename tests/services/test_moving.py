"""An open record moves to a newer release of its centre: what the preview says is what the act does."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.core.packs import resolve
from portal.persistence.models import AuditEntry, Decision, FieldPlaceRow, Record, RecordEvent, RecordValue
from portal.services import audit, records, releases, units
from portal.services.portal import Portal
from portal.services.records import Filter, Query
from portal.services.records.entering.filling import fill
from portal.services.records.finding.data_history import data_at
from portal.services.records.privacy.record_encryption import opened_decision, opened_events
from tests.fixtures import small_packs
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")
XISHAN = "530112"
OWN: dict[str, Any] = {
    "schema": {
        "properties": {
            "wharf": {"type": "string", "title": "码头"},
            "boats": {"type": "integer", "title": "船数"},
            "secret": {"type": "string", "title": "病史"},
            "hidden_note": {"type": "string", "title": "备注"},
            "people_named": {
                "type": "array",
                "title": "名单",
                "items": {"type": "object", "properties": {"called": {"type": "string", "title": "姓名"}}},
            },
        }
    },
    "ui": {"fields": {"/secret": {"sensitivity": "sensitive"}, "/hidden_note": {"sensitivity": "sensitive"}}},
    "entity": {"index": {"$add": ["/wharf", "/boats"]}},
}
ENTERED = {
    "name": "赵",
    "amount": 5,
    "dispute_type": "D0101",
    "wharf": "一号",
    "boats": 7,
    "secret": "肺病",
    "hidden_note": "不详",
    "people_named": [{"called": "甲"}, {"called": "乙"}],
    "channel": "grid",
}


def publish(portal: Portal, version: str, form: dict[str, Any], **files: Any) -> int:
    pack = small_packs.county("county/xs", XISHAN, "西山区", "西综", **files)
    manifest = pack["seed/pack.json"] | {"version": version, "moved": files.pop("moved", [])}
    pack = {key: value for key, value in pack.items() if key != "moved"}
    library = small_packs.library(
        {"county/xs": pack | {"seed/pack.json": manifest, "form_definitions/case.json": form}}
    )
    with portal.writing(SYSTEM) as uow:
        made = releases.publish(uow, resolve("county/xs", library), verify=False)
        uow.commit()
    return made.id


def newer_form() -> dict[str, Any]:
    """Two fields go, one moves, one is renamed in rows, one is asked for, one takes fewer choices, a seal opens."""
    form = copy.deepcopy(OWN)
    properties = form["schema"]["properties"]
    for name in ("hidden_note", "boats"):
        del properties[name]
    del form["ui"]["fields"]["/hidden_note"]
    del form["ui"]["fields"]["/secret"]
    properties["landing"] = properties.pop("wharf")
    properties["people_named"]["items"]["properties"] = {"full_name": {"type": "string", "title": "姓名"}}
    properties["channel"] = {"enum": ["walk_in"]}
    properties["asked"] = {"type": "string", "title": "新问", "minLength": 1}
    form["schema"]["required"] = ["name", "asked"]
    form["entity"] = {"index": {"$add": ["/landing"]}}
    return form


MOVED = [
    {
        "from": "/forms/case/schema/properties/wharf",
        "to": "/forms/case/schema/properties/landing",
        "in": "2.0.0",
    },
    {
        "from": "/forms/case/schema/properties/people_named/items/properties/called",
        "to": "/forms/case/schema/properties/people_named/items/properties/full_name",
        "in": "2.0.0",
    },
]


@pytest.fixture
def clerk(seeded: Portal) -> Access:
    return access_for(seeded, "clerk", XISHAN, user_id=7)


@pytest.fixture
def uid(seeded: Portal, clerk: Access) -> str:
    """A record entered under the county's first release with fields of its own."""
    publish(seeded, "1.1.0", OWN)
    with seeded.writing(clerk) as uow:
        made = records.register(uow, "case", XISHAN, ENTERED).record.uid
        uow.commit()
    return made


def read(portal: Portal, uid: str) -> Record:
    with portal.reading(SYSTEM) as session:
        found = session.scalars(select(Record).where(Record.uid == uid)).one()
        assert found.kept is None or found.kept
        return found


def move(portal: Portal, who: Access, uid: str, release: int, version: int = 1, **more: Any) -> Record:
    with portal.writing(who) as uow:
        record = records.move(uow, uid, release, version, **({"reason": "改用新版"} | more))
        uow.commit()
    return record


def test_the_preview_says_what_becomes_of_each_field(seeded: Portal, clerk: Access, uid: str) -> None:
    newer = publish(seeded, "2.0.0", newer_form(), moved=MOVED)
    with seeded.reading(clerk) as session:
        record = records.get_any(session, uid)
        assert [one.release_id for one in records.newer_releases(session, record)] == [newer]
        found = records.preview(seeded, session, record, newer)
    assert set(found.moved) == {
        ("/wharf", "/landing"),
        ("/people_named/0/called", "/people_named/0/full_name"),
        ("/people_named/1/called", "/people_named/1/full_name"),
    }
    assert set(found.gone) == {"/boats", "/hidden_note"}
    assert found.required == ("/asked",)
    assert [problem.pointer for problem in found.invalid] == ["/channel"]
    assert found.stage.same == "intake"
    assert {"/name", "/amount", "/secret"} <= set(found.kept)
    assert read(seeded, uid).version == 1


def test_data_stay_as_entered_pointers_follow_and_what_the_form_does_not_know_is_kept(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    before = read(seeded, uid)
    newer = publish(seeded, "2.0.0", newer_form(), moved=MOVED)
    move(seeded, clerk, uid, newer)
    after = read(seeded, uid)
    assert (after.release_id, after.version, after.stage, after.code) == (newer, 2, "intake", before.code)
    assert after.data == {
        "name": "赵",
        "amount": 5,
        "dispute_type": "D0101",
        "landing": "一号",
        "secret": "肺病",  # no longer sensitive in the newer form
        "people_named": [{"full_name": "甲"}, {"full_name": "乙"}],
        "channel": "grid",
    }
    kept = after.kept
    assert kept == {str(before.release_id): {"/boats": 7, "/hidden_note": before.data["hidden_note"]}}
    assert "不详" not in str(kept)
    with seeded.reading(clerk) as session:
        record = records.get_any(session, uid)
        # An earlier version is read as it was, under the release it had then.
        assert data_at(seeded.keys, session, record, 1) == before.data
        shown = records.view_of(seeded, session, record).data
        assert "boats" not in shown
        assert "hidden_note" not in shown


def test_a_field_that_becomes_sensitive_is_sealed_and_comes_back_when_it_is_known_again(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    without = copy.deepcopy(OWN)
    del without["schema"]["properties"]["hidden_note"], without["ui"]["fields"]["/hidden_note"]
    without["ui"]["fields"]["/wharf"] = {"sensitivity": "sensitive"}
    without["entity"] = {"index": {"$add": ["/boats"]}}
    second = publish(seeded, "1.2.0", without)
    move(seeded, clerk, uid, second)
    sealed = read(seeded, uid)
    assert "一号" not in str(sealed.data)
    assert "肺病" not in str(sealed.data)
    third = publish(seeded, "1.3.0", OWN)
    move(seeded, clerk, uid, third, version=2)
    back = read(seeded, uid)
    assert back.data["wharf"] == "一号"
    assert "不详" not in str(back.data)
    with seeded.reading(SYSTEM) as session:
        view = records.view_of(seeded, session, records.get_any(session, uid))
        assert view.clear == ENTERED


def test_it_is_found_by_the_fields_of_the_newer_release(seeded: Portal, clerk: Access, uid: str) -> None:
    newer = publish(seeded, "2.0.0", newer_form(), moved=MOVED)
    with seeded.reading(SYSTEM) as session:
        places = {row.pointer: row.stored for row in session.scalars(select(FieldPlaceRow))}
        assert places["/landing"] == "/wharf"  # a moved field keeps its rows
    assert found_by(seeded, clerk, Filter("/landing", "eq", "一号")) == [uid]  # read at its old place
    fill(seeded)
    assert found_by(seeded, clerk, Filter("/landing", "eq", "一号")) == [uid]
    move(seeded, clerk, uid, newer)
    assert found_by(seeded, clerk, Filter("/landing", "eq", "一号")) == [uid]
    with seeded.reading(SYSTEM) as session:
        held = {one.pointer for one in session.scalars(select(RecordValue))}
    assert held == {"/wharf"}


def found_by(portal: Portal, who: Access, *filters: Filter) -> list[str]:
    with portal.reading(who) as session:
        return [record.uid for record in records.search(portal, session, Query("case", filters)).rows]


def test_the_rules_are_asked_again_and_history_and_audit_tell_of_it_once(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    rules = {"rules": {"large": {"when": {"field": "amount", "op": "gte", "value": 1}}}}
    newer = publish(seeded, "1.2.0", OWN, **{"rule_sets/referral.json": rules})
    with seeded.reading(clerk) as session:
        found = records.preview(seeded, session, records.get_any(session, uid), newer)
    assert found.rules.newly == (("referral", "large"),)
    assert found.rules.no_longer == ()
    move(seeded, clerk, uid, newer)
    with seeded.reading(SYSTEM) as session:
        record = records.get_any(session, uid)
        decision = session.scalars(select(Decision).order_by(Decision.id.desc())).first()
        assert decision is not None
        assert (decision.release_id, decision.trigger, decision.version) == (newer, "adopt_release", 2)
        assert [rule["id"] for rule in opened_decision(seeded.keys, record, decision)[0]["fired"]] == [
            "large"
        ]
        moments = session.scalars(
            select(RecordEvent).where(RecordEvent.record_id == record.id, RecordEvent.kind == "adopt_release")
        ).all()
        assert [(one.version, one.reason) for one in opened_events(seeded.keys, record, moments)] == [
            (2, "改用新版")
        ]
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.object_id == uid, AuditEntry.action == "adopt_release")
        ).all()
        assert [(one.release_id, one.reason) for one in audit.opened(seeded, list(entries))] == [
            (newer, "改用新版")
        ]


def lifecycle(*names: str, canonical: str) -> dict[str, Any]:
    """Return the files of a lifecycle with other stages in the place of ``mediate``."""
    stages = {
        name: {"title": name, "canonical": canonical, "order": 20 + at} for at, name in enumerate(names)
    }
    step = {"roles": ["clerk"], "order": 15, "title": "转"}
    steps = {
        "start": {"to": names[0]},
        "close": {"from": list(names)},
        "watch": {"from": ["intake", *names]},
        **{
            f"on_{name}": {**step, "from": [before], "to": name} for before, name in itertools.pairwise(names)
        },
    }
    return {"seed/lifecycles/case.json": {"stages": {"mediate": None, **stages}, "transitions": steps}}


def test_a_stage_that_is_gone_is_chosen_among_those_of_its_kind(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    with seeded.writing(clerk) as uow:
        records.transition(uow, uid, "start", version=1)
        uow.commit()
    newer = publish(seeded, "1.2.0", OWN, **lifecycle("talk", "court", canonical="mediate"))
    with seeded.reading(clerk) as session:
        found = records.preview(seeded, session, records.get_any(session, uid), newer)
    assert (found.stage.same, found.stage.choices) == (None, ("talk", "court"))
    for wrong in (None, "intake", "mediate", "closed"):
        with pytest.raises(InvalidInput) as refused:
            move(seeded, clerk, uid, newer, version=2, stage=wrong)
        assert [problem.pointer for problem in refused.value.problems] == ["/stage"]
    moved = move(seeded, clerk, uid, newer, version=2, stage="court")
    assert (moved.stage, moved.canonical_stage, moved.is_open) == ("court", "mediate", True)


def test_where_no_stage_is_of_its_kind_any_main_stage_may_be_chosen(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    with seeded.writing(clerk) as uow:
        records.transition(uow, uid, "start", version=1)
        uow.commit()
    newer = publish(seeded, "1.2.0", OWN, **lifecycle("hear", canonical="handle"))
    with seeded.reading(clerk) as session:
        found = records.preview(seeded, session, records.get_any(session, uid), newer)
    assert set(found.stage.choices) == {"intake", "hear"}


def test_days_of_running_periods_follow_the_newer_release(seeded: Portal, uid: str) -> None:
    director = access_for(seeded, "director", XISHAN)
    who = Access(
        director.user_id,
        director.name,
        tuple(
            grant.__class__(grant.role, grant.unit_path, grant.entity, grant.actions | {"dispose", "edit"})
            for grant in director.grants
        ),
    )
    refer = {"do": "refer", "route": "R01", "to": {"department": "justice"}, "deadline": "T02"}
    when = {"field": "amount", "op": "gte", "value": 1}
    large = {"rules": {"large": {"when": when, "then": [refer]}}}
    period = copy.deepcopy(small_packs.BASE["seed/deadlines.json"]["T01"]) | {"locked": False}
    files = {"rule_sets/referral.json": large, "seed/deadlines.json": {"T02": period}}
    second = publish(seeded, "1.2.0", OWN, **files)
    move(seeded, who, uid, second)
    with seeded.reading(SYSTEM) as session:
        decision = session.scalars(select(Decision).order_by(Decision.id.desc())).first()
        assert decision is not None
    with seeded.writing(who) as uow:
        sent = records.dispose(uow, uid, version=2, decision_id=decision.id, proposal=0)
        uow.commit()
    first_day = sent.due_on
    assert first_day is not None
    longer = {"seed/deadlines.json": {"T02": period | {"length": {"n": 40, "unit": "calendar_day"}}}}
    third = publish(seeded, "1.3.0", OWN, **(files | longer))
    with seeded.reading(who) as session:
        (changed,) = records.preview(seeded, session, records.get_any(session, uid), third).periods
    assert changed.deadline == "T02"
    assert changed.before == first_day
    assert changed.after is not None
    assert (changed.after - first_day).days == 10
    moved = move(seeded, who, uid, third, version=3)
    assert moved.due_on == changed.after


def test_only_open_records_and_only_newer_releases_of_their_centre(
    seeded: Portal, clerk: Access, uid: str
) -> None:
    with seeded.reading(SYSTEM) as session:
        older = units.centre_of(session, units.by_code(session, XISHAN))
        city = units.centre_of(session, units.by_code(session, "530100"))
        assert older is not None
        assert city is not None
        assert records.newer_releases(session, records.get_any(session, uid)) == []
    newer = publish(seeded, "1.2.0", OWN | {"title": "新案件"})
    for other in (older.release_id, city.release_id, 99999):
        with pytest.raises(Conflict) as refused:
            move(seeded, clerk, uid, other)
        assert refused.value.code == "move.release"
    with seeded.writing(clerk) as uow:
        records.transition(uow, uid, "drop", version=1, reason="撤回")
        uow.commit()
    with seeded.reading(clerk) as session:
        assert records.newer_releases(session, records.get_any(session, uid)) == []
    with pytest.raises(Conflict) as refused:
        move(seeded, clerk, uid, newer, version=2)
    assert refused.value.code == "move.closed"


def test_a_scheduled_release_is_none_before_its_time(seeded: Portal, clerk: Access, uid: str) -> None:
    newer = publish(seeded, "1.2.0", OWN | {"title": "新案件"})
    third = publish(seeded, "1.3.0", OWN | {"title": "新新案件"})
    with seeded.writing(SYSTEM) as uow:
        releases.put_in_force(uow, XISHAN, newer, "退回")
        uow.commit()
    later = small_packs.county("county/xs", XISHAN, "西山区", "西综")
    manifest = later["seed/pack.json"] | {"version": "1.4.0"}
    library = small_packs.library({"county/xs": later | {"seed/pack.json": manifest}})
    with seeded.writing(SYSTEM) as uow:
        terms = releases.Terms(in_force=False)
        made = releases.publish(uow, resolve("county/xs", library), verify=False, terms=terms)
        releases.put_in_force(uow, XISHAN, made.id, "下月", seeded.clock.now() + dt.timedelta(days=30))
        uow.commit()

    def offered(portal: Portal) -> list[int]:
        with portal.reading(clerk) as session:
            return [one.release_id for one in records.newer_releases(session, records.get_any(session, uid))]

    assert offered(seeded) == [newer]  # the third was taken back; the scheduled one is not in force yet
    assert offered(seeded.at(seeded.clock.later(days=31))) == [made.id]
    with pytest.raises(Conflict) as refused:
        move(seeded, clerk, uid, third)
    assert refused.value.code == "move.release"


def test_a_release_that_was_taken_back_is_not_offered(seeded: Portal, clerk: Access, uid: str) -> None:
    """The record stays with the version in force: nothing newer is there once the newer one was taken back."""
    with seeded.reading(SYSTEM) as session:
        own = records.get_any(session, uid).release_id
    newer = publish(seeded, "1.2.0", OWN | {"title": "新案件"})
    with seeded.reading(clerk) as session:
        found = records.newer_releases(session, records.get_any(session, uid))
        assert [one.release_id for one in found] == [newer]
    with seeded.writing(SYSTEM) as uow:
        releases.put_in_force(uow, XISHAN, own, "退回上一版")
        uow.commit()
    with seeded.reading(clerk) as session:
        assert records.newer_releases(session, records.get_any(session, uid)) == []
    with pytest.raises(Conflict) as refused:
        move(seeded, clerk, uid, newer)
    assert refused.value.code == "move.release"


def test_a_reason_the_version_and_the_right_are_asked_for(seeded: Portal, clerk: Access, uid: str) -> None:
    newer = publish(seeded, "1.2.0", OWN | {"title": "新案件"})
    with pytest.raises(InvalidInput) as refused:
        move(seeded, clerk, uid, newer, reason=" ")
    assert [problem.pointer for problem in refused.value.problems] == ["/reason"]
    with pytest.raises(Conflict) as stale:
        move(seeded, clerk, uid, newer, version=3)
    assert stale.value.code == "record.stale"
    supervisor = access_for(seeded, "supervisor", XISHAN)
    with pytest.raises(Forbidden):
        move(seeded, supervisor, uid, newer)
    assert read(seeded, uid).version == 1
