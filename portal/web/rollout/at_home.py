"""The new version that waits at the centre of a person, as the first page tells it in one line."""

from __future__ import annotations

from portal.core.access import EDIT, LIST
from portal.core.errors import msg
from portal.services import rollout
from portal.services.drafts.finding import THING
from portal.services.rollout.finding import SUBMITTED
from portal.services.rollout.ground import newer_at
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
