"""Ask the rules about a record and keep their answer, each proposal resolved to a place on duty.

What is stored is what fired, with its reasons in every language, every input and count as the rules saw it, the day,
the release and the proposals, encrypted under the record's key. Why the other rules did not fire is worked out from
these when they are asked for (``decisions``).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from portal.core.messages import RolesCalled
from portal.core.rules import Action
from portal.core.rules import Decision as Answer
from portal.core.text import DEFAULT_LANGUAGE
from portal.persistence.models import Decision, Record, Unit
from portal.services.bundles import Bundle
from portal.services.records.privacy.record_encryption import encrypted_decision, remember
from portal.services.records.proposing.counting import RelatedRecords
from portal.services.records.proposing.seats import SeatFinder
from portal.services.units.centres import CentreRef

if TYPE_CHECKING:
    from portal.services.portal import Work


def decide(
    uow: Work, record: Record, bundle: Bundle, centre: CentreRef, trigger: str, place: Unit | None = None
) -> list[Decision]:
    """Decide by each rule set of the record's type and add the decisions to the unit of work."""
    related = RelatedRecords(uow.session, bundle, centre.unit_path, uow.now, record.id, uow.portal)
    finder = SeatFinder.of(
        uow.portal, uow.session, centre, bundle, uow.today, stamp=uow.stamp, home=record.unit_path
    )
    made = []
    for rules_id in bundle.entity(record.etype).rules:
        answer = bundle.rules(rules_id).decide(
            record.data, today=uow.today, counts=related, engine=uow.portal.engine
        )
        result = stored(answer, bundle, uow.today)
        proposals = [
            proposal_of(index, action, finder, place) for index, action in enumerate(answer.of("refer"))
        ]
        encrypted_result, encrypted_proposals = encrypted_decision(uow.portal.keys, record, result, proposals)
        made.append(
            Decision(
                record=record,
                release_id=bundle.release_id,
                rule_set=rules_id,
                at=uow.now,
                trigger=trigger,
                engine=answer.engine,
                version=record.version,
                result=encrypted_result,
                proposals=encrypted_proposals,
            )
        )
        remember(made[-1], result, proposals)
        _notify(uow, record, answer)
    uow.add(*made)
    return made


def stored(answer: Answer, bundle: Bundle, day: dt.date) -> dict[str, Any]:
    """Return the content of a decision as it is kept; its reasons are texts in every language of the release.

    Day, release, rule set and every input and count as the rules saw them are kept, so that ``core.rules.replay`` gives
    the same answer at any time.
    """
    languages = dict.fromkeys([DEFAULT_LANGUAGE, *bundle.raw.get("translations", {})])
    texts = {lang: bundle.texts(lang) for lang in languages}
    return {
        "fired": [
            {
                "id": rule.id,
                "title": rule.title,
                "priority": rule.priority,
                "basis": rule.basis,
                "practice": rule.practice,
                "reason": {lang: rule.reason.render(words) for lang, words in texts.items()},
            }
            for rule in answer.fired
        ],
        "actions": [
            {"do": action.do, **action.data, "rules": _rules(action)}
            for action in answer.actions
            if action.do != "refer"
        ],
        "ruled_out": [{**action.data, "rules": _rules(action)} for action in answer.ruled_out],
        "facts_used": dict(answer.facts_used),
        "day": day.isoformat(),
        "release": bundle.release_id,
        "rules": answer.rule_set,
        "ignored": list(answer.ignored),
        "disagreement": answer.disagreement,
    }


def proposal_of(index: int, action: Action, finder: SeatFinder, place: Unit | None) -> dict[str, Any]:
    """Return a proposal as it is stored, with the seat that is on duty."""
    data = action.data
    target = data.get("to") or {"tier": "centre"}
    return {
        "index": index,
        "rules": _rules(action),
        "route": data.get("route"),
        "to": dict(target),
        "assist": list(data.get("assist", ())),
        "mode": data.get("mode", ""),
        "deadline": data.get("deadline"),
        "seat": finder.find_received(target, place).to_json(),
    }


def _rules(action: Action) -> list[str]:
    return [reason.rule for reason in action.reasons]


def _notify(uow: Work, record: Record, answer: Answer) -> None:
    called = list(answer.of("notify"))
    if not called:
        return
    message = RolesCalled(
        record=record.uid,
        etype=record.etype,
        actor=uow.access.user_id or 0,
        by=uow.access.name,
        centre=record.centre_id,
        roles=tuple(sorted({role for action in called for role in action.data.get("roles", ())})),
        departments=tuple(sorted({one for action in called for one in action.data.get("departments", ())})),
        rules=tuple(dict.fromkeys(rule for action in called for rule in _rules(action))),
    )
    uow.notify("rules.notify", message.payload())
