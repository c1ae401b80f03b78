"""Backups: one sealed file that holds every row as it stood at one moment, verified, and restored where nothing is."""

from portal.services.backup.contents import Backup, Manifest
from portal.services.backup.making import make
from portal.services.backup.restoring import Restored, restore
from portal.services.backup.verifying import verify

__all__ = ["Backup", "Manifest", "Restored", "make", "restore", "verify"]
