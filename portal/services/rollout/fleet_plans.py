"""A new version planned for every centre below a unit: centres of one chain are merged, checked, counted together."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import EDIT
from portal.core.canonical import digest as digest_of
from portal.core.errors import Conflict, Problem, msg
from portal.core.packs import Resolved
from portal.persistence.models import Centre, RolloutDecision, Unit
from portal.persistence.models import RolloutPlan as Row
from portal.persistence.scope import subtree
from portal.services import jobs, units
from portal.services.drafts.finding import require
from portal.services.drafts.findings import kept
from portal.services.releases.browsing import in_force
from portal.services.rollout.checking import PlanCheck
from portal.services.rollout.deciding import Review, answers_of
from portal.services.rollout.finding import LIVE_PLANS, OPEN, SUBMITTED
from portal.services.rollout.ground import Ground, Offer, ground_at, offer_of, offers
from portal.services.rollout.impact import Held
from portal.services.rollout.merging import in_force_of, planned, resolved_of
from portal.services.rollout.planning import ask_check, bound_to, drop, fill, impact_at, note

if TYPE_CHECKING:
    from portal.services.portal import Work

JOB = "plan_fleet"
# So many centres are planned in one transaction.
BLOCK = 250


@dataclass(frozen=True)
class FleetGround:
    """The centres that can take a version over, by what their plan follows from: the chain, and what was decided."""

    unit: Unit
    offer: Offer
    groups: Mapping[str, Sequence[Ground]]
    said: Mapping[int, tuple[RolloutDecision, ...]]

    @property
    def count(self) -> int:
        """Return how many centres these are."""
        return sum(len(grounds) for grounds in self.groups.values())

    def review(self, session: Session, ground: Ground) -> Review:
        """Return one of the centres beside the version; the merge is that of its group."""
        said = self.said.get(ground.unit.id, ())
        return Review(ground, self.offer, planned(session, ground, self.offer, answers_of(said)), said)

    def check(self, session: Session, group: str) -> PlanCheck:
        """Return the packs of a group as they are to be checked; the plans are made afterwards."""
        ground = self.groups[group][0]
        now = ground.layer.manifest.version if ground.layer is not None else self.offer.version
        plan = self.review(session, ground).plan
        return PlanCheck("", "", resolved_of(ground, plan, now), in_force_of(ground, plan))


def job_key(unit_code: str, version_digest: str) -> str:
    """Return the key of the job that plans a version below a unit."""
    return f"{JOB}:{unit_code}:{version_digest[:16]}"


def ask_fleet_plans(uow: Work, unit_code: str, pack: str, version_digest: str) -> int:
    """Have a version planned for all centres below a unit that can take it over; return the job."""
    unit = units.by_code(uow.session, unit_code)
    require(uow.access, EDIT, unit.path)
    found = fleet_ground(uow.session, unit, pack, version_digest)
    if not found.count:
        raise Conflict("rollout.nobody", msg("No centre below stands on an older version of it"))
    asked = {"unit": unit.code, "pack": pack, "digest": version_digest}
    job_id = jobs.enqueue(uow, JOB, asked, key=job_key(unit.code, version_digest))
    uow.audit_event(
        "ask_fleet_plans",
        kind="rollout",
        object_id=version_digest[:32],
        unit_path=unit.path,
        after={"version": found.offer.version, "centres": found.count},
    )
    return job_id


def fleet_ground(session: Session, unit: Unit, pack: str, version_digest: str) -> FleetGround:
    """Return the centres below a unit that can take a version over."""
    offer = offer_of(session, pack, version_digest)
    query = select(Unit).join(Centre, Centre.unit_id == Unit.id).where(subtree(Unit.path, (unit.path,)))
    known = {one.id: one for one in session.scalars(query)}
    said = _said(session, unit.path, pack)
    later: dict[str, bool] = {}
    groups: dict[str, list[Ground]] = {}
    for one in in_force(session, (unit.path,)):
        ground = ground_at(session, known[one.unit_id], one.release)
        if ground.parent != pack:
            continue
        link = ground.above[-1]
        if link["digest"] not in later:
            later[link["digest"]] = any(new.digest == offer.digest for new in offers(session, pack, link))
        if later[link["digest"]]:
            answers = answers_of(said.get(one.unit_id, ()))
            key = [ground.pack, *ground.key, [answer.to_json() for answer in answers]]
            groups.setdefault(digest_of(key)[:16], []).append(ground)
    return FleetGround(unit, offer, groups, said)


def checked_of(
    resolved: Resolved, problems: list[Problem], stories: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return what a check found, as it is kept for the plans of a group."""
    return {**kept(problems, resolved), "stories": dict(stories) if stories is not None else None}


def keep_plans(
    uow: Work, fleet: FleetGround, grounds: Sequence[Ground], checked: Mapping[str, Any] | None
) -> Counter[str]:
    """Make the plans of some centres of one group, or make them again; return how many were made, or stay.

    A plan that waits for approval is left alone, and so is one that would be the same.
    """
    ids = [one.unit.id for one in grounds]
    query = select(Row).where(Row.unit_id.in_(ids), Row.state.in_(LIVE_PLANS)).order_by(Row.id)
    live = {row.unit_id: row for row in uow.session.scalars(query.with_for_update())}
    held = impact_at(uow.session, fleet.review(uow.session, grounds[0]), ids)
    # What was checked without its sample matters is checked again by a job of its own, which walks through them.
    whole = checked is not None and (bool(checked["error_count"]) or checked["stories"] is not None)
    found = Counter[str]()
    made: list[tuple[Row, Mapping[str, Any] | None]] = []
    for ground in grounds:
        row, review = live.get(ground.unit.id), fleet.review(uow.session, ground)
        mine = held.get(ground.unit.id, [])
        if row is not None and (row.state == SUBMITTED or _is_same(row, review, mine)):
            found["waiting" if row.state == SUBMITTED else "same"] += 1
            continue
        if row is not None and row.digest != fleet.offer.digest:
            drop(uow, row)
            row = None
        before: Mapping[str, Any] | None = dict(row.bound) if row is not None else None
        row = row or _opened(ground.unit)
        fill(uow, row, review, mine)
        row.found = _found(uow, row, checked, whole)
        made.append((row, before))
    uow.add(*(row for row, _ in made))
    uow.session.flush()
    for row, before in made:
        after = {"version": row.version, "counts": row.counts}
        note(uow, "plan_rollout", row, before={"bound": before} if before else None, after=after)
        if not whole:
            ask_check(uow, row)
    return found + Counter(made=len(made))


def _opened(unit: Unit) -> Row:
    return Row(
        uid=uuid.uuid4().hex, unit_id=unit.id, unit_path=unit.path, state=OPEN, note="", applied_by_name=""
    )


def _is_same(row: Row, review: Review, held: Sequence[Held]) -> bool:
    """Tell whether a plan holds as it is, and was checked so."""
    return row.bound == bound_to(review, held) and (row.found or {}).get("bound") == row.bound["decisions"]


def _found(uow: Work, row: Row, checked: Mapping[str, Any] | None, whole: bool) -> dict[str, Any] | None:
    if checked is None:
        return None
    return {**checked, "bound": row.bound["decisions"] if whole else "", "at": uow.now.isoformat()}


def _said(session: Session, unit_path: str, pack: str) -> dict[int, tuple[RolloutDecision, ...]]:
    query = select(RolloutDecision).where(
        RolloutDecision.parent == pack, subtree(RolloutDecision.unit_path, (unit_path,))
    )
    found: dict[int, tuple[RolloutDecision, ...]] = {}
    for one in session.scalars(query.order_by(RolloutDecision.id)):
        found[one.unit_id] = (*found.get(one.unit_id, ()), one)
    return found
