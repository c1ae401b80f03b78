"""Try a file of another system: what would be taken over of it, and what is wrong in the other rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from portal.core.access import ADD
from portal.core.errors import msg
from portal.services.importing.files import TRIED
from portal.services.importing.reading import Understood
from portal.services.importing.starting import TRY
from portal.services.importing.working import DOUBLES, ImportJob
from portal.services.jobs.catalogue import job
from portal.services.jobs.running import JobRun

if TYPE_CHECKING:
    from portal.services.portal import Work


@job
class TryImport(ImportJob):
    """The trial of a file: nothing is entered, and each row is read as it would be entered."""

    name = TRY
    title = msg("Trial of a file of records")
    needs: ClassVar[str] = ADD
    done: ClassVar[str] = "try_upload"

    def chunks(self, work: JobRun) -> Iterable[str]:
        """Return the parts of the file, behind a look at the numbers of all rows."""
        return self.numbers(work)

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Read some rows and keep what is wrong in them."""
        file, setting = self.open(uow, work)
        if name == DOUBLES:
            return self.doubles(uow, file, setting)
        found: Counter[str] = Counter()
        by: Counter[str] = Counter()
        for one in self.rows(uow, work, file, setting, name):
            found[_sort(one)] += 1
            by.update({problem.code for problem in one.problems})
        counts = {name: found[name] for name in ("good", "bad", "taken", "other")}
        return {**counts, "by": dict(by)}

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any]:
        """Say in the file what was found."""
        return self.end(uow, work, TRIED)


def _sort(one: Understood) -> str:
    """Return which sort of row it is: with faults, new, known and the same, known and different by now."""
    if one.problems:
        return "bad"
    return "good" if not one.is_taken else "other" if one.is_other else "taken"
