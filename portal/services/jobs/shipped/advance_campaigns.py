"""Plans without a conflict and without matters that hold what goes take effect by themselves, where a city says so."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any, ClassVar

from sqlalchemy import select

from portal.core.errors import PortalError, Problem, msg
from portal.core.kept import Kept
from portal.persistence.models import Campaign
from portal.services import rollout
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.jobs.shipped.check_draft import telling
from portal.services.rollout.planning import impact_of
from portal.services.rollout.standing import Stand, stand_of
from portal.services.rollout.wanted import RUNNING

log = logging.getLogger("portal.jobs")
Checked = tuple[list[Problem], dict[str, Any] | None]
_CHECKED: Kept[tuple[str, ...], Checked] = Kept(8)


@job
class AdvanceCampaigns(Job):
    """Plan, check and put in force at the centres of waves that have begun, one centre in one transaction."""

    name = "advance_campaigns"
    title = msg("New versions that come into force by themselves")
    every = dt.timedelta(minutes=10)
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Advance each campaign whose rule lets it; a centre that has something to decide waits for its people."""
        with work.portal.reading(work.access) as session:
            query = select(Campaign.uid).where(Campaign.state == RUNNING, Campaign.by_itself.is_(True))
            uids = list(session.scalars(query.order_by(Campaign.id)))
        done = 0
        for uid in uids:
            with work.portal.reading(work.access) as session:
                stand = stand_of(session, uid, work.portal.clock.today())
                waiting = [
                    (one.unit.code, one.unit.name)
                    for wave in stand.waves
                    if wave.state == "running"
                    for one in wave.part
                    if _waits(one)
                ]
                digest, version = stand.campaign.digest, stand.campaign.version
            for code, name in waiting:
                work.check()
                try:
                    done += _advance(work, code, digest, version)
                except PortalError as error:
                    log.info("%s does not take %s over by itself: %s", name, version, error.code)
        return {"done": done}


def _waits(one: Stand) -> bool:
    """Tell whether a centre is still to take the version over; one that went back does that by its people alone."""
    return one.state in ("waiting", "ready")


def _advance(work: JobRun, code: str, digest: str, version: str) -> bool:
    with work.portal.reading(work.access) as session:
        found = rollout.review(session, code, digest)
        if found.plan.counts["decide"] or impact_of(session, found):
            return False
    with work.writing() as uow:
        uid = rollout.make_plan(uow, code, digest).uid
        uow.commit()
    with work.portal.reading(work.access) as session:
        check = rollout.opened_plan(session, uid)
    # Centres of one chain that come from one chain end at the same packs: these are checked once.
    chains = tuple(one.digest for side in (check.resolved, check.before) for one in side.chain)
    problems, stories = _CHECKED.of(chains, lambda: rollout.findings(check, telling(work)))
    with work.writing() as uow:
        rollout.keep_check(uow, check, problems, stories)
        uow.commit()
    if any(one.severity == "error" for one in problems):
        return False
    with work.writing() as uow:
        rollout.apply(uow, uid, version)
        uow.commit()
    return True
