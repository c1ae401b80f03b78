"""Whether anybody would receive a matter at a unit, for what is said before it is sent."""

from __future__ import annotations

from portal.core.errors import msg
from portal.services.users.receivers import receiving
from portal.web.words.here import Here

NOBODY = msg("Nobody has an account to receive it there yet")


def receives(now: Here, code: str) -> bool:
    """Return whether an open account answers referrals at a unit."""
    return code in receiving(now.portal, now.session, (code,), now.stamp)
