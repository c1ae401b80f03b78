"""Take over the rows without faults of a file of another system: each chunk whole or not at all, no row twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from portal.core.access import ADD
from portal.core.errors import msg
from portal.services.importing.entering import enter
from portal.services.importing.files import TAKEN
from portal.services.importing.finding import require
from portal.services.importing.reading import Understood
from portal.services.importing.refreshing import refresh
from portal.services.importing.starting import TAKE
from portal.services.importing.working import DOUBLES, ImportJob
from portal.services.jobs.catalogue import job
from portal.services.jobs.running import JobRun

if TYPE_CHECKING:
    from portal.services.portal import Work


@job
class TakeImport(ImportJob):
    """The import of a file: rows are read anew, so what holds is the form and the mapping of this moment."""

    name = TAKE
    title = msg("Import of a file of records")
    needs: ClassVar[str] = ADD
    done: ClassVar[str] = "take_upload"

    def chunks(self, work: JobRun) -> Iterable[str]:
        """Return the parts of the file."""
        return self.numbers(work)

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Enter the rows of one part that are without fault and were not taken over before."""
        file, setting = self.open(uow, work)
        uow.need_room()
        if name == DOUBLES:
            return self.doubles(uow, file, setting)
        person = self.person(work)
        good: dict[str, Understood] = {}
        left = before = 0
        brought: Counter[str] = Counter()
        for one in self.rows(uow, work, file, setting, name):
            if one.problems:
                left += 1
            elif one.is_other:
                brought[refresh(uow, setting, one, person)] += 1
            elif one.is_taken or one.row.number in good:
                before += 1
            else:
                good[one.row.number] = one
        for path in {one.place.unit.path for one in good.values() if one.place is not None}:
            require(person, ADD, setting.source.etype, path)
        entered = enter(uow, setting, file, list(good.values()))
        return {"entered": entered, "left": left, "before": before, **brought}

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any]:
        """Say in the file what came of it."""
        return self.end(uow, work, TAKEN)
