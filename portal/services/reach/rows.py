"""The units that see a record, and why: a pure function of its own units and of those that were asked to help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.core.lifecycle.model import LaneState
from portal.persistence.models.reach import ASSISTING, HANDLER, OWNER

# What the rows of a record follow from, beside its referrals; and what else they keep of it.
SEEN_BY = ("unit_path", "handler_path", "is_open", "due_on", "canonical_stage", "lanes", "correction_by")
READ = (*SEEN_BY, "etype", "created_at", "updated_at")
LANE_OPEN: LaneState = "open"


def reach_of(unit_path: str, handler_path: str | None, asked: Iterable[str]) -> Mapping[int, str]:
    """Return the units that see a record, each with the strongest reason.

    These are its owner, its handler and each unit that was ``asked`` and has not answered, with all units above them.
    """
    found: dict[int, str] = {}
    for why, paths in ((OWNER, (unit_path,)), (HANDLER, (handler_path or "",)), (ASSISTING, asked)):
        for path in paths:
            for unit in units_on(path):
                found.setdefault(unit, why)
    return found


def kept_of(record: Any, unit: int, why: str) -> dict[str, Any]:
    """Return what the row of a unit keeps of a record, beside its type and when it was registered."""
    return {
        "updated_at": record.updated_at,
        "is_open": record.is_open,
        "due_on": record.due_on,
        "waiting": why == OWNER and record.is_open and record.handler_path is None,
        "why": why,
        "canonical_stage": record.canonical_stage,
        "lanes": lanes_of(record.lanes),
        "correcting": record.correction_by is not None,
        "handling": unit in units_on(record.handler_path or ""),
    }


def lanes_of(lanes: Mapping[str, str] | None) -> str:
    """Return the lanes that are open, each between commas; empty for none."""
    found = sorted(name for name, state in (lanes or {}).items() if state == LANE_OPEN)
    return f",{','.join(found)}," if found else ""


def units_on(path: str) -> list[int]:
    """Return the units on a path, from the root down to the unit itself."""
    return [int(part) for part in path.split("/") if part]
