"""A version for a whole province: every centre planned by one job, equal chains once, and what differs over all."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, select

from portal.adapters.clock import SystemClock
from portal.core.access import Access
from portal.persistence.models import Job as JobRow
from portal.persistence.models import JobResult, RolloutPlan, Unit
from portal.services import jobs, rollout
from portal.services.drafts import loading
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from portal.services.rollout import merging
from portal.services.rollout.fleet_plans import JOB
from tests.fixtures.database import KEYS
from tests.fixtures.drafting import SYSTEM, appointed
from tests.proofs.fleet_cases import CITY, CONFLICTS, OWN_PLACES, PACK, FleetCases, make_fleet
from tests.proofs.frame import Number, Place, at_least, at_most, equal, proof
from tests.proofs.frame.cpu import cpu_of


@proof(
    "fleet",
    "1,875 centres, 14 with a layer of their own, 100,000 open matters: planned, and what differs, in time and memory",
    minutes=6,
    small={"centres": 60, "layers": 3, "cases": 2_000},
    large={"centres": 1_875, "layers": 14, "cases": 100_000},
)
def fleet(place: Place, centres: int, layers: int, cases: int) -> Iterator[Number]:
    """Plan a version for all centres as the worker does, for one alone, and look at what differs everywhere."""
    portal = Portal.from_url(place.migrated(), SystemClock(), KEYS)
    made = make_fleet(portal, centres, layers, cases)
    who = appointed(portal, CITY)

    yield from _cancelled(portal, who, made)

    _forget()
    asked = _ask(portal, who, made)
    with _Counted(portal) as counted:
        ended, seconds = cpu_of(portal, lambda: _run(portal))
    result = _result(portal, asked)
    yield equal("how the planning ended", ["done"], ended)
    yield equal("centres that have a plan by it", centres, sum(result["plans"].values()))
    yield equal("chains that were merged and checked", layers + 1, result["groups"])
    yield equal("chains in which the check found something", 0, result["errors"])
    yield at_most("seconds of the processor for all", 120, seconds, clock=True)
    yield at_most("statements for one centre", 3 + 100 * (layers + 1) / centres, counted.number / centres)
    yield at_most(
        "MiB of the process at most",
        1024,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        clock=True,
    )
    yield from _right(portal, made, centres)

    _forget()
    code = sorted(made.own)[-1]
    problems, seconds = cpu_of(portal, lambda: _alone(portal, who, code))
    yield equal("problems of one centre with a layer", 0, problems)
    yield at_most("seconds of the processor for one centre with a layer", 5, seconds, clock=True)

    _forget()
    found, seconds = cpu_of(portal, lambda: _drift(portal))
    yield at_most("seconds of the processor for what differs over all", 30, seconds, clock=True)
    yield equal("centres in it", centres, len(found))
    differing = {code for code, places in found.items() if places != sorted(made.own.get(code, ()))}
    yield equal("centres whose own places are told otherwise", set(), differing)
    portal.database.dispose()


@dataclass
class _Counted:
    """The number of statements sent to a database meanwhile."""

    portal: Portal
    number: int = 0

    def __enter__(self) -> _Counted:
        event.listen(self.portal.database.engine, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self.portal.database.engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.number += 1


def _forget() -> None:
    """Begin as a process that was just started."""
    for kept in (merging._OWN, merging._MERGED, loading._PARENTS):
        kept.clear()


def _ask(portal: Portal, who: Access, made: FleetCases) -> int:
    with portal.writing(who) as uow:
        number = rollout.ask_fleet_plans(uow, CITY, PACK, made.version)
        uow.commit()
    return number


def _run(portal: Portal, stopping: Any = lambda: False) -> list[str]:
    found = []
    while (claim := queue.claim(portal, "w", [JOB])) is not None:
        run_claim(portal, JobRun(portal, claim, stopping))
        with portal.reading(SYSTEM) as session:
            found.append(session.get_one(JobRow, claim.id).status)
    return found


def _cancelled(portal: Portal, who: Access, made: FleetCases) -> Iterator[Number]:
    """Cancel the planning once some centres are planned: what is planned stays, and all can be planned later."""
    number, cancelled_at = _ask(portal, who, made), list[float]()

    def cancel() -> bool:
        if not cancelled_at and _plans(portal):
            with portal.writing(who) as uow:
                jobs.cancel(uow, number)
                uow.commit()
            cancelled_at.append(time.monotonic())
        return False

    yield equal("how a cancelled planning ended", ["cancelled"], _run(portal, cancel))
    yield at_least("plans that it had made", 1, len(_plans(portal)))
    with portal.reading(SYSTEM) as session:
        told = session.get_one(JobRow, number).progress or {}
        parts = session.scalars(select(JobResult.chunk).where(JobResult.job_id == number)).all()
    yield equal("steps of its progress", len(parts), told.get("done"))


def _plans(portal: Portal) -> list[str]:
    with portal.reading(SYSTEM) as session:
        return list(session.scalars(select(RolloutPlan.uid)))


def _result(portal: Portal, number: int) -> dict[str, Any]:
    with portal.reading(SYSTEM) as session:
        return dict(session.get_one(JobRow, number).result or {})


def _right(portal: Portal, made: FleetCases, centres: int) -> Iterator[Number]:
    """Yield whether plans say what was entered: what open matters hold, what is to be decided, what stays."""
    with portal.reading(SYSTEM) as session:
        rows = session.execute(
            select(RolloutPlan, Unit.code).join(Unit, Unit.id == RolloutPlan.unit_id)
        ).all()
        held = {
            plan.unit_id: Counter({(one["sort"], one["code"]): one["count"] for one in plan.impact})
            for plan, _ in rows
        }
        counts = {code: plan.counts for plan, code in rows}
        states = Counter(one.state for one in rollout.plan_states(session, ("/",), PACK)[1].centres)
    wrong = [one for one, found in held.items() if found != made.held.get(one, Counter())]
    yield equal("plans, one for each centre", (centres, centres), (len(rows), len(held)))
    yield equal("centres whose open matters are counted otherwise than one by one", [], wrong[:3])
    yield at_least("open matters that hold what goes", 1, sum(sum(one.values()) for one in held.values()))
    first = sorted(made.own)[:CONFLICTS]
    yield equal("centres with something to decide", first, sorted(c for c, n in counts.items() if n["open"]))
    kept = {code: number["kept"] - 3 for code, number in counts.items() if number["kept"]}
    yield equal("places that stay the centres' own", dict.fromkeys(made.own, OWN_PLACES), kept)
    # Those with a layer wait for their sample matters, each in a job of its own.
    own = len(made.own)
    wanted = {"decide": len(first), "checking": own - len(first), "ready": centres - own}
    yield equal("states of the centres", {state: n for state, n in wanted.items() if n}, dict(states))


def _alone(portal: Portal, who: Access, code: str) -> int:
    """Plan the version for one centre and check it; return how many errors the check finds."""
    with portal.writing(who) as uow:
        uid = rollout.make_plan(uow, code).uid
        uow.commit()
    with portal.reading(SYSTEM) as session:
        check = rollout.opened_plan(session, uid)
    problems = rollout.plan_problems(check.resolved)
    with portal.writing(SYSTEM) as uow:
        rollout.keep_check(uow, check, problems)
        uow.commit()
    return sum(one.severity == "error" for one in problems)


def _drift(portal: Portal) -> dict[str, list[str]]:
    with portal.reading(SYSTEM) as session:
        found = rollout.fleet(session, ("/",)).below(PACK)
        return {one.unit: sorted(place.path for place in one.overrides) for one in found.centres}
