"""The check of a plan: the merged configuration, its rules in a process of their own, the stories of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core.errors import Problem
from portal.core.packs import Resolved, check_resolved
from portal.core.packs.check.examples import spoken_of
from portal.services.drafts.findings import kept
from portal.services.releases.verifying import verify
from portal.services.rollout.finding import LIVE_PLANS, held_plan, plan_of
from portal.services.rollout.merging import in_force_of, resolved_of
from portal.services.rollout.planning import note, reviewed
from portal.services.stories import walked_through
from portal.services.stories.walking import Telling

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class PlanCheck:
    """A plan that is checked: the decisions for which it holds, its packs put together, and what is in force today."""

    uid: str
    bound: str
    resolved: Resolved
    before: Resolved


def opened_plan(session: Session, uid: str) -> PlanCheck:
    """Return a plan as it is to be checked."""
    row = plan_of(session, uid)
    found = reviewed(session, row)
    now = found.ground.layer.manifest.version if found.ground.layer is not None else row.version
    made = resolved_of(found.ground, found.plan, now)
    return PlanCheck(uid, row.bound["decisions"], made, in_force_of(found.ground, found.plan))


def findings(check: PlanCheck, tell: Telling) -> tuple[list[Problem], dict[str, Any] | None]:
    """Return what does not fit together in a plan, and how the stories of both sides go; none walked where errors are.

    A plan is put in force by what this found: on a page, by a job and from the command line alike.
    """
    problems = plan_problems(check.resolved)
    if any(one.severity == "error" for one in problems):
        return problems, None
    return problems, walked_through(check.resolved, check.before, tell)


def plan_problems(resolved: Resolved) -> list[Problem]:
    """Return what does not fit together in a merged configuration, with what the engine finds in its rules."""
    found = check_resolved(resolved)
    if any(one.severity == "error" for one in found):
        return found
    known = {key: spoken_of(resolved, key) for key in resolved.bundle.get("rules", {})}
    return [*found, *verify(resolved.release(), known)]


def keep_check(
    uow: Work, check: PlanCheck, problems: list[Problem], stories: Mapping[str, Any] | None = None
) -> None:
    """Keep with a plan what its check found; a plan that has ended keeps what it had."""
    row = held_plan(uow.session, check.uid, *LIVE_PLANS)
    row.found = {
        **kept(problems, check.resolved),
        "bound": check.bound,
        "at": uow.now.isoformat(),
        "stories": dict(stories) if stories is not None else None,
    }
    uow.session.flush()
    counts = {"errors": row.found["error_count"], "advice": row.found["advice_count"]}
    note(uow, "check_rollout", row, after={"version": row.version, **counts})
