"""The part of the tree that is kept for all requests, under the access stamp: plain values that know no portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from portal.core.errors import Conflict
from portal.persistence.models import Unit
from portal.services.units.centres import CentreRef


@dataclass(frozen=True, slots=True)
class Home:
    """A unit with the names from the root down to it, and the nearest centre above or at it."""

    unit: Unit
    trail: tuple[str, ...]
    centre: CentreRef | None


class TreeChanged(Conflict):
    """A unit changed while a unit of work went by units as they are kept: it is done again by the stored ones."""


class UnitName(NamedTuple):
    """What a page shows of a unit."""

    id: int
    code: str
    name: str
