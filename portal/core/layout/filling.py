"""Windows at which nobody sits, dealt out at one go: to the department of each, or by turns among several.

Nobody is put at two places at once: such a half day goes to the next who is free, or stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.core.layout.model import HALVES, Layout
from portal.core.layout.week import WHOLE, Gap, Week, gaps


@dataclass(frozen=True, slots=True)
class Dealt:
    """A half or a whole day at a window, and the department that is to sit there; none where nobody is free."""

    window: str
    day: int
    half: str
    department: str = ""


def dealt(layout: Layout, week: Week, who: Sequence[str] = ()) -> list[Dealt]:
    """Return who is to sit at each window that has nobody: ``who`` by turns, else the department of the window."""
    taken = {(one.department, one.day, half) for one in week.shifts for half in one.halves}
    owners = {window.id: window.department or "" for window in layout.windows}
    found: list[Dealt] = []
    turns: dict[str, int] = {}
    for gap in gaps(layout, week):
        turn = turns.setdefault(gap.window, len(turns))
        asked = _from(who, turn) if who else [owners[gap.window]]
        chosen = next((one for one in asked if one and not taken & _slots(one, gap)), "")
        taken |= _slots(chosen, gap)
        found.append(Dealt(gap.window, gap.day, gap.half, chosen))
    return found


def _from(who: Sequence[str], turn: int) -> list[str]:
    """Return the departments, beginning with the one whose turn it is."""
    start = turn % len(who)
    return [*who[start:], *who[:start]]


def _slots(department: str, gap: Gap) -> set[tuple[str, int, str]]:
    halves = HALVES if gap.half == WHOLE else (gap.half,)
    return {(department, gap.day, half) for half in halves}
