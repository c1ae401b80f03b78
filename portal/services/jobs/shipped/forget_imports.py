"""Forget the rows of files of other systems that nobody has worked on for a while: they hold what people told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import ClassVar

from portal.core.errors import msg
from portal.services.importing import files
from portal.services.jobs.catalogue import job
from portal.services.jobs.sweep import Sweep
from portal.services.portal import Work


@job
class ForgetImports(Sweep[str]):
    """Removal of the rows of files that were left alone for 30 days; what was imported stays."""

    name = "forget_imports"
    title = msg("Removal of rows of old import files")
    every: ClassVar[dt.timedelta | None] = dt.timedelta(hours=1)

    def claim(self, uow: Work, limit: int) -> Sequence[str]:
        """Return such files."""
        return files.forgotten(uow, limit)

    def effect(self, uow: Work, item: str) -> None:
        """Forget the rows of one, with its audit entry."""
        files.forget(uow, item)
