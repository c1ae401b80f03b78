"""The plan of a centre for a new version: made, found stale, made again; nothing of it takes effect."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core.access import EDIT, LIST
from portal.core.canonical import digest
from portal.core.errors import NotFound, Problem, msg
from portal.core.packs.merge import merge
from portal.persistence.models import RolloutPlan as Row
from portal.persistence.models import Unit
from portal.services import jobs
from portal.services.drafts.finding import require
from portal.services.rollout.deciding import Review, answers_of, refuse_submitted, review, review_of
from portal.services.rollout.finding import DROPPED, OPEN, live_plan
from portal.services.rollout.ground import ground_of, offer_of
from portal.services.rollout.impact import Held, impact
from portal.services.stories import story_problem

if TYPE_CHECKING:
    from portal.services.portal import Work

JOB = "check_plan"
MOVED: Mapping[str, str] = {
    "target": msg("This version was withdrawn, or is no longer to be taken over"),
    "running": msg("Another version came into force here"),
    "layer": msg("What is the centre's own was changed"),
    "decisions": msg("Something was decided otherwise"),
    "data": msg("Other open matters hold what goes"),
}


def make_plan(uow: Work, unit_code: str, version_digest: str = "") -> Row:
    """Plan a version for a centre, or make its plan again, with the decisions kept; ask for its check."""
    found = review(uow.session, unit_code, version_digest)
    unit = found.ground.unit
    require(uow.access, EDIT, unit.path)
    refuse_submitted(uow, found)
    row = live_plan(uow.session, unit.id)
    if row is not None and row.digest != found.offer.digest:
        drop(uow, row)
        row = None
    before = dict(row.bound) if row is not None else None
    if row is None:
        row = Row(uid=uuid.uuid4().hex, unit_id=unit.id, unit_path=unit.path, state=OPEN, note="")
        row.applied_by_name = ""
    fill(uow, row, found, impact_of(uow.session, found))
    uow.add(row)
    uow.session.flush()
    after = {"version": row.version, "counts": row.counts, "moved": moved_between(before or {}, row.bound)}
    note(uow, "plan_rollout", row, before={"bound": before} if before else None, after=after)
    ask_check(uow, row)
    return row


def ask_check(uow: Work, row: Row) -> int:
    """Have the merged configuration of a plan checked by a worker; return the job."""
    require(uow.access, LIST, row.unit_path)
    return jobs.enqueue(uow, JOB, {"plan": row.uid}, key=f"{JOB}:{row.uid}")


def as_seen(row: Row) -> str:
    """Return what tells a plan from the same one made anew: a digest of all that it holds for."""
    return digest(row.bound)


def reviewed(session: Session, row: Row) -> Review:
    """Return what a plan is about, as everything stands now."""
    ground = ground_of(session, session.get_one(Unit, row.unit_id), row.parent)
    return review_of(session, ground, offer_of(session, row.parent, row.digest))


def bound_to(found: Review, held: Sequence[Held]) -> dict[str, Any]:
    """Return the digests for which a plan holds: version, release in force, own layer, decisions, open matters."""
    ground = found.ground
    said = [[one.path, *one.digests, one.action] for one in answers_of(found.said)]
    return {
        "target": found.offer.digest,
        "running": str(ground.release.digest),
        "layer": ground.layer.digest if ground.layer is not None else "",
        "decisions": digest([sorted(said), found.plan.digest]),
        "data": digest([one.to_json() for one in held]),
    }


def impact_of(session: Session, found: Review) -> list[Held]:
    """Return what a version takes away and open matters of a centre hold."""
    centre = found.ground.unit.id
    return impact_at(session, found, [centre]).get(centre, [])


def impact_at(session: Session, found: Review, centres: Sequence[int]) -> dict[int, list[Held]]:
    """Return by centre what a version takes away, for centres of one chain and one set of answers."""
    plan = found.plan
    before: dict[str, Any] = merge(dict(plan.base.bundle), dict(found.ground.content))
    return impact(session, centres, before, plan.merged.bundle, plan.merged.moves.moves)


def moved(session: Session, row: Row) -> list[str]:
    """Return what has changed since a plan was made, by name; it is stale where that is anything."""
    try:
        found = reviewed(session, row)
    except NotFound:
        return ["target"]
    if not found.ground.above or found.ground.parent != row.parent:
        return ["running"]
    return moved_between(row.bound, bound_to(found, impact_of(session, found)))


def moved_between(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the names of the digests that differ; none where nothing was bound before."""
    return [name for name in MOVED if before and before.get(name) != now.get(name)]


def reasons_against(session: Session, row: Row) -> list[Problem]:
    """Return all that stands between a plan and its taking effect."""
    stale = moved(session, row)
    if stale:
        return [Problem(f"rollout.{name}", MOVED[name], remedy=_AGAIN) for name in stale]
    problems = []
    if left := row.counts.get("open", 0):
        text = msg("%(count)s places are to be decided first")
        problems.append(Problem("rollout.open", text, {"count": left}))
    found = row.found or {}
    if found.get("bound") != row.bound["decisions"]:
        return [*problems, Problem("rollout.unchecked", msg("The plan has not been checked yet"))]
    if count := found.get("error_count", 0):
        text = msg("%(count)s things do not fit together")
        problems.append(Problem("rollout.errors", text, {"count": count}))
        return problems
    if found.get("stories") is None:
        problems.append(
            Problem("rollout.unwalked", msg("The sample matters have not been walked through yet"))
        )
        return problems
    return [*problems, *(story_problem(one) for one in found["stories"]["failed"])]


_AGAIN = msg("Make the plan again; what was decided stays")


def note(uow: Work, action: str, row: Row, **said: Any) -> None:
    """Write the audit entry of an act on a plan."""
    uow.audit(action, row, kind="rollout", object_id=row.uid, unit_path=row.unit_path, **said)


def fill(uow: Work, row: Row, found: Review, held: Sequence[Held]) -> None:
    """Write into a plan what it is bound to and what it comes to."""
    ground, offer = found.ground, found.offer
    row.pack, row.parent, row.version, row.digest = ground.pack, offer.pack, offer.version, offer.digest
    row.based_on, row.adopted = ground.release.id, ground.adopted
    row.counts, row.impact = found.plan.counts, [one.to_json() for one in held]
    row.bound = bound_to(found, held)
    row.made_at, row.made_by, row.made_by_name = uow.now, uow.access.user_id, uow.access.name


def drop(uow: Work, row: Row) -> None:
    """Give a plan up."""
    row.state, row.ended_at = DROPPED, uow.now
    uow.session.flush()
    note(uow, "drop_rollout", row, before={"state": OPEN}, after={"state": DROPPED})
