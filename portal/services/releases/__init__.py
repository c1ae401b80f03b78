"""Releases: publish a resolved pack, put it in force at a centre, read it back compiled."""

from portal.services.releases.activating import Activation, activate, history
from portal.services.releases.fills import unfilled
from portal.services.releases.publishing import ReleaseRef, publish
from portal.services.releases.reading import for_centre, for_unit, pinned
from portal.services.releases.slots import places_of
from portal.services.releases.verifying import verify

__all__ = [
    "Activation",
    "ReleaseRef",
    "activate",
    "for_centre",
    "for_unit",
    "history",
    "pinned",
    "places_of",
    "publish",
    "unfilled",
    "verify",
]
