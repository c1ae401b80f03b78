"""A draft is tried on very many past matters: in time, with progress, cancelled at once, and counted rightly."""

from __future__ import annotations

import copy
import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert, select

from portal.adapters.clock import FixedClock
from portal.adapters.record_key import RecordKey
from portal.core.access import Access
from portal.core.drafts import Change
from portal.core.rules import RuleSet
from portal.core.rules.inputs import project
from portal.core.rules.past import Tally
from portal.persistence.models import Decision, JobResult, Record, Unit
from portal.persistence.models import Job as JobRow
from portal.services import drafts, jobs, releases
from portal.services.bundles import Bundle
from portal.services.drafts.back_tests import bundle_of
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from portal.services.records.privacy.record_encryption import DECISION
from portal.services.seeding import seed
from tests.core.rules.planted import CODES, FIRST_DAY, NEEDS, TERMS, WORDS, planted_set
from tests.fixtures import small_packs
from tests.fixtures.database import KEYS, TODAY
from tests.fixtures.drafting import SYSTEM, XISHAN, drafter
from tests.proofs.frame import Number, Place, at_least, at_most, equal, proof

Json = dict[str, Any]
SEED, INPUTS = 40, 8
DEPARTMENTS = ("justice", "court", "labour")
BATCH = 2_000
SECONDS = 60


@proof(
    "back_test",
    "A draft's 500 rules on 100,000 past matters: at most 60 seconds, and each count that of a plain recomputation",
    minutes=6,
    small={"matters": 2_500, "rules": 40, "walked": 60},
    large={"matters": 100_000, "rules": 500, "walked": 500},
)
def back_test(place: Place, matters: int, rules: int, walked: int) -> Iterator[Number]:
    """Store matters with what older rules saw and proposed, and try a draft with other rules on them."""
    portal = Portal.from_url(place.migrated(), FixedClock.on(TODAY), KEYS)
    definition = _rules(rules)
    seed(portal, small_packs.library({"base": _base(definition)}), verify=False)
    old = _entered(portal, matters)
    who = drafter(portal)
    uid, new = _draft(portal, who, definition)

    number = _ask(portal, who, uid, matters)
    yield from _cancelled(portal, who, number)

    number = _ask(portal, who, uid, matters)
    began = time.process_time()
    done = _run(portal)
    seconds = time.process_time() - began
    tally = _tally(portal, who, uid)
    parts = _parts(portal, number)
    yield equal("how the trial ended", ["done"], done)
    yield equal("matters counted", (matters, matters), (tally.matters, tally.replayed))
    yield at_most(
        f"seconds of the processor for {matters} matters and {rules} rules", SECONDS, seconds, clock=True
    )
    yield at_least("steps of its progress", matters // 1_000, parts)
    yield equal(
        "ways that differ from those of each matter decided on again",
        [],
        _differing(tally, old, new, matters),
    )
    yield equal(
        "matters on which conditions walked through one by one say otherwise", 0, _walked(new, walked)
    )
    yield at_least("matters that would go elsewhere", matters // 200, tally.elsewhere)
    portal.database.dispose()


def _rules(number: int) -> Json:
    """Return rules whose proposals the small packs know."""
    choose = random.Random(SEED)
    definition = planted_set(SEED, INPUTS, number).definition
    for rule in definition["rules"].values():
        rule["then"] = [{"do": "refer", "route": "R01", "to": {"department": choose.choice(DEPARTMENTS)}}]
    definition.pop("covers", None)
    return {**definition, "title": "分流", "purpose": "referral"}


def _base(definition: Json) -> Json:
    base = copy.deepcopy(small_packs.BASE)
    kinds = {
        "money": {"type": "number"},
        "integer": {"type": "integer"},
        "number": {"type": "number"},
        "boolean": {"type": "boolean"},
        "date": {"type": "string", "format": "date"},
        "strings": {"type": "array", "items": {"type": "string"}},
        "taxonomy": {"type": "string", "format": "taxonomy-code"},
        "string": {"type": "string"},
    }
    form = base["form_definitions/case.json"]
    for name, one in definition["inputs"].items():
        form["schema"]["properties"][name] = {**kinds[one["type"]], "title": one["title"]}
        if one["type"] == "taxonomy":
            form["ui"]["fields"][f"/{name}"] = {"widget": "taxonomy", "taxonomy": "dispute"}
    base["seed/taxonomies/dispute.json"] = {"title": "纠纷类型", "terms": TERMS}
    base["rule_sets/referral.json"] = definition
    return base


def facts_of(index: int) -> Json:
    """Return what was entered for a matter."""
    choose = random.Random(index)
    return {
        "i0": choose.randrange(1000),
        "i1": choose.randrange(1000),
        "i2": choose.choice(CODES),
        "i3": choose.random() < 0.5,
        "i4": choose.choice(WORDS),
        "i5": (FIRST_DAY + dt.timedelta(days=choose.randrange(1000))).isoformat(),
        "i6": choose.randrange(1000),
        "i7": choose.sample(NEEDS, choose.randrange(len(NEEDS))),
    }


def _entered(portal: Portal, matters: int) -> RuleSet:
    """Store matters with their decisions, as registering leaves them; return the rules that decided."""
    with portal.reading(SYSTEM) as session:
        unit = session.scalars(select(Unit).where(Unit.code == XISHAN)).one()
        bundle = releases.for_unit(portal, session, unit)
    rules = bundle.rules("referral")
    ways: dict[tuple[int, ...], list[Json]] = {}
    for first in range(0, matters, BATCH):
        rows = [
            _rows(portal, bundle, unit, rules, index, ways)
            for index in range(first, min(first + BATCH, matters))
        ]
        with portal.database.engine.begin() as connection:
            connection.execute(insert(Record.__table__), [record for record, _ in rows])
            connection.execute(insert(Decision.__table__), [decision for _, decision in rows])
    return rules


def _rows(
    portal: Portal,
    bundle: Bundle,
    unit: Unit,
    rules: RuleSet,
    index: int,
    ways: dict[tuple[int, ...], list[Json]],
) -> tuple[Json, Json]:
    facts, uid, now = facts_of(index), f"{index:032x}", portal.clock.now()
    key, wrapped = RecordKey.new(portal.keys, uid)
    firing = rules.firing(project(rules.inputs, facts, None).values, TODAY)
    if firing not in ways:
        seat = {"kind": "window", "id": "w1", "department": None}
        ways[firing] = [{**one.data, "seat": seat} for one in rules.proposed(firing) if one.do == "refer"]
    result = {
        "fired": [{"id": rules.rules[at].id, "reason": {"zh-Hans": "理由" * 20}} for at in firing],
        "actions": [],
        "ruled_out": [],
        "facts_used": facts,
        "day": TODAY.isoformat(),
        "release": bundle.release_id,
        "rules": rules.digest,
        "ignored": [],
        "disagreement": False,
    }
    record = {
        "id": index + 1,
        "uid": uid,
        "etype": "case",
        "unit_id": unit.id,
        "unit_path": unit.path,
        "centre_id": unit.id,
        "release_id": bundle.release_id,
        "title": f"第{index}件",
        "search_text": "",
        "stage": "intake",
        "is_open": True,
        "key": wrapped,
        "lanes": {},
        "data": {"name": "某", **facts},
        "created_at": now,
        "created_by_name": "",
        "updated_at": now,
        "updated_by_name": "",
        "version": 1,
    }
    decision = {
        "record_id": index + 1,
        "release_id": bundle.release_id,
        "rule_set": "referral",
        "at": now,
        "trigger": "register",
        "engine": "reference",
        "version": 1,
        "result": key.encrypt(result, DECISION),
        "proposals": key.encrypt(ways[firing], DECISION),
    }
    return record, decision


def _draft(portal: Portal, who: Access, definition: Json) -> tuple[str, RuleSet]:
    """Begin a draft in which one rule in eight is another one."""
    choose, changes = random.Random(SEED), []
    for name, rule in definition["rules"].items():
        if choose.random() < 0.125:
            other = copy.deepcopy(rule)
            other["then"][0]["to"] = {"department": choose.choice(DEPARTMENTS)}
            other["priority"] += choose.randrange(3)
            changes.append(Change("replace", f"/rules/referral/rules/{name}", rule, other))
    with portal.writing(who) as uow:
        uid = drafts.open_draft(uow, XISHAN, "草稿").uid
        uow.commit()
    with portal.writing(who) as uow:
        drafts.change(uow, uid, changes)
        uow.commit()
    with portal.reading(who) as session:
        row = drafts.draft_of(session, uid)
        return uid, bundle_of(session, row, row.position).rules("referral")


def _ask(portal: Portal, who: Access, uid: str, matters: int) -> int:
    with portal.writing(who) as uow:
        number: int = drafts.ask_back_test(uow, uid, last=matters).job_id
        uow.commit()
    return number


def _run(portal: Portal, stopping: Any = lambda: False) -> list[str]:
    found = []
    while (claim := queue.claim(portal, "w", ["back_test"])) is not None:
        run_claim(portal, JobRun(portal, claim, stopping))
        with portal.reading(SYSTEM) as session:
            found.append(session.get_one(JobRow, claim.id).status)
    return found


def _cancelled(portal: Portal, who: Access, number: int) -> Iterator[Number]:
    """Cancel a trial when its first part is there."""
    cancelled_at: list[float] = []

    def cancel() -> bool:
        if not cancelled_at and _parts(portal, number):
            with portal.writing(who) as uow:
                jobs.cancel(uow, number)
                uow.commit()
            cancelled_at.append(time.monotonic())
        return False

    # Told before each part whether the worker stops: a good moment to cancel.
    state = _run(portal, cancel)
    yield equal("how a cancelled trial ended", ["cancelled"], state)
    yield at_most("parts that it counted", 2, _parts(portal, number))
    yield at_most("seconds until it ended", 5, time.monotonic() - cancelled_at[0], clock=True)


def _parts(portal: Portal, number: int) -> int:
    with portal.reading(SYSTEM) as session:
        return len(session.scalars(select(JobResult.chunk).where(JobResult.job_id == number)).all())


def _tally(portal: Portal, who: Access, uid: str) -> Tally:
    with portal.reading(who) as session:
        return Tally.from_json(drafts.back_tests(session, uid)[0].result or {})


def _differing(tally: Tally, old: RuleSet, new: RuleSet, matters: int) -> list[Any]:
    """Return the ways of which a recomputation from what was entered counts another number."""
    counted: Counter[Any] = Counter()
    for index in range(matters):
        facts = facts_of(index)
        counted[_way(old, facts), _way(new, facts)] += 1
    seen = Counter({tuple(one and one.name for one in way): number for way, number in tally.ways.items()})
    return sorted(way for way in counted.keys() | seen.keys() if counted[way] != seen[way])[:3]


def _way(rules: RuleSet, facts: Json) -> str | None:
    answer = rules.decide(facts, today=TODAY)
    found = next(iter(answer.of("refer")), None)
    return None if found is None else found.data["to"]["department"]


def _walked(rules: RuleSet, matters: int) -> int:
    """Return on how many matters other rules hold than conditions walked through one by one say."""
    wrong = 0
    for index in range(matters):
        values, env = project(rules.inputs, facts_of(index), None).values, rules.env(TODAY)
        holding = tuple(at for at, rule in enumerate(rules.rules) if rule.holds(values, env))
        wrong += rules.firing(values, TODAY) != (holding[:1] if rules.hit == "first" else holding)
    return wrong
