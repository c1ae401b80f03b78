"""Who sees a record stays right when two people act in the same moment, or a unit moves beneath them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import delete, select

from portal.core.access import Access
from portal.core.acts import CHANGE
from portal.core.errors import Conflict
from portal.persistence.models import Record, RecordReach, Referral
from portal.services import records, units
from portal.services.portal import Portal, Work
from portal.services.reach import proof, upkeep
from portal.services.records.acts.loading import load
from portal.services.records.acts.performing import perform
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")
VILLAGE, NEW_PARENT = "530112001001", "530112002"
Use = Callable[[Work], Any]


def register(uow: Work) -> None:
    records.register(uow, "case", VILLAGE, {"name": "某", "amount": 10, "channel": "grid"})


def move(uow: Work) -> None:
    unit, parent = (units.by_code(uow.session, one) for one in (VILLAGE, NEW_PARENT))
    units.move(uow, unit.id, parent.id, "试")


def at_once(portal: Portal, first: Use, second: Use, by: Access = SYSTEM) -> None:
    """Let the second begin when the first has done everything but commit."""

    def follow() -> None:
        with portal.writing(by) as uow:
            second(uow)
            uow.commit()

    with ThreadPoolExecutor(1) as other:
        with portal.writing(by) as uow:
            first(uow)
            uow.session.flush()
            following = other.submit(follow)
            with pytest.raises(TimeoutError):
                following.result(timeout=0.7)
            uow.commit()
        following.result(timeout=20)


@pytest.mark.parametrize("order", [(register, move), (move, register)], ids=["before", "after"])
def test_a_record_registered_while_its_unit_moves_is_seen_where_it_is_now(
    seeded: Portal, order: tuple[Use, Use]
) -> None:
    at_once(seeded, *order)
    assert upkeep.check(seeded.database) == []
    with seeded.reading(SYSTEM) as session:
        village, parent = (units.by_code(session, one) for one in (VILLAGE, NEW_PARENT))
        assert village.path == f"{parent.path}{village.id}/"
        assert session.scalars(select(Record.unit_path)).all() == [village.path]
        seen = set(session.scalars(select(RecordReach.unit_id)))
    assert seen == {int(one) for one in village.path.split("/") if one}


def handed(portal: Portal, assist: tuple[str, ...] = ()) -> str:
    """Return a case of Xishan; with ``assist`` it was handed over, returned, and those go on being asked."""
    with portal.writing(access_for(portal, "clerk", "530112", user_id=7)) as uow:
        uid = records.register(uow, "case", "530112", {"name": "张三", "amount": 150_000}).record.uid
        uow.commit()
    if assist:
        with portal.writing(SYSTEM) as uow:
            dispose(uow, uid, assist)
            uow.commit()
        with portal.writing(SYSTEM) as uow:
            lead = uow.session.scalars(select(Referral.uid).where(Referral.lead)).one()
            records.referral(uow, lead, "revoke", reason="试")
            uow.commit()
    return uid


def dispose(uow: Work, uid: str, assist: tuple[str, ...]) -> None:
    version = records.get(uow.session, "case", uid).version
    override = records.Override(to={"department": "justice"}, route="R01", assist=assist)
    records.dispose(uow, uid, version=version, override=override, reason="试")


def test_a_part_registered_while_its_whole_is_handed_over_goes_where_that_goes(seeded: Portal) -> None:
    uid = handed(seeded)

    def part(uow: Work) -> None:
        records.register(uow, "party", "", {"name": "李四"}, parent=uid)

    at_once(seeded, lambda uow: dispose(uow, uid, ("court",)), part)
    assert upkeep.check(seeded.database) == []
    with seeded.reading(SYSTEM) as session:
        assert len(set(session.scalars(select(Record.handler_path)))) == 1


@pytest.mark.parametrize("answers", ["first", "later"])
def test_a_unit_asked_again_while_it_answers_goes_on_seeing_the_case(seeded: Portal, answers: str) -> None:
    uid = handed(seeded, ("court",))
    with seeded.reading(SYSTEM) as session:
        asked = session.scalars(select(Referral.uid).where(~Referral.lead)).one()

    with seeded.writing(SYSTEM) as uow:
        records.referral(uow, asked, "accept")
        uow.commit()

    def answer(uow: Work) -> None:
        if answers == "first":
            records.referral(uow, asked, "done")
        else:
            with pytest.raises(Conflict):
                records.referral(uow, asked, "done")

    def ask_again(uow: Work) -> None:
        dispose(uow, uid, ("court",))

    at_once(seeded, *((answer, ask_again) if answers == "first" else (ask_again, answer)))
    assert upkeep.check(seeded.database) == []
    with seeded.reading(SYSTEM) as session:
        court = units.by_code(session, "530112:court").id
        assert court in set(session.scalars(select(RecordReach.unit_id)))
        assert (
            len(session.scalars(select(Referral).where(~Referral.lead, Referral.status == "sent")).all()) == 1
        )


@pytest.mark.parametrize("answer", ["done", "new lead"])
def test_a_part_that_changes_while_its_whole_is_handled_is_kept_as_it_is(seeded: Portal, answer: str) -> None:
    uid = handed(seeded, ("court",))
    with seeded.writing(SYSTEM) as uow:
        asked = uow.session.scalars(select(Referral.uid).where(~Referral.lead)).one()
        part = records.register(uow, "party", "", {"name": "李四"}, parent=uid).record.uid
        uow.commit()
    with seeded.writing(SYSTEM) as uow:
        records.referral(uow, asked, "accept")
        uow.commit()

    def give_day(uow: Work) -> None:
        with perform(uow, CHANGE, load(uow.session, part)) as act:
            act.record.due_on, act.record.is_open = dt.date(2026, 6, 1), False
            act.audit()

    def handle(uow: Work) -> None:
        if answer == "done":
            records.referral(uow, asked, "done")
        else:
            dispose(uow, uid, ())

    at_once(seeded, give_day, handle)
    assert upkeep.check(seeded.database) == []
    with seeded.reading(SYSTEM) as session:
        kept = session.execute(
            select(RecordReach.due_on, RecordReach.is_open).where(RecordReach.etype == "party")
        )
        assert set(kept.tuples()) == {(dt.date(2026, 6, 1), False)}


def test_reach_is_built_anew_beside_acts(seeded: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """No act fails, and every row is right in the end."""
    monkeypatch.setattr(proof, "PORTION", 8)
    monkeypatch.setattr(proof, "HELD", 3)
    cases = [handed(seeded) for _ in range(12)]

    def act(number: int) -> None:
        uid = cases[number % len(cases)]
        with seeded.writing(SYSTEM) as uow:
            match number % 4:
                case 0:
                    records.register(uow, "party", "", {"name": "李四"}, parent=uid)
                case 1:
                    dispose(uow, uid, ("labour",))
                case 2:
                    register(uow)
                case _:
                    case_ = records.get(uow.session, "case", uid)
                    records.change(uow, uid, {**case_.data, "channel": "grid"}, case_.version)
            uow.commit()

    mended = 0
    with ThreadPoolExecutor(2) as acting:
        for start in range(0, 36, 12):
            with seeded.writing(SYSTEM) as uow:
                uow.session.execute(delete(RecordReach))
                uow.commit()
            going = [acting.submit(act, number) for number in range(start, start + 12)]
            mended += upkeep.rebuild(seeded.database)
            for one in going:
                one.result(timeout=60)
    assert mended > 36
    assert upkeep.rebuild(seeded.database) == 0
    assert upkeep.check(seeded.database) == []
