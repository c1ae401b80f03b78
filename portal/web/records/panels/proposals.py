"""What the rules propose, and which proposals wait for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.referrals import STATES, standing_states
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.decisions import DecisionWords, PeriodWords, Proposal
from portal.web.words.reasons import Reasons


@dataclass(frozen=True, slots=True)
class Proposals:
    """The latest decision in words, and those of its proposals that nobody has answered yet."""

    words: DecisionWords
    open: list[Proposal]
    # Where a proposal led before, and why it came back, by its number.
    refused: Mapping[int, tuple[str, str]]
    # A unit leads: who sends the matter elsewhere says why.
    led: bool
    # A unit leads or has reported: where the rules propose nothing, nothing is to be chosen.
    rests: bool
    # The periods that the rules name and that have not ended yet.
    periods: list[PeriodWords]

    def called(self, reasons: Reasons) -> list[tuple[list[str], str]]:
        """Return whom the rules call, each with what was not told of the reason; last those of whom all was told."""
        told = [(one.title, reasons.once(one.why)) for one in self.words.called]
        new = [([title], why) for title, why in told if why]
        named = {titles[0] for titles, _ in new}
        rest = list(dict.fromkeys(title for title, why in told if not why and title not in named))
        return [*new, (rest, "")] if rest else new


def proposals(case: Case) -> Proposals | None:
    """Return what the rules propose; None where they were never asked."""
    if case.decision is None:
        return None
    refused = case.once(_refused)
    # What a unit has refused is no longer what comes first.
    found = sorted(waiting(case), key=lambda one: one.index in refused)
    led = any(one.lead and STATES[one.status].open for one in case.referrals)
    last = max((one for one in case.referrals if one.lead), key=lambda one: one.id, default=None)
    rests = led or (last is not None and STATES[last.status].stands and not STATES[last.status].open)
    return Proposals(case.decision, found, refused, led, rests, _periods(case))


def _periods(case: Case) -> list[PeriodWords]:
    """Return the periods that the rules name, without those that were kept already, such as for telling."""
    named = case.decision.periods if case.decision is not None else []
    if not named:
        return []
    live = {one.row.deadline for one in case.clocks if one.state.is_live}
    over = {one.row.deadline for one in case.clocks} - live
    return [one for one in named if one.id not in over]


def _refused(case: Case) -> dict[int, tuple[str, str]]:
    """Return the proposals whose unit has returned the matter, each with the unit's name and its reason."""
    back = {one.to_unit_id: one for one in reversed(case.referrals) if one.lead and one.status == "returned"}
    names = {unit.code: (unit.name, back[unit.id].answer) for unit in case.now.units(back).values()}
    proposals = case.decision.proposals if case.decision else []
    return {one.index: names[one.seat.unit_code] for one in proposals if one.seat.unit_code in names}


def usual(case: Case) -> Proposal | None:
    """Return the first proposal that waits and that its unit has not returned before; None where there is none."""
    refused = case.once(_refused) if case.decision is not None else {}
    return next((one for one in waiting(case) if one.index not in refused), None)


def waiting(case: Case) -> list[Proposal]:
    """Return the proposals that are still to be answered; none for a closed record.

    A standing referral answers its proposal, and one that is open every proposal of the unit that it went to.
    """
    if case.decision is None or not case.record.is_open:
        return []
    standing = standing_states()
    taken = {(r.rule, r.route) for r in case.referrals if r.status in standing}
    answered = {(r.decision_id, r.proposal) for r in case.referrals if r.status in standing}
    asked = _units_asked(case)
    view = case.decision.view
    return [
        proposal
        for proposal in case.decision.proposals
        if (view.id, proposal.index) not in answered
        and proposal.key[:2] not in taken
        and proposal.seat.unit_code not in asked
    ]


def _units_asked(case: Case) -> set[str]:
    """Return the codes of the units that wait to answer or have accepted, whether they lead or assist."""
    ids = {one.to_unit_id for one in case.referrals if STATES[one.status].open}
    return {unit.code for unit in case.now.units(ids).values()}


PANELS.add(Panel("proposals", Place.SIDE, 20, "records/panels/proposals.html", proposals))
