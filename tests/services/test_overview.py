"""The figures of the home page: within the scope, by stage and due date, and the same where counting stops early."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Record
from portal.services import records
from portal.services.figures import upkeep
from portal.services.portal import Portal
from portal.services.reach.upkeep import rebuild
from portal.services.records import Count, Overview
from portal.services.records.handling import figures as counting
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")
STAGES = ("intake", "analysis")


@pytest.fixture
def filled(seeded: Portal) -> Portal:
    """Four open cases of one county, one of another; all but one have a due date."""
    for unit, name in [("530112", n) for n in "甲乙丙丁"] + [("530111", "外")]:
        with seeded.writing(access_for(seeded, "clerk", unit)) as uow:
            records.register(uow, "case", unit, {"name": name})
            uow.commit()
    today = seeded.clock.today()
    with seeded.writing(SYSTEM) as uow:
        found = uow.session.scalars(select(Record).order_by(Record.id)).all()
        for record, days in zip(found, (-1, 0, 8, None, 7), strict=True):
            if days is None:
                continue
            record.due_on = today + dt.timedelta(days=days)
            record.stage = "elsewhere" if days == 8 else record.stage
            record.version += 1
            uow.audit("note", record, kind="case", object_id=record.uid)
        uow.commit()
    assert rebuild(seeded.database)
    upkeep.build(seeded.database)
    return seeded


def figures(portal: Portal, role: str, unit: str) -> Overview:
    with portal.reading(access_for(portal, role, unit)) as session:
        return records.overview(portal, session, "case", STAGES)


@pytest.fixture(params=["kept", "counted"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Figures as acts keep them, and as they are counted where none were kept yet."""
    if request.param == "counted":
        monkeypatch.setattr(counting, "kept_counts", lambda *_, **__: None)
    return str(request.param)


def test_figures_stay_within_the_scope(filled: Portal, way: str) -> None:
    own = figures(filled, "clerk", "530112")
    assert (own.total, own.stages["intake"], own.stages["analysis"]) == (Count(4), Count(3), Count(0))
    assert (own.elsewhere, own.dated, own.late, own.soon) == (Count(1), Count(3), Count(1), Count(1))
    city = figures(filled, "supervisor", "530100")
    assert (city.total, city.dated, city.soon) == (Count(5), Count(4), Count(2))
    assert figures(filled, "clerk", "530115").total == Count(0)


def test_of_very_many_each_figure_is_counted_alone_and_says_where_it_stopped(
    filled: Portal, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = figures(filled, "supervisor", "530100")
    monkeypatch.setattr(counting, "EXACT", 4)
    early = figures(filled, "supervisor", "530100")
    # What acts keep is exact, however many there are.
    assert early.total == (Count(4, True) if way == "counted" else Count(5))
    for name in ("stages", "elsewhere", "dated", "late", "soon"):
        assert getattr(early, name) == getattr(exact, name), name
    monkeypatch.setattr(counting, "CAP", 2)
    assert figures(filled, "supervisor", "530100").dated == Count(2, True)
    assert figures(filled, "clerk", "530112").total == Count(4)
