"""What can be done from a row of a worklist: each act that a worklist may name, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.core.access import DISPOSE, EDIT, TRANSITION
from portal.core.errors import msg
from portal.core.referrals import ANSWERS, EVENT
from portal.services import records
from portal.services.records import Waiting
from portal.web.language import translate
from portal.web.words.here import Here
from portal.web.words.links import action_url, record_url


@dataclass(frozen=True, slots=True)
class RowAct:
    """A button of a row. With ``posts`` it is done by the click; else it leads to where it is done."""

    label: str
    url: str
    posts: bool = False


Offer = Callable[[Here, Waiting], "RowAct | None"]


def _leads(action: str, needs: str, label: str) -> Offer:
    def offer(now: Here, row: Waiting) -> RowAct | None:
        record = row.record
        if not now.access.allows(record.etype, needs, record.unit_path, record.handler_path):
            return None
        url = action_url(record.etype, action, record.uid) if action else record_url(record.etype, record.uid)
        return RowAct(translate(label), url)

    return offer


def _answers(name: str) -> Offer:
    answer = ANSWERS[name]

    def offer(now: Here, row: Waiting) -> RowAct | None:
        record, referral = row.record, row.referral
        if referral is None or answer not in records.answers_to(now.access, referral):
            return None
        if answer.needs_reason or answer.asks:
            url = f"{record_url(record.etype, record.uid)}#referrals"
            return RowAct(translate(answer.label), url)
        url = action_url(record.etype, "referral", record.uid, referral.uid, name)
        return RowAct(translate(answer.label), url, posts=True)

    return offer


OFFERS: Mapping[str, Offer] = {
    "dispose": _leads("dispose", DISPOSE, msg("Decide")),
    "transition": _leads("", TRANSITION, msg("Go on")),
    "change": _leads("edit", EDIT, msg("Change")),
    **{f"{EVENT}{name}": _answers(name) for name in ANSWERS},
}


def row_acts(now: Here, acts: tuple[str, ...], row: Waiting) -> list[RowAct]:
    """Return what the person may do now from a row, in the order in which the worklist names it."""
    offers = (OFFERS[name](now, row) for name in acts if name in OFFERS)
    return [one for one in offers if one is not None]
