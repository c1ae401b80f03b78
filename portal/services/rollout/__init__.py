"""Roll-out: a new version of a configuration planned, decided, put in force and taken back, centre by centre."""

from portal.services.rollout.applying import apply, may_apply, roll_back, send_back, submit
from portal.services.rollout.checking import keep_check, opened_plan, plan_problems
from portal.services.rollout.deciding import Review, comment, decide, elsewhere, put_off, review
from portal.services.rollout.ground import Ground, Offer, ground_of, newest_offer, offer_of, offers
from portal.services.rollout.impact import Held, impact
from portal.services.rollout.planning import (
    ask_check,
    last_applied,
    live_plan,
    make_plan,
    moved,
    plan_of,
    reasons_against,
)

__all__ = [
    "Ground",
    "Held",
    "Offer",
    "Review",
    "apply",
    "ask_check",
    "comment",
    "decide",
    "elsewhere",
    "ground_of",
    "impact",
    "keep_check",
    "last_applied",
    "live_plan",
    "make_plan",
    "may_apply",
    "moved",
    "newest_offer",
    "offer_of",
    "offers",
    "opened_plan",
    "plan_of",
    "plan_problems",
    "put_off",
    "reasons_against",
    "review",
    "roll_back",
    "send_back",
    "submit",
]
