"""What the processes of the portal hold when nobody asks anything."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.clocks import family
from benchmarks.installation import System, served


def proportional_mb(pid: int) -> float:
    """Return the memory of a process and all below it in MB; pages that they share count once."""
    return sum(_kilobytes(one) for one in family(pid)) / 1_000


def _kilobytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(float(line.split()[1]) * 1.024 for line in lines if line.startswith("Pss:"))


def idle(system: System, rest: float = 3.0) -> float:
    """Return the memory of two served web processes, and of the worker beside them, in MB."""
    with served(system) as serving:
        time.sleep(rest)
        return proportional_mb(serving.pid)
