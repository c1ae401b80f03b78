"""Divisions are loaded all or not at all: a bad row is named, a row that is gone takes its unit out of use."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.core.errors import DefinitionError
from portal.core.packs import MemoryLibrary
from portal.persistence.models import Unit
from portal.services.portal import Portal
from portal.services.seeding import SeedReport, seed
from tests.fixtures import small_packs
from tests.services.releases.parts import SYSTEM

TABLE = small_packs.BASE["seed/divisions.csv"]
assert isinstance(TABLE, str)
HEAD, *ROWS = TABLE.strip().split("\n")
VILLAGE = "530112001999,530112001,village,新设社区,"


def again(portal: Portal, table: str | bytes) -> SeedReport:
    packs = {"base": small_packs.BASE, "city/km": small_packs.CITY}
    written: dict[str, dict[str, str | bytes]] = {
        pack: dict(small_packs.files_of(pack, files)) for pack, files in packs.items()
    }
    written["base"]["seed/divisions.csv"] = table
    return seed(portal, MemoryLibrary(written), verify=False, demo=False)


def tree(portal: Portal) -> set[tuple[str, str, bool]]:
    with portal.reading(SYSTEM) as session:
        return {(unit.code, unit.name, unit.active) for unit in session.scalars(select(Unit))}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("53011,530100,county,码太短县,", "53011"),
        ("530199,539999,county,无上级县,", "530199"),
        ("530198,530100,planet,无此级别,", "530198"),
        ("530197,530100,county,,", "530197"),
        ("530112,530100,county,重复的西山区,", "530112"),
    ],
)
def test_one_bad_row_loads_nothing_and_is_named(seeded: Portal, row: str, said: str) -> None:
    before = tree(seeded)
    with pytest.raises(DefinitionError) as refused:
        again(seeded, "\n".join([HEAD, *ROWS, VILLAGE, row, ""]))
    told = " ".join(f"{one.file} {one.pointer} {one.params}" for one in refused.value.problems)
    assert "divisions.csv" in told
    assert said in told or str(len(ROWS) + 3) in told, told
    assert tree(seeded) == before


def test_a_table_in_another_encoding_loads_nothing(seeded: Portal) -> None:
    before = tree(seeded)
    with pytest.raises(DefinitionError):
        again(seeded, "\n".join([HEAD, *ROWS, VILLAGE, ""]).encode("gb18030"))
    assert tree(seeded) == before


def test_a_row_that_is_gone_takes_its_unit_out_of_use_and_a_centre_stays(seeded: Portal) -> None:
    again(seeded, "\n".join([HEAD, *ROWS, "530120,530100,county,新设县,", ""]))
    assert ("530120", "新设县", True) in tree(seeded)
    without = [row for row in ROWS if not row.startswith("530112")]
    report = again(seeded, "\n".join([HEAD, *without, ""]))
    assert ("530120", "新设县", False) in tree(seeded)
    assert any("530120" in line for line in report.retired)
    assert [one.params["code"] for one in report.kept if one.code == "seed.row_gone"] == ["530112"]
    assert not any(code == "530112" and not active for code, _name, active in tree(seeded))
