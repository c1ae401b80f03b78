"""Room that is kept on the disk of an SQLite file, so that people can sign in and read when the disk is full.

Signing in is written down, and so is reading; a disk that is full to the last byte would shut everybody out. So a file
beside the database holds some room. When the disk runs low it is given up, and from then on the last of the room is
for those small notes alone: whoever wants to store a case is told that there is no room.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from portal.core.errors import PortalError, msg

KEPT_BYTES = 8 * 1024 * 1024
LOW_BYTES = 2 * KEPT_BYTES
AMPLE_BYTES = 4 * KEPT_BYTES


class DiskFull(PortalError):
    """There is no room to store anything."""

    def __init__(self) -> None:
        super().__init__(
            "disk.full",
            msg("The server's disk is full: nothing new can be saved. Reading and signing in work."),
        )


def is_full(error: Exception) -> bool:
    """Return whether a database, or a file, could not be written for want of room."""
    cause = getattr(error, "orig", None)
    known = (
        getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL" or getattr(cause, "sqlstate", "") == "53100"
    )
    return known or (isinstance(error, OSError) and error.errno == errno.ENOSPC)


class Reserve:
    """The file that holds the room."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(f"{database.name}-reserve")

    def need_room(self) -> None:
        """Raise DiskFull where the disk is low; give up what is kept, or keep it anew when there is room again."""
        disk = os.statvfs(self.path.parent)
        free = disk.f_bavail * disk.f_frsize
        if free < LOW_BYTES:
            self.path.unlink(missing_ok=True)
            raise DiskFull
        if free > AMPLE_BYTES and not self.path.exists():
            self._keep()

    def _keep(self) -> None:
        try:
            with self.path.open("xb") as file:
                os.posix_fallocate(file.fileno(), 0, KEPT_BYTES)
        except OSError:
            # Another process was first, or there is no room after all: then the next write says so.
            return
