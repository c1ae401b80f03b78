"""The units that see a record, and why: a pure function of its own units and of those that were asked to help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from portal.persistence.models.reach import ASSISTING, HANDLER, OWNER


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


def units_on(path: str) -> list[int]:
    """Return the units on a path, from the root down to the unit itself."""
    return [int(part) for part in path.split("/") if part]
