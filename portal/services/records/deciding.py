"""Ask the rules about a record and keep their answer, each proposal resolved to a place on duty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import NotFound, msg
from portal.core.rules import Action
from portal.core.rules import Decision as Answer
from portal.core.text import DEFAULT_LANGUAGE
from portal.persistence.models import Decision, Record, Unit
from portal.services.bundles import Bundle
from portal.services.records.counting import RelatedRecords
from portal.services.records.seats import SeatFinder
from portal.services.units.centres import CentreRef

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work


@dataclass(frozen=True)
class DecisionView:
    """A stored decision, as a page or a person at the API reads it. Texts are *texts* of the release."""

    id: int
    at: dt.datetime
    trigger: str
    rule_set: str
    engine: str
    fired: list[dict[str, Any]]
    not_fired: list[dict[str, Any]]
    facts: dict[str, Any]
    proposals: list[dict[str, Any]]
    documents: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    flags: list[dict[str, Any]] = field(default_factory=list)
    notify: list[str] = field(default_factory=list)
    suggested_stages: list[str] = field(default_factory=list)
    grade: str | None = None
    deadlines: list[str] = field(default_factory=list)


def decide(
    uow: Work, record: Record, bundle: Bundle, centre: CentreRef, trigger: str, place: Unit | None = None
) -> list[Decision]:
    """Decide by each rule set of the record's type and add the decisions to the unit of work."""
    related = RelatedRecords(uow.session, bundle, centre.unit_path, uow.now, record.id)
    finder = SeatFinder(uow.portal, uow.session, centre, bundle, uow.today)
    decisions = []
    for rules_id in bundle.entity(record.etype).rules:
        answer = bundle.rules(rules_id).decide(
            record.data, today=uow.today, counts=related, engine=uow.portal.engine
        )
        decision = Decision(
            record=record,
            release_id=bundle.release_id,
            rule_set=rules_id,
            at=uow.now,
            trigger=trigger,
            engine=answer.engine,
            result=stored(answer, bundle),
            proposals=[
                _proposal(index, action, finder, record, place, bundle)
                for index, action in enumerate(answer.of("refer"))
            ],
        )
        uow.add(decision)
        decisions.append(decision)
        _notify(uow, record, answer)
    return decisions


def stored(answer: Answer, bundle: Bundle) -> dict[str, Any]:
    """Return a decision as JSON whose reasons are texts in every language of the release."""
    document = answer.to_json(bundle.texts())
    for entry, rule in zip(document["fired"], answer.fired, strict=True):
        entry["reason"] = _in_all_languages(rule.reason.render, bundle)
        entry["title"], entry["basis"] = rule.title, rule.basis
    for entry, action in zip(document["actions"], answer.actions, strict=True):
        entry["reasons"] = _reasons(action, bundle)
    for entry, missed in zip(document["not_fired"], answer.not_fired, strict=True):
        entry["title"] = missed.title
    return document


def _proposal(
    index: int, action: Action, finder: SeatFinder, record: Record, place: Unit | None, bundle: Bundle
) -> dict[str, Any]:
    data = dict(action.data)
    target = data.get("to") or {"tier": "centre"}
    seat = finder.find(target, place)
    others = finder.alternatives(target, record.dispute_type, seat)
    return {
        "index": index,
        "rule": action.reasons[0].rule if action.reasons else "",
        "reasons": _reasons(action, bundle),
        "route": data.get("route"),
        "to": target,
        "assist": list(data.get("assist", ())),
        "mode": data.get("mode", ""),
        "deadline": data.get("deadline"),
        "seat": seat.to_json(),
        "alternatives": [other.to_json() for other in others],
    }


def _reasons(action: Action, bundle: Bundle) -> list[dict[str, Any]]:
    return [
        {"rule": reason.rule, "text": _in_all_languages(reason.render, bundle)} for reason in action.reasons
    ]


def _in_all_languages(render: Any, bundle: Bundle) -> dict[str, str]:
    languages = [DEFAULT_LANGUAGE, *bundle.raw.get("translations", {})]
    return {lang: render(bundle.texts(lang)) for lang in dict.fromkeys(languages)}


def _notify(uow: Work, record: Record, answer: Answer) -> None:
    roles = sorted({role for action in answer.of("notify") for role in action.data.get("roles", ())})
    if roles:
        uow.notify("rules.notify", {"record": record.uid, "etype": record.etype, "roles": roles})


def view_of(decision: Decision) -> DecisionView:
    """Return a stored decision for reading."""
    result = decision.result
    actions: list[dict[str, Any]] = result.get("actions", [])
    return DecisionView(
        id=decision.id,
        at=decision.at,
        trigger=decision.trigger,
        rule_set=decision.rule_set,
        engine=decision.engine,
        fired=result.get("fired", []),
        not_fired=result.get("not_fired", []),
        facts=result.get("facts_used", {}),
        proposals=decision.proposals,
        documents=_listed(actions, "require", "documents"),
        steps=_listed(actions, "require", "steps"),
        flags=[action for action in actions if action["do"] == "flag"],
        notify=_listed(actions, "notify", "roles"),
        suggested_stages=[action["stage"] for action in actions if action["do"] == "suggest_stage"],
        grade=next((action["grade"] for action in actions if action["do"] == "grade"), None),
        deadlines=[action["deadline"] for action in actions if action["do"] == "deadline"],
    )


def _listed(actions: Iterable[dict[str, Any]], do: str, name: str) -> list[str]:
    found = (item for action in actions if action["do"] == do for item in action.get(name, ()))
    return list(dict.fromkeys(found))


def decisions_of(session: Session, record: Record) -> list[DecisionView]:
    """Return the decisions about a record, the latest first."""
    query = select(Decision).where(Decision.record_id == record.id).order_by(Decision.id.desc())
    return [view_of(decision) for decision in session.scalars(query)]


def decision_for(session: Session, record: Record, decision_id: int) -> Decision:
    """Return a decision about a record."""
    query = select(Decision).where(Decision.id == decision_id, Decision.record_id == record.id)
    found = session.scalar(query)
    if found is None:
        raise NotFound("decision.unknown", msg("There is no such decision about this record"))
    return found


def latest_decision(portal: Portal, session: Session, record: Record) -> DecisionView | None:
    """Return the latest decision about a record."""
    query = select(Decision).where(Decision.record_id == record.id).order_by(Decision.id.desc()).limit(1)
    found = session.scalar(query)
    return view_of(found) if found else None
