"""Read decisions: what was proposed and why, and why every other rule was silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring
from portal.core.errors import NotFound, msg
from portal.core.rules import concealed, is_replayable, replay
from portal.core.zone import LOCAL
from portal.persistence.models import Decision, Record, Unit
from portal.persistence.scope import owned
from portal.services.records.finding.data_history import data_at
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.privacy.disclosure import unseen
from portal.services.records.privacy.record_encryption import opened_decision
from portal.services.records.proposing.seats import SeatFinder
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, centre_at, no_centre

if TYPE_CHECKING:
    from portal.services.portal import Portal

Json = dict[str, Any]
_ALL = owned(Decision, Decision.id.desc())
_LAST = owned(Decision, Decision.id.desc(), limit=1)


@dataclass(frozen=True)
class DecisionView:
    """A decision as a page or a client of the API reads it. Reasons, titles and bases are *texts*."""

    id: int
    at: dt.datetime
    trigger: str
    rule_set: str
    engine: str
    version: int
    fired: list[Json]
    facts: Json
    proposals: list[Json]
    documents: list[str]
    steps: list[str]
    flags: list[Json]
    notify: list[str]
    suggested_stages: list[str]
    deadlines: list[str]
    grade: str | None = None
    effects: frozenset[str] = frozenset()
    # Every action beside the proposals, with the rules and reasons for it.
    actions: list[Json] = field(default_factory=list)
    # What rules would propose if others did not rule its route out.
    ruled_out: list[Json] = field(default_factory=list)
    # Inputs that were not read: what the record holds is of another kind than the rules expect.
    unread: list[str] = field(default_factory=list)
    # False where no key opens what the rules said.
    readable: bool = True
    _explain: Callable[[], list[Json]] = field(default=list, repr=False, compare=False)

    @property
    def closed_routes(self) -> dict[str, list[Json]]:
        """Return the routes that nobody may choose, each with the reasons of the rules that rule it out."""
        found: dict[str, list[Json]] = {}
        for action in self.of("exclude"):
            found.setdefault(action["route"], []).extend(action["reasons"])
        return found

    def of(self, do: str) -> list[Json]:
        """Return the actions of one kind, in order; of a grade and of a stage the first counts."""
        return [action for action in self.actions if action["do"] == do]

    @cached_property
    def not_fired(self) -> list[Json]:
        """Return the rules that did not fire with the conditions that failed; asks the rules again."""
        return self._explain()


def view_of(keys: Keyring, record: Record, decision: Decision) -> DecisionView:
    """Return a stored decision as it is, for the server's own use; what leaves the server is ``explained``."""
    return _view(decision, *opened_decision(keys, record, decision), list)


def _view(
    decision: Decision, result: Json, proposals: list[Json], explain: Callable[[], list[Json]]
) -> DecisionView:
    reasons = {rule["id"]: {"rule": rule["id"], "text": rule["reason"]} for rule in result["fired"]}
    actions = [_with_reasons(action, reasons) for action in result["actions"]]
    return DecisionView(
        id=decision.id,
        at=decision.at,
        trigger=decision.trigger,
        rule_set=decision.rule_set,
        engine=decision.engine,
        version=decision.version,
        fired=result["fired"],
        facts=result["facts_used"],
        proposals=[_with_reasons(proposal, reasons) for proposal in proposals],
        documents=_listed(actions, "require", "documents"),
        steps=_listed(actions, "require", "steps"),
        flags=[action for action in actions if action["do"] == "flag"],
        notify=_listed(actions, "notify", "roles"),
        suggested_stages=[action["stage"] for action in actions if action["do"] == "suggest_stage"],
        deadlines=[action["deadline"] for action in actions if action["do"] == "deadline"],
        grade=next((action["grade"] for action in actions if action["do"] == "grade"), None),
        effects=frozenset(action["do"] for action in actions),
        actions=actions,
        ruled_out=[_with_reasons(one, reasons) for one in result.get("ruled_out", ())],
        unread=list(result.get("ignored", ())),
        readable=not result.get("destroyed", False),
        _explain=explain,
    )


def _with_reasons(action: Json, reasons: dict[str, Json]) -> Json:
    rules = [rule for rule in action["rules"] if rule in reasons]
    return {**action, "rule": rules[0] if rules else "", "reasons": [reasons[rule] for rule in rules]}


def _listed(actions: Iterable[Json], do: str, name: str) -> list[str]:
    found = (item for action in actions if action["do"] == do for item in action.get(name, ()))
    return list(dict.fromkeys(found))


def decisions_of(portal: Portal, session: Session, record: Record) -> list[DecisionView]:
    """Return the decisions about a record, the latest first."""
    return [explained(portal, session, record, one) for one in rows_of(session, record, _ALL)]


def last_decision(portal: Portal, session: Session, record: Record) -> DecisionView | None:
    """Return the latest decision about a record as it was made."""
    found = rows_of(session, record, _LAST)
    return explained(portal, session, record, found[0]) if found else None


def closed_routes(portal: Portal, session: Session, record: Record) -> dict[str, list[Json]]:
    """Return the routes that the latest decision about a record rules out, each with its reasons; for acts."""
    found = rows_of(session, record, _LAST)
    return view_of(portal.keys, record, found[0]).closed_routes if found else {}


def latest_decision(portal: Portal, session: Session, record: Record) -> DecisionView | None:
    """Return the latest decision about a record, each proposal with the other places on duty today."""
    view = last_decision(portal, session, record)
    if view is None:
        return None
    finder = finder_for(portal, session, record)
    for proposal in view.proposals:
        others = finder.alternatives(proposal["to"], record.dispute_type, proposal["seat"])
        proposal["alternatives"] = [seat.to_json() for seat in others]
    return view


def decision_for(session: Session, record: Record, decision_id: int) -> Decision:
    """Return a decision about a record."""
    query = select(Decision).where(Decision.id == decision_id, Decision.record_id == record.id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("decision.unknown", msg("There is no such decision about this record"))
    return found


def finder_for(portal: Portal, session: Session, record: Record) -> SeatFinder:
    """Return what finds seats at the record's centre today."""
    bundle = pinned(portal, session, record.release_id)
    return SeatFinder.of(portal, session, centre_of_record(session, record), bundle, portal.clock.today())


def centre_of_record(session: Session, record: Record) -> CentreRef:
    """Return the centre under which a record was entered."""
    centre = centre_at(session, record.centre_id)
    if centre is None:
        raise no_centre(session.get_one(Unit, record.centre_id))
    return centre


def explained(portal: Portal, session: Session, record: Record, decision: Decision) -> DecisionView:
    """Return a decision as the session's person may read it: nothing in it tells a field that is closed to them."""
    bundle = pinned(portal, session, decision.release_id)
    rules = bundle.rules(decision.rule_set)
    closed = unseen(portal, session, record, rules.reads)

    kept, proposals = opened_decision(portal.keys, record, decision)

    def explain() -> list[Json]:
        if is_replayable(kept):
            answer = replay(kept, rules)
        else:
            # Older decisions kept no inputs: these are read back from the history.
            data = data_at(portal.keys, session, record, decision.version)
            day = decision.at.astimezone(LOCAL).date()
            answer = rules.decide(data, today=day, counts=kept["facts_used"])
        return [{**missed.concealed(closed).to_json(), "title": missed.title} for missed in answer.not_fired]

    result = concealed(rules, kept, closed, bundle.texts) if closed else kept
    return _view(decision, result, proposals, explain)
