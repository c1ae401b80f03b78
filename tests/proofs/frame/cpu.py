"""The time of the processor that work takes: of this process, of those that it starts, and of its database."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from portal.services.portal import Portal

T = TypeVar("T")


def cpu_of(portal: Portal, work: Callable[[], T]) -> tuple[T, float]:
    """Return what work returns, and the seconds of the processor that it took."""
    before, mine = _server(portal), _own()
    result = work()
    return result, _own() - mine + _server(portal) - before


def _own() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _server(portal: Portal) -> float:
    """Return the seconds that PostgreSQL took until now: its processes that live, and those that ended."""
    if portal.database.dialect != "postgresql":
        return 0.0
    with portal.database.engine.connect() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    parent = _stat(Path(f"/proc/{backend}/stat"))[1]
    total = 0.0
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = _stat(one)
        except OSError:
            continue
        if parent in (fields[1], one.parent.name):
            total += sum(int(part) for part in fields[11:13])
            if one.parent.name == parent:
                total += sum(int(part) for part in fields[13:15])
    return total / os.sysconf("SC_CLK_TCK")


def _stat(path: Path) -> list[str]:
    """Return the fields of a process after its name: its state, its parent, and so on."""
    return path.read_text().rpartition(")")[2].split()
