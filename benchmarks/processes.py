"""CPU time and memory of a process tree."""

from __future__ import annotations

from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Tree:
    """A process and everything under it."""

    root: psutil.Process

    @classmethod
    def of(cls, pid: int) -> Tree:
        """Return the tree that starts at ``pid``."""
        return cls(psutil.Process(pid))

    def members(self) -> list[psutil.Process]:
        """Return the living processes of the tree."""
        return [self.root, *self.root.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Return the CPU seconds used so far, ended children included."""
        total = 0.0
        for process in self.members():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
        return total

    def memory_mb(self) -> float:
        """Return the proportional memory in MB: pages shared by the workers count once."""
        total = 0
        for process in self.members():
            try:
                total += process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
        return total / 1_000_000
