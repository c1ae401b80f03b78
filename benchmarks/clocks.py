"""CPU time of other processes to the nanosecond, and what the rest of the machine uses meanwhile.

Only the standard library is needed: the peers run in an environment of their own.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

# More than this, by processes that are not measured, and a line is void.
QUIET_CORES = 0.3
_TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process; 0 for one that is gone."""
    try:
        # The CPU clock of another process, as clock_getcpuclockid(3) makes it: it has no name in Python.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def children(pid: int) -> list[int]:
    """Return the processes that a process started and that live."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def family(pid: int) -> list[int]:
    """Return a process and everything below it."""
    found = [pid]
    for one in found:
        found += children(one)
    return found


@dataclass(slots=True)
class Family:
    """The CPU of a process and of what it starts; what ended is not forgotten."""

    root: int
    _seen: dict[int, float]

    @classmethod
    def of(cls, pid: int) -> Family:
        """Return the family of a process."""
        return cls(pid, {})

    def cpu(self) -> float:
        """Return the CPU seconds used so far."""
        for pid in family(self.root):
            used = cpu_of(pid)
            if used:
                self._seen[pid] = used
        return sum(self._seen.values())


def machine_cpu() -> float:
    """Return the CPU seconds that the machine has worked, all processes together."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, irq, softirq, _stolen = (int(word) for word in words)
    return (user + nice + system + irq + softirq) / _TICK


@dataclass(slots=True)
class Others:
    """How many cores the processes used that are not measured."""

    own: tuple[Family, ...]
    _at: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def start(self) -> None:
        """Begin to look."""
        self._at = (time.monotonic(), machine_cpu(), sum(one.cpu() for one in self.own))

    def cores(self) -> float:
        """Return the cores that others used since."""
        at, machine, own = self._at
        passed = time.monotonic() - at
        used = machine_cpu() - machine - (sum(one.cpu() for one in self.own) - own)
        return max(0.0, used / passed) if passed else 0.0
