"""What of roll-outs waits for a person, as the first page tells it: a new version here, a roll-out that one runs."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.access import EDIT, LIST
from portal.core.errors import msg
from portal.services import rollout
from portal.services.drafts.finding import THING
from portal.services.rollout.campaigns import campaigns_at
from portal.services.rollout.finding import SUBMITTED
from portal.services.rollout.ground import newer_at
from portal.services.rollout.standing import stand_of
from portal.services.rollout.wanted import LIVE
from portal.web import access
from portal.web.language import translate


def version_at_home() -> str:
    """Return the version that came, or waits for approval, at the unit where the person works; empty for none."""
    unit, mine = access.unit(), access.current()
    if unit is None or not mine.allows_there(THING, LIST, unit.path):
        return ""
    session = access.session()
    offer = newer_at(session, unit)
    if offer is None:
        return ""
    plan = rollout.live_plan(session, unit.id)
    text = msg("%(name)s %(version)s has come")
    if plan is not None and plan.state == SUBMITTED:
        waits = msg("%(name)s %(version)s waits for approval")
        yours = msg("%(name)s %(version)s waits for your approval")
        text = yours if mine.allows("release", EDIT, unit.path) and mine.user_id != plan.made_by else waits
    return translate(text) % {"name": offer.title, "version": offer.version}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A roll-out that waits for those who run it: its name, its page's key, and what there is to do in one sentence."""

    uid: str
    title: str
    text: str


def rollouts_at_home() -> list[Waiting]:
    """Return the roll-outs of the unit where the person works that wait for the person, the last begun first."""
    unit, mine = access.unit(), access.current()
    if unit is None or not (mine.allows(THING, EDIT, unit.path) and mine.allows("release", EDIT, unit.path)):
        return []
    session, today = access.session(), access.portal().clock.today()
    found = []
    for row in campaigns_at(session, (unit.path,)):
        if row.state not in LIVE:
            continue
        count = stand_of(session, row.uid, today).to_settle
        if row.state == "paused":
            found.append(Waiting(row.uid, row.title, translate(msg("is paused: go on, or end it"))))
        elif count:
            text = translate(msg("%(count)s things for you to settle")) % {"count": count}
            found.append(Waiting(row.uid, row.title, text))
    return found
