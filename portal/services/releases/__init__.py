"""Releases: store packs and publish them, put releases in force at centres, read them back compiled."""

from portal.services.releases.activating import cancel, open_centre, put_in_force, take_over
from portal.services.releases.effect import Activation, history
from portal.services.releases.fills import unfilled
from portal.services.releases.layers import StoreLibrary, newest, rebuild
from portal.services.releases.publishing import ReleaseRef, Terms, publish
from portal.services.releases.reading import for_centre, for_unit, pinned
from portal.services.releases.slots import stored_fields
from portal.services.releases.states import approve, withdraw
from portal.services.releases.verifying import verify

newest_layer = newest

__all__ = [
    "Activation",
    "ReleaseRef",
    "StoreLibrary",
    "Terms",
    "approve",
    "cancel",
    "for_centre",
    "for_unit",
    "history",
    "newest_layer",
    "open_centre",
    "pinned",
    "publish",
    "put_in_force",
    "rebuild",
    "stored_fields",
    "take_over",
    "unfilled",
    "verify",
    "withdraw",
]
