"""Remove files that were uploaded for a record that nobody entered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import ClassVar

from portal.core.errors import msg
from portal.services.jobs.catalogue import job
from portal.services.jobs.sweep import Sweep
from portal.services.portal import Work
from portal.services.records.entering import attaching


@job
class ForgetFiles(Sweep[str]):
    """Removal of files that waited a week for their record."""

    name = "forget_files"
    title = msg("Removal of files that belong to no record")
    every: ClassVar[dt.timedelta | None] = dt.timedelta(hours=1)

    def claim(self, uow: Work, limit: int) -> Sequence[str]:
        """Return the identifiers of such files."""
        return attaching.forgotten(uow, limit)

    def effect(self, uow: Work, item: str) -> None:
        """Remove one, with its audit entry."""
        attaching.forget(uow, item)
