"""A closed record is locked: nothing of it is changed but by the steps that lead from its stage, by no way at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.access import Access
from portal.core.acts import ACTS, RECORD, Act, for_another
from portal.core.errors import Conflict, Forbidden
from portal.core.referrals import event_of
from portal.persistence.models import AuditEntry, Record, RecordEvent, Referral
from portal.services import records
from portal.services.portal import Portal
from portal.services.records.acts.locking import is_locked
from portal.services.records.acts.performing import perform
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")
PARTY = {"name": "李四"}
COURT = records.Override(to={"department": "court"}, route="R01")


def do(portal: Portal, who: Access, what: Callable[..., Any], *args: Any, **more: Any) -> Any:
    with portal.writing(who) as uow:
        answer = what(uow, *args, **more)
        uow.commit()
    return answer


def now(portal: Portal, uid: str) -> Record:
    with portal.reading(SYSTEM) as session:
        return records.get_any(session, uid)


def performed(uow: Any, act: Act, uid: str) -> None:
    with perform(uow, act, records.get_any(uow.session, uid)):
        raise AssertionError("the body of a refused act never runs")


class Closed:
    """A case of the small packs with a part, a file and two referrals, which its clerk closed afterwards."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.clerk = access_for(portal, "clerk", "530112", user_id=7)
        self.director = access_for(portal, "director", "530112", user_id=8)
        data = {"name": "张三", "amount": 150000, "dispute_type": "D0101"}
        self.data = data
        self.uid = do(portal, self.clerk, records.register, "case", "530112", data).record.uid
        self.part = do(portal, SYSTEM, records.register, "party", "", PARTY, parent=self.uid).record.uid
        self.lead = do(
            portal, SYSTEM, records.dispose, self.uid, version=self.version, override=COURT, reason="另行安排"
        ).uid
        do(portal, SYSTEM, records.transition, self.uid, "drop", version=self.version, reason="撤回")

    @property
    def version(self) -> int:
        return now(self.portal, self.uid).version

    def rows(self) -> tuple[int, ...]:
        """Return how many rows tell of the case, its part and its audit entries."""
        with self.portal.reading(SYSTEM) as session:
            return tuple(
                session.scalar(select(func.count()).select_from(model)) or 0
                for model in (Record, RecordEvent, Referral, AuditEntry)
            )


@pytest.fixture
def closed(seeded: Portal) -> Closed:
    return Closed(seeded)


WAYS: dict[str, Callable[[Closed], Any]] = {
    "register": lambda one: do(
        one.portal, SYSTEM, records.register, "party", "", {"name": "王五"}, parent=one.uid
    ),
    "change": lambda one: do(
        one.portal, one.clerk, records.change, one.uid, one.data | {"name": "李"}, one.version
    ),
    "delete": lambda one: do(one.portal, SYSTEM, records.delete, one.part, 1, "登记有误"),
    "dispose": lambda one: do(
        one.portal, one.director, records.dispose, one.uid, version=one.version, override=COURT, reason="另"
    ),
    "attach": lambda one: do(one.portal, one.clerk, records.attach, one.uid, "a.txt", "text/plain", b"a"),
    "decide": lambda one: do(one.portal, one.clerk, records.redecide, one.uid),
    "record_event": lambda one: do(
        one.portal,
        SYSTEM,
        records.record_event,
        one.uid,
        "any",
        one.portal.clock.today(),
        version=one.version,
    ),
    "grade": lambda one: do(
        one.portal, SYSTEM, records.accept_grade, one.uid, "complex", version=one.version, proposed=True
    ),
    event_of("return"): lambda one: do(
        one.portal, SYSTEM, records.referral, one.lead, "return", reason="无权"
    ),
    event_of("revoke"): lambda one: do(one.portal, SYSTEM, records.referral, one.lead, "revoke", reason="误"),
}


@pytest.mark.parametrize("name", sorted(WAYS))
def test_no_act_changes_a_closed_record(closed: Closed, name: str) -> None:
    before, version = closed.rows(), closed.version
    with pytest.raises(Conflict) as refused:
        WAYS[name](closed)
    assert refused.value.code == "record.locked"
    assert (closed.rows(), closed.version) == (before, version)


OTHERS = sorted(act.name for act in ACTS.values() if act.stopped_by_lock and act.name not in WAYS)


@pytest.mark.parametrize("name", OTHERS)
def test_acts_of_other_ways_are_stopped_as_well(closed: Closed, name: str) -> None:
    with pytest.raises(Conflict) as refused:
        do(closed.portal, SYSTEM, performed, ACTS[name], closed.uid)
    assert refused.value.code == "record.locked"


def test_only_these_acts_pass_a_lock() -> None:
    passing = {act.name for act in ACTS.values() if act.of == RECORD and not act.reads and act.passes_lock}
    corrections = {f"correction.{one}" for one in ("ask", "approve", "refuse", "withdraw")}
    answers = {event_of(one) for one in ("accept", "done")} | {for_another(one) for one in ("accept", "done")}
    system = {"recalculate", "rekey", "destroy"}
    # A code by which a party asks how it stood; what came by mistake with a whole file, and what its source says now.
    others = {"lookup.renew", "take_back_record", "refresh_record", "keep_here"}
    # The report of closing, the record of the revisit and the cover of the file are made of what is closed.
    papers = {f"paper.{one}" for one in ("issue", "serve", "scan", "void")}
    volumes = {f"volume.{one}" for one in ("fill", "keep", "date", "hold", "free")}
    assert passing == {
        "transition",
        "adopt_release",
        event_of("keep"),
        *system,
        *corrections,
        *answers,
        *others,
        *papers,
        *volumes,
    }
    assert set(WAYS) <= {act.name for act in ACTS.values() if act.stopped_by_lock}


def test_an_act_that_says_nothing_of_locks_is_stopped_by_them(closed: Closed) -> None:
    for record in (closed.uid, closed.part):
        with pytest.raises(Conflict) as refused:
            do(closed.portal, SYSTEM, performed, Act("invented", "done"), record)
        assert refused.value.code == "record.locked"


def test_a_part_is_closed_with_its_whole_also_for_those_who_do_not_see_that(closed: Closed) -> None:
    with pytest.raises(Conflict) as refused:
        do(closed.portal, SYSTEM, records.change, closed.part, {"name": "李"}, 1)
    assert refused.value.code == "record.locked"
    grants = tuple(one for one in closed.clerk.grants if one.entity == "party")
    assert grants, "the clerk sees parties"
    partial = Access(7, "clerk", grants, memberships=closed.clerk.memberships)
    with closed.portal.reading(partial) as session:
        assert is_locked(closed.portal, session, records.get_any(session, closed.part))


def test_what_a_unit_was_asked_ends_with_the_matter_and_it_is_told_so(closed: Closed) -> None:
    with pytest.raises(Conflict) as refused:
        do(closed.portal, SYSTEM, records.referral, closed.lead, "accept")
    assert refused.value.code == "referral.answered"
    assert (
        refused.value.text() == "The matter was closed on 2026-05-06: nothing is asked of the unit any more"
    )
    assert now(closed.portal, closed.uid).stage == "closed"


def test_rights_are_asked_before_locks(closed: Closed) -> None:
    handler = access_for(closed.portal, "handler", "530100", user_id=9)
    with pytest.raises(Forbidden):
        do(closed.portal, handler, performed, ACTS["change"], closed.uid)


def test_an_open_record_is_not_locked(seeded: Portal) -> None:
    clerk = access_for(seeded, "clerk", "530112", user_id=7)
    data = {"name": "张三", "dispute_type": "D0101"}
    uid = do(seeded, clerk, records.register, "case", "530112", data).record.uid
    with seeded.reading(clerk) as session:
        assert not is_locked(seeded, session, records.get_any(session, uid))
    do(seeded, clerk, records.change, uid, data | {"name": "李四"}, 1)
