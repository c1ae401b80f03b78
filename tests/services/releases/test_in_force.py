"""In force by time: chosen at reading, in every process, without a job; and what may be put in force at all."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.persistence.models import AccessStamp, AuditEntry, Centre, ReleaseActivation
from portal.services import records, releases, units, users
from portal.services.portal import Portal
from portal.services.releases.browsing import in_force, scheduled
from portal.services.releases.effect import coming
from portal.services.releases.states import state_of
from tests.fixtures import small_packs
from tests.fixtures.database import access_for
from tests.services.releases.parts import SYSTEM, MovedClock, centre, changed, publish, twin

HOUR = dt.timedelta(hours=1)


def put(
    portal: Portal, code: str, release_id: int, at: dt.datetime | None = None, reason: str = "换"
) -> None:
    with portal.writing(SYSTEM) as uow:
        releases.put_in_force(uow, code, release_id, reason, at)
        uow.commit()


def scheduled_xs(portal: Portal, at: dt.datetime, files: dict[str, object] | None = None) -> int:
    """Publish Xishan's next release, to take effect at a moment; return it."""
    made = publish(portal, "county/xs", files or changed(), in_force=False)
    put(portal, "530112", made.id, at)
    return made.id


def test_a_scheduled_release_takes_effect_at_its_time_in_two_processes(seeded: Portal) -> None:
    clock = MovedClock()
    one, two = twin(seeded, clock), twin(seeded, clock)
    before = centre(one, "530112").release_id
    needs_amount = changed(**{"form_definitions/case.json": {"schema": {"required": ["name", "amount"]}}})
    after = scheduled_xs(one, clock.now() + HOUR, needs_amount)
    clerk = access_for(two, "clerk", "530112")

    def seen() -> set[int]:
        found = {centre(portal, "530112").release_id for portal in (one, two)}
        for portal in (one, two):
            with portal.reading(SYSTEM) as session:
                unit = units.by_code(session, "530112001")
                lines = in_force(session, (units.by_code(session, "530112").path,))
                nearest = units.centre_of(session, unit)
                assert nearest is not None
                found |= {
                    nearest.release_id,
                    lines[0].release.id,
                    releases.for_unit(portal, session, unit).release_id,
                }
                found |= {ref.release_id for ref in units.all_centres(session) if ref.unit_code == "530112"}
                here = units.home_at(session, unit.path)
                assert here is not None
                assert here.centre is not None
                found.add(here.centre.release_id)
        return found

    assert seen() == {before}
    with two.writing(clerk) as uow:
        old = records.register(uow, "case", "530112001", {"name": "甲"}).record
        uow.commit()
    clock.forward(minutes=59, seconds=59)
    assert seen() == {before}
    clock.forward(seconds=1)
    assert seen() == {after}
    with pytest.raises(InvalidInput), two.writing(clerk) as uow:
        records.register(uow, "case", "530112001", {"name": "乙"})
    with two.writing(clerk) as uow:
        new = records.register(uow, "case", "530112001", {"name": "乙", "amount": 1}).record
        assert (old.release_id, new.release_id) == (before, after)
    one.database.dispose()
    two.database.dispose()


def test_nothing_kept_hides_that_the_time_has_come(seeded: Portal) -> None:
    clock = MovedClock()
    here = twin(seeded, clock)
    with here.writing(SYSTEM) as uow:
        user = users.create(uow, "zs", "a long password", "三", "张", audited=False)
        users.assign(uow, user.id, "clerk", "530112", audited=False)
        uow.audit("add", user, kind="user", object_id="zs")
        uow.commit()
    roles = {"clerk": small_packs.ROLES["clerk"] | {"grants": {"case": ["list", "show", "dispose"]}}}
    after = scheduled_xs(here, clock.now() + HOUR, changed(**{"seed/roles.json": roles}))

    def kept() -> tuple[int, bool]:
        with here.reading(SYSTEM) as session:
            stored = session.scalar(select(func.max(AccessStamp.stamp))) or 0
            stamp = here.switches.stamp(session, stored, clock.now())
            home = units.kept_home(here, session, units.by_code(session, "530112").path, stamp)
        assert home is not None
        assert home.centre is not None
        return home.centre.release_id, users.access_of(here, user.id).can("case", "dispose")

    before = kept()
    assert before[0] != after
    assert not before[1]
    assert kept() == before
    with here.reading(SYSTEM) as session:
        stamp = session.scalar(select(func.max(AccessStamp.stamp)))
    clock.forward(hours=1)
    assert kept() == (after, True)
    with here.reading(SYSTEM) as session:
        assert session.scalar(select(func.max(AccessStamp.stamp))) == stamp
    here.database.dispose()


def test_a_schedule_is_taken_back_by_a_later_row(seeded: Portal) -> None:
    clock = MovedClock()
    here = twin(seeded, clock)
    before = centre(here, "530112").release_id
    scheduled_xs(here, clock.now() + HOUR)
    with here.reading(SYSTEM) as session:
        unit = units.by_code(session, "530112")
        (row,) = coming(session, unit.id)
        assert [one.id for one in scheduled(session, [unit.id])[unit.id]] == [row.id]
    with here.writing(SYSTEM) as uow, pytest.raises(NotFound):
        releases.cancel(uow, "530115", row.id, "误")
    with here.writing(SYSTEM) as uow:
        releases.cancel(uow, "530112", row.id, "改期")
        uow.commit()
    clock.forward(hours=2)
    assert centre(here, "530112").release_id == before
    with here.reading(SYSTEM) as session:
        assert scheduled(session, [unit.id]) == {}
        log = releases.history(session, "530112")
        assert [(one.cancelled, one.scheduled) for one in log] == [(True, True), (False, False)]
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.object_id == "530112").order_by(AuditEntry.id)
        )
        assert [entry.action for entry in entries] == ["activate", "schedule", "unschedule"]
    with here.writing(SYSTEM) as uow, pytest.raises(NotFound):
        releases.cancel(uow, "530112", row.id, "再改")
    here.database.dispose()


def test_a_schedule_stands_when_another_release_is_put_in_force_before_it(seeded: Portal) -> None:
    clock = MovedClock()
    here = twin(seeded, clock)
    later = scheduled_xs(here, clock.now() + HOUR)
    now = publish(here, "county/xs", changed("1.2.0", "c"))
    assert centre(here, "530112").release_id == now.id
    clock.forward(hours=1)
    assert centre(here, "530112").release_id == later
    here.database.dispose()


def test_what_was_put_in_force_at_once_holds_for_a_process_whose_clock_is_slow(seeded: Portal) -> None:
    slow = MovedClock()
    slow.forward(minutes=-5)
    other = twin(seeded, slow)
    made = publish(seeded, "county/xs", changed())
    assert centre(other, "530112").release_id == made.id
    back = publish(other, "county/xs", changed("1.2.0", "c"))
    assert centre(seeded, "530112").release_id == centre(other, "530112").release_id == back.id
    other.database.dispose()


def test_the_past_is_refused(seeded: Portal) -> None:
    made = publish(seeded, "county/xs", changed(), in_force=False)
    with pytest.raises(InvalidInput) as refused:
        put(seeded, "530112", made.id, seeded.clock.now() - HOUR)
    assert refused.value.problems[0].remedy


def test_only_an_approved_release_is_put_in_force_and_a_withdrawn_one_never(seeded: Portal) -> None:
    before = centre(seeded, "530112").release_id
    made = publish(seeded, "county/xs", changed(), state="checked")
    assert centre(seeded, "530112").release_id == before
    with pytest.raises(Conflict) as refused:
        put(seeded, "530112", made.id)
    assert refused.value.code == "release.state"
    with seeded.writing(SYSTEM) as uow:
        with pytest.raises(InvalidInput):
            releases.approve(uow, made.id, " ")
        releases.approve(uow, made.id, "看过了")
        uow.commit()
    put(seeded, "530112", made.id)
    assert centre(seeded, "530112").release_id == made.id
    with pytest.raises(Conflict, match="530112"), seeded.writing(SYSTEM) as uow:
        releases.withdraw(uow, made.id, "有误")
    put(seeded, "530112", before)
    put(seeded, "530112", made.id, seeded.clock.now() + HOUR)
    with pytest.raises(Conflict, match="530112"), seeded.writing(SYSTEM) as uow:
        releases.withdraw(uow, made.id, "有误")
    with seeded.writing(SYSTEM) as uow:
        (row,) = coming(uow.session, units.by_code(uow.session, "530112").id)
        releases.cancel(uow, "530112", row.id, "有误")
        releases.withdraw(uow, made.id, "有误")
        uow.commit()
    for act in (put, lambda portal, code, release_id: publish(portal, "county/xs", changed())):
        with pytest.raises(Conflict) as refused:
            act(seeded, "530112", made.id)
        assert refused.value.code == "release.withdrawn"
    with seeded.writing(SYSTEM) as uow, pytest.raises(Conflict):
        releases.approve(uow, made.id, "又好了")
    with seeded.reading(SYSTEM) as session:
        assert state_of(session, made.id) == "withdrawn"
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.kind == "release").order_by(AuditEntry.id)
        )
        assert list(actions)[-3:] == ["publish", "approve", "withdraw"]


def test_acts_on_releases_need_the_unit(seeded: Portal) -> None:
    made = publish(seeded, "county/xs", changed(), in_force=False)
    own, other = (access_for(seeded, "unit_admin", code) for code in ("530112", "530115"))
    clerk = access_for(seeded, "clerk", "530112")
    for who in (other, clerk):
        with seeded.writing(who) as uow:
            with pytest.raises(Forbidden):
                releases.put_in_force(uow, "530112", made.id, "换")
            with pytest.raises(Forbidden):
                releases.withdraw(uow, made.id, "换")
    with seeded.writing(own) as uow:
        releases.put_in_force(uow, "530112", made.id, "换")
        uow.commit()
    assert centre(seeded, "530112").release_id == made.id


def test_a_name_that_comes_with_a_schedule_holds_from_then_on(seeded: Portal) -> None:
    clock = MovedClock()
    here = twin(seeded, clock)
    files = changed()
    files["seed/layout.json"]["centre"] = {"name": "西山新区综治中心", "agency": "新综"}
    scheduled_xs(here, clock.now() + HOUR, files)
    assert (centre(here, "530112").name, centre(here, "530112").agency) == ("西山区综治中心", "西综")
    clock.forward(hours=1)
    assert (centre(here, "530112").name, centre(here, "530112").agency) == ("西山新区综治中心", "新综")
    with here.writing(access_for(here, "clerk", "530112")) as uow:
        code = records.register(uow, "case", "530112", {"name": "甲"}).record.code
    assert code is not None
    assert code.startswith("新综")
    here.database.dispose()


def test_in_force_is_never_stored_anywhere_else(seeded: Portal) -> None:
    assert "release_id" not in Centre.__table__.columns
    with seeded.reading(SYSTEM) as session:
        rows = session.scalars(select(ReleaseActivation))
        assert {(row.kind, row.origin, row.effective_at == row.at) for row in rows} == {
            ("open", "seed", True)
        }
