"""To whom the record was referred, and the answers that the person may give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portal.core.errors import msg
from portal.core.referrals import DISPUTE, SENT, STATES, WHISTLE, Answer
from portal.persistence.models import Referral
from portal.services import records
from portal.web.language import translate
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.decisions import seat_words
from portal.web.words.unit_titles import unit_title


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
    open: bool
    answers: tuple[Answer, ...]
    in_place: tuple[Answer, ...]
    part: str
    url: str
    return_by: dt.date | None
    accept_by: dt.date | None
    elsewhere: str

    def goes_like(self, other: ReferralCard) -> bool:
        """Tell whether it goes the same way until the same day: then only one of the two needs to say so."""
        mine, its = self.referral, other.referral
        return mine.route == its.route and (not self.open or (other.open and mine.due_on == its.due_on))


@dataclass(frozen=True, slots=True)
class Referrals:
    """The referrals of a record, and what may be done where two units say that it is not theirs."""

    cards: list[ReferralCard]
    dispute: records.Dispute | None
    raise_url: str
    decide_url: str
    decide_version: int


PARTS: Mapping[str, str] = MappingProxyType(
    {
        "lead": msg("leads"),
        "assist": msg("assists"),
        WHISTLE: msg("called in"),
        DISPUTE: msg("decides who is competent"),
    }
)


def referrals(case: Case) -> Referrals | None:
    """Return the referrals, those that run first, the one that leads before them; None where there are none."""
    if not case.referrals:
        return None
    asked = next((one for one in case.referrals if records.may_decide(case.now.access, one)), None)
    waits = any(one.kind == DISPUTE and STATES[one.status].open for one in case.referrals)
    found = records.dispute_of(case.now.session, case.record) if asked or case.may_dispose else None
    return Referrals(
        [_card(case, referral) for referral in sorted(case.referrals, key=_settled_or_assisting)],
        found,
        case.url("dispute") if found is not None and not waits and case.may_dispose else "",
        case.url("competence", asked.uid) if found is not None and asked is not None else "",
        asked.version if asked is not None else 0,
    )


def _settled_or_assisting(referral: Referral) -> tuple[bool, bool]:
    return not STATES[referral.status].open, not referral.lead


def _card(case: Case, referral: Referral) -> ReferralCard:
    seat = seat_words(case.screen, referral.seat or {})
    state = STATES[referral.status]
    route = case.screen.bundle.routes.get(referral.route or "", {})
    objects = any(one.objects for one in case.answers(referral))
    return_by = referral.return_by if objects and not state.settled else None
    moves = referral.lead and state.open and case.may_dispose
    return ReferralCard(
        referral,
        seat.title or _asked(case, referral),
        seat.duty,
        seat.department,
        case.texts(route.get("title")),
        translate(state.title),
        state.tone,
        state.open,
        case.answers(referral),
        case.answers_for(referral),
        translate(PARTS["lead" if referral.lead else referral.kind or "assist"]),
        case.url("referral", referral.uid),
        return_by,
        referral.accept_by if referral.status == SENT else None,
        case.url("dispose") if moves else "",
    )


def _asked(case: Case, referral: Referral) -> str:
    """Return the name of the unit that a referral went to; one that assists has no seat of its own."""
    return next((unit_title(case.screen, one) for one in case.now.units([referral.to_unit_id]).values()), "")


# Who has the matter comes before what the rules say of it.
PANELS.add(Panel("referrals", Place.SIDE, 19, "records/panels/referrals.html", referrals))
