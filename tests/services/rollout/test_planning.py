"""A new version of the city's planned, decided, put in force and taken back at its counties, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from portal.core.packs.three_way import ABSENT
from portal.persistence.models import AuditEntry, Layer, Record, Release, ReleaseActivation, RolloutPlan
from portal.services import records, releases, rollout, units
from portal.services.portal import Policy, Portal
from tests.fixtures.database import KEYS, TODAY, access_for
from tests.fixtures.drafting import GUANDU, JINNING, SYSTEM, XISHAN, administrator, drafter
from tests.fixtures.rolling import (
    CITY,
    FRONT,
    LENGTH,
    bring,
    checked,
    city,
    decided,
    made,
    next_city,
    seeded_city,
)

BOTH_PLACES = ((FRONT, "theirs"), (LENGTH, "ours"))


@pytest.fixture
def portal(database_url: str) -> Iterator[Portal]:
    empty = Portal.from_url(database_url, FixedClock.on(TODAY), KEYS)
    seeded = seeded_city(replace(empty, policy=Policy(second_person=True)))
    bring(seeded)
    yield seeded
    seeded.database.dispose()


@pytest.fixture
def yang(portal: Portal) -> Access:
    return drafter(portal, JINNING)


@pytest.fixture
def li(portal: Portal) -> Access:
    return drafter(portal, JINNING, "李建国")


def running(portal: Portal, unit: str) -> tuple[str, str, list[str]]:
    """Return pack and version in force at a centre, and the versions that it stands on."""
    with portal.reading(SYSTEM) as session:
        found = releases.history(session, unit)[0]
        release = session.get_one(Release, found.release_id)
        return found.pack, found.version, [f"{one['id']} {one['version']}" for one in release.chain[:-1]]


def in_force(portal: Portal, unit: str, pointer: str) -> object:
    with portal.reading(SYSTEM) as session:
        bundle = releases.for_unit(portal, session, units.by_code(session, unit)).raw
        for name in pointer.strip("/").split("/"):
            bundle = bundle[name]
        return bundle


def act(portal: Portal, who: Access, what: object, *arguments: object) -> None:
    with portal.writing(who) as uow:
        what(uow, *arguments)  # type: ignore[operator]
        uow.commit()


def test_each_county_sees_what_the_version_brings(portal: Portal) -> None:
    expected = {
        XISHAN: {"decide": 0, "taken": 3, "kept": 3, "redundant": 0, "open": 0},
        JINNING: {"decide": 2, "taken": 1, "kept": 2, "redundant": 0, "open": 2},
        GUANDU: {"decide": 0, "taken": 3, "kept": 0, "redundant": 0, "open": 0},
    }
    with portal.reading(SYSTEM) as session:
        assert {unit: rollout.review(session, unit).plan.counts for unit in expected} == expected
        review = rollout.review(session, JINNING)
        assert (review.offer.pack, review.offer.version, review.ground.adopted) == (CITY, "1.1.0", "1.0.0")


def test_from_the_new_version_to_what_is_in_force_and_back(portal: Portal, yang: Access, li: Access) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    uid = made(portal, yang, JINNING)
    clerk = access_for(portal, "clerk", JINNING)
    act(portal, li, rollout.apply, uid, "可以")
    assert running(portal, JINNING) == ("county/jn", "1.1.0", ["base 1.0.0", "city/km 1.1.0"])
    assert in_force(portal, JINNING, FRONT) == "群众接待大厅"
    assert in_force(portal, JINNING, LENGTH) == {"n": 3, "unit": "working_day"}
    act(portal, clerk, records.register, "case", JINNING, {"name": "张三"})
    act(portal, li, rollout.roll_back, uid, "叫号中断两次")
    assert running(portal, JINNING)[:2] == ("county/jn", "1.0.0")
    assert in_force(portal, JINNING, FRONT) == "晋宁大厅"
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 1
        # What was decided is remembered: the version is offered again, with nothing left to decide.
        assert rollout.review(session, JINNING).plan.counts["open"] == 0


def test_a_county_without_anything_of_its_own_takes_the_version_itself(portal: Portal) -> None:
    who = drafter(portal, GUANDU)
    uid = made(portal, who, GUANDU)
    act(portal, who, rollout.apply, uid)
    assert running(portal, GUANDU)[:2] == (CITY, "1.1.0")
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(func.count()).select_from(Layer).where(Layer.pack == CITY)) == 2
        with pytest.raises(NotFound):
            rollout.review(session, GUANDU)


def test_what_is_left_to_decide_is_in_the_way(portal: Portal, yang: Access, li: Access) -> None:
    uid = made(portal, yang, JINNING)
    with pytest.raises(Conflict) as refused, portal.writing(li) as uow:
        rollout.apply(uow, uid)
    assert [one.code for one in refused.value.problems] == ["rollout.open"]
    assert running(portal, JINNING)[1] == "1.0.0"


def test_what_the_check_found_is_in_the_way(portal: Portal, yang: Access, li: Access) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    with portal.writing(yang) as uow:
        uid = rollout.make_plan(uow, JINNING).uid
        uow.commit()
    with pytest.raises(Conflict) as unchecked, portal.writing(li) as uow:
        rollout.apply(uow, uid)
    assert [one.code for one in unchecked.value.problems] == ["rollout.unchecked"]
    checked(portal, uid, Problem("x", "something is wrong"))
    with pytest.raises(Conflict) as refused, portal.writing(li) as uow:
        rollout.apply(uow, uid)
    assert [one.code for one in refused.value.problems] == ["rollout.errors"]


def test_a_plan_says_what_moved_and_keeps_the_decisions(portal: Portal, yang: Access, li: Access) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    uid = made(portal, yang, JINNING)
    decided(portal, yang, JINNING, (LENGTH, "theirs"))
    with portal.reading(SYSTEM) as session:
        assert rollout.moved(session, rollout.plan_of(session, uid)) == ["decisions"]
    with pytest.raises(Conflict) as refused, portal.writing(li) as uow:
        rollout.apply(uow, uid)
    assert [one.code for one in refused.value.problems] == ["rollout.decisions"]
    assert made(portal, yang, JINNING) == uid
    act(portal, li, rollout.apply, uid)
    assert in_force(portal, JINNING, LENGTH) == {"n": 2, "unit": "working_day"}
    assert in_force(portal, JINNING, FRONT) == "群众接待大厅"


def test_a_still_later_version_asks_again_only_where_something_changed(portal: Portal, yang: Access) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    uid = made(portal, yang, JINNING)
    later = next_city()
    later["seed/pack.json"]["version"] = "1.2.0"
    later["seed/layout.json"]["zones"]["hall"]["title"] = "接待大厅"
    bring(portal, later)
    with portal.reading(SYSTEM) as session:
        found = rollout.review(session, JINNING)
        assert found.offer.version == "1.2.0"
        assert [one.path for one in found.plan.merged.undecided] == [FRONT]
    other = made(portal, yang, JINNING)
    assert other != uid
    with portal.reading(SYSTEM) as session:
        assert rollout.plan_of(session, uid).state == "dropped"


def test_what_a_version_takes_away_is_counted_among_open_matters(portal: Portal) -> None:
    clerk = access_for(portal, "clerk", GUANDU)
    for kind in ("D01", "D01", "D06"):
        act(portal, clerk, records.register, "case", GUANDU, {"name": "张三", "dispute_type": kind})
    later = city("1.2.0")
    later["seed/taxonomies/dispute.json"] = {"terms": {"D01": None, "D0101": None}}
    later["seed/lifecycles/case.json"] = {"stages": {"intake": {"hidden": True}}}
    bring(portal, later)
    who = drafter(portal, GUANDU)
    uid = made(portal, who, GUANDU)
    with portal.reading(who) as session:
        row = rollout.plan_of(session, uid)
        found = {(one["sort"], one["path"].rpartition("/")[2]): one["count"] for one in row.impact}
    assert found == {("stage", "intake"): 3, ("class", "D01"): 2}
    act(portal, clerk, records.register, "case", GUANDU, {"name": "李四", "dispute_type": "D01"})
    with portal.reading(SYSTEM) as session:
        assert rollout.moved(session, rollout.plan_of(session, uid)) == ["data"]


def test_who_decided_does_not_put_in_force(portal: Portal, yang: Access) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    uid = made(portal, yang, JINNING)
    with pytest.raises(Forbidden), portal.writing(yang) as uow:
        rollout.apply(uow, uid)
    assert running(portal, JINNING)[1] == "1.0.0"


def test_a_plan_is_submitted_sent_back_and_put_in_force_by_who_only_approves(
    portal: Portal, yang: Access, li: Access
) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    uid = made(portal, yang, JINNING)
    act(portal, yang, rollout.submit, uid, "请批")
    with pytest.raises(Conflict), portal.writing(yang) as uow:
        rollout.decide(uow, JINNING, LENGTH, "theirs")
    act(portal, li, rollout.send_back, uid, "再问问乡镇")
    decided(portal, yang, JINNING, (LENGTH, "theirs"))
    assert made(portal, yang, JINNING) == uid
    act(portal, yang, rollout.submit, uid, "问过了")
    director = Access(li.user_id, "主任", (*li.grants[1:], *_only(li, "list")))
    act(portal, director, rollout.apply, uid)
    assert in_force(portal, JINNING, LENGTH) == {"n": 2, "unit": "working_day"}


def _only(who: Access, action: str) -> tuple[object, ...]:
    from portal.core.access import Grant

    return (Grant("director", who.grants[0].unit_path, "draft", frozenset({action})),)


def test_it_takes_effect_at_a_time_and_is_taken_back_before(portal: Portal) -> None:
    who = drafter(portal, XISHAN)
    uid = made(portal, who, XISHAN)
    later = portal.clock.now() + dt.timedelta(days=3)
    act(portal, who, rollout.apply, uid, "下周一起", later)
    assert in_force(portal, XISHAN, FRONT) == "大厅"
    act(portal, who, rollout.roll_back, uid, "再等等")
    with portal.reading(SYSTEM) as session:
        assert [one.cancelled for one in releases.history(session, XISHAN)] == [True, False]


def test_staying_with_another_value_needs_a_reason(portal: Portal, yang: Access) -> None:
    with pytest.raises(InvalidInput), portal.writing(yang) as uow:
        rollout.decide(uow, JINNING, LENGTH, "ours")
    with pytest.raises(InvalidInput), portal.writing(yang) as uow:
        rollout.decide(uow, JINNING, LENGTH, "custom", "各让一步")
    with portal.writing(yang) as uow:
        row = rollout.decide(
            uow, JINNING, LENGTH, "custom", "各让一步", value={"n": 5, "unit": "working_day"}
        )
        uow.commit()
        assert row.value is not None
    with portal.reading(SYSTEM) as session:
        plan = rollout.review(session, JINNING).plan
        assert plan.merged.bundle["deadlines"]["T02"]["length"]["n"] == 5


def test_a_decision_is_put_off_and_commented(portal: Portal, yang: Access) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    act(portal, yang, rollout.put_off, JINNING, LENGTH)
    act(portal, yang, rollout.comment, JINNING, LENGTH, "问一下双河乡")
    with portal.reading(SYSTEM) as session:
        found = rollout.review(session, JINNING)
        assert [one.path for one in found.plan.merged.undecided] == [LENGTH]
        assert [one.why for one in found.comments(LENGTH)] == ["问一下双河乡"]
        last = found.last(LENGTH)
        assert last is not None
        assert last.kind == "defer"


def test_others_see_how_a_place_was_decided(portal: Portal, yang: Access) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    with portal.reading(drafter(portal, XISHAN, "赵云飞")) as session:
        found = rollout.review(session, XISHAN)
        told = rollout.elsewhere(session, found, LENGTH)
    assert [(one.unit, one.action, one.value, one.why) for one in told] == [
        ("晋宁区", "ours", ABSENT, "乡镇路远")
    ]


def test_nobody_decides_or_puts_in_force_elsewhere(portal: Portal, yang: Access, li: Access) -> None:
    zhao = drafter(portal, XISHAN, "赵云飞")
    with pytest.raises(Forbidden), portal.writing(zhao) as uow:
        rollout.decide(uow, JINNING, FRONT, "theirs")
    with pytest.raises(Forbidden), portal.writing(zhao) as uow:
        rollout.make_plan(uow, JINNING)
    decided(portal, yang, JINNING, *BOTH_PLACES)
    uid = made(portal, yang, JINNING)
    with pytest.raises(NotFound), portal.writing(zhao) as uow:
        rollout.apply(uow, uid)
    with portal.reading(administrator(portal, XISHAN)) as session:
        assert session.scalars(select(RolloutPlan)).all() == []
    with portal.reading(administrator(portal, "530100", "市管理员")) as session:
        assert [one.uid for one in session.scalars(select(RolloutPlan))] == [uid]


def test_each_act_leaves_one_entry(portal: Portal, yang: Access, li: Access) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    uid = made(portal, yang, JINNING)
    act(portal, li, rollout.apply, uid, "可以")
    act(portal, li, rollout.roll_back, uid, "叫号中断两次")
    with portal.reading(SYSTEM) as session:
        query = select(AuditEntry.action).where(AuditEntry.kind.in_(("rollout", "decision")))
        found = list(session.scalars(query.order_by(AuditEntry.id)))
    assert found == [
        "decide_place",
        "decide_place",
        "plan_rollout",
        "check_rollout",
        "apply_rollout",
        "roll_back_rollout",
    ]


@pytest.mark.parametrize("step", range(1, 9))
def test_broken_off_at_any_step_nothing_of_it_holds(
    portal: Portal, yang: Access, li: Access, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(portal, yang, JINNING, *BOTH_PLACES)
    uid = made(portal, yang, JINNING)
    with portal.reading(SYSTEM) as session:
        before = [session.scalar(select(func.count()).select_from(one)) for one in _TABLES]
    with pytest.raises(_Broken):
        _break_off(portal, li, uid, step, monkeypatch)
    with portal.reading(SYSTEM) as session:
        assert [session.scalar(select(func.count()).select_from(one)) for one in _TABLES] == before
        assert rollout.plan_of(session, uid).state == "open"
    act(portal, li, rollout.apply, uid)
    assert running(portal, JINNING)[1] == "1.1.0"


def _break_off(portal: Portal, who: Access, uid: str, step: int, patch: pytest.MonkeyPatch) -> None:
    """Carry a plan out until the flush of a step, or until just before it is stored."""
    with portal.writing(who) as uow:
        flush, seen = uow.session.flush, iter(range(1, step + 1))

        def counted(*arguments: object) -> None:
            flush(*arguments)  # type: ignore[arg-type]
            if next(seen, None) == step:
                raise _Broken

        patch.setattr(uow.session, "flush", counted)
        rollout.apply(uow, uid)
        raise _Broken


class _Broken(Exception):
    """The process ended here."""


_TABLES = (Layer, Release, ReleaseActivation, AuditEntry)
