"""Two counties build their own configuration by pointer and keys alone, and put it in force."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.browser.county import case, content, force, layout, own_role
from tests.browser.county.counties import JINNING, PINGHU, County
from tests.browser.county.opening import Office, confirm_people, open_centre
from tests.browser.county.served import FIRST, SECOND, fill, served
from tests.fixtures.database import filled_file

pytestmark = pytest.mark.browser
MOST_MINUTES = 120
PARTS = (
    content.fields,
    content.leaf,
    content.rules,
    content.stages,
    content.document,
    content.role,
    content.worklist,
)


@pytest.mark.parametrize("county", [JINNING, PINGHU], ids=["Jinning", "another-province"])
def test_a_county_builds_its_own_centre_by_hand(
    county: County,
    chromium: Any,
    tmp_path: Path,
    sqlite_template: Path,
    shared_folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = f"city-{county.city}.db"
    filled = filled_file(
        shared_folder, name, lambda url: fill(url, county.pack, county.city), sqlite_template
    )
    shutil.copy(filled, tmp_path / "portal.db")
    with served(tmp_path / "portal.db") as base:
        office = Office(chromium, base, tmp_path)
        try:
            _build(office, county)
        finally:
            office.close()
    with capsys.disabled():
        print(f"\n{county.name}, minutes by the keystroke-level model:\n{office.tally.told()}")
    assert office.tally.minutes < MOST_MINUTES
    assert office.complaints == []


def _build(office: Office, county: County) -> None:
    open_centre(office, county, FIRST)
    confirm_people(office, county, SECOND)
    hand = layout.open_draft(office, county)
    content.departments(office, county, hand)
    layout.build(office, county, hand)
    for build in PARTS:
        build(office, county, hand)
    force.submit(office, county, hand)
    force.approve(office, county)
    own_role.give(office, county)
    case.run(office, county)
