"""When figures may leave the portal by one person alone, and when a second one has to agree: as the pack says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.errors import msg

MANY, NAMED = "many", "named"
REASONS: Mapping[str, str] = {
    MANY: msg("It has more than %(most)s lines."),
    NAMED: msg("It has figures that the pack protects: %(figures)s."),
}


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a second person has to agree to: tables of more than ``most`` lines, and those with certain figures."""

    most: int | None = None
    figures: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Leaving:
        """Return what the settings of a release say; nothing is asked for where they say nothing."""
        raw: Mapping[str, Any] = settings.get("board", {}).get("second_person", {})
        return cls(raw.get("lines"), frozenset(raw.get("indicators", ())))

    def reasons(self, lines: int, figures: Iterable[str]) -> list[str]:
        """Return why a second person has to agree to a table; none where nobody has to."""
        found = [MANY] if self.most is not None and lines > self.most else []
        return found + ([NAMED] if self.figures.intersection(figures) else [])
