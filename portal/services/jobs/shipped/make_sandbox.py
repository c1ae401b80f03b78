"""Make the sandbox of a draft in a worker; the request that asks for it is answered at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from portal.core.errors import Conflict, DefinitionError, PortalError, msg
from portal.services.drafts.finding import TRIED, draft_of
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.sandboxes import Sandboxes, blueprint_of, make
from portal.services.sandboxes.asking import ENDED, JOB

STEPS = (msg("The configuration is read and looked over"), msg("The portal of its own is being filled"))


@job
class MakeSandbox(Job):
    """The sandbox of one draft; the reason against it, where there is one, is the result."""

    name = JOB
    title = msg("Making of a sandbox")
    long: ClassVar[bool] = True
    tries: ClassVar[int] = 2

    def run(self, work: JobRun) -> dict[str, Any]:
        """Make the sandbox, and return the position of the draft in it, or the reason against it."""
        instance = work.portal.instance
        if instance is None:
            raise Conflict("sandbox.nowhere", msg("This installation has no folder for sandboxes"))
        try:
            return {"position": _made(work, instance)}
        except (Conflict, DefinitionError) as refused:
            return _against(refused)


def _made(work: JobRun, instance: Path) -> int:
    _tell(work, 0)
    with work.portal.reading(work.access) as session:
        row = draft_of(session, str(work.payload["draft"]))
        if row.state not in TRIED:
            raise Conflict("draft.state", ENDED)
        blueprint = blueprint_of(session, row)
    _tell(work, 1)
    now, by = work.portal.clock.now(), str(work.payload["by"])
    return make(Sandboxes.at(instance), blueprint, now, by).position


def _tell(work: JobRun, done: int) -> None:
    work.check()
    work.tell(done, len(STEPS), STEPS[done])
    with work.writing() as uow:
        uow.commit()


def _against(refused: PortalError) -> dict[str, Any]:
    return {"refused": refused.message, "params": dict(refused.params)}
