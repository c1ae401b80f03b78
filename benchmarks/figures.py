"""What a measurement found, and how it is printed."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.clocks import QUIET_CORES

# The peer's request whose cost everything else is compared with.
YARDSTICK = ("django", "create")


@dataclass(slots=True)
class Figure:
    """CPU milliseconds of one scenario at one system, by rounds."""

    server: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    best: bool = True

    @property
    def void(self) -> bool:
        """Return whether no round was quiet enough."""
        return bool(self.others) and min(self.others) > QUIET_CORES

    def _chosen(self, values: Sequence[float]) -> float:
        quiet = [
            value for value, others in zip(values, self.others, strict=True) if others <= QUIET_CORES
        ] or list(values)
        return min(quiet) if self.best else statistics.median(quiet)

    @property
    def cpu(self) -> tuple[float, float]:
        """Return the server's and the database's milliseconds."""
        return self._chosen(self.server), self._chosen(self.database)

    def words(self) -> str:
        """Return both in one cell; a figure of a machine that was not quiet is in brackets."""
        server, database = self.cpu
        text = f"{server:.2f} + {database:.2f}" if database else f"{server:.2f}"
        return f"[{text}]" if self.void else text


Figures = Mapping[tuple[str, str], Figure]


def ratios(figures: Figures, system: str, scenario: str) -> str:
    """Return server and server + database against the same request of the first peer, and against its create."""
    own = figures[system, scenario]
    parts = []
    for name, peer in (("", ("django", scenario)), ("create ", YARDSTICK)):
        other = figures.get(peer)
        if other is None or (name and scenario == YARDSTICK[1]):
            continue
        (server, database), (server2, database2) = own.cpu, other.cpu
        parts.append(f"{name}{server / server2:.2f} · {(server + database) / (server2 + database2):.2f}")
    return "; ".join(parts)


def table(title: str, figures: Figures, systems: Iterable[str], scenarios: Iterable[str]) -> list[str]:
    """Return the lines of the table."""
    systems = list(systems)
    lines = ["", title, "", f"| scenario | {' | '.join(systems)} | portal / Django: server · with database |"]
    lines.append("|---" * (len(systems) + 2) + "|")
    for scenario in scenarios:
        cells = [
            figures[system, scenario].words() if (system, scenario) in figures else "" for system in systems
        ]
        if any(cells):
            said = [
                f"{system.removeprefix('portal ')}: {found}"
                for system in systems
                if system.startswith("portal") and (system, scenario) in figures
                if (found := ratios(figures, system, scenario))
            ]
            lines.append(f"| {scenario} | {' | '.join(cells)} | {'; '.join(said)} |")
    return lines
