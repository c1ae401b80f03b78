"""Where a campaign stands: every centre with its gates and evidence, the waves, the aim, what is to be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.core.errors import Problem, msg
from portal.core.rollout import Facts, Judged, Standing, WaveState, aim_of, judge, state_of
from portal.core.zone import LOCAL
from portal.persistence.models import (
    Campaign,
    CampaignEvidence,
    CampaignTarget,
    CampaignWave,
    Record,
    Release,
    ReleaseActivation,
    RolloutPlan,
    Unit,
)
from portal.services.drafts.open_matters import at_once
from portal.services.rollout import measured
from portal.services.rollout.campaigns import INCIDENT, campaign_for, campaign_of, waves_of
from portal.services.rollout.finding import APPLIED, ROLLED_BACK, SUBMITTED
from portal.services.rollout.wanted import PAUSED
from portal.services.units.in_force import activation_at, moment

if TYPE_CHECKING:
    from portal.persistence.models import RolloutPlan as Plan

_OPTIONS = {
    "unscoped": "whether anything was entered since a version came into force; what it is goes nowhere"
}
_CENTRES = 5_000
_COUNTED = ("training", "accounts", "indicator")


@dataclass(frozen=True)
class Stand:
    """One centre of a campaign: its place in it, its last plan, whether the version is in force, its gates."""

    target: CampaignTarget
    unit: Unit
    plan: Plan | None
    in_force_on: dt.date | None
    standing: Standing

    @property
    def judged(self) -> Mapping[str, Judged]:
        """Return the answers of the gates by name."""
        return self.standing.judged

    @property
    def state(self) -> str:
        """Return how far the centre is: out, in_force, rolled_back, submitted, deciding, ready, or waiting."""
        if self.target.excluded:
            return "out"
        if self.in_force_on is not None:
            return "in_force"
        plan = self.plan
        if plan is None:
            return "waiting"
        if plan.state == ROLLED_BACK:
            return "rolled_back"
        if plan.state == APPLIED:
            return "scheduled"
        if plan.state == SUBMITTED:
            return "submitted"
        return "deciding" if plan.counts.get("open") else "ready"


@dataclass(frozen=True)
class WaveStand:
    """One wave with its centres and how it stands."""

    wave: CampaignWave
    stands: tuple[Stand, ...]
    state: WaveState

    @property
    def part(self) -> list[Stand]:
        """Return the centres that take part."""
        return [one for one in self.stands if not one.target.excluded]

    @property
    def in_force(self) -> int:
        """Return at how many centres the version is in force."""
        return sum(one.in_force_on is not None for one in self.part)


@dataclass(frozen=True)
class CampaignStand:
    """A campaign on one day."""

    campaign: Campaign
    waves: tuple[WaveStand, ...]
    today: dt.date

    @cached_property
    def stands(self) -> list[Stand]:
        """All centres, wave by wave."""
        return [one for wave in self.waves for one in wave.stands]

    @property
    def eligible(self) -> int:
        """Return how many centres take part."""
        return sum(not one.target.excluded for one in self.stands)

    @property
    def tally(self) -> dict[str, int]:
        """Return how many centres are in each state."""
        found = dict.fromkeys(("in_force", "under_way", "rolled_back", "waiting", "out"), 0)
        for one in self.stands:
            state = one.state
            found[state if state in found else "under_way"] += 1
        return found

    @property
    def to_settle(self) -> int:
        """Return how many things wait for those who run it: gates that ask, centres that went back or decide."""
        return sum(
            sum(judged.verdict == "ask" for judged in one.judged.values())
            + (one.state == "rolled_back")
            + (one.state == "deciding" and wave.state != "waiting")
            for wave in self.waves
            for one in wave.part
        )

    @property
    def aim(self) -> tuple[int, int]:
        """Return how many centres have to be in force at the end, and how many there should be today."""
        row = self.campaign
        return aim_of(self.eligible, row.aim_percent, row.started_on, row.aim_days, self.today)

    @property
    def ends_on(self) -> dt.date:
        """Return the day by which the aim is to be reached."""
        return self.campaign.started_on + dt.timedelta(days=self.campaign.aim_days)

    @property
    def gates(self) -> list[str]:
        """Return the gates that any wave asks for, in the order of the table."""
        from portal.core.rollout import GATES

        asked = {name for wave in self.waves for name in wave.wave.gates}
        return [name for name in GATES if name in asked]

    @cached_property
    def measure(self) -> Mapping[str, Any]:
        """Return what the gate of an indicator asks for, empty where no wave has it."""
        return next((w.wave.gates[measured.GATE] for w in self.waves if measured.GATE in w.wave.gates), {})

    def climb(self) -> list[tuple[dt.date, int]]:
        """Return the days on which the number of centres in force changed, with the number from then on."""
        changes: dict[dt.date, int] = {}
        for one in self.stands:
            plan = one.plan
            if one.in_force_on is not None:
                changes[one.in_force_on] = changes.get(one.in_force_on, 0) + 1
            elif plan is not None and plan.state == ROLLED_BACK and plan.effective_at and plan.ended_at:
                for at, step in ((plan.effective_at, 1), (plan.ended_at, -1)):
                    day = at.astimezone(LOCAL).date()
                    changes[day] = changes.get(day, 0) + step
        number, found = 0, []
        for day in sorted(changes):
            number += changes[day]
            found.append((day, number))
        return found


def stand_of(session: Session, uid: str, today: dt.date) -> CampaignStand:
    """Return where a campaign stands on a day, as far as the person sees its centres."""
    row = campaign_of(session, uid)
    stands = _stands(session, row, today)
    waves: list[WaveStand] = []
    before: WaveState | None = None
    for wave in waves_of(session, uid):
        mine = tuple(one for one in stands if one.target.wave == wave.number)
        part = [one.standing for one in mine if not one.target.excluded]
        before = state_of(wave.starts_on, today, part, before) if part else (before or "passed")
        waves.append(WaveStand(wave, mine, before))
    return CampaignStand(row, tuple(waves), today)


def held_back(session: Session, row: Plan, today: dt.date) -> list[Problem]:
    """Return why the campaign that brings a version to a centre does not let it be put in force now."""
    found = campaign_for(session, row.unit_id, row.digest)
    if found is None:
        return []
    campaign, target = found
    if target.excluded:
        return [Problem("campaign.out", msg("This centre does not take part: %(why)s"), {"why": target.why})]
    if campaign.state == PAUSED:
        return [Problem("campaign.paused", msg("The roll-out is paused: %(why)s"), {"why": campaign.why})]
    from portal.persistence.scope import as_system

    with as_system(session, "whether the wave of a centre has begun"):
        state = next(
            one.state
            for one in stand_of(session, campaign.uid, today).waves
            if one.wave.number == target.wave
        )
    if state == "waiting":
        return [Problem("campaign.waiting", msg("The wave of this centre has not begun yet"))]
    if state == "paused":
        return [
            Problem("campaign.asking", msg("The wave of this centre is paused: a gate can't be told yet"))
        ]
    return []


def _stands(session: Session, row: Campaign, today: dt.date) -> list[Stand]:
    query = (
        select(CampaignTarget, Unit)
        .join(Unit, Unit.id == CampaignTarget.unit_id)
        .where(CampaignTarget.campaign_uid == row.uid)
        .order_by(Unit.path)
    )
    targets = [(target, unit) for target, unit in session.execute(query)]
    plans = _plans(session, row)
    said = _evidence(session, row)
    gates = {wave.number: wave.gates for wave in waves_of(session, row.uid)}
    since = _in_force_since(session, row)
    entered = _last_entered(session, list(since))
    measures = _measured(session, targets, gates, since, today)
    found = []
    for target, unit in targets:
        begun, last = since.get(unit.id), entered.get(unit.id)
        entered_since = begun is not None and last is not None and last >= begun
        facts = _facts(plans.get(unit.id), said.get(unit.id, ()), begun, entered_since)
        if unit.id in measures:
            facts = replace(facts, counted={**facts.counted, measured.GATE: measures[unit.id]})
        asked = gates.get(target.wave, {})
        judged = {name: judge(name, facts, asked[name], today) for name in asked}
        day = begun.astimezone(LOCAL).date() if begun is not None else None
        found.append(Stand(target, unit, plans.get(unit.id), day, Standing(begun is not None, judged)))
    return found


def _measured(
    session: Session,
    targets: Sequence[tuple[CampaignTarget, Unit]],
    gates: Mapping[int, Mapping[str, Any]],
    since: Mapping[int, dt.datetime],
    today: dt.date,
) -> dict[int, tuple[int, int]]:
    """Return the two counts of the indicator that a wave asks for, by centre at which the version is in force."""
    found: dict[int, tuple[int, int]] = {}
    for number, asked in gates.items():
        said = asked.get(measured.GATE, {})
        if "digest" in said:
            days = {
                target.unit_id: since[target.unit_id].astimezone(LOCAL).date()
                for target, _ in targets
                if target.wave == number and target.unit_id in since
            }
            found |= measured.pairs(session, said, days, today)
    return found


def _in_force_since(session: Session, row: Campaign) -> dict[int, dt.datetime]:
    """Return since when the version of a campaign is in force, by centre, where it is."""
    force, found = aliased(ReleaseActivation), {}
    holds: dict[int, bool] = {}
    query = (
        select(CampaignTarget.unit_id, force.effective_at, Release.id, Release.chain)
        .select_from(CampaignTarget)
        .join(force, force.id == activation_at(CampaignTarget.unit_id))
        .join(Release, Release.id == force.release_id)
        .where(CampaignTarget.campaign_uid == row.uid)
    )
    for unit_id, since, release_id, chain in session.execute(query, moment(session)):
        if release_id not in holds:
            holds[release_id] = any(link["digest"] == row.digest for link in chain)
        if holds[release_id]:
            found[unit_id] = since
    return found


def _facts(
    plan: Plan | None, said: Sequence[CampaignEvidence], since: dt.datetime | None, entered: bool
) -> Facts:
    counted: dict[str, tuple[int, int]] = {}
    items: dict[str, tuple[int, int]] = {}
    judged: dict[str, str] = {}
    incidents = 0
    for one in said:
        if one.gate == INCIDENT:
            incidents += since is not None and one.at >= since
        elif one.verdict:
            judged[one.gate] = one.verdict
        elif one.item and one.done is not None:
            items[one.item] = (one.done, one.total or 0)
        elif one.gate in _COUNTED and one.done is not None:
            counted[one.gate] = (one.done, one.total or 0)
    found = (plan.found or {}) if plan is not None else {}
    if plan is not None:
        decide = plan.counts.get("decide", 0)
        counted["conflicts"] = (decide - plan.counts.get("open", 0), decide)
        if found.get("stories"):
            failed = len(found["stories"]["failed"])
            counted["stories"] = (found["stories"]["count"] - failed, found["stories"]["count"])
    checked = dt.datetime.fromisoformat(found["at"]).astimezone(LOCAL).date() if found.get("at") else None
    return Facts(
        checked,
        found.get("error_count") if found else None,
        counted,
        items,
        since.astimezone(LOCAL).date() if since is not None else None,
        int(entered),
        incidents,
        judged,
    )


def _last_entered(session: Session, centres: Sequence[int]) -> dict[int, dt.datetime]:
    """Return when something was entered last, by centre."""
    found: dict[int, dt.datetime] = {}
    for some in at_once(centres, _CENTRES):
        query = (
            select(Record.centre_id, func.max(Record.created_at))
            .where(Record.centre_id.in_(some))
            .group_by(Record.centre_id)
        )
        found |= {row[0]: row[1] for row in session.execute(query, execution_options=_OPTIONS)}
    return found


def _plans(session: Session, row: Campaign) -> dict[int, Plan]:
    query = select(RolloutPlan).where(RolloutPlan.digest == row.digest).order_by(RolloutPlan.id)
    return {one.unit_id: one for one in session.scalars(query)}


def _evidence(session: Session, row: Campaign) -> dict[int, list[CampaignEvidence]]:
    query = select(CampaignEvidence).where(CampaignEvidence.campaign_uid == row.uid)
    found: dict[int, list[CampaignEvidence]] = {}
    for one in session.scalars(query.order_by(CampaignEvidence.id)):
        found.setdefault(one.unit_id, []).append(one)
    return found
