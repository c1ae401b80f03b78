"""The line of centres in force over the days of a campaign, beside its aim, in the units of one drawing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.services.rollout.standing import CampaignStand

LEFT, RIGHT, TOP, BOTTOM = 34.0, 520.0, 12.0, 118.0


@dataclass(frozen=True, slots=True)
class Climb:
    """The drawing: the path of what is in force, that of the aim, today, and the numbers at its side."""

    line: str
    aim: str
    today_x: float
    now_y: float
    now: int
    due: int
    marks: tuple[tuple[int, float], ...]
    first: dt.date
    last: dt.date

    @classmethod
    def of(cls, stand: CampaignStand) -> Climb:
        """Return the drawing of a campaign."""
        first, last = stand.campaign.started_on, stand.ends_on
        wanted, due = stand.aim
        most = max(wanted, stand.eligible, 1)

        def x(day: dt.date) -> float:
            share = (day - first).days / max((last - first).days, 1)
            return round(LEFT + (RIGHT - LEFT) * min(max(share, 0), 1), 1)

        def y(number: int) -> float:
            return round(BOTTOM - (BOTTOM - TOP) * number / most, 1)

        path, number = [f"M{LEFT} {BOTTOM}"], 0
        for day, there in stand.climb():
            number = there
            path.append(f"H{x(day)} V{y(there)}")
        path.append(f"H{x(max(stand.today, first))}")
        marks = tuple((mark, y(mark)) for mark in dict.fromkeys((0, most // 2, most)))
        return cls(
            " ".join(path),
            f"M{LEFT} {BOTTOM} L{RIGHT} {y(wanted)}",
            x(stand.today),
            y(number),
            number,
            due,
            marks,
            first,
            last,
        )
