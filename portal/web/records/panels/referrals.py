"""To whom the record was referred, and the answers that the person may give."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.referrals import STATES, Answer
from portal.persistence.models import Referral
from portal.web.language import translate
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.decisions import seat_words


@dataclass(frozen=True, slots=True)
class ReferralCard:
    """One referral, and what may be done with it."""

    referral: Referral
    title: str
    duty: str
    department: str
    route: str
    status: str
    tone: str
    settled: bool
    answers: tuple[Answer, ...]
    url: str


def referrals(case: Case) -> list[ReferralCard] | None:
    """Return the referrals, the latest first; None where there are none."""
    return [_card(case, referral) for referral in case.referrals] or None


def _card(case: Case, referral: Referral) -> ReferralCard:
    seat = seat_words(case.screen, referral.seat or {})
    state = STATES[referral.status]
    route = case.screen.bundle.routes.get(referral.route or "", {})
    return ReferralCard(
        referral,
        seat.title or _asked(case, referral),
        seat.duty,
        seat.department,
        case.texts(route.get("title")),
        translate(state.title),
        state.tone,
        state.settled,
        case.answers(referral),
        case.url("referral", referral.uid),
    )


def _asked(case: Case, referral: Referral) -> str:
    """Return the name of the unit that a referral went to; one that assists has no seat of its own."""
    return "".join(unit.name for unit in case.now.units([referral.to_unit_id]).values())


PANELS.add(Panel("referrals", Place.SIDE, 30, "records/panels/referrals.html", referrals))
