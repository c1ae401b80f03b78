"""The leading referral's event performs a step of the record's stage, in the same act and with its form prefilled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from portal.core.conditions import Env
from portal.core.errors import InvalidInput, msg
from portal.core.lifecycle import Transition
from portal.core.referrals import event_of
from portal.persistence.models import Record, Referral, Unit
from portal.services.bundles import Bundle
from portal.services.records.entering.checking import check
from portal.services.records.handling.guard_facts import facts_of
from portal.services.records.handling.referral_facts import referral_facts
from portal.services.records.handling.referring import Plan
from portal.services.records.handling.transitions import take

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

# Fields of sheets: the unit that leads, the body outside the centre, and the way.
LEAD, ORGAN, ROUTE = "/lead", "/organ", "/route"
# What a field of the step's form is filled with, by its pointer: a fact of the referral.
PREFILLED: Mapping[str, str] = MappingProxyType(
    {
        LEAD: "to_name",
        "/unit": "to_name",
        ORGAN: "to_name",
        "/assist": "assist_names",
        ROUTE: "route",
        "/mode": "mode",
        "/due_on": "due_on",
        "/grounds": "grounds",
        "/basis": "grounds",
        "/grade": "grade",
        "/reason": "reason",
        "/result": "answer",
        "/process": "answer",
    }
)


@dataclass(frozen=True, slots=True)
class LedOn:
    """What a referral's event did to the record beside it, for the audit entry; empty where it performed no step."""

    step: Transition | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def step_for(
    bundle: Bundle, record: Record, env: Env, event: str, facts: Mapping[str, Any]
) -> Transition | None:
    """Return the step that an event of the leading referral performs in the record's stage, if any."""
    lifecycle = bundle.lifecycle_of(record.etype)
    if lifecycle is None or record.stage is None:
        return None
    return lifecycle.performed_by(event, record.stage, {**facts_of(record), **facts}, env)


def led_on(
    act: Performed, referral: Referral, form: Mapping[str, Any] | None, proposal: Plan | None = None
) -> LedOn:
    """Perform the step that a referral's event performs; assisting referrals move nothing.

    Raise InvalidInput with the problems of the step's form where neither the referral nor ``form`` says what it asks.
    """
    if not referral.lead:
        return LedOn()
    uow, record, bundle = act.uow, act.record, act.bundle
    env, facts = Env(uow.today, taxonomies=bundle.taxonomies), referral_facts(referral)
    step = step_for(bundle, record, env, event_of(referral.status), facts)
    lifecycle = bundle.lifecycle_of(record.etype)
    if step is None or lifecycle is None:
        return LedOn()
    entered = _entered(act, step, referral, form or {}, proposal.grounds if proposal is not None else "")
    move = lifecycle.apply(
        step.id,
        record.stage or "",
        # Who may send or answer the referral performs its step: that was asked before.
        step.roles,
        {**facts_of(record), **facts, "form": entered},
        env,
        record.lanes,
        referral.answer or referral.reason or "-",
    )
    before = {"stage": record.stage, "lanes": record.lanes}
    stored = take(act, move, entered, "", proposal=proposal)
    return LedOn(
        step, before, {"step": step.id, "stage": record.stage, "lanes": record.lanes, "form": stored}
    )


def _entered(
    act: Performed, step: Transition, referral: Referral, form: Mapping[str, Any], grounds: str
) -> dict[str, Any]:
    """Return the answers of the step's form: what was entered, and of the rest what the referral says."""
    if step.form is None:
        return {}
    filled = _prefilled(act, step.form, referral, grounds) | dict(form)
    try:
        return check(act.uow, act.bundle, step.form, filled, at="/form").data
    except InvalidInput as refused:
        raise StepForm(step, filled, refused) from refused


class StepForm(InvalidInput):
    """The step that a referral performs asks for more than the referral says: its form has to be filled in."""

    def __init__(self, step: Transition, filled: Mapping[str, Any], refused: InvalidInput) -> None:
        message = msg("This also takes a step of the matter, whose form asks for more")
        super().__init__("referral.form", message, {"step": step.id}, refused.problems)
        self.step, self.filled = step, dict(filled)


def _prefilled(act: Performed, form_id: str, referral: Referral, grounds: str) -> dict[str, Any]:
    """Return what a referral says of the fields of a form; ``grounds`` are those of an accepted proposal."""
    to_name, assist_names = _names(act, referral)
    facts: dict[str, Any] = {
        "to_name": to_name,
        "assist_names": assist_names,
        "route": referral.route,
        "mode": referral.mode,
        "due_on": referral.due_on.isoformat() if referral.due_on else None,
        "reason": referral.answer or referral.reason,
        "grade": act.record.grade,
        "grounds": referral.answer or referral.reason or grounds,
        "answer": referral.answer,
    }
    known = act.bundle.fields(form_id)
    tops = {pointer.split("/")[1] for pointer in known}
    found = {}
    for pointer, name in PREFILLED.items():
        value = facts[name]
        if pointer[1:] in tops and value:
            found[pointer[1:]] = value
    return found


def _names(act: Performed, referral: Referral) -> tuple[str, list[str]]:
    """Return the name of the unit that a referral goes to, and those of the assisting departments."""
    unit = act.uow.session.get_one(Unit, referral.to_unit_id)
    texts = act.bundle.texts()
    known = act.bundle.departments
    return unit.name, [str(texts(known.get(code, {}).get("name"), code)) for code in referral.assist or ()]
