"""The export of another system with twelve sorts of dirty values: tried, mended, taken over, back, and over again."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from portal.adapters.workbooks import Sheet, read_sheets, write_workbook
from portal.persistence.models import AuditEntry, Record, RecordSource
from portal.services import audit, importing
from portal.services.figures import upkeep as figures
from portal.services.importing.files import read_file
from portal.services.portal import Portal
from portal.services.reach import upkeep as reach
from tests.fixtures import other_system as other
from tests.fixtures.importing import SYSTEM, Importing, director
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]
NUMBERS = itertools.count()
UNIT, PLACES = "530114", ["龙城街道", "洛龙街道", "斗南街道"]
# Each sort of dirt once and again: two rows of it.
COUNT = 48
ROWS = 600


@dataclass
class Imported:
    importer: Importing
    export: other.Export

    @property
    def portal(self) -> Portal:
        return self.importer.portal

    def book(self) -> bytes:
        return write_workbook(Sheet("工单", other.HEADINGS, self.export.cells()))

    def mended(self, file: str) -> bytes:
        """Return the sheet of faults with every cell mended."""
        with self.portal.writing(self.importer.who) as uow:
            content = importing.fault_sheet(uow, importing.file_of(uow.session, file))
            uow.commit()
        ((name, lines),) = read_sheets(content).items()
        heads, *rows = [list(cells) for _, cells in lines]
        for cells in rows:
            for column, value in self.export.mended[int(cells[0])].items():
                cells[heads.index(column)] = value
        return write_workbook(Sheet(name, heads, rows))


@pytest.fixture
def imported(site: Site) -> Imported:
    portal = site.portal
    importer = Importing(portal, director(portal, f"zhuren{next(NUMBERS)}", UNIT), unit=UNIT)
    importer.keep_as(f"热线{next(NUMBERS)}", other.MAPPING)
    return Imported(importer, other.export(ROWS, PLACES, dirty_each=ROWS // COUNT))


def test_mapped_tried_mended_taken_over_taken_back_and_taken_over(imported: Imported) -> None:
    importer, portal = imported.importer, imported.portal
    file = importer.upload(imported.book(), "导出.xlsx")
    dirty = len(imported.export.mended)
    found = importer.run(importing.start_trying, file)
    assert (found["good"], found["bad"], found["taken"]) == (ROWS - dirty, dirty, 0)
    assert dirty >= 2 * len(other.DIRT)
    with portal.writing(importer.who) as uow:
        importing.mend(uow, file, read_file(imported.mended(file)))
        uow.commit()
    found = importer.run(importing.start_trying, file)
    assert (found["good"], found["bad"]) == (ROWS, 0)
    before = importer.count(Record)
    for _ in range(2):
        assert importer.run(importing.start_taking, file) == {"entered": ROWS, "left": 0, "before": 0}
        assert importer.count(Record) == before + ROWS
        assert stages(portal) == expected(imported.export)
        assert figures.check(portal.database) == []
        assert reach.check(portal.database) == []
        if not _:
            assert importer.run(importing.start_undoing, file) == {"removed": ROWS, "kept": 0}
            assert importer.count(Record) == before
            assert importer.count(RecordSource) == 0
            assert figures.check(portal.database) == []
    made = importer.count(AuditEntry, AuditEntry.action == "take_over_record")
    gone = importer.count(AuditEntry, AuditEntry.action == "take_back_record")
    assert (made, gone) == (2 * ROWS, ROWS)
    assert audit.verify(portal).clean


def expected(export: other.Export) -> Counter[str]:
    """Return how many records of each stage the mended rows make."""
    words = other.VALUES["stage"]
    states = [
        export.mended.get(at + 2, {}).get("办理状态", row["办理状态"]) for at, row in enumerate(export.rows)
    ]
    return Counter(words[state] for state in states)


def stages(portal: Portal) -> Counter[str]:
    """Return how many records of sources there are of each stage."""
    query = (
        select(Record.stage, func.count())
        .join(RecordSource, RecordSource.record_id == Record.id)
        .group_by(Record.stage)
    )
    with portal.reading(SYSTEM) as session:
        return Counter(dict(session.execute(query).all()))


def test_what_a_spreadsheet_has_cut_is_told(imported: Imported) -> None:
    rows = [dict(one) for one in other.export(2, PLACES, dirty_each=0, seed=5).rows]
    rows[0]["工单编号"], rows[1]["来电人"] = "5.30112199001011E+17", "1.39000000001E+10"
    content = write_workbook(
        Sheet("工单", other.HEADINGS, [[one[head] for head in other.HEADINGS] for one in rows])
    )
    file = imported.importer.upload(content, "x.xlsx")
    assert imported.importer.run(importing.start_trying, file)["by"] == {"import.cut": 2}
