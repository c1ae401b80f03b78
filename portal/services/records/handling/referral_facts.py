"""What conditions may read of a referral."""

from __future__ import annotations

from typing import Any

from portal.persistence.models import Referral


def referral_facts(referral: Referral) -> dict[str, Any]:
    """Return what conditions may read of a referral that comes into a state."""
    return {
        "referral": {
            "route": referral.route,
            "mode": referral.mode,
            "status": referral.status,
            "lead": referral.lead,
            "reason": referral.reason,
            "due_on": referral.due_on,
            "kind": referral.kind,
        }
    }
