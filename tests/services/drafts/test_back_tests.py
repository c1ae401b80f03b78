"""A draft is tried on past matters: the counts are those of a plain recomputation, kept with the draft's position."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.drafts import Change
from portal.core.errors import Conflict, InvalidInput, NotFound
from portal.core.rules.past import Tally
from portal.persistence.models import AuditEntry, BackTest, Decision, JobResult, Record
from portal.persistence.models import Job as JobRow
from portal.services import drafts, jobs, records
from portal.services.drafts import past_matters
from portal.services.drafts.back_tests import bundle_of
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from portal.services.records.privacy.record_encryption import opened_decision
from tests.fixtures.drafting import JINNING, SYSTEM, XISHAN, drafter

LARGE = "/rules/referral/parameters/large/value"
CLASSES = ("D0101", "D0601", None)


@pytest.fixture
def portal(seeded: Portal) -> Portal:
    return seeded


@pytest.fixture
def yang(portal: Portal) -> Access:
    return drafter(portal)


def registered(portal: Portal, number: int, **more: Any) -> list[str]:
    """Register matters of amounts that differ; return their identifiers."""
    choose = random.Random(number)
    found = []
    for at in range(number):
        data = {"name": f"第{at}人", "amount": choose.randrange(0, 300_000), "channel": "grid", **more}
        kind = choose.choice(CLASSES)
        with portal.writing(SYSTEM) as uow:
            data |= {"dispute_type": kind} if kind else {}
            found.append(records.register(uow, "case", XISHAN, data).record.uid)
            uow.commit()
    return found


def draft_with(portal: Portal, who: Access, *changes: Change) -> str:
    with portal.writing(who) as uow:
        uid = drafts.open_draft(uow, XISHAN, "年底调整").uid
        uow.commit()
    with portal.writing(who) as uow:
        drafts.change(uow, uid, changes)
        uow.commit()
    return uid


def ask(portal: Portal, who: Access, uid: str, **more: Any) -> BackTest:
    with portal.writing(who) as uow:
        made = drafts.ask_back_test(uow, uid, **more)
        uow.commit()
        return made


def work(portal: Portal) -> None:
    while (claim := queue.claim(portal, "w", ["back_test"])) is not None:
        run_claim(portal, JobRun(portal, claim))


def tally_of(portal: Portal, who: Access, uid: str) -> tuple[BackTest, Tally]:
    with portal.reading(who) as session:
        (test, *_) = drafts.back_tests(session, uid)
    return test, Tally.from_json(test.result or {})


def test_the_counts_are_those_of_each_matter_decided_on_again(
    portal: Portal, yang: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_matters, "BLOCK", 7)
    registered(portal, 40)
    uid = draft_with(portal, yang, Change("replace", LARGE, 100_000, 200_000))
    ask(portal, yang, uid, last=30)
    work(portal)
    test, tally = tally_of(portal, yang, uid)
    ways: Counter[Any] = Counter()
    with portal.reading(SYSTEM) as session:
        rules = bundle_of(session, drafts.draft_of(session, uid), 1).rules("referral")
        newest = session.scalars(select(Record).order_by(Record.id.desc()).limit(30)).all()
        for record in newest:
            (decision,) = session.scalars(select(Decision).where(Decision.record_id == record.id))
            kept, proposals = opened_decision(portal.keys, record, decision)
            day = dt.date.fromisoformat(kept["day"])
            again = rules.decide(record.data, today=day, counts=kept["facts_used"])
            then, now = [one["to"] for one in proposals], [one.data["to"] for one in again.of("refer")]
            ways[str(then[:1]), str(now[:1])] += 1
    counted = Counter({_said(way): number for way, number in tally.ways.items()})
    assert counted == ways
    assert (tally.matters, tally.replayed, tally.elsewhere) == (
        30,
        30,
        sum(n for w, n in ways.items() if w[0] != w[1]),
    )
    assert 0 < tally.elsewhere < 30
    assert tally.lost["T01"] > 0
    assert not tally.gained
    assert tally.loads("departments")["justice"][0] > tally.loads("departments")["justice"][1]
    assert (test.position, test.asked, test.by_name) == (1, {"last": 30}, "杨晓梅")
    with portal.reading(SYSTEM) as session:
        found = session.scalars(
            select(AuditEntry.action).where(AuditEntry.object_id == uid).order_by(AuditEntry.id)
        )
        assert list(found)[-2:] == ["ask_back_test", "back_test_draft"]
        assert len(session.scalars(select(JobResult.chunk)).all()) > 3


def _said(way: Any) -> tuple[str, str]:
    then, now = ([] if one is None else [{one.kind: one.name}] for one in way)
    return str(then), str(now)


def test_nothing_differs_where_the_draft_says_what_was_in_force(portal: Portal, yang: Access) -> None:
    registered(portal, 8)
    uid = draft_with(portal, yang, Change("replace", "/forms/case/title", "案件", "事项"))
    ask(portal, yang, uid, last=100)
    work(portal)
    _, tally = tally_of(portal, yang, uid)
    assert (tally.matters, tally.same, tally.beside, tally.elsewhere) == (8, 8, 0, 0)
    assert all(before == after for before, after in tally.loads("windows").values())


def test_what_the_form_had_is_read_as_it_was_entered_then(portal: Portal, yang: Access) -> None:
    (uid,) = registered(portal, 1, people=9)
    with portal.writing(SYSTEM) as uow:
        record = records.get_any(uow.session, uid)
        records.change(uow, uid, {**record.data, "people": 1}, record.version)
        uow.commit()
    people = {"title": "人数", "type": "integer", "from": "/people"}
    rule = {
        "title": "人多",
        "priority": 200,
        "when": {"field": "people", "op": "gte", "value": 5},
        "reason": "人多",
        "then": [{"do": "refer", "route": "R01", "to": {"department": "court"}}],
    }
    draft = draft_with(
        portal,
        yang,
        Change("add", "/rules/referral/inputs/people", None, people),
        Change("add", "/rules/referral/rules/many", None, rule),
    )
    # The latest decision is the one after the change: what was entered then is one person.
    ask(portal, yang, draft, last=10)
    work(portal)
    assert tally_of(portal, yang, draft)[1].loads("departments").get("court", (0, 0))[1] == 0
    with portal.writing(SYSTEM) as uow:
        record = records.get_any(uow.session, uid)
        records.change(uow, uid, {**record.data, "people": 7}, record.version)
        uow.commit()
    with portal.writing(SYSTEM) as uow:
        for one in uow.session.scalars(select(Decision).order_by(Decision.id.desc()).limit(1)):
            uow.session.delete(one)
        last = records.get_any(uow.session, uid)
        uow.audit("remove", last, kind="record", object_id=str(last.id))
        uow.commit()
    # Its decision is gone: the one before it saw one person, whatever the record says by now.
    ask(portal, yang, draft, last=10)
    work(portal)
    _, tally = tally_of(portal, yang, draft)
    assert (tally.replayed, tally.loads("departments").get("court", (0, 0))[1]) == (1, 0)


def test_a_cancelled_trial_keeps_nothing(
    portal: Portal, yang: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_matters, "BLOCK", 1)
    registered(portal, 6)
    uid = draft_with(portal, yang, Change("replace", LARGE, 100_000, 200_000))
    test = ask(portal, yang, uid, last=6)
    tally = past_matters.PastMatters.tally
    seen: list[int] = []

    def cancelling(self: Any, session: Any, block: int) -> Tally:
        seen.append(block)
        if len(seen) == 3:
            with portal.writing(yang) as uow:
                jobs.cancel(uow, test.job_id)
                uow.commit()
        return tally(self, session, block)

    monkeypatch.setattr(past_matters.PastMatters, "tally", cancelling)
    work(portal)
    assert len(seen) == 3
    with portal.reading(SYSTEM) as session:
        row = session.get_one(JobRow, test.job_id)
        assert (row.status, (row.progress or {})["done"], (row.progress or {})["total"]) == (
            "cancelled",
            2,
            6,
        )
    assert tally_of_none(portal, yang, uid)


def tally_of_none(portal: Portal, who: Access, uid: str) -> bool:
    with portal.reading(who) as session:
        return all(one.result is None for one in drafts.back_tests(session, uid))


def test_who_may_not_see_the_draft_asks_in_vain_and_a_wrong_question_is_refused(
    portal: Portal, yang: Access
) -> None:
    uid = draft_with(portal, yang, Change("replace", LARGE, 100_000, 200_000))
    with pytest.raises(Conflict, match="no matter to try"):
        ask(portal, yang, uid, last=10)
    registered(portal, 1)
    other = drafter(portal, JINNING, "别处的人")
    with pytest.raises(NotFound):
        ask(portal, other, uid, last=10)
    for asked in (
        {"last": 0},
        {"last": 100_001},
        {},
        {"since": dt.date(2026, 5, 2), "until": dt.date(2026, 5, 1)},
    ):
        with pytest.raises(InvalidInput):
            ask(portal, yang, uid, **asked)
    today = portal.clock.today()
    ask(portal, yang, uid, since=today, until=today)
    with pytest.raises(Conflict):
        ask(portal, yang, uid, since=today - dt.timedelta(9), until=today - dt.timedelta(1))
    with portal.reading(other) as session:
        assert drafts.back_tests(session, uid) == []


def test_rules_that_cannot_be_used_are_refused_in_words(portal: Portal, yang: Access) -> None:
    registered(portal, 1)
    broken = Change("replace", "/rules/referral/rules/large/when/field", "amount", "nowhere")
    with pytest.raises(Conflict, match="has to be mended first"):
        ask(portal, yang, draft_with(portal, yang, broken), last=10)
