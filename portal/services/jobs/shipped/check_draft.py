"""Check a draft of a configuration in a worker: its files, its rules and, where asked, its sample matters."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from portal.core.errors import msg
from portal.core.packs import MemoryLibrary, Resolved
from portal.persistence import migrate
from portal.services.drafts.checking import JOB, keep_findings, opened_for_check, problems_of
from portal.services.jobs.catalogue import Job, job
from portal.services.jobs.running import JobRun
from portal.services.portal import Portal
from portal.services.seeding import seed
from portal.services.stories import run_story

MOST_TOLD = 10


@job
class CheckDraft(Job):
    """The check of one draft; the draft keeps what was found, with the position at which it was read."""

    name = JOB
    title = msg("Check of a draft of the configuration")
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, Any]:
        """Check the draft, run its stories where that was asked for, and keep the findings."""
        with work.portal.reading(work.access) as session:
            checking = opened_for_check(session, str(work.payload["draft"]))
        problems = problems_of(checking)
        work.check()
        errors = sum(one.severity == "error" for one in problems)
        stories = walked(work, checking.resolved) if work.payload.get("whole") and not errors else None
        with work.writing() as uow:
            keep_findings(uow, checking, problems, stories)
            uow.commit()
        return {"errors": errors, "position": checking.position}


def walked(work: JobRun, resolved: Resolved) -> dict[str, Any]:
    """Run the stories of the last pack of a chain, each on a copy of one scratch database."""
    layer = resolved.chain[-1]
    library = MemoryLibrary({one.id: dict(one.raw) for one in resolved.chain})
    failed: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        template, scratch = Path(folder) / "template.db", Path(folder) / "scratch.db"
        if layer.stories:
            portal = Portal.from_url(f"sqlite:///{template}")
            migrate.upgrade(portal.database.engine)
            seed(portal, library, verify=False, only=[layer.id])
            _close(portal)
        for at, (name, story) in enumerate(sorted(layer.stories.items())):
            work.tell(at, len(layer.stories), msg("%(done)s of %(total)s sample matters walked through"))
            work.check()
            shutil.copy(template, scratch)
            portal = Portal.from_url(f"sqlite:///{scratch}")
            unit = story.get("centre") or layer.manifest.unit or ""
            report = run_story(portal, layer.id, unit, story, f"seed/{layer.id}/stories/{name}.json")
            _close(portal)
            failed += [{"title": report.title, "step": one.pointer} for one in report.failures[:1]]
    return {"count": len(layer.stories), "failed": failed[:MOST_TOLD]}


def _close(portal: Portal) -> None:
    """Bring everything into the file itself, so that it can be copied."""
    with portal.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    portal.database.dispose()
