"""What a back-test counted: matters that would go elsewhere, from where to where, periods, load, what is unknown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from portal.core.rules.past.replays import Target

# So many examples are kept of each way, of those that came first.
EXAMPLES = 3
Way = tuple[Target | None, Target | None]
Pair = tuple[int, int]


class Load(NamedTuple):
    """Who answers at a place: a window and a department; empty where there is none."""

    window: str = ""
    department: str = ""


@dataclass
class Tally:
    """Counts over matters. Tallies of parts of them add up."""

    matters: int = 0
    same: int = 0
    # The first way is the same, and others beside it are not.
    beside: int = 0
    ways: Counter[Way] = field(default_factory=Counter)
    # By reason, and by the input that nobody can answer.
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    # How many lose and how many get a period.
    lost: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    windows: dict[str, Counter[str]] = field(default_factory=lambda: _sides())
    departments: dict[str, Counter[str]] = field(default_factory=lambda: _sides())
    examples: dict[Way, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def replayed(self) -> int:
        """Return how many matters were decided on anew."""
        return self.matters - sum(self.unknown.values())

    @property
    def elsewhere(self) -> int:
        """Return how many matters would go elsewhere."""
        return sum(number for (then, now), number in self.ways.items() if then != now)

    def add(self, other: Tally) -> None:
        """Count the matters of another tally as well."""
        self.matters += other.matters
        self.same += other.same
        self.beside += other.beside
        for name in ("ways", "unknown", "lost", "gained"):
            getattr(self, name).update(getattr(other, name))
        for side in ("before", "after"):
            self.windows[side].update(other.windows[side])
            self.departments[side].update(other.departments[side])
        for way, uids in other.examples.items():
            self.examples[way] = (self.examples[way] + uids)[:EXAMPLES]

    def seated(self, side: str, load: Load) -> None:
        """Count one matter at a window and at a department."""
        if load.window:
            self.windows[side][load.window] += 1
        if load.department:
            self.departments[side][load.department] += 1

    def loads(self, name: str) -> dict[str, Pair]:
        """Return how many matters come to each window or department, before and after."""
        sides = self.windows if name == "windows" else self.departments
        return {
            key: (sides["before"][key], sides["after"][key])
            for key in sorted({*sides["before"], *sides["after"]})
        }

    def to_json(self) -> dict[str, Any]:
        """Return the tally as it is stored."""
        return {
            "matters": self.matters,
            "same": self.same,
            "beside": self.beside,
            "ways": [
                [_plain(then), _plain(now), number, self.examples.get((then, now), [])]
                for (then, now), number in sorted(self.ways.items(), key=_most_first)
            ],
            "unknown": [[why, name, number] for (why, name), number in sorted(self.unknown.items())],
            "lost": dict(sorted(self.lost.items())),
            "gained": dict(sorted(self.gained.items())),
            "windows": {side: dict(sorted(found.items())) for side, found in self.windows.items()},
            "departments": {side: dict(sorted(found.items())) for side, found in self.departments.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Tally:
        """Return a tally that was stored."""
        made = cls(stored["matters"], stored["same"], stored["beside"])
        for then, now, number, uids in stored["ways"]:
            way = _target(then), _target(now)
            made.ways[way] = number
            if uids:
                made.examples[way] = list(uids)
        made.unknown.update({(why, name): number for why, name, number in stored["unknown"]})
        made.lost.update(stored["lost"])
        made.gained.update(stored["gained"])
        for name in ("windows", "departments"):
            for side, found in stored[name].items():
                getattr(made, name)[side].update(found)
        return made

    @classmethod
    def sum_of(cls, parts: Iterable[Mapping[str, Any]]) -> Tally:
        """Return the tally of stored parts together."""
        whole = cls()
        for part in parts:
            whole.add(cls.from_json(part))
        return whole


def _sides() -> dict[str, Counter[str]]:
    return {"before": Counter(), "after": Counter()}


def _most_first(item: tuple[Way, int]) -> tuple[int, str]:
    way, number = item
    return -number, repr(way)


def _plain(target: Target | None) -> list[str] | None:
    return None if target is None else list(target)


def _target(stored: list[str] | None) -> Target | None:
    return None if stored is None else Target(*stored)
