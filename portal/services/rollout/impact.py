"""Open matters of centres that hold what a new version takes away: counts alone, by the one reading of what goes.

Who plans a version need not see a single matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from portal.core.drafts.leaving import by_path, leaving
from portal.core.packs.moved import Move
from portal.services.drafts.open_matters import counted


@dataclass(frozen=True, slots=True)
class Held:
    """Something that goes, by its place in the configuration, and how many open matters hold it."""

    sort: str
    path: str
    code: str
    count: int

    def to_json(self) -> dict[str, Any]:
        """Return it as a plan keeps it."""
        return {"sort": self.sort, "path": self.path, "code": self.code, "count": self.count}


def impact(
    session: Session,
    centres: Sequence[int],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    moves: Sequence[Move] = (),
) -> dict[int, list[Held]]:
    """Return by centre what goes from one configuration to another and is held by open matters, the most first."""
    goes = leaving(before, after, moves)
    gone = by_path(goes)
    found = {}
    for centre, counts in counted(session, centres, goes).items():
        held = [
            Held(gone[key][0].sort, gone[key][0].path, _code(gone[key][0]), n) for key, n in counts.items()
        ]
        found[centre] = sorted(held, key=lambda one: (-one.count, one.path, one.code))
    return found


def _code(one: Any) -> str:
    return str(one.code) if one.sort == "choice" else ""
