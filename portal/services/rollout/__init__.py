"""Roll-out: a new version of a configuration planned, decided, put in force and taken back, centre by centre."""

from portal.services.rollout.answering import answer_version, asked_by, unanswered
from portal.services.rollout.applying import apply, may_apply, roll_back, send_back, submit
from portal.services.rollout.checking import findings, keep_check, opened_plan, plan_problems
from portal.services.rollout.deciding import Review, choose_base, comment, decide, elsewhere, put_off, review
from portal.services.rollout.drift import CentreDrift, Fleet, draft_above, fleet, lift_into_draft, origins
from portal.services.rollout.finding import last_applied, live_plan, plan_of
from portal.services.rollout.fleet_plans import ask_fleet_plans
from portal.services.rollout.ground import (
    Ground,
    Offer,
    bases,
    ground_of,
    newest_offer,
    offer_of,
    offers,
    with_centres_below,
)
from portal.services.rollout.impact import Held, impact
from portal.services.rollout.pilots import Asking, Pilot, Raised, lift_pilot, pilot_draft, pilot_of, raised
from portal.services.rollout.plan_states import CentrePlan, PlanStates, plan_states
from portal.services.rollout.planning import ask_check, make_plan, moved, reasons_against
from portal.services.rollout.trying import try_plan

__all__ = [
    "Asking",
    "CentreDrift",
    "CentrePlan",
    "Fleet",
    "Ground",
    "Held",
    "Offer",
    "Pilot",
    "PlanStates",
    "Raised",
    "Review",
    "answer_version",
    "apply",
    "ask_check",
    "ask_fleet_plans",
    "asked_by",
    "bases",
    "choose_base",
    "comment",
    "decide",
    "draft_above",
    "elsewhere",
    "findings",
    "fleet",
    "ground_of",
    "impact",
    "keep_check",
    "last_applied",
    "lift_into_draft",
    "lift_pilot",
    "live_plan",
    "make_plan",
    "may_apply",
    "moved",
    "newest_offer",
    "offer_of",
    "offers",
    "opened_plan",
    "origins",
    "pilot_draft",
    "pilot_of",
    "plan_of",
    "plan_problems",
    "plan_states",
    "put_off",
    "raised",
    "reasons_against",
    "review",
    "roll_back",
    "send_back",
    "submit",
    "try_plan",
    "unanswered",
    "with_centres_below",
]
