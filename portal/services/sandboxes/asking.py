"""Ask for the sandbox of a draft: a worker makes it, and the page tells how far that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.access import EDIT
from portal.core.errors import Conflict, msg
from portal.services import jobs
from portal.services.drafts.finding import TRIED, draft_of, require
from portal.services.jobs.progress import Progress, latest, progress

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

JOB = "make_sandbox"
ENDED = msg("This draft has ended; there is nothing to try")


def ask_sandbox(uow: Work, draft_id: str) -> int:
    """Have the sandbox of a draft made, or made anew, with what the draft says then. Return the job."""
    row = draft_of(uow.session, draft_id)
    require(uow.access, EDIT, row.unit_path)
    if row.state not in TRIED:
        raise Conflict("draft.state", ENDED)
    payload = {"draft": row.uid, "by": uow.access.name}
    uow.audit_event(
        "try_draft",
        kind="draft",
        object_id=row.uid,
        unit_path=row.unit_path,
        after={"position": row.position},
    )
    return jobs.enqueue(uow, JOB, payload, key=_key(row.uid))


def making_of(portal: Portal, draft_id: str) -> Progress | None:
    """Return how the sandbox of a draft that was asked for last comes on; None where none ever was."""
    number = latest(portal, _key(draft_id))
    return progress(portal, number) if number is not None else None


def _key(draft_id: str) -> str:
    return f"{JOB}:{draft_id}"
