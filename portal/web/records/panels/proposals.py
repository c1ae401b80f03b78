"""What the rules propose, and which proposals wait for an answer."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.referrals import STATES, standing_states
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.decisions import DecisionWords, Proposal


@dataclass(frozen=True, slots=True)
class Proposals:
    """The latest decision in words, and those of its proposals that nobody has answered yet."""

    words: DecisionWords
    open: list[Proposal]


def proposals(case: Case) -> Proposals | None:
    """Return what the rules propose; None where they were never asked."""
    return Proposals(case.decision, waiting(case)) if case.decision else None


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
