"""A new version tried at a centre before it takes effect: in a sandbox, and on the centre's own past matters."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from portal.core.errors import Conflict, Problem, msg
from portal.persistence.models import Draft
from portal.services.drafts.opening import trial_of
from portal.services.rollout.finding import LIVE_PLANS, held_plan
from portal.services.rollout.merging import resolved_of
from portal.services.rollout.planning import reviewed

if TYPE_CHECKING:
    from portal.services.portal import Work


def try_plan(uow: Work, uid: str) -> Draft:
    """Return what a plan comes to as a draft to be tried; each state of a plan is one.

    Refused while something is still to be decided: nobody knows yet what would take effect.
    """
    row = held_plan(uow.session, uid, *LIVE_PLANS)
    if left := row.counts.get("open", 0):
        text = msg("%(count)s places are to be decided first")
        problem = Problem("rollout.open", text, {"count": left})
        raise Conflict("rollout.open", text, problem.params, [problem])
    found = reviewed(uow.session, row)
    version = found.ground.layer.manifest.version if found.ground.layer is not None else row.version
    packs = resolved_of(found.ground, found.plan, version).chain
    state = json.dumps([row.uid, row.bound], sort_keys=True)
    trial = hashlib.sha256(state.encode()).hexdigest()[:32]
    name = f"{found.offer.title} {row.version}"
    return trial_of(uow, found.ground.unit, trial, name, packs, row.based_on)
