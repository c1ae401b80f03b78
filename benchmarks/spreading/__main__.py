"""Spread cases in the portal that the environment names."""

from __future__ import annotations

import sys

from benchmarks.spreading.sharing import spread
from portal.services.portal import Portal
from portal.settings import Settings

if __name__ == "__main__":
    spread(Portal.from_settings(Settings.from_env()), int(sys.argv[1]))
