"""How departments are stationed, in words."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.errors import msg

MODES: Mapping[str, str] = {
    "resident": msg("Resident"),
    "rotating": msg("Rotating"),
    "on_call": msg("On call"),
}
