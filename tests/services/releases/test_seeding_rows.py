"""Rows of divisions.csv: wrong ones stop all of seeding and are named; a row that is gone takes its unit along."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.errors import DefinitionError
from portal.i18n import translator
from portal.persistence.models import Release, Unit
from portal.services.portal import Portal
from portal.services.seeding import SeedReport, seed
from tests.fixtures import small_packs
from tests.services.releases.parts import SYSTEM

ZH = translator("zh")
GOOD = small_packs.DIVISIONS
TOWN = "530112002,530112,township,碧鸡街道,\n"
VILLAGE = "530112001001,530112001,village,一社区,\n"


def again(portal: Portal, divisions: str | bytes) -> SeedReport:
    base: dict[str, Any] = small_packs.BASE | {"seed/divisions.csv": ""}
    library = small_packs.library({"base": base})
    library.packs["base"]["seed/base/divisions.csv"] = divisions
    return seed(portal, library, verify=False, demo=True)


def state(portal: Portal) -> tuple[int, int, list[str]]:
    """Return how many units and releases there are, and the names of the units in use."""
    with portal.reading(SYSTEM) as session:
        units = session.scalar(select(func.count()).select_from(Unit)) or 0
        releases = session.scalar(select(func.count()).select_from(Release)) or 0
        return units, releases, sorted(session.scalars(select(Unit.name).where(Unit.active)))


BAD = {
    "two-rows": (
        GOOD.replace("530112001,530112,township", "5301120,530112,township")
        + "530199001,530199,township,无主街道,\n",
        ["第 5 行：代码 5301120 与层级不符", "第 6 行", "第 11 行"],
    ),
    "twice": (GOOD + "530115,530100,county,另一晋宁区,\n", ["第 11 行：代码 530115 重复"]),
    "no-name": (GOOD.replace("碧鸡街道", ""), ["第 7 行"]),
    "level": (GOOD.replace("530111,530100,county", "530111,530100,district"), ["第 10 行"]),
    "first-line": (GOOD.replace("parent_code", "parent"), ["首行必须是：code,parent_code"]),
    "gbk": (GOOD.encode("gbk"), ["第 2 行", "GBK"]),
}


@pytest.mark.parametrize(("divisions", "named"), BAD.values(), ids=BAD.keys())
def test_a_wrong_row_stops_everything_and_each_is_named(
    seeded: Portal, divisions: str | bytes, named: list[str]
) -> None:
    before = state(seeded)
    with pytest.raises(DefinitionError) as refused:
        again(seeded, divisions)
    assert refused.value.code == "seed.broken"
    told = "\n".join(problem.render(ZH) for problem in refused.value.problems)
    assert all(text in told for text in named), told
    assert {problem.file for problem in refused.value.problems} == {"seed/base/divisions.csv"}
    assert state(seeded) == before


def test_an_empty_database_stays_empty(portal: Portal) -> None:
    with pytest.raises(DefinitionError):
        again(portal, GOOD.replace("530112001,530112,township", "5301120,530112,township"))
    assert state(portal) == (0, 0, [])


def test_a_row_that_is_gone_takes_its_unit_out_of_use(seeded: Portal) -> None:
    units, _, names = state(seeded)
    report = again(seeded, GOOD.replace(TOWN, "").replace(VILLAGE, ""))
    assert sorted(report.retired) == ["一社区 (530112001001)", "碧鸡街道 (530112002)"]
    assert state(seeded)[0] == units
    assert state(seeded)[2] == [name for name in names if name not in ("碧鸡街道", "一社区")]
    assert again(seeded, GOOD.replace(TOWN, "").replace(VILLAGE, "")).retired == []


def test_a_unit_with_a_centre_stays_and_is_named(seeded: Portal) -> None:
    _, _, names = state(seeded)
    rows = [row for row in GOOD.splitlines() if "530115" not in row]
    report = again(seeded, "\n".join(rows) + "\n")
    assert [(kept.code, kept.params["code"]) for kept in report.kept] == [("seed.row_gone", "530115")]
    assert report.retired == []
    assert state(seeded)[2] == names
