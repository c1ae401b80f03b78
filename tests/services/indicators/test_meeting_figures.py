"""Figures of a meeting are the same read from what is kept and counted from the rows."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.indicators.meetings import CHOICES, USUAL, Days, MeetingKind, last_ended
from portal.services.indicators import proof
from portal.services.indicators.counting import Counting
from portal.services.meetings.making import counted
from portal.services.portal import Portal
from portal.services.units.centres import all_centres
from tests.services.indicators.histories import SYSTEM, History
from tests.services.indicators.test_indicator_upkeep import SHIPPED, filled

__all__ = ["filled"]


def papers(portal: Portal) -> dict[tuple[str, str], dict[str, Any]]:
    """Count what is laid before the meetings of all centres, of a week, a month and a quarter."""
    with portal.reading(SYSTEM) as session:
        centres = [one for one in all_centres(session) if one.unit_code in ("530100", "530112")]
    found = {}
    for centre in centres:
        for every in ("week", "month", "quarter"):
            kind = MeetingKind(every, "x", every, USUAL, SHIPPED, tuple(CHOICES), 10)
            days: Days = last_ended(every, portal.clock.today())
            found[centre.unit_code, every] = counted(portal, centre, kind, days).content
    return found


def test_figures_of_a_meeting_are_the_same_kept_and_counted(
    filled: tuple[Portal, list[History]], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _ = filled
    before = papers(portal)
    proof.build(portal)
    asked: list[tuple[str, Any]] = []
    several = Counting.several

    def counts(counting: Counting, indicators: Any, periods: Any) -> Any:
        some = list(indicators)
        asked.extend((one.id, periods[0]) for one in some)
        return several(counting, some, periods)

    monkeypatch.setattr(Counting, "several", counts)
    after = papers(portal)
    assert after == before
    shown = [one for paper in after.values() for one in paper["figures"]]
    assert sum(one["now"][1] for one in shown) > 100
    assert any(one["shows"] == "median" and one["now"][0] for one in shown)
    # Of weeks nothing is kept; of months only what is no record.
    months = {name for name, days in asked if days.first.day == 1 and days.after.day == 1}
    assert "registered" in {name for name, _ in asked}
    assert months == {"account_coverage", "satisfaction_rate"}
