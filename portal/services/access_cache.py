"""What each person may do, kept until the access stamp in the database changes."""

from __future__ import annotations

import threading

from portal.core.access import Access

MAX_PEOPLE = 10_000


class AccessCache:
    """Accesses by user, valid for one stamp."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp = -1
        self._known: dict[int, Access] = {}

    def get(self, stamp: int, user_id: int) -> Access | None:
        """Return what was worked out under the same stamp."""
        with self._lock:
            return self._known.get(user_id) if stamp == self._stamp else None

    def put(self, stamp: int, user_id: int, access: Access) -> None:
        """Keep ``access``; what belongs to an older stamp goes."""
        with self._lock:
            if stamp != self._stamp or len(self._known) >= MAX_PEOPLE:
                self._known.clear()
                self._stamp = stamp
            self._known[user_id] = access
