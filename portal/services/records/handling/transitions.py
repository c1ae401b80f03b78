"""Walk a record through its stages: who may take which step, and what the step does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring
from portal.core import pointer as pointers
from portal.core.access import TRANSITION, Access
from portal.core.acts import TAKE_STEP
from portal.core.conditions import Env, Trace
from portal.core.conditions.operators import OPERATORS
from portal.core.disclosure import Level
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg
from portal.core.events import Happening
from portal.core.lifecycle import Lifecycle, Move, Offer, Roles, Transition
from portal.core.messages import CorrectionSettled, StageChanged
from portal.persistence import scope
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import centre_ref, load
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform
from portal.services.records.acts.versions import set_data
from portal.services.records.entering.attaching import adopt, files_named
from portal.services.records.entering.checking import check
from portal.services.records.entering.indexing import index_record
from portal.services.records.entering.releases_above import releases_above
from portal.services.records.finding.differences import changed
from portal.services.records.finding.reading import history
from portal.services.records.handling.adding import added_by
from portal.services.records.handling.guard_facts import facts_of
from portal.services.records.handling.linking import OPENED, tie
from portal.services.records.handling.missing_documents import obstacles, require_documents
from portal.services.records.handling.other_person import BARRED, brought_by, is_barred, require_other
from portal.services.records.handling.referring import Plan, end_referrals
from portal.services.records.handling.step_effects import Sources, effects
from portal.services.records.privacy.disclosure import unseen
from portal.services.records.privacy.encryption import encrypted
from portal.services.records.proposing.deciding import decide
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work


def available(portal: Portal, session: Session, record: Record) -> list[Offer]:
    """Return the steps the session's person is offered, each with what blocks it."""
    access = scope.access_of(session)
    bundle = pinned(portal, session, record.release_id)
    lifecycle = bundle.lifecycle_of(record.etype)
    if lifecycle is None or not access.allows(
        record.etype, TRANSITION, record.unit_path, record.handler_path
    ):
        return []
    env = Env(portal.clock.today(), taxonomies=bundle.taxonomies)
    roles = roles_of(access, record, lifecycle)
    offers = lifecycle.available(record.stage or "", roles, facts_of(record), env, record.lanes)
    offers = [_barred(portal, session, record, one, access) for one in offers]
    offers = [_lacking(portal, session, record, lifecycle, one) for one in offers]
    return _concealed(portal, session, record, offers)


def _barred(portal: Portal, session: Session, record: Record, offer: Offer, access: Access) -> Offer:
    """Return an offer as one that is blocked where another person takes the step."""
    step = offer.transition
    if step.other_than is None or not is_barred(portal, session, record, step, access):
        return offer
    return replace(offer, blocked=(BARRED,))


def _lacking(portal: Portal, session: Session, record: Record, lifecycle: Lifecycle, offer: Offer) -> Offer:
    """Return an offer as one that is blocked where it would archive a matter whose file lacks something."""
    to = offer.transition.to
    if to is None:
        return offer
    bundle = pinned(portal, session, record.release_id)
    found = obstacles(portal, session, record, bundle, lifecycle.stage(to).canonical)
    return replace(offer, blocked=(*offer.blocked, *found)) if found else offer


def blocking(
    portal: Portal, session: Session, record: Record, step_id: str, form: Mapping[str, Any]
) -> tuple[Trace, ...]:
    """Return what keeps a step from being taken with the answers of its form; of closed fields it tells nothing."""
    bundle = pinned(portal, session, record.release_id)
    lifecycle = bundle.lifecycle_of(record.etype)
    if lifecycle is None:
        return ()
    env = Env(portal.clock.today(), taxonomies=bundle.taxonomies)
    step = lifecycle.transition(step_id)
    failed = lifecycle.blocking(step, facts_of(record) | {"form": form}, env)
    offer = _lacking(portal, session, record, lifecycle, Offer(step, failed))
    return _concealed(portal, session, record, [offer])[0].blocked


def _concealed(portal: Portal, session: Session, record: Record, offers: list[Offer]) -> list[Offer]:
    """Return steps whose blocking conditions tell nothing of fields that the person may not see."""
    named = {trace.field for offer in offers for trace in offer.blocked if trace.field.startswith("/data/")}
    fields = {name: [("", name.removeprefix("/data"))] for name in named}
    closed = unseen(portal, session, record, fields) if fields else frozenset()
    if not closed:
        return offers
    # A mask tells whether there is something, so a condition that asks for no more may be told.
    hidden = unseen(portal, session, record, fields, Level.MASKED)

    def told(trace: Trace) -> Trace:
        if not trace.field:
            return trace
        return trace.concealed(hidden if OPERATORS[trace.op].presence_only else closed)

    return [replace(offer, blocked=tuple(map(told, offer.blocked))) for offer in offers]


def transition(
    uow: Work,
    uid: str,
    transition_id: str,
    *,
    version: int,
    form: Mapping[str, Any] | None = None,
    reason: str = "",
    files: Iterable[str] = (),
    opened: Record | None = None,
) -> Record:
    """Take a step: checks roles, guard, form and reason; writes stage or lane, history and audit.

    A step that opens a record is taken by registering that one (``opened``), and both are linked.
    """
    record = load(uow.session, uid)
    with perform(uow, TAKE_STEP, record, version=version) as act:
        move, answers = _move(uow, record, act.bundle, transition_id, form, reason)
        opens = move.transition.opens
        if (opens.entity if opens else None) != (opened.etype if opened else None):
            raise InvalidInput(
                "step.opens",
                msg("This step is taken by registering the record that it opens: do that from here"),
            )
        if opened is not None:
            tie(uow, OPENED, record, opened)
        before = {"stage": record.stage, "lanes": record.lanes}
        adopt(uow, record, files)
        entered = take(act, move, answers, reason)
        after = {"stage": record.stage, "lanes": record.lanes, "form": entered}
        act.audit(before=before, after=after, reason=reason)
    return record


def take(
    act: Performed, move: Move, form: Mapping[str, Any], reason: str, *, proposal: Plan | None = None
) -> dict[str, Any]:
    """Take a step that may be taken: data, stage or lane, history, effects; return what was entered, as it is stored.

    ``proposal`` is what a person accepted, where a sent referral performs the step.
    """
    uow, record, bundle, step = act.uow, act.record, act.bundle, move.transition
    _require_order(bundle, record, step, form)
    require_documents(act, move)
    entered = dict(form)
    if step.form is not None:
        adopt(uow, record, files_named(bundle, step.form, entered))
        entered = encrypted(uow.portal.keys, bundle, step.form, record.uid, entered)
    added = added_by(act, step, form)
    newer = releases_above(uow.portal, uow.session, record) if step.copy or added else []
    differences = copy_answers(uow.portal.keys, bundle, record, move, form, newer, added)
    because = _because_of(act, step, form)
    apply_move(record, move, uow.now)
    act.touch()
    act.save()
    act.history(
        step.id,
        kind=TAKE_STEP.kind,
        from_stage=move.from_stage.id,
        to_stage=move.to_stage.id,
        reason=reason,
        data={"form": entered, "base": {pointer: old for pointer, (old, _) in differences.items()}} | because,
    )
    act.happened(Happening("step", step.id, payload={"form": dict(form)}))
    if differences:
        index_record(uow.session, uow.portal.keys, bundle, record, record.data, newer)
        decide(uow, record, bundle, centre_ref(uow, record), "transition")
    if move.to_stage.final and not move.from_stage.final:
        end_referrals(act)
    effects(act, step.then, Sources(form, record.data, proposal.offered() if proposal is not None else {}))
    act.emit("record.stage", StageChanged, stage=record.stage)
    _tell_who_asked(act, step)
    return entered


def _require_order(bundle: Bundle, record: Record, step: Transition, form: Mapping[str, Any]) -> None:
    """Raise InvalidInput, at each field, for days of a step that lie before what they follow."""
    problems = []
    for where, other, day in step.too_early(form, record.data or {}):
        info = bundle.fields(record.etype).get(other)
        said = {"what": info.label if info is not None else other, "day": day.isoformat()}
        message = msg("This comes no earlier than “%(what)s” (%(day)s)")
        problems.append(Problem("step.early", message, said, pointer=f"/form{where}"))
    if problems:
        raise InvalidInput("step.early", msg("Please correct what is marked"), problems=problems)


def _because_of(act: Performed, step: Transition, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return which row of the history a step follows from; InvalidInput, at its field, where no such row is there."""
    raw = step.because_of
    names = raw.steps.get(str(pointers.get(form, raw.by))) if raw is not None else None
    if raw is None or names is None:
        return {}
    events = history(act.uow.portal, act.uow.session, act.record)
    found = next((one for one in events if one.kind == TAKE_STEP.kind and one.name in names), None)
    if found is None:
        message = msg(
            "The history of this matter holds no such thing: record it first, or choose another answer"
        )
        raise InvalidInput(
            "step.because", message, problems=[Problem("step.because", message, pointer=f"/form{raw.by}")]
        )
    return {"because": {"event": found.id, "step": found.name}}


def _tell_who_asked(act: Performed, step: Transition) -> None:
    """Tell the person who brought something forward that another one has decided on it."""
    asked = brought_by(act.uow.portal, act.uow.session, act.record, step)
    if asked is not None and asked.by_id is not None and asked.by_id != act.uow.access.user_id:
        act.emit("step.answered", CorrectionSettled, asked_by=asked.by_id)


def _move(
    uow: Work, record: Record, bundle: Bundle, transition_id: str, form: Mapping[str, Any] | None, reason: str
) -> tuple[Move, dict[str, Any]]:
    """Return the step that may be taken, and the answers of its form as they are stored."""
    lifecycle = bundle.lifecycle_of(record.etype)
    if lifecycle is None or record.stage is None:
        raise Conflict("lifecycle.none", msg("Records of this type have no stages"))
    try:
        step = lifecycle.transition(transition_id)
    except KeyError:
        raise NotFound("lifecycle.unknown", msg("There is no such step")) from None
    answers = dict(form or {})
    if step.form is not None:
        answers = check(uow, bundle, step.form, answers, at="/form").data
    facts = facts_of(record) | {"form": answers}
    env = Env(uow.today, taxonomies=bundle.taxonomies)
    roles = roles_of(uow.access, record, lifecycle)
    move = lifecycle.apply(transition_id, record.stage, roles, facts, env, record.lanes, reason)
    require_other(uow.portal, uow.session, record, step, uow.access)
    return move, answers


def copy_answers(
    keys: Keyring,
    bundle: Bundle,
    record: Record,
    move: Move,
    form: Mapping[str, Any],
    newer: Iterable[Bundle] = (),
    added: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, tuple[Any, Any]]:
    """Take over into the record's data what the step says of its form's answers, and what it adds."""
    data: dict[str, Any] = dict(record.data)
    for target, value in added.items():
        data = pointers.with_value(data, target, value)
    for source, target in move.transition.copy.items():
        value = pointers.get(form, source)
        if value is not None:
            data = pointers.with_value(data, target, value)
    data = encrypted(keys, bundle, record.etype, record.uid, data, record.data)
    differences = changed(record.data, data)
    if differences:
        set_data(keys, bundle, record, data, newer)
    return differences


def apply_move(record: Record, move: Move, at: dt.datetime) -> None:
    """Put the record into the stage, or the lane into the state, that the step leads to."""
    if move.lane is not None and move.lane_state is not None:
        record.lanes = {**record.lanes, move.lane: move.lane_state}
        return
    if move.to_stage.id != record.stage:
        record.stage_since = at
    record.stage = move.to_stage.id
    record.canonical_stage = move.to_stage.canonical
    record.is_open = not move.to_stage.final


def roles_of(access: Access, record: Record, lifecycle: Lifecycle) -> Roles:
    """Return the roles by which a person takes steps of a record, by the side on which they hold them."""
    if access.unlimited:
        return {role for step in lifecycle.transitions for role in step.roles}
    return {
        None: access.roles_at(record.unit_path, record.handler_path),
        "owner": access.roles_at(record.unit_path),
        "handler": access.roles_below(record.handler_path, record.unit_path),
    }
