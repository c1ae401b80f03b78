"""A plan carried out: one transaction, in force at once or from a moment on; and taken back, every matter kept."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import EDIT, LIST
from portal.core.errors import Conflict, Forbidden, check_reason, msg, require_reason
from portal.persistence.models import RolloutDecision, Unit
from portal.persistence.models import RolloutPlan as Row
from portal.persistence.models.release import APPROVED, CHECKED
from portal.persistence.scope import as_system
from portal.services import releases
from portal.services.drafts.finding import require
from portal.services.drafts.publishing import LOOK_AGAIN, next_version
from portal.services.releases.acting import one_at_a_time
from portal.services.releases.effect import coming, running_at
from portal.services.releases.layers import IMPORT, SCREEN
from portal.services.rollout.deciding import Review
from portal.services.rollout.finding import APPLIED, LIVE_PLANS, OPEN, ROLLED_BACK, SUBMITTED, held_plan
from portal.services.rollout.merging import resolved_of
from portal.services.rollout.planning import as_seen, note, reasons_against, reviewed
from portal.services.rollout.standing import held_back

if TYPE_CHECKING:
    from portal.services.portal import Work

# As many characters as the log of what is in force holds.
_MOST = 400


def submit(uow: Work, uid: str, why: str = "") -> None:
    """Make a checked release of a plan and hand it to a second person; until then nothing of it is changed."""
    check_reason(why)
    one_at_a_time(uow.session)
    row = held_plan(uow.session, uid, OPEN)
    require(uow.access, EDIT, row.unit_path)
    _refuse(uow, row)
    # A centre without anything of its own takes the version as it is: there is no release to make of it before.
    row.release_id = _released(uow, row, why, CHECKED) if row.pack else None
    row.state, row.note = SUBMITTED, why
    row.made_by, row.made_by_name = uow.access.user_id, uow.access.name
    uow.session.flush()
    after = {"state": SUBMITTED, "release_id": row.release_id}
    note(uow, "submit_rollout", row, before={"state": OPEN}, after=after, reason=why)


def send_back(uow: Work, uid: str, why: str) -> None:
    """Give a submitted plan back to those who decide; the release that was made of it is withdrawn."""
    require_reason(why)
    row = held_plan(uow.session, uid, SUBMITTED)
    require(uow.access, LIST, row.unit_path)
    before = row.release_id
    if before is not None and row.pack:
        releases.withdraw(uow, before, why)
    _turn(uow, row, state=OPEN, release_id=None, note=why)
    said = {"state": SUBMITTED, "release_id": before}
    note(uow, "send_back_rollout", row, before=said, after={"state": OPEN}, reason=why)


def apply(
    uow: Work, uid: str, why: str = "", effective_at: dt.datetime | None = None, *, seen: str | None = None
) -> None:
    """Put a plan in force, at once or from a moment on, in this one transaction.

    Refused, with all that is in the way: what moved since it was planned, what is undecided, what the check found.
    Where the portal asks for a second person, nobody puts in force what they decided or submitted themselves.
    ``seen`` is the plan as the person looked at it (`as_seen`): one that was made anew since then is not put in force.
    """
    check_reason(why)
    one_at_a_time(uow.session)
    row = held_plan(uow.session, uid, *LIVE_PLANS)
    require(uow.access, LIST, row.unit_path)
    uow.access.require("release", EDIT, row.unit_path)
    if not may_apply(uow, row):
        raise Forbidden(
            "draft.second_person", msg("A person who decided or submitted this does not put it in force")
        )
    if seen is not None and seen != as_seen(row):
        raise Conflict("rollout.other_plan", LOOK_AGAIN)
    _refuse(uow, row, now=True)
    before = row.state
    reason = (why or row.note or row.version)[:_MOST]
    release_id = row.release_id
    if release_id is not None and row.pack:
        releases.approve(uow, release_id, reason)
    else:
        release_id = _released(uow, row, reason, APPROVED)
    unit = uow.session.get_one(Unit, row.unit_id)
    releases.put_in_force(uow, unit.code, release_id, reason, effective_at)
    by, at = uow.access.name, effective_at or uow.now
    _turn(
        uow,
        row,
        state=APPLIED,
        release_id=release_id,
        applied_at=uow.now,
        applied_by_name=by,
        effective_at=at,
    )
    after = {"state": APPLIED, "release_id": release_id, "version": row.version}
    note(uow, "apply_rollout", row, before={"state": before}, after=after, reason=reason)


def roll_back(uow: Work, uid: str, why: str) -> None:
    """Put in force again what was before a plan was carried out; every matter since then stays as it is."""
    require_reason(why)
    one_at_a_time(uow.session)
    row = held_plan(uow.session, uid, APPLIED)
    uow.access.require("release", EDIT, row.unit_path)
    unit = uow.session.get_one(Unit, row.unit_id)
    ahead = [one for one in coming(uow.session, unit.id) if one.release_id == row.release_id]
    for one in ahead:
        releases.cancel(uow, unit.code, one.id, why[:_MOST])
    if not ahead:
        _refuse_later(uow.session, row)
        releases.put_in_force(uow, unit.code, row.based_on, why[:_MOST])
    _turn(uow, row, state=ROLLED_BACK, ended_at=uow.now, note=why)
    after = {"state": ROLLED_BACK, "release_id": row.based_on}
    note(uow, "roll_back_rollout", row, before={"state": APPLIED}, after=after, reason=why)


def may_apply(uow: Work, row: Row) -> bool:
    """Tell whether the person may put a plan in force as far as the second person is concerned."""
    mine = uow.access.user_id
    if not uow.portal.policy.second_person or mine is None:
        return True
    return not (row.state == SUBMITTED and mine == row.made_by) and mine not in deciders(uow.session, row)


def deciders(session: Session, row: Row) -> set[int | None]:
    """Return the accounts that decided something of the version that is planned for a centre."""
    query = select(RolloutDecision.by_id).where(
        RolloutDecision.unit_id == row.unit_id,
        RolloutDecision.parent == row.parent,
        RolloutDecision.version == row.version,
        RolloutDecision.kind == "answer",
    )
    return set(session.scalars(query.distinct()))


def _turn(uow: Work, row: Row, **values: Any) -> None:
    """Note on a plan what became of it: who only approves it may do that, and change nothing else of it."""
    with as_system(uow.session, "what becomes of a plan is noted by who approves it"):
        for name, value in values.items():
            setattr(row, name, value)
        uow.session.flush()


def _refuse(uow: Work, row: Row, *, now: bool = False) -> None:
    problems = reasons_against(uow.session, row)
    if now:
        problems += held_back(uow.session, row, uow.today)
    if problems:
        raise Conflict("rollout.unready", msg("This can't be put in force yet"), {}, problems)


def _refuse_later(session: Session, row: Row) -> None:
    running = running_at(session, row.unit_id)
    if running is None or running.release_id != row.release_id:
        raise Conflict(
            "rollout.later", msg("Another version came into force since; go back on the page of versions")
        )


def _released(uow: Work, row: Row, why: str, state: str) -> int:
    """Return the release of a plan: the version itself for a centre without anything of its own, else a new one."""
    found = reviewed(uow.session, row)
    if found.ground.layer is None:
        return found.offer.release_id or _as_it_came(uow, found, why or row.version)
    version = next_version(uow.session, row.pack, found.ground.layer.manifest.version)
    resolved = resolved_of(found.ground, found.plan, version)
    terms = releases.Terms(demo=False, origin=SCREEN, state=state, in_force=False)
    return releases.publish(uow, resolved, reason=why or row.version, verify=False, terms=terms).id


def _as_it_came(uow: Work, found: Review, why: str) -> int:
    """Return the release of a version that came in a file and that no centre took over before.

    Who let the file in decided that it may be used; who puts it in force at a centre was asked for that.
    """
    terms = releases.Terms(demo=False, origin=IMPORT, in_force=False, asked=False)
    with as_system(uow.session, "the version of a file becomes a release where it is first put in force"):
        made = releases.publish(uow, found.plan.theirs, reason=why, verify=False, terms=terms)
    return made.id
