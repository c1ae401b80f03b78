"""Campaigns: a version handed down in waves; begun, paused, resumed, stopped, with centres left out and evidence."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import EDIT
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, check_reason, msg, require_reason
from portal.core.rollout import CHECKLIST, GATES
from portal.persistence.models import Campaign, CampaignEvidence, CampaignTarget, CampaignWave, Unit
from portal.services import units
from portal.services.bundles import Bundle
from portal.services.releases.reading import for_unit
from portal.services.rollout import measured
from portal.services.rollout.drift import CentreDrift, fleet
from portal.services.rollout.ground import offer_of
from portal.services.rollout.wanted import LIVE, PAUSED, RUNNING, Wanted, assigned, refuse, without_empty

if TYPE_CHECKING:
    from portal.services.portal import Work

ENDED, DONE = "ended", "done"
INCIDENT, CHECK_LIST = "incident", "checklist"
# So many entries of one centre are shown.
_MOST_EVIDENCE = 200
STATES: Mapping[str, str] = {
    RUNNING: msg("under way"),
    PAUSED: msg("paused"),
    ENDED: msg("stopped"),
    DONE: msg("finished"),
}


def start(uow: Work, unit_code: str, pack: str, wanted: Wanted) -> Campaign:
    """Begin a campaign of a unit for the centres below it that stand on a pack; each is in one wave or left out."""
    unit = units.by_code(uow.session, unit_code)
    uow.access.require("draft", EDIT, unit.path)
    uow.access.require("release", EDIT, unit.path)
    offer = offer_of(uow.session, pack, wanted.digest)
    centres = candidates(uow.session, unit, pack, offer.version)
    waves = assigned(centres, wanted)
    bundle = for_unit(uow.portal, uow.session, unit)
    refuse(uow.session, wanted, waves, centres, offer.digest, bundle)
    wanted, waves = without_empty(wanted, waves)
    row = Campaign(
        uid=uuid.uuid4().hex,
        unit_id=unit.id,
        unit_path=unit.path,
        pack=pack,
        version=offer.version,
        digest=offer.digest,
        title=wanted.title.strip(),
        note=wanted.note.strip(),
        aim_percent=wanted.aim_percent,
        aim_days=wanted.aim_days,
        by_itself=wanted.by_itself,
        state=RUNNING,
        why="",
        started_on=min(wave.starts_on for wave in wanted.waves),
        created_at=uow.now,
        created_by=uow.access.user_id,
        created_by_name=uow.access.name,
        changed_at=uow.now,
    )
    uow.add(row)
    uow.session.flush()
    made = [*_waves(row, wanted, bundle), *_targets(uow.session, row, waves, wanted)]
    uow.add(*made)
    uow.session.flush()
    after = {"title": row.title, "version": row.version, "centres": len(waves)}
    uow.audit("start_campaign", row, kind="campaign", object_id=row.uid, unit_path=row.unit_path, after=after)
    return row


def candidates(session: Session, unit: Unit, pack: str, version: str) -> list[CentreDrift]:
    """Return the centres below a unit that stand on a pack, and not yet on a version."""
    found = fleet(session, (unit.path,)).below(pack).centres
    return [one for one in found if one.adopted != version]


def pause(uow: Work, uid: str, why: str) -> None:
    """Pause a campaign: no centre puts its version in force until it is resumed."""
    _turn(uow, uid, "pause_campaign", PAUSED, why, (RUNNING,))


def resume(uow: Work, uid: str, why: str) -> None:
    """Resume a paused campaign."""
    _turn(uow, uid, "resume_campaign", RUNNING, why, (PAUSED,))


def stop(uow: Work, uid: str, why: str) -> None:
    """End a campaign; what is in force stays, and each centre can still take the version over by itself."""
    _turn(uow, uid, "stop_campaign", ENDED, why, LIVE)


def exclude(uow: Work, uid: str, unit_code: str, why: str) -> None:
    """Leave a centre out of a campaign, with the reason."""
    require_reason(why)
    _change_target(uow, uid, unit_code, {"excluded": True, "why": why}, why)


def include(uow: Work, uid: str, unit_code: str, wave: int, why: str = "") -> None:
    """Let a centre take part in a wave again, or put it into another one."""
    row = held_campaign(uow.session, uid)
    if wave not in {one.number for one in waves_of(uow.session, row.uid)}:
        text = msg("There is no such wave")
        raise InvalidInput("campaign.wave", text, problems=[Problem("campaign.wave", text, pointer="/wave")])
    _change_target(uow, uid, unit_code, {"excluded": False, "wave": wave, "why": why}, why)


def change_day(uow: Work, uid: str, number: int, starts_on: dt.date, why: str = "") -> None:
    """Let a wave begin on another day."""
    row = _may_change(uow, uid)
    wave = uow.session.get(CampaignWave, (row.uid, number))
    if wave is None:
        raise NotFound("campaign.wave", msg("There is no such wave"))
    before, wave.starts_on, row.changed_at = wave.starts_on, starts_on, uow.now
    uow.session.flush()
    said = {
        "before": {"starts_on": before.isoformat()},
        "after": {"wave": number, "starts_on": starts_on.isoformat()},
    }
    uow.audit(
        "change_campaign",
        row,
        kind="campaign",
        object_id=row.uid,
        unit_path=row.unit_path,
        reason=why,
        **said,  # type: ignore[arg-type]
    )


@dataclass(frozen=True)
class Evidence:
    """What a person writes down of one gate or one thing of the list: counts, a judgement, a day, words."""

    gate: str
    item: str = ""
    done: int | None = None
    total: int | None = None
    verdict: str = ""
    on_day: dt.date | None = None
    note: str = ""


def record(uow: Work, uid: str, unit_code: str, said: Evidence) -> CampaignEvidence:
    """Write evidence of a centre down; who works at the centre or above it may. A judgement needs its reason."""
    row = campaign_of(uow.session, uid)
    unit = units.by_code(uow.session, unit_code)
    uow.access.require("draft", EDIT, unit.path)
    check_reason(said.note)
    _refuse_evidence(said)
    if said.verdict or said.gate == INCIDENT:
        require_reason(said.note)
    if said.verdict:
        # Only those who run the campaign say what a gate could not tell.
        uow.access.require("draft", EDIT, row.unit_path)
    made = CampaignEvidence(
        campaign_uid=row.uid,
        unit_id=unit.id,
        unit_path=unit.path,
        gate=said.gate,
        item=said.item,
        done=said.done,
        total=said.total,
        verdict=said.verdict,
        on_day=said.on_day or uow.today,
        note=said.note,
        at=uow.now,
        by_name=uow.access.name,
    )
    uow.add(made)
    uow.session.flush()
    after = {"unit": unit.code, "gate": said.gate, "item": said.item, "done": said.done, "total": said.total}
    after |= {"verdict": said.verdict} if said.verdict else {}
    uow.audit(
        "judge_gate",
        made,
        kind="campaign",
        object_id=row.uid,
        unit_path=unit.path,
        after=after,
        reason=said.note,
    )
    return made


def evidence_of(session: Session, uid: str, unit_id: int) -> list[CampaignEvidence]:
    """Return what was written down of a centre in a campaign, the newest first."""
    query = select(CampaignEvidence).where(
        CampaignEvidence.campaign_uid == uid, CampaignEvidence.unit_id == unit_id
    )
    return list(session.scalars(query.order_by(CampaignEvidence.id.desc()).limit(_MOST_EVIDENCE)))


def campaign_of(session: Session, uid: str) -> Campaign:
    """Return a campaign; NotFound for none."""
    found = session.scalars(select(Campaign).where(Campaign.uid == uid)).one_or_none()
    if found is None:
        raise NotFound("campaign.unknown", msg("There is no such roll-out"))
    return found


def held_campaign(session: Session, uid: str, *states: str) -> Campaign:
    """Return a campaign that no other act changes until this transaction ends, in one of some states."""
    query = select(Campaign).where(Campaign.uid == uid).with_for_update()
    found = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise NotFound("campaign.unknown", msg("There is no such roll-out"))
    if found.state not in (states or LIVE):
        raise Conflict("campaign.state", msg("This roll-out is not in a state for that"))
    return found


def campaigns_at(session: Session, paths: Sequence[str] = ()) -> list[Campaign]:
    """Return the campaigns of some units, the last begun first; of all without any."""
    query = select(Campaign).order_by(Campaign.id.desc()).limit(100)
    if paths:
        query = query.where(Campaign.unit_path.in_(paths))
    return list(session.scalars(query))


def waves_of(session: Session, uid: str) -> list[CampaignWave]:
    """Return the waves of a campaign in their order."""
    query = select(CampaignWave).where(CampaignWave.campaign_uid == uid).order_by(CampaignWave.number)
    return list(session.scalars(query))


def campaign_for(session: Session, unit_id: int, digest: str) -> tuple[Campaign, CampaignTarget] | None:
    """Return the live campaign that brings a version to a centre, with the centre's place in it."""
    query = (
        select(Campaign, CampaignTarget)
        .join(CampaignTarget, CampaignTarget.campaign_uid == Campaign.uid)
        .where(CampaignTarget.unit_id == unit_id, Campaign.digest == digest, Campaign.state.in_(LIVE))
        .order_by(Campaign.id.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return (found[0], found[1]) if found is not None else None


def _turn(uow: Work, uid: str, act: str, state: str, why: str, before: Sequence[str]) -> None:
    require_reason(why)
    check_reason(why)
    row = _may_change(uow, uid, *before)
    was, row.state, row.why, row.changed_at = row.state, state, why, uow.now
    uow.session.flush()
    uow.audit(
        act,
        row,
        kind="campaign",
        object_id=row.uid,
        unit_path=row.unit_path,
        before={"state": was},
        after={"state": state},
        reason=why,
    )


def _may_change(uow: Work, uid: str, *states: str) -> Campaign:
    row = held_campaign(uow.session, uid, *states)
    uow.access.require("draft", EDIT, row.unit_path)
    uow.access.require("release", EDIT, row.unit_path)
    return row


def _change_target(uow: Work, uid: str, unit_code: str, values: Mapping[str, Any], why: str) -> None:
    row = _may_change(uow, uid)
    unit = units.by_code(uow.session, unit_code)
    target = uow.session.get(CampaignTarget, (row.uid, unit.id))
    if target is None:
        raise NotFound("campaign.target", msg("This centre is not part of the roll-out"))
    before = {"excluded": target.excluded, "wave": target.wave}
    for name, value in values.items():
        setattr(target, name, value)
    row.changed_at = uow.now
    uow.session.flush()
    uow.audit(
        "change_campaign",
        row,
        kind="campaign",
        object_id=row.uid,
        unit_path=row.unit_path,
        before=before,
        after={"unit": unit.code, **values},
        reason=why,
    )


def _refuse_evidence(said: Evidence) -> None:
    if said.done is not None and said.total is not None and said.done > said.total:
        text = msg("No more can be done than there are: %(done)s of %(total)s")
        problem = Problem("campaign.more", text, {"done": said.done, "total": said.total}, pointer="/done")
        raise InvalidInput(problem.code, text, problem.params, problems=[problem])
    known = said.gate in GATES or said.gate == INCIDENT
    item = not said.item or (said.gate == CHECK_LIST and said.item in CHECKLIST)
    counts = (said.done, said.total)
    sound = counts == (None, None) or (
        None not in counts and 0 <= (said.done or 0) <= (said.total or 0) <= 100_000
    )
    if not (known and item and sound and said.verdict in ("", "pass", "fail")):
        text = msg("Write how many of how many are done")
        raise InvalidInput(
            "campaign.evidence", text, problems=[Problem("campaign.evidence", text, pointer="/done")]
        )


def _waves(row: Campaign, wanted: Wanted, bundle: Bundle) -> list[CampaignWave]:
    return [
        CampaignWave(
            campaign_uid=row.uid,
            number=number,
            title=wave.title.strip(),
            starts_on=wave.starts_on,
            gates={
                name: measured.settled(bundle, said) if name == measured.GATE else dict(said)
                for name, said in wave.gates.items()
            },
        )
        for number, wave in enumerate(wanted.waves, 1)
    ]


def _targets(
    session: Session, row: Campaign, waves: Mapping[str, int], wanted: Wanted
) -> list[CampaignTarget]:
    found = session.execute(select(Unit.code, Unit.id, Unit.path).where(Unit.code.in_(waves)))
    return [
        CampaignTarget(
            campaign_uid=row.uid,
            unit_id=unit_id,
            unit_path=path,
            wave=waves[code],
            excluded=code in wanted.left_out,
            why=wanted.left_out.get(code, ""),
        )
        for code, unit_id, path in found
    ]
