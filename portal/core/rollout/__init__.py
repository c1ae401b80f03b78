"""Campaigns: what lets a wave go on, judged from facts; pass, fail, cannot tell, or not yet."""

from portal.core.rollout.gates import CHECKLIST, GATES, Facts, Gate, Item, Judged, judge, pair_of
from portal.core.rollout.waves import Standing, WaveState, aim_of, state_of

__all__ = [
    "CHECKLIST",
    "GATES",
    "Facts",
    "Gate",
    "Item",
    "Judged",
    "Standing",
    "WaveState",
    "aim_of",
    "judge",
    "pair_of",
    "state_of",
]
