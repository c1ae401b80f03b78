"""From a draft to what is in force: submitted as a checked release, approved by a second person, now or at a time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import EDIT, LIST
from portal.core.drafts import Change, applied
from portal.core.errors import Conflict, Forbidden, Problem, check_reason, msg, require_reason
from portal.core.packs.versions import version_key
from portal.persistence import scope
from portal.persistence.models import Draft as Row
from portal.persistence.models import DraftCommand, Layer, Unit
from portal.persistence.models.release import CHECKED
from portal.persistence.scope import as_system
from portal.services import releases
from portal.services.drafts.comparing import in_force_at
from portal.services.drafts.finding import LIVE, OPEN, PUBLISHED, SUBMITTED, held, require
from portal.services.drafts.loading import assets_of, loaded
from portal.services.drafts.opening import note
from portal.services.drafts.stage_mapping import Mapped, move_with
from portal.services.releases.layers import SCREEN

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

VERSION = "/pack/version"
RELEASE = "release"
MOST_WAITING = 20
LOOK_AGAIN = msg(
    "It is not what you looked at any more: it was submitted anew, or another version came into force. Look at it again"
)
CHANGED_SINCE = msg("A colleague changed this draft after you opened the page: look at what changes now")


def submit(uow: Work, draft_id: str, why: str, seen: str | None = None) -> None:
    """Make a checked release of a draft and hand it to a second person; until then nobody changes it.

    Refused while the check is older than the last change, and while there is something that must be mended. ``seen``
    is the position that the person looked at: what a colleague changed since then is not submitted with it.
    """
    require_reason(why)
    check_reason(why)
    row = held(uow.session, draft_id, OPEN)
    require(uow.access, EDIT, row.unit_path)
    if seen is not None and seen != str(row.position):
        raise Conflict("draft.other_position", CHANGED_SINCE)
    problems = reasons_against(row)
    if problems:
        raise Conflict("draft.unready", msg("This draft can't be submitted yet"), {}, problems)
    draft = loaded(uow.session, row)
    version = next_version(uow.session, row.pack, str(draft.document["pack"].get("version", "")))
    said = draft.document["pack"].get("version")
    outcome = applied(draft, [Change("replace", VERSION, said, version)])
    resolved = outcome.draft.resolved(assets_of(uow.session, row.uid))
    terms = releases.Terms(demo=False, origin=SCREEN, state=CHECKED, in_force=False)
    made = releases.publish(uow, resolved, reason=why, verify=False, terms=terms)
    row.state, row.release_id, row.note = SUBMITTED, made.id, why
    row.submitted_at, row.submitted_by = uow.now, uow.access.user_id
    row.submitted_by_name = uow.access.name
    uow.session.flush()
    after = {"state": SUBMITTED, "release_id": made.id, "version": version}
    note(uow, "submit_draft", row, before={"state": OPEN}, after=after, reason=why)


def reasons_against(row: Row) -> list[Problem]:
    """Return why a draft can't be submitted yet: all that is left to do."""
    found = row.found or {}
    if not row.position:
        return [Problem("draft.unchanged", msg("Nothing was changed yet"))]
    if found.get("position") != row.position:
        return [Problem("draft.unchecked", msg("It has to be checked after the last change"))]
    problems = []
    if count := found.get("error_count", 0):
        text = msg("to be mended first: %(count)s")
        problems.append(Problem("draft.errors", text, {"count": count}))
    stories = found.get("stories")
    if stories is None:
        problems.append(Problem("draft.stories", msg("The sample matters have to be walked through")))
    elif stories["failed"]:
        text = msg("%(count)s sample matters do not go through")
        problems.append(Problem("draft.stories", text, {"count": len(stories["failed"])}))
    return problems


def send_back(uow: Work, draft_id: str, why: str) -> None:
    """Give a submitted draft back to those who work on it; the release that was made of it is withdrawn."""
    require_reason(why)
    row = held(uow.session, draft_id, SUBMITTED)
    require(uow.access, LIST, row.unit_path)
    before = row.release_id
    if before is not None:
        releases.withdraw(uow, before, why)
    _turn(uow, row, state=OPEN, release_id=None, note=why)
    note(
        uow,
        "send_back_draft",
        row,
        before={"state": SUBMITTED, "release_id": before},
        after={"state": OPEN},
        reason=why,
    )


def approve(
    uow: Work,
    draft_id: str,
    why: str,
    effective_at: dt.datetime | None = None,
    *,
    mapped: Mapped | None = None,
    seen: str | None = None,
) -> None:
    """Approve a submitted draft, and put it in force at once or from a moment on.

    Where the portal asks for a second person, nobody approves what they submitted or changed themselves. Open matters
    stay with their configuration; with ``mapped`` they move to this one, each stage to that of the mapping. ``seen``
    is what the person looked at (`as_seen`): what was submitted anew since then is not approved, nor is anything where
    another version came into force meanwhile.
    """
    check_reason(why)
    row = held(uow.session, draft_id, SUBMITTED)
    require(uow.access, LIST, row.unit_path)
    if not may_approve(uow, row):
        raise Forbidden(
            "draft.second_person", msg("A person who changed or submitted a draft does not approve it")
        )
    unit = uow.session.get_one(Unit, row.unit_id)
    uow.access.require(RELEASE, EDIT, unit.path)
    if seen is not None and seen != as_seen(uow.session, row):
        raise Conflict("draft.other_release", LOOK_AGAIN)
    reason = why or row.note
    release_id = row.release_id or 0
    releases.approve(uow, release_id, reason)
    if mapped is not None:
        move_with(uow, row, release_id, mapped, reason, effective_at)
    releases.put_in_force(uow, unit.code, release_id, reason, effective_at)
    _turn(uow, row, state=PUBLISHED, changed_at=uow.now, changed_by_name=uow.access.name)
    after = {"state": PUBLISHED, "release_id": release_id}
    note(uow, "publish_draft", row, before={"state": SUBMITTED}, after=after, reason=reason)


def as_seen(session: Session, row: Row) -> str:
    """Return what tells what is approved, and what it stands beside, from what was there before or comes later."""
    return f"{row.release_id}-{in_force_at(session, row)}"


def is_overtaken(session: Session, row: Row) -> bool:
    """Tell whether another version came into force since a draft was begun: what that one changed would go back."""
    return row.state in LIVE and row.based_on is not None and in_force_at(session, row) != row.based_on


def _turn(uow: Work, row: Row, **values: Any) -> None:
    """Note on a draft what became of it: who only approves it may do that, and change nothing else of it."""
    with as_system(uow.session, "what becomes of a draft is noted by who approves it"):
        for name, value in values.items():
            setattr(row, name, value)
        uow.session.flush()


def may_approve(uow: Work, row: Row) -> bool:
    """Tell whether the person may approve a draft as far as the second person is concerned."""
    return _is_second(uow.portal, uow.session, row)


def to_approve(portal: Portal, session: Session) -> list[Row]:
    """Return the drafts that wait for the session's person to approve them, the one that waits longest first."""
    access = scope.access_of(session)
    if not access.can(RELEASE, EDIT):
        return []
    waiting = select(Row).where(Row.state == SUBMITTED).order_by(Row.submitted_at, Row.id).limit(MOST_WAITING)
    return [
        row
        for row in session.scalars(waiting)
        if access.allows(RELEASE, EDIT, row.unit_path) and _is_second(portal, session, row)
    ]


def _is_second(portal: Portal, session: Session, row: Row) -> bool:
    if not portal.policy.second_person:
        return True
    mine = scope.access_of(session).user_id
    return mine not in {row.submitted_by, *authors(session, row.uid)}


def authors(session: Session, uid: str) -> set[int | None]:
    """Return the accounts that changed a draft, or one that it goes on from; files are of who brought them."""
    line, found = list[str](), set[int | None]()
    before: str | None = uid
    while before is not None:
        row = session.scalars(select(Row).where(Row.uid == before)).one()
        line.append(row.uid)
        found |= {row.created_by} if row.from_files else set()
        before = row.renews
    query = select(DraftCommand.by_id).where(DraftCommand.draft_uid.in_(line)).distinct()
    return found | set(session.scalars(query))


def roll_back(uow: Work, unit_code: str, release_id: int, why: str) -> None:
    """Put a release in force again that was in force at a centre before; all cases since then stay as they are."""
    require_reason(why)
    releases.put_in_force(uow, unit_code, release_id, why)


def next_version(session: Session, pack: str, now: str) -> str:
    """Return the version that follows all that are stored of a pack: 1.3.0 is followed by 1.4.0."""
    stored = session.scalars(select(Layer.version).where(Layer.pack == pack)).all()
    if not stored:
        return now or "1.0.0"
    last = max((*stored, now), key=version_key)
    major, minor, _ = version_key(last)[0]
    return f"{major}.{minor + 1}.0"
