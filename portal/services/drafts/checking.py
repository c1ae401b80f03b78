"""Check a draft: its files, its bundle, the examples of its rules; what was found is kept with the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.core.errors import Problem
from portal.core.packs import Resolved, check_resolved
from portal.core.packs.check.examples import spoken_of
from portal.persistence.models import Draft as Row
from portal.persistence.models import Job
from portal.persistence.scope import as_system
from portal.services import jobs
from portal.services.drafts.finding import LIVE, draft_of, held, require
from portal.services.drafts.findings import kept
from portal.services.drafts.loading import assets_of, read_anew
from portal.services.drafts.opening import note
from portal.services.jobs.queue import LIVE as LIVE_JOBS
from portal.services.releases.verifying import verify

if TYPE_CHECKING:
    from portal.services.portal import Work

JOB = "check_draft"


@dataclass(frozen=True, slots=True)
class Checking:
    """A draft that is checked: its packs put together, and the position at which it was read."""

    uid: str
    position: int
    resolved: Resolved


def ask_check(uow: Work, draft_id: str, *, whole: bool = False) -> int:
    """Have a draft checked by a worker, at its present position; ``whole`` runs its stories too. Return the job."""
    row = draft_of(uow.session, draft_id)
    require(uow.access, LIST, row.unit_path)
    return jobs.enqueue(uow, JOB, {"draft": row.uid, "whole": whole}, key=key_of(row.uid, whole))


def is_being_checked(session: Session, draft_id: str) -> bool:
    """Tell whether a check of a draft waits or runs."""
    keys = [key_of(draft_id, whole) for whole in (False, True)]
    query = select(Job.id).where(Job.key.in_(keys), Job.status.in_(LIVE_JOBS)).limit(1)
    with as_system(session, "the person sees the draft, and learns of its check no more than that it runs"):
        return session.scalar(query) is not None


def key_of(draft_id: str, whole: bool) -> str:
    """Return the key by which a check of a draft waits once alone."""
    return f"{JOB}:{draft_id}{':whole' if whole else ''}"


def opened_for_check(session: Session, draft_id: str) -> Checking:
    """Return a draft as it is to be checked."""
    row = draft_of(session, draft_id)
    draft = read_anew(session, row)
    return Checking(row.uid, row.position, draft.resolved(assets_of(session, row.uid)))


def problems_of(checking: Checking) -> list[Problem]:
    """Return the problems of a draft, with those of its rules that the engine finds in a process of its own."""
    found = check_resolved(checking.resolved)
    if any(one.severity == "error" for one in found):
        return found
    known = {key: spoken_of(checking.resolved, key) for key in checking.resolved.bundle.get("rules", {})}
    return [*found, *verify(checking.resolved.release(), known)]


def keep_findings(
    uow: Work, checking: Checking, problems: list[Problem], stories: Mapping[str, Any] | None = None
) -> None:
    """Keep with a draft what its check found; a draft that has ended keeps what it had."""
    row: Row = held(uow.session, checking.uid, *LIVE)
    known = row.found or {}
    if stories is None and known.get("position") == checking.position:
        stories = known.get("stories")  # a check without stories that ended later says nothing against them
    examples = sum(
        len(rules.get("examples", ()))
        for rules in checking.resolved.bundle.get("rules", {}).values()
        if isinstance(rules, dict)
    )
    row.found = {
        **kept(problems, checking.resolved),
        "position": checking.position,
        "at": uow.now.isoformat(),
        "examples": examples,
        "stories": dict(stories) if stories is not None else None,
    }
    uow.session.flush()
    counts = {"errors": row.found["error_count"], "advice": row.found["advice_count"]}
    note(uow, "check_draft", row, after={"position": checking.position, **counts})
