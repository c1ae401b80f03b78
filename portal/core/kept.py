"""Values that a process works out once and keeps, as many as its bound says.

For functions of hashable arguments ``functools.lru_cache`` does; this is for values that are found by a key of their
own, checked before they are used again, or forgotten together.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most ``most`` values by key, shared by all threads; the one kept longest makes room."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return the value kept under a key, or None."""
        return self._known.get(key)

    def put(self, key: K, value: V) -> V:
        """Keep a value under a key, and return it."""
        with self._lock:
            while len(self._known) >= self._most and key not in self._known:
                del self._known[next(iter(self._known))]
            self._known[key] = value
        return value

    def of(self, key: K, make: Callable[[], V]) -> V:
        """Return the value kept under a key; ``make`` it where there is none. Two threads may both make it."""
        found = self._known.get(key)
        return found if found is not None else self.put(key, make())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()

    @property
    def size(self) -> int:
        """Return how many values are kept."""
        return len(self._known)
