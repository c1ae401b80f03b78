"""The time that is left of a period, as people count it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from portal.core.deadlines.clock import OVERDUE, RUNNING
from portal.web.words.clocks import left_words
from tests.web.records.seeded_site import Site


def _view(unit: str, left: int) -> Any:
    state = SimpleNamespace(left=left, state=OVERDUE if left < 0 else RUNNING, due_on=None)
    return SimpleNamespace(state=state, variant=SimpleNamespace(length=SimpleNamespace(unit=unit)))


@pytest.mark.parametrize(
    ("unit", "left", "said"),
    [
        ("hour", 0, "还剩0小时"),
        ("hour", 71, "还剩71小时"),
        ("hour", 72, "还剩3天"),
        ("hour", -71, "已过71小时"),
        ("hour", -95, "已过4天"),
        ("hour", -7127, "已过297天"),
        ("working_day", 72, "还剩72个工作日"),
        ("month", -100, "已过100天"),
    ],
)
def test_hours_are_told_as_days_once_nobody_counts_them(site: Site, unit: str, left: int, said: str) -> None:
    with site.app.test_request_context("/"):
        assert left_words(_view(unit, left)) == said


@pytest.mark.parametrize(
    ("unit", "left", "said"),
    [
        ("working_day", 1, "1 working day left"),
        ("working_day", -1, "1 working day over"),
        ("hour", 1, "1 hour left"),
        ("day", -1, "1 day over"),
        ("day", -2, "2 days over"),
    ],
)
def test_one_day_is_no_days(site: Site, unit: str, left: int, said: str) -> None:
    with site.app.test_request_context("/?_l_=en"):
        assert left_words(_view(unit, left)) == said
