"""Values worked out from accounts, units and centres, kept until the access stamp in the database changes."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

MAX_KEPT = 10_000
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Stamped(Generic[K, V]):
    """Values by key, valid for one stamp."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp: Hashable = None
        self._known: dict[K, V] = {}

    def get(self, stamp: Hashable, key: K) -> V | None:
        """Return the value worked out under the same stamp."""
        with self._lock:
            return self._known.get(key) if stamp == self._stamp else None

    def put(self, stamp: Hashable, key: K, value: V) -> None:
        """Keep ``value``; what belongs to an older stamp goes."""
        with self._lock:
            if stamp != self._stamp or len(self._known) >= MAX_KEPT:
                self._known.clear()
                self._stamp = stamp
            self._known[key] = value
