"""How a wave stands: not begun, under way, paused, passed; and how far a campaign is from its aim."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from portal.core.rollout.gates import Judged

WaveState = Literal["waiting", "running", "paused", "passed"]


@dataclass(frozen=True)
class Standing:
    """One centre of a wave: whether the version is in force there, and the answers of its gates."""

    in_force: bool
    judged: Mapping[str, Judged]

    @property
    def cannot_tell(self) -> bool:
        """Tell whether a gate has no answer that counts."""
        return any(one.verdict == "ask" for one in self.judged.values())

    @property
    def has_passed(self) -> bool:
        """Tell whether it is in force and every gate passed."""
        return self.in_force and all(one.verdict == "pass" for one in self.judged.values())


def state_of(
    starts_on: dt.date, today: dt.date, standings: Sequence[Standing], before: WaveState | None
) -> WaveState:
    """Return how a wave stands; ``before`` is the wave before it, None for the first one.

    A wave begins on its day, once the one before has passed. A gate that cannot tell pauses it.
    """
    if today < starts_on or before not in (None, "passed"):
        return "waiting"
    if any(one.cannot_tell for one in standings):
        return "paused"
    if standings and all(one.has_passed for one in standings):
        return "passed"
    return "running"


def aim_of(eligible: int, percent: int, started_on: dt.date, days: int, today: dt.date) -> tuple[int, int]:
    """Return how many centres have to be in force at the end, and how many there should be today."""
    wanted = math.ceil(eligible * percent / 100)
    passed = min(max((today - started_on).days, 0), days)
    return wanted, math.floor(wanted * passed / days) if days else wanted
