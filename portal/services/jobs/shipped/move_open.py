"""Move the open matters of a centre to the release that was put in force there, each by an act of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from sqlalchemy import select

from portal.core.access import Access
from portal.core.errors import PortalError, msg
from portal.persistence.models import Record
from portal.services import records
from portal.services.drafts.stage_mapping import MOVE_OPEN
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.records.entering.adopting_release import newer_releases
from portal.services.releases.effect import running_at
from portal.services.users.access import access_of


@job
class MoveOpen(Job):
    """Open matters of one centre, one after the other; what can't be moved stays as it is and is counted."""

    name = MOVE_OPEN
    title = msg("Open matters moved to the new configuration")
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Move what is still under an older release; nothing where the release is no longer in force."""
        payload = work.payload
        release_id, unit_id = int(payload["release_id"]), int(payload["unit_id"])
        with work.portal.reading(work.access) as session:
            running = running_at(session, unit_id)
            if running is None or running.release_id != release_id:
                return {"moved": 0, "left": 0}
            older = (Record.centre_id == unit_id, Record.is_open, Record.parent_id.is_(None))
            query = select(Record.uid).where(*older, Record.release_id < release_id).order_by(Record.id)
            uids = list(session.scalars(query))
        moved = 0
        for number, uid in enumerate(uids, start=1):
            work.check()
            moved += self._move(work, uid, release_id, (number, len(uids)))
        return {"moved": moved, "left": len(uids) - moved}

    def _move(self, work: JobRun, uid: str, release_id: int, told: tuple[int, int]) -> bool:
        """Move one matter; False where it refuses: it was closed meanwhile, a person changes it, it waits."""
        try:
            with work.writing(_in_the_name(work)) as uow:
                record = records.get_any(uow.session, uid)
                if release_id not in {one.release_id for one in newer_releases(uow.session, record)}:
                    return False
                stage = work.payload["mapping"].get(record.etype, {}).get(record.stage)
                records.move(uow, uid, release_id, record.version, str(work.payload["why"]), stage)
                work.tell(*told, msg("%(done)s of %(total)s open matters"))
                uow.commit()
        except PortalError as error:
            if error.code.startswith(("keys.", "audit.")):
                raise
            return False
        return True


def _in_the_name(work: JobRun) -> Access:
    """Return the access of this work in the name of the person who put the release in force."""
    user = work.claim.user_id
    if user is None:
        return work.access
    return replace(access_of(work.portal, user), grants=(), system_reason=f"job {MOVE_OPEN}")
