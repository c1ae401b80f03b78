"""The things people do in stories, by the same services as everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.errors import DefinitionError, NotFound, msg
from portal.core.referrals import ANSWERS, DISPUTE, RECEIVER
from portal.persistence.models import Paper, Record, RecordLink
from portal.services import archive, records, units
from portal.services.stories.state import SYSTEM, StoryState

if TYPE_CHECKING:
    from portal.services.portal import Portal

Step = Mapping[str, Any]


def register(state: StoryState, step: Step) -> None:
    """Enter a record."""
    with state.writing(step) as uow:
        parent = state.uids.get(step["parent"]) if "parent" in step else None
        unit = step.get("unit") or step.get("who", "").partition(":")[2] or state.centre
        data = _named(step.get("data", {}), state.uids)
        made = records.register(uow, step.get("entity", "case"), unit, data, parent=parent)
        uow.commit()
    state.last = made.record.uid
    if "as" in step:
        state.uids[step["as"]] = made.record.uid


def change(state: StoryState, step: Step) -> None:
    """Change some fields of a record; a key that is a pointer changes what lies there."""
    with state.writing(step) as uow:
        record = records.get_any(uow.session, state.uid(step))
        data = dict(records.view_of(state.now, uow.session, record).data)
        for key, value in _named(step.get("data", {}), state.uids).items():
            data = pointers.with_value(data, key if key.startswith("/") else pointers.join([key]), value)
        records.change(uow, record.uid, data, record.version, reason=step.get("reason", ""))
        uow.commit()


def transition(state: StoryState, step: Step) -> None:
    """Take a step of the lifecycle; ``as`` names the record that it opens."""
    with state.writing(step) as uow:
        record = records.get_any(uow.session, state.uid(step))
        records.transition(
            uow,
            record.uid,
            step["transition"],
            version=record.version,
            form=_named(step["form"], state.uids) if "form" in step else None,
            reason=step.get("reason", ""),
        )
        uow.commit()
    if "as" in step:
        state.uids[step["as"]] = opened(state.now, record.uid)


def opened(portal: Portal, uid: str) -> str:
    """Return the record that was entered last below another one, or that one of its steps led to."""
    with portal.reading(SYSTEM) as session:
        above = records.get_any(session, uid)
        led_to = select(RecordLink.to_id).where(
            RecordLink.from_id == above.id, RecordLink.kind == records.OPENED
        )
        own = or_(Record.parent_id == above.id, Record.id.in_(led_to))
        newest = select(Record.uid).where(own).order_by(Record.id.desc()).limit(1)
        found = session.scalars(newest).one_or_none()
    if found is None:
        raise NotFound("story.opened", msg("The step opened no record"))
    return found


def _named(value: Any, uids: Mapping[str, str]) -> Any:
    """Return values in which ``@name`` stands for the record of that name."""
    if isinstance(value, Mapping):
        return {key: _named(one, uids) for key, one in value.items()}
    if isinstance(value, list):
        return [_named(one, uids) for one in value]
    return uids.get(value[1:], value) if isinstance(value, str) and value.startswith("@") else value


def dispose(state: StoryState, step: Step) -> None:
    """Accept the proposal that fits, or override it; ``form`` answers the step that it performs."""
    with state.writing(step) as uow:
        record = records.get_any(uow.session, state.uid(step))
        decision = records.latest_decision(state.now, uow.session, record)
        chosen: dict[str, Any] = {}
        if step.get("accept") is False or "to" in step:
            chosen["override"] = records.Override(
                to=step["to"], route=step.get("route", ""), mode=step.get("mode", "")
            )
        else:
            chosen["proposal"] = _fitting(decision, step.get("proposal", {}))
        records.dispose(
            uow,
            record.uid,
            version=record.version,
            decision_id=decision.id if decision else None,
            reason=step.get("reason", ""),
            form=step.get("form"),
            **chosen,
        )
        uow.commit()


def referral(state: StoryState, step: Step) -> None:
    """Answer the latest leading referral, or that of the person's own unit; ``form`` answers the step that it performs.

    A role that is named without a unit answers at the unit that was asked to lead.
    """
    uid = state.uid(step)
    with state.now.reading(SYSTEM) as session:
        known = records.referrals_of(session, records.get_any(session, uid))
        leads = [one for one in known if one.lead]
        if not leads:
            raise NotFound("referral.unknown", msg("There is no such referral"))
        asked = units.by_id(session, leads[0].to_unit_id).code
        own = units.names(session, [one.to_unit_id for one in known])
    answer, who = ANSWERS.get(step["action"]), str(step.get("who", "clerk"))
    receives = answer is not None and answer.side == RECEIVER
    mine = [one for one in known if receives and own[one.to_unit_id][0] == who.partition(":")[2]]
    answered = (mine or leads)[0]
    if receives and ":" not in who:
        step = {**step, "who": f"{who}:{asked}"}
    with state.writing(step) as uow:
        records.referral(
            uow, answered.uid, step["action"], reason=step.get("reason", ""), form=step.get("form")
        )
        uow.commit()


def whistle(state: StoryState, step: Step) -> None:
    """Call several departments in; ``lead`` leads them, by default the unit that leads already."""
    with state.writing(step) as uow:
        uid = state.uid(step)
        version = records.get_any(uow.session, uid).version
        called = [records.Called(one["department"], one["days"]) for one in step["called"]]
        more = {"lead": step.get("lead", ""), "reason": step.get("reason", ""), "form": step.get("form")}
        records.whistle(uow, uid, version=version, called=called, **more)
        uow.commit()


def dispute(state: StoryState, step: Step) -> None:
    """Ask the common superior whose the matter is."""
    with state.writing(step) as uow:
        uid = state.uid(step)
        version = records.get_any(uow.session, uid).version
        records.raise_dispute(uow, uid, version=version, reason=step.get("reason", ""))
        uow.commit()


def decide(state: StoryState, step: Step) -> None:
    """Say at the superior whose the matter is."""
    with state.writing(step) as uow:
        record = records.get_any(uow.session, state.uid(step))
        asked = next((one for one in records.referrals_of(uow.session, record) if one.kind == DISPUTE), None)
        if asked is None:
            raise NotFound("referral.unknown", msg("There is no such referral"))
        more = {"unit": step["unit"], "reason": step.get("reason", ""), "form": step.get("form")}
        records.decide_competence(uow, asked.uid, **more)
        uow.commit()


def issue(state: StoryState, step: Step) -> None:
    """Issue a document about a record."""
    with state.writing(step) as uow:
        version = records.get_any(uow.session, state.uid(step)).version
        records.issue_paper(uow, state.uid(step), step["document"], step.get("asked", {}), version=version)
        uow.commit()


def hand_out(state: StoryState, step: Step) -> None:
    """Note to whom the latest document of a kind was handed out today."""
    with state.writing(step) as uow:
        made = _latest(state, uow.session, step)
        records.serve_paper(
            uow,
            state.uid(step),
            made.n,
            version=made.version,
            to=step.get("receiver", ""),
            way=step.get("way", ""),
            day=uow.today,
        )
        uow.commit()


def void(state: StoryState, step: Step) -> None:
    """Make the latest document of a kind void."""
    with state.writing(step) as uow:
        made = _latest(state, uow.session, step)
        records.void_paper(uow, state.uid(step), made.n, version=made.version, reason=step.get("reason", ""))
        uow.commit()


def explain(state: StoryState, step: Step) -> None:
    """Say once why all that the file lacks is not there."""
    with state.writing(step) as uow:
        version = records.get_any(uow.session, state.uid(step)).version
        archive.explain_rest(uow, state.uid(step), version=version, why=step.get("reason", ""))
        uow.commit()


def _latest(state: StoryState, session: Session, step: Step) -> Paper:
    reader = records.PaperReader(state.now, session, records.get_any(session, state.uid(step)))
    found = [one for one in reader.rows if one.document == step["document"] and one.status == "issued"]
    if not found:
        raise NotFound("paper.unknown", msg("There is no such document"))
    return found[-1]


def see(state: StoryState, step: Step) -> None:
    """Look at the record as a person; ``visible`` is what comes of it."""


def wait(state: StoryState, step: Step) -> None:
    """Let time pass: ``today`` has turned the clock already."""


def visible(state: StoryState, step: Step) -> bool:
    """Return whether the step's person sees the record."""
    with state.now.reading(state.who(step.get("who", "clerk"))) as session:
        try:
            records.get_any(session, state.uid(step))
        except NotFound:
            return False
        return True


ACTIONS: Mapping[str, Callable[[StoryState, Step], None]] = {
    "register": register,
    "change": change,
    "transition": transition,
    "dispose": dispose,
    "referral": referral,
    "whistle": whistle,
    "dispute": dispute,
    "decide": decide,
    "issue": issue,
    "hand_out": hand_out,
    "void": void,
    "explain": explain,
    "see": see,
    "wait": wait,
}


def _fitting(decision: records.DecisionView | None, wanted: Mapping[str, Any]) -> int:
    proposals = decision.proposals if decision else []
    for proposal in proposals:
        if fits(wanted, proposal):
            return int(proposal["index"])
    params = {"wanted": dict(wanted), "proposals": [(p["route"], p["to"]) for p in proposals]}
    message = msg("No proposal is like %(wanted)s; there are %(proposals)s")
    raise DefinitionError("story.proposal", message, params)


def fits(wanted: Any, actual: Any) -> bool:
    """Return whether ``actual`` has at least what ``wanted`` names."""
    if isinstance(wanted, Mapping):
        return isinstance(actual, Mapping) and all(
            name in actual and fits(value, actual[name]) for name, value in wanted.items()
        )
    if isinstance(wanted, list) and isinstance(actual, list):
        return all(any(fits(one, other) for other in actual) for one in wanted)
    return bool(wanted == actual)
