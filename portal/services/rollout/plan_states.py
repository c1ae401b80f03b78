"""How far each centre below some units is with the newest version above it: one line each, by few statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.core.errors import msg
from portal.persistence.models import RolloutPlan as Row
from portal.persistence.moments import now_of
from portal.persistence.scope import subtree
from portal.services.releases.browsing import InForce, in_force
from portal.services.rollout.finding import APPLIED, LIVE_PLANS, SUBMITTED
from portal.services.rollout.ground import Offer, offers

# In the order in which somebody should look at them.
STATES: Mapping[str, tuple[str, str]] = {
    "decide": (msg("something to decide"), "warning"),
    "mend": (msg("does not fit together"), "danger"),
    "again": (msg("changed since, plan again"), "warning"),
    "none": (msg("not planned yet"), "neutral"),
    "checking": (msg("being checked"), "info"),
    "ready": (msg("can be put in force"), "info"),
    "waits": (msg("waits for approval"), "info"),
    "scheduled": (msg("takes effect later"), "info"),
    "newest": (msg("on the newest version"), "good"),
}


@dataclass(frozen=True, slots=True)
class CentrePlan:
    """One centre: the version it stands on, how far its plan is, and what that plan counts."""

    unit: str
    name: str
    parent: str
    adopted: str
    state: str
    decide: int = 0
    left: int = 0
    own: int = 0
    held: int = 0


@dataclass(frozen=True)
class PlanStates:
    """The centres that stand on one configuration, with the newest version of it."""

    centres: tuple[CentrePlan, ...]
    newest: Offer | None

    @cached_property
    def tally(self) -> dict[str, int]:
        """How many centres are in each state."""
        found = Counter(one.state for one in self.centres)
        return {state: found[state] for state in STATES if found[state]}


def plan_states(session: Session, roots: tuple[str, ...], parent: str = "") -> tuple[list[str], PlanStates]:
    """Return the configurations that centres below some units stand on, and how far those of one of them are.

    Without a name, the configuration that most centres stand on.
    """
    running = [(one, link) for one in in_force(session, roots) if (link := _above(one)) is not None]
    parents = [name for name, _ in Counter(link["id"] for _, link in running).most_common()]
    chosen = parent if parent in parents else next(iter(parents), "")
    newest: dict[str, Offer | None] = {}
    plans = _plans(session, roots, chosen)
    centres, last = [], None
    for one, link in running:
        if link["id"] != chosen:
            continue
        if link["digest"] not in newest:
            newest[link["digest"]] = next(iter(reversed(offers(session, chosen, link))), None)
        offer = newest[link["digest"]]
        last = offer or last
        centres.append(_line(one, link, plans.get(one.unit_id), offer))
    return parents, PlanStates(tuple(centres), last)


def _above(one: InForce) -> Mapping[str, Any] | None:
    chain: Sequence[Mapping[str, Any]] = one.release.chain
    own = one.release.manifest.get("unit") == one.unit
    above = chain[:-1] if own else chain
    return above[-1] if above else None


def _plans(session: Session, roots: tuple[str, ...], parent: str) -> dict[int, Any]:
    """Return the plan of each centre that is under way or was carried out and takes effect later."""
    ahead = (Row.state == APPLIED) & (Row.effective_at > now_of(session))
    query = (
        select(
            Row.unit_id,
            Row.state,
            Row.digest,
            Row.counts,
            Row.impact,
            Row.bound["running"].as_string().label("running"),
            Row.bound["decisions"].as_string().label("decisions"),
            Row.found["bound"].as_string().label("checked"),
            Row.found["error_count"].as_integer().label("errors"),
            Row.found[("stories", "failed")].as_string().label("failed"),
        )
        .where(subtree(Row.unit_path, roots), Row.parent == parent, or_(Row.state.in_(LIVE_PLANS), ahead))
        .order_by(Row.id)
    )
    return {row.unit_id: row for row in session.execute(query)}


def _line(one: InForce, link: Mapping[str, Any], plan: Any, offer: Offer | None) -> CentrePlan:
    place = (one.unit, one.unit_name, str(link["id"]), str(link["version"]))
    if offer is None:
        return CentrePlan(*place, "newest")
    if plan is None or plan.digest != offer.digest:
        return CentrePlan(*place, "none")
    counts, held = plan.counts, sum(thing["count"] for thing in plan.impact)
    numbers = (counts.get("decide", 0), counts.get("open", 0), counts.get("kept", 0), held)
    return CentrePlan(*place, _state(one, plan, counts.get("open", 0)), *numbers)


def _state(one: InForce, plan: Any, left: int) -> str:
    if plan.state == APPLIED:
        return "scheduled"
    if plan.running != one.release.digest:
        return "again"
    if plan.state == SUBMITTED:
        return "waits"
    if left:
        return "decide"
    if plan.checked != plan.decisions:
        return "checking"
    return "mend" if plan.errors or plan.failed not in (None, "[]") else "ready"
