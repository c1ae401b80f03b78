"""Seal the audit log: every two minutes, whatever was stored since."""

from __future__ import annotations

import datetime as dt
from typing import Any

from portal.core.errors import msg
from portal.services import audit
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun


@job
class SealAudit(Job):
    """Sealing of the audit log."""

    name = "seal_audit"
    title = msg("Sealing of the audit log")
    every = dt.timedelta(minutes=2)

    def run(self, work: JobRun) -> dict[str, Any]:
        """Seal what is stored and not sealed yet."""
        done = audit.seal(work.portal)
        return {"seals": done.seals, "entries": done.entries}
