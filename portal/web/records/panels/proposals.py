"""What the rules propose, and which proposals wait for an answer."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.referrals import standing_states
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
    """Return the proposals that no standing referral answers; none for a closed record."""
    if case.decision is None or not case.record.is_open:
        return []
    standing = standing_states()
    taken = {(r.rule, r.route) for r in case.referrals if r.status in standing}
    answered = {(r.decision_id, r.proposal) for r in case.referrals if r.status in standing}
    view = case.decision.view
    return [
        proposal
        for proposal in case.decision.proposals
        if (view.id, proposal.index) not in answered and proposal.key[:2] not in taken
    ]


PANELS.add(Panel("proposals", Place.SIDE, 20, "records/panels/proposals.html", proposals))
