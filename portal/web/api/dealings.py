"""Work on a record as clients of the API read it: steps, decisions, referrals, history.

Whatever a record's data say is put in words by the same code as on the pages, so that nobody reads more here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from portal.core.acts import EFFECT
from portal.core.disclosure import Level
from portal.core.effects import EFFECTS
from portal.core.lifecycle import Offer
from portal.persistence.models import Referral
from portal.services import records
from portal.services.records import DecisionView
from portal.web.api.shape import release_ref
from portal.web.language import readable, translate
from portal.web.words.case import Case
from portal.web.words.clocks import ClockWords, clock_words
from portal.web.words.decisions import (
    DecisionWords,
    PeriodWords,
    Proposal,
    Suggestion,
    seat_words,
    target,
)
from portal.web.words.history import Moment
from portal.web.words.missing import guard_words
from portal.web.words.releases import FieldLine, ReleaseWords
from portal.web.words.screen import Screen

Json = dict[str, Any]
MAX_DECISIONS = 20


def steps(case: Case) -> list[Json]:
    """Return the steps the person is offered now, those that cannot be taken yet with what blocks them."""
    return [_step(case.screen, offer) for offer in case.offers]


def _step(screen: Screen, offer: Offer) -> Json:
    step = offer.transition
    return {
        "id": step.id,
        "title": screen.texts(step.title),
        "to": step.to,
        "lane": step.lane,
        "lane_state": step.lane_state,
        "form": step.form,
        "reason": step.reason,
        "primary": step.primary,
        "allowed": offer.allowed,
        "blocked": guard_words(screen, offer),
    }


def decisions(case: Case) -> list[Json]:
    """Return what the rules decided, the latest first; only that one says where else its proposals could lead."""
    now, record, today = case.now, case.record, case.now.portal.clock.today()
    views = records.decisions_of(now.portal, now.session, record)[:MAX_DECISIONS]
    latest = records.latest_decision(now.portal, now.session, record)
    return [_decision(case, view, today) for view in ([latest, *views[1:]] if latest else [])]


def _decision(case: Case, view: DecisionView, today: dt.date) -> Json:
    screen = case.screen
    words = DecisionWords(view, screen, today)
    return {
        "id": view.id,
        "at": view.at.isoformat(),
        "trigger": view.trigger,
        "rule_set": view.rule_set,
        "record_version": view.version,
        "proposals": [_proposal(screen, *pair) for pair in zip(words.proposals, view.proposals, strict=True)],
        "facts": _facts(words.facts),
        "flags": [{"title": flag.title, "why": flag.why, "level": flag.level} for flag in words.flags],
        "documents": view.documents,
        "steps": view.steps,
        "suggested_stages": view.suggested_stages,
        "grade": view.grade,
        "suggestions": _suggestions(case, words),
        "effects": [
            {"do": name, "title": translate(effect.words)}
            for name, effect in EFFECTS.items()
            if name in view.effects
        ],
        "fired": [
            {
                "id": rule["id"],
                "title": screen.texts(rule["title"]),
                "reason": screen.texts(rule["reason"]),
                "basis": screen.texts(rule["basis"]),
                "practice": screen.texts(rule.get("practice")),
            }
            for rule in view.fired
        ],
        "not_fired": [
            {
                "id": raw["id"],
                "title": missed.title,
                "why": missed.why,
                "failed": [
                    {"input": one.input or None, "operator": one.operator or None, "text": one.text}
                    for one in missed.failed
                ],
            }
            for raw, missed in zip(view.not_fired, words.missed, strict=True)
        ],
    }


def _suggestions(case: Case, words: DecisionWords) -> Json:
    """Return what the rules suggest beside proposals, each with its words and reason, and what does not count."""
    grade = words.grade
    return {
        "grade": _suggestion(grade) | {"accepted": case.record.grade == grade.id} if grade else None,
        "deadlines": [
            _suggestion(one) | {"ends_on": one.ends_on.isoformat() if one.ends_on else None}
            for one in words.periods
        ],
        "notified": [_suggestion(one) for one in words.called],
        "stages": [
            _suggestion(one) | {"step": step.transition.id if (step := case.stage_step(one.id)) else None}
            for one in words.stages
        ],
        "not_counted": [{"title": one.title, "why": one.why} for one in words.unused],
    }


def _suggestion(one: Suggestion | PeriodWords) -> Json:
    return {"id": one.id, "title": one.title, "why": one.why}


def _proposal(screen: Screen, words: Proposal, raw: Mapping[str, Any]) -> Json:
    return {
        "index": words.index,
        "rules": [reason["rule"] for reason in raw.get("reasons", ())],
        "reasons": words.reasons,
        "basis": words.basis,
        "practice": words.practice,
        "facts": _facts(words.facts),
        "seat": seat(screen, raw["seat"]),
        "route": raw.get("route"),
        "mode": raw.get("mode"),
        "deadline": raw.get("deadline"),
        "assist": list(raw.get("assist", ())),
        "alternatives": [seat(screen, other, instead=True) for other in raw.get("alternatives", ())],
    }


def _facts(pairs: list[tuple[str, str]]) -> list[Json]:
    return [{"title": title, "text": text} for title, text in pairs]


def seat(screen: Screen, raw: Mapping[str, Any], *, instead: bool = False) -> Json:
    """Return a place a matter can go to; ``to`` is what an override names to send it there."""
    words = seat_words(screen, raw, instead=instead)
    kind, _, name = target(raw).partition(":")
    return {
        "to": {kind: name} if name else None,
        "title": words.title,
        "department": raw.get("department"),
        "unit": raw.get("unit_code"),
        "duty": raw.get("duty"),
        "duty_text": words.duty,
        "there_on": raw.get("there_on"),
    }


def referrals(case: Case) -> list[Json]:
    """Return the referrals of a record, the latest first, each with the answers the person may give."""
    units_of = (unit for one in case.referrals for unit in (one.from_unit_id, one.to_unit_id))
    codes = {unit.id: unit.code for unit in case.now.units(units_of).values()}
    return [_referral(case.screen, one, _answers(case, one), codes) for one in case.referrals]


def referral(case: Case, one: Referral) -> Json:
    """Return one referral, also one that only the unit of work knows yet."""
    ids = (one.from_unit_id, one.to_unit_id)
    codes = {unit.id: unit.code for unit in case.now.units(ids).values()}
    return _referral(case.screen, one, _answers(case, one), codes)


def _answers(case: Case, one: Referral) -> tuple[str, ...]:
    return tuple(answer.name for answer in case.answers(one))


def _referral(screen: Screen, referral: Referral, actions: tuple[str, ...], codes: Mapping[int, str]) -> Json:
    return {
        "uid": referral.uid,
        "status": referral.status,
        "lead": referral.lead,
        "decision": referral.decision_id,
        "proposal": referral.proposal,
        "overridden": referral.overridden,
        "from": codes.get(referral.from_unit_id),
        "to": codes.get(referral.to_unit_id),
        "seat": seat(screen, referral.seat) if referral.seat else None,
        "route": referral.route or None,
        "mode": referral.mode or None,
        "due_on": referral.due_on.isoformat() if referral.due_on else None,
        "accept_by": referral.accept_by.isoformat() if referral.accept_by else None,
        "reason": referral.reason,
        "documents": list(referral.documents or ()),
        "steps": list(referral.steps or ()),
        "assist": list(referral.assist or ()),
        "created_at": referral.created_at.isoformat(),
        "created_by": referral.created_by_name,
        "answered_at": referral.answered_at.isoformat() if referral.answered_at else None,
        "answered_by": referral.answered_by_name or None,
        "answer": referral.answer,
        "actions": list(actions),
        "version": referral.version,
    }


def clocks(case: Case) -> list[Json]:
    """Return the clocks of a record: those that run by their day, then what ended."""
    found = records.clocks_of(case.now.portal, case.now.session, case.record)
    return [_clock(clock_words(case.screen, one)) for one in found]


def _clock(words: ClockWords) -> Json:
    view = words.view
    row, clock, state = view.row, view.clock, view.state
    return {
        "deadline": clock.deadline or None,
        "variant": clock.variant or None,
        "title": words.title,
        "whose": clock.whose,
        "of_referral": words.of_referral,
        "state": state.state,
        "state_text": words.state_words,
        "due_on": state.due_on.isoformat() if state.due_on else None,
        "due_at": state.due_at.isoformat() if state.due_at else None,
        "left": state.left,
        "left_text": words.left,
        "provisional": state.provisional,
        "earlier_on": state.earlier.isoformat() if state.earlier else None,
        "started_on": clock.start_day.isoformat(),
        "started_by": clock.event,
        "pauses": [
            {"start": one.start.isoformat(), "end": one.end.isoformat() if one.end else None}
            for one in clock.pauses
        ],
        "extensions": [{"n": one.n, "unit": one.unit} for one in clock.extensions],
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        "ended_by": row.end_event or None,
        "source": words.source,
    }


def recordable(case: Case) -> list[Json]:
    """Return the events that may be recorded of a record, those that concern a period that runs first."""
    found = records.events_of(case.now.portal, case.now.session, case.record)
    return [
        {
            "id": one.event.id,
            "title": case.texts(one.event.title),
            "documents": list(one.documents),
            "variants": {code: [line.key for line in lines] for code, lines in one.picks.items()},
            "concerns_a_running_period": one.ends,
        }
        for one in found
    ]


def history(case: Case) -> list[Json]:
    """Return the history of a record, the latest first."""
    return [_event(case, event, moment) for event, moment in zip(case.events, case.moments, strict=True)]


def _event(case: Case, event: Any, moment: Moment) -> Json:
    changed, unit_names = (event.data or {}).get("fields", ()), case.unit_names
    return {
        "at": event.at.isoformat(),
        "kind": event.kind,
        "name": event.name,
        "title": moment.title,
        "text": moment.text,
        "from_stage": event.from_stage,
        "to_stage": event.to_stage,
        "fields": [where for where in changed if case.view.plan.level(where) is not Level.HIDDEN],
        "unit": unit_names[event.unit_id][0] if event.unit_id in unit_names else None,
        "reason": readable(event.reason),
        "by": event.by_name,
        "version": event.version,
        "to_do": event.kind == EFFECT and bool((event.data or {}).get("open")),
    }


def release(case: Case, to: int | None = None) -> Json:
    """Return the release of a record, those it may move to, and what moving it to ``to`` changes."""
    now, record = case.now, case.record
    newer = records.newer_releases(now.session, record)
    wanted = to or next((one.release_id for one in newer), None)
    found = records.preview(now.portal, now.session, record, wanted) if wanted is not None else None
    own = case.screen.bundle
    return {
        "release": release_ref(own.release_id, own.pack, own.version, own.digest),
        "newer": [release_ref(one.release_id, one.pack, one.version, one.digest) for one in newer],
        "preview": _preview(ReleaseWords(now, case.screen, case.view, found)) if found else None,
    }


def _preview(words: ReleaseWords) -> Json:
    def fields(lines: list[FieldLine]) -> list[Json]:
        return [{"pointer": line.pointer, "title": line.label, "note": line.note} for line in lines]

    def named(pairs: list[tuple[str, str]]) -> list[Json]:
        return [{"id": one, "title": title} for one, title in pairs]

    return {
        "to": words.preview.new.release_id,
        "moved": fields(words.moved),
        "gone": fields(words.gone),
        "back": fields(words.back),
        "required": fields(words.required),
        "invalid": fields(words.invalid),
        "stage": words.preview.stage.same,
        "stages": named(words.stages),
        "lanes_closed": list(words.preview.stage.lanes_closed),
        "periods": [
            {
                "id": line.id,
                "title": line.title,
                "before": line.before.isoformat() if line.before else None,
                "after": line.after.isoformat() if line.after else None,
            }
            for line in words.periods
        ],
        "rules_newly": named(words.newly),
        "rules_no_longer": named(words.no_longer),
    }
