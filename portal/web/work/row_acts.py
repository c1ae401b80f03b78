"""What can be done from a row of a worklist: each act that a worklist may name, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.core.access import DISPOSE, EDIT, TRANSITION
from portal.core.acts import APPROVE_CORRECTION
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


# The name under which a form sends the rows that were chosen, each as identifier and version.
CHOSEN = "row"
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


def _task_done(now: Here, row: Waiting) -> RowAct | None:
    record, task = row.record, row.task
    if task is None or not now.access.allows(
        record.etype, TRANSITION, record.unit_path, record.handler_path, task.unit_path
    ):
        return None
    url = action_url(record.etype, "task", record.uid, str(task.n), "done")
    return RowAct(translate(msg("Done")), url, posts=True)


def _correction(now: Here, row: Waiting) -> RowAct | None:
    """Lead another person than the one who asked to the correction that waits."""
    record = row.record
    if record.correction_by is None or record.correction_by == now.access.user_id:
        return None
    return RowAct(translate(msg("Decide on it")), f"{record_url(record.etype, record.uid)}#correction")


OFFERS: Mapping[str, Offer] = {
    APPROVE_CORRECTION.name: _correction,
    "dispose": _leads("dispose", DISPOSE, msg("Decide")),
    "transition": _leads("", TRANSITION, msg("Go on")),
    "change": _leads("edit", EDIT, msg("Change")),
    "task.done": _task_done,
    **{f"{EVENT}{name}": _answers(name) for name in ANSWERS},
}


def chosen_as(now: Here, acts: tuple[str, ...], row: Waiting) -> str:
    """Return how a row is sent when it is chosen to be handed over; empty for one that the person may not hand over."""
    record = row.record
    may = now.access.allows(record.etype, DISPOSE, record.unit_path, record.handler_path)
    return f"{record.uid}.{record.version}" if DISPOSE in acts and may else ""


def row_acts(now: Here, acts: tuple[str, ...], row: Waiting) -> list[RowAct]:
    """Return what the person may do now from a row, in the order in which the worklist names it."""
    offers = (OFFERS[name](now, row) for name in acts if name in OFFERS)
    return [one for one in offers if one is not None]
