"""After any acts in any order each clock stands where its facts put it, counted here day by day."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.errors import PortalError
from portal.core.events import events
from portal.persistence.models import Clock, Record, Referral
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import Override
from portal.services.records.acts.loading import bundle_of
from portal.services.records.handling.clocks import by_steps
from portal.services.records.handling.clocks.recalculating import recalculate
from tests.fixtures.database import access_for
from tests.services.counting_days import ONE, Counting, expected
from tests.services.test_clocks import CASE, DAY, XISHAN, shipped

__all__ = ["shipped"]

SYSTEM = Access.system("test")
GROUNDS = {
    "ground": "competence",
    "grounds": "不属受理范围",
    "law": "相关规定",
    "organ": "主管机关",
    "remedy": "可以向主管机关提出",
}

days_back = st.integers(0, 40)
acts = st.one_of(
    st.tuples(st.just("event"), st.integers(0, 10_000), days_back, st.integers(0, 3)),
    st.tuples(st.just("event"), st.integers(0, 10_000), days_back, st.integers(0, 3)),
    st.tuples(st.just("send"), st.sampled_from(["T45", "T37", "T19", "T04", "T43"])),
    st.tuples(st.just("answer"), st.sampled_from(["accept", "return", "done", "revoke"])),
    st.tuples(st.just("agreed"), days_back),
    st.tuples(st.sampled_from(["pause", "resume", "extend"]), st.sampled_from(["T04", "T17", "T19", "T45"])),
)
courses = st.lists(st.tuples(st.integers(0, 15), acts), min_size=3, max_size=12)
EFFECTS = {
    "pause": by_steps.pause_deadline,
    "resume": by_steps.resume_deadline,
    "extend": by_steps.extend_deadline,
}


class Course:
    """One case to which things happen, day after day; what is refused does not happen."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.today, self.done = portal, DAY, 0
        self.director = access_for(portal, "director", XISHAN, 2)
        self.handler = access_for(portal, "handler", f"{XISHAN}:people_mediation", 3)
        with portal.at(FixedClock.on(DAY)).writing(access_for(portal, "clerk", XISHAN, 1)) as uow:
            self.uid = records.register(uow, "case", XISHAN, CASE).record.uid
            uow.commit()

    def act(self, later: int, act: tuple[Any, ...]) -> None:
        self.today += later * ONE
        who = self.handler if act[0] == "answer" and act[1] != "revoke" else self.director
        try:
            with self.portal.at(FixedClock.on(self.today)).writing(who) as uow:
                getattr(self, act[0], self.effect)(uow, *(act[1:] if hasattr(self, act[0]) else act))
                uow.commit()
            self.done += 1
        except PortalError:
            pass

    def event(self, uow: Any, which: int, back: int, pick: int) -> None:
        bundle = bundle_of(uow, self.record(uow))
        told = [
            one.id
            for one in events(bundle.raw["events"]).values()
            if any(w.how == "recorded" for w in one.arises)
        ]
        picks = {
            code: list(period.variants)[pick % len(period.variants)]
            for code, period in bundle.periods.items()
            if len(period.variants) > 1
        }
        name, day = told[which % len(told)], self.today - back * ONE
        version = self.record(uow).version
        starting = {c: k for c, k in picks.items() if name in bundle.periods[c].variants[k].starts}
        records.record_event(uow, self.uid, name, day, version=version, variants=starting)

    def send(self, uow: Any, deadline: str) -> None:
        override = Override({"department": "people_mediation"}, "R01", "", deadline)
        records.dispose(uow, self.uid, version=self.record(uow).version, override=override, reason="试")

    def answer(self, uow: Any, name: str) -> None:
        query = select(Referral).where(Referral.status.in_(("sent", "accepted")))
        record = self.record(uow)
        for referral in uow.session.scalars(query.where(Referral.record_id == record.id)):
            records.referral(uow, referral.uid, name, reason="试", form={"process": "办理", "result": "办结"})

    def agreed(self, uow: Any, back: int) -> None:
        record = self.record(uow)
        day = (self.today - back * ONE).isoformat()
        records.change(uow, self.uid, {**record.data, "agreement_on": day}, record.version)

    def effect(self, uow: Any, name: str, deadline: str) -> None:
        record = self.record(uow)
        EFFECTS[name](uow, record, bundle_of(uow, record), deadline)
        uow.audit("edit", record, kind="case", object_id=record.uid)

    def reject(self, uow: Any) -> None:
        records.transition(
            uow, self.uid, "reject", version=self.record(uow).version, form=GROUNDS, reason="不属受理范围"
        )

    def record(self, uow: Any) -> Record:
        return records.get(uow.session, "case", self.uid)


@pytest.fixture
def portal(shipped: Portal) -> Portal:
    return shipped


# Each course is a case of its own in one database, so a course that fails is told as it was drawn and not shortened.
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(courses, st.booleans())
def test_every_clock_stands_where_its_facts_put_it(portal: Portal, course: list[Any], closed: bool) -> None:
    case = Course(portal)
    for later, act in course:
        case.act(later, act)
    if closed:
        case.act(1, ("reject",))
    with portal.at(FixedClock.on(case.today)).writing(SYSTEM) as uow:
        record = case.record(uow)
        bundle = bundle_of(uow, record)
        counting = Counting(bundle.raw["calendar"])
        rows = list(uow.session.scalars(select(Clock).where(Clock.record_id == record.id)))
        assert rows
        for row in rows:
            if not row.deadline:
                continue
            state, day = expected(row, bundle, counting)
            assert row.state == state, row.deadline
            # A day that a party was told stays where the facts would give an earlier one, which is kept beside it.
            assert day in (row.due_on, row.earlier_on), row.deadline
        assert recalculate(uow, record) is False
        running = [row for row in rows if row.state == "running" and row.whose in ("centre", "handler")]
        if not record.is_open:
            assert running == []
        owed = [row.due_on for row in running if row.due_on and _owed(bundle, row)]
        assert record.due_on == min(owed, default=None)


def _owed(bundle: Any, row: Clock) -> bool:
    """Tell whether somebody owes what a clock is about: a right that lapses is nobody's duty."""
    period = bundle.periods.get(row.deadline)
    return row.referral_id is not None or period is None or period.expiry != "right_lapses"
