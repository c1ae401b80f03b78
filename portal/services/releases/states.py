"""States of a release: draft, checked, approved, withdrawn, each a row of a log that only grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, NotFound, Problem, msg, require_reason
from portal.persistence.models import Release, ReleaseState
from portal.persistence.models.release import APPROVED, CHECKED, DRAFT, STATES, WITHDRAWN
from portal.services.releases.acting import home_path, one_at_a_time
from portal.services.releases.effect import used_at

if TYPE_CHECKING:
    from portal.services.portal import Work

WORDS = {
    DRAFT: msg("Draft"),
    CHECKED: msg("Checked"),
    APPROVED: msg("Approved"),
    WITHDRAWN: msg("Withdrawn"),
}


def states_of(session: Session, release_ids: list[int]) -> dict[int, str]:
    """Return the state of several releases."""
    rows = session.execute(
        select(ReleaseState.release_id, ReleaseState.state)
        .where(ReleaseState.release_id.in_(release_ids))
        .order_by(ReleaseState.id)
    )
    return {release_id: state for release_id, state in rows}  # noqa: C416 - a row is no pair for dict()


def state_of(session: Session, release_id: int) -> str:
    """Return the state of a release."""
    return states_of(session, [release_id]).get(release_id, DRAFT)


def note_state(uow: Work, release: Release, state: str, reason: str) -> ReleaseState:
    """Add a row to the log of a release's states; the caller's audit entry of the release covers it."""
    made = ReleaseState(
        release_id=release.id, state=state, at=uow.now, by_name=uow.access.name, reason=reason
    )
    uow.add(made)
    return made


def approve(uow: Work, release_id: int, reason: str) -> None:
    """Approve a release, so that it can be put in force; a withdrawn one stays withdrawn."""
    _change(uow, release_id, APPROVED, "approve", reason)


def withdraw(uow: Work, release_id: int, reason: str) -> None:
    """Withdraw a release for good; refused while it is in force, or is to be, at any centre."""
    one_at_a_time(uow.session)
    used = used_at(uow.session, release_id)
    if used:
        raise Conflict(
            "release.used",
            msg("The release is in force, or is to be, at %(units)s"),
            {"units": ", ".join(used)},
            [
                Problem(
                    "release.used",
                    msg("A release that centres run by can't be withdrawn"),
                    remedy=msg("Put another release in force there, or cancel the schedule, first"),
                )
            ],
        )
    _change(uow, release_id, WITHDRAWN, "withdraw", reason)


def _change(uow: Work, release_id: int, state: str, action: str, reason: str) -> None:
    require_reason(reason)
    release = uow.session.get(Release, release_id)
    if release is None:
        raise NotFound("release.unknown", msg("There is no such release"))
    path = home_path(uow.session, release.manifest.get("unit"))
    uow.access.require("release", "edit", path)
    one_at_a_time(uow.session)
    before = state_of(uow.session, release_id)
    if before == state:
        return
    if before == WITHDRAWN:
        raise withdrawn(release)
    note_state(uow, release, state, reason)
    uow.session.flush()
    uow.audit(
        action,
        release,
        kind="release",
        object_id=release.digest,
        unit_path=path,
        release_id=release.id,
        before={"state": before},
        after={"state": state},
        reason=reason,
    )


def raised(uow: Work, release: Release, state: str, reason: str) -> bool:
    """Bring a release that is stored already to a later state; return whether that added a row."""
    before = state_of(uow.session, release.id)
    if before == WITHDRAWN:
        raise withdrawn(release)
    if STATES.index(state) <= STATES.index(before):
        return False
    _change(uow, release.id, state, "approve" if state == APPROVED else "check", reason)
    return True


def withdrawn(release: Release) -> Conflict:
    """Return the refusal of an act on a withdrawn release."""
    return Conflict(
        "release.withdrawn",
        msg("The release %(pack)s %(version)s was withdrawn"),
        {"pack": release.pack, "version": release.version},
        [
            Problem(
                "release.withdrawn",
                msg("A withdrawn release never takes effect again"),
                remedy=msg("Publish another version of the pack"),
            )
        ],
    )
