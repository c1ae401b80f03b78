"""Plan a new version for all centres below a unit: one check for each group of equal ones, then block by block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

from sqlalchemy import select

from portal.core.access import EDIT, Access
from portal.core.errors import msg
from portal.core.kept import Kept
from portal.persistence.models import JobResult
from portal.services import units
from portal.services.drafts.finding import require
from portal.services.jobs.catalogue import job
from portal.services.jobs.long import LongJob, results_of
from portal.services.jobs.running import JobRun
from portal.services.jobs.shipped.check_draft import telling
from portal.services.portal import Work
from portal.services.rollout.checking import findings, plan_problems
from portal.services.rollout.fleet_plans import (
    BLOCK,
    JOB,
    FleetGround,
    checked_of,
    fleet_ground,
    keep_plans,
)
from portal.services.users.access import access_of

_PREPARED: Kept[int, FleetGround] = Kept(1)
CHECK, PLAN = "check", "plan"


@job
class PlanFleet(LongJob):
    """Plans of one version for many centres, made in the name of the person who asked for them."""

    name: ClassVar[str] = JOB
    title: ClassVar[str] = msg("New version planned for all centres")

    def chunks(self, work: JobRun) -> Iterable[str]:
        """Return the steps: of each group of equal centres the check, then its centres by blocks of their numbers."""
        found = self._anew(work)
        return [name for group in sorted(found.groups) for name in _steps(found, group)]

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Check a group, or make the plans of a block of its centres."""
        kind, group, *block = name.split(":")
        found = _PREPARED.of(work.claim.id, lambda: self._anew(work))
        grounds = found.groups.get(group, ())
        if not grounds:
            return {}
        if kind == CHECK:
            with work.portal.reading(work.access) as session:
                check, plan = found.check(session, group), found.review(session, grounds[0]).plan
            work.check()
            if grounds[0].layer is None:
                problems, stories = findings(check, telling(work))
            else:
                # Each has sample matters of its own to walk through: that is a job for each of these plans.
                problems, stories = plan_problems(check.resolved), None
            return {"of": plan.digest, "found": checked_of(check.resolved, problems, stories)}
        some = [one for one in grounds if one.unit.id // BLOCK == int(block[0])]
        return {"plans": keep_plans(uow, found, some, _checked(uow, work, found, group)) if some else {}}

    def words(self, work: JobRun) -> tuple[str, dict[str, Any]]:
        """Return how the progress reads."""
        return msg("%(done)s of %(total)s groups of centres checked and planned"), {}

    def access(self, work: JobRun) -> Access:
        """Return the access of this work in the name of the person who asked for it."""
        return replace(self._person(work), grants=(), system_reason="plans of a new version")

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any]:
        """Say how many plans were made, and of how many groups the check found something."""
        parts = results_of(uow, work.claim.id)
        found = [one["found"] for one in parts.values() if "found" in one]
        plans = sum((Counter(one.get("plans", {})) for one in parts.values()), Counter[str]())
        return {
            "plans": dict(plans),
            "groups": len(found),
            "errors": sum(bool(one["error_count"]) for one in found),
        }

    def _person(self, work: JobRun) -> Access:
        user = work.claim.user_id
        return access_of(work.portal, user) if user is not None else work.access

    def _anew(self, work: JobRun) -> FleetGround:
        asked = work.payload
        with work.portal.reading(work.access) as session:
            unit = units.by_code(session, str(asked["unit"]))
            require(self._person(work), EDIT, unit.path)
            found = fleet_ground(session, unit, str(asked["pack"]), str(asked["digest"]))
        return _PREPARED.put(work.claim.id, found)


def _steps(found: FleetGround, group: str) -> Iterable[str]:
    yield f"{CHECK}:{group}"
    for block in sorted({one.unit.id // BLOCK for one in found.groups[group]}):
        yield f"{PLAN}:{group}:{block}"


def _checked(uow: Work, work: JobRun, found: FleetGround, group: str) -> dict[str, Any] | None:
    """Return what the check of a group found, as long as it is about what is planned now."""
    row = JobResult.__table__.c
    query = select(row.value).where(row.job_id == work.claim.id, row.chunk == f"{CHECK}:{group}")
    stored = uow.session.execute(query).scalar()
    plan = found.review(uow.session, found.groups[group][0]).plan
    return stored["found"] if stored and stored.get("of") == plan.digest else None
