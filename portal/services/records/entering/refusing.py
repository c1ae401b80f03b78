"""Refuse what a type says cannot be, by what the record holds and what is known of the one it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.core.conditions import Env, evaluate, pointers
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.sessions import Refused, refusals_of
from portal.persistence.models import Decision, Record
from portal.persistence.scope import owned
from portal.services.records.acts.loading import bundle_of
from portal.services.records.finding.children import parent_of
from portal.services.records.finding.rows_of_record import rows_of
from portal.services.records.privacy.encryption import opened
from portal.services.records.privacy.record_encryption import opened_decision

if TYPE_CHECKING:
    from portal.services.portal import Work
    from portal.services.records.acts.performed import Performed

_LAST = owned(Decision, Decision.id.desc(), limit=1)
WHOLE = "/parent/"


def refuse(act: Performed) -> None:
    """Raise InvalidInput, in the words of the pack, where an open record comes to hold what its type refuses."""
    record, bundle = act.record, act.bundle
    entity = bundle.entity(record.etype).entity
    refusals = bundle.once(("refusals", record.etype), lambda: refusals_of(entity))
    if not refusals or act.gone or not record.is_open:
        return
    uow = act.uow
    facts: dict[str, Any] = {
        "data": opened(uow.portal.keys, bundle, record.etype, record.uid, record.data),
        "stage": record.stage,
    }
    if any(name.startswith(WHOLE) for one in refusals for name in pointers(one.when)):
        facts["parent"] = _whole(uow, record)
    env = Env(uow.today, taxonomies=bundle.taxonomies)
    problems = [_problem(one) for one in refusals if evaluate(one.when, facts, env)]
    if problems:
        raise InvalidInput("record.refused", msg("Please correct what is marked"), problems=problems)


def _problem(refused: Refused) -> Problem:
    # The words are the pack's own; they are put into the language of the page like every message.
    return Problem("record.refused", str(refused.say), {}, "", refused.at)


def _whole(uow: Work, record: Record) -> dict[str, Any]:
    """Return what is known of the record that this one belongs to: data, stage, what the rules ask for and mark."""
    whole = parent_of(uow.session, record)
    if whole is None:
        return {}
    bundle = bundle_of(uow, whole)
    found = rows_of(uow.session, whole, _LAST)
    actions = opened_decision(uow.portal.keys, whole, found[0])[0]["actions"] if found else []
    return {
        "data": opened(uow.portal.keys, bundle, whole.etype, whole.uid, whole.data),
        "stage": whole.stage,
        "steps": [step for one in actions if one["do"] == "require" for step in one.get("steps", ())],
        "flags": [one["flag"] for one in actions if one["do"] == "flag"],
    }
