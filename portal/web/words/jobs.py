"""A job in words, for the person who started it and for administrators; nobody else learns that it is there."""

from __future__ import annotations

from typing import Any

from portal.core.access import ADMIN
from portal.core.errors import msg
from portal.core.job_states import JOB_STATES
from portal.services import jobs
from portal.services.jobs.progress import Progress, progress, unknown
from portal.web import access
from portal.web.accounts.reach import is_listed
from portal.web.language import translate

CANCELLING = msg("Being cancelled")


def find(job_id: int) -> Progress:
    """Return a job that is the person's to see; raise NotFound for any other."""
    found = progress(access.portal(), job_id)
    if not _is_shown(found):
        raise unknown()
    return found


def cancel(job_id: int) -> bool:
    """Cancel a job that is the person's to see; False where it has ended already."""
    found = find(job_id)
    with access.portal().writing(access.current(), access.origin()) as uow:
        cancelled = jobs.cancel(uow, found.id)
        uow.commit()
    return cancelled


def state(job: Progress) -> str:
    """Return how a job stands, in a word or two."""
    return translate(CANCELLING if job.cancelling else JOB_STATES[job.status].words)


def said(job: Progress) -> str:
    """Return the words of its progress."""
    if not job.words:
        return ""
    params: dict[str, Any] = {"done": job.done, "total": job.total, **job.params}
    return translate(job.words, **params)


def _is_shown(job: Progress) -> bool:
    mine = access.current()
    if job.user_id is not None and job.user_id == mine.user_id:
        return True
    if not any(role == ADMIN for role, _ in mine.memberships):
        return False
    # What the system does for itself concerns no person; what somebody started, those who keep the account.
    return job.user_id is None or is_listed(job.user_id)
