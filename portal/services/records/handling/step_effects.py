"""Perform the effects of a step: a performer for each effect of the table, its parameters looked up when it is taken.

What an effect did, or what it leaves to be done, is told in the record's history: nothing is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.core import pointer as pointers
from portal.core.acts import EFFECT, TAKE_STEP
from portal.core.effects import EFFECTS, SOURCES, Parameter
from portal.core.effects import sources as looked_up
from portal.core.errors import InvalidInput
from portal.core.messages import RolesCalled
from portal.core.packs.schemas import fits
from portal.core.table import Table
from portal.persistence.models import Record
from portal.services.records.acts.loading import centre_ref
from portal.services.records.acts.locking import is_locked
from portal.services.records.handling.clocks import by_steps as clocks
from portal.services.records.handling.grading import give_grade, grades
from portal.services.records.handling.linking import is_tied, tie
from portal.services.records.handling.opening_records import open_record
from portal.services.records.handling.opening_sessions import open_session
from portal.services.records.handling.referring import Plan, refer
from portal.services.records.handling.sending import send_to
from portal.services.records.handling.tasks.by_rows import tasks_of_rows
from portal.services.records.handling.tasks.by_steps import create_tasks
from portal.services.records.handling.tasks.record_tasks import types_of
from portal.services.records.papers.by_steps import issue_document
from portal.services.records.proposing.seats import SeatFinder
from portal.services.units.lookup import by_code

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """From where the parameters of a step's effects come: its form, the record's data, the accepted proposal."""

    form: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    proposal: Mapping[str, Any] = field(default_factory=dict)

    def resolved(self, effect: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of an effect as values; one whose source holds nothing is left out."""
        found = {name: self._value(name, value) for name, value in effect.items() if name != "do"}
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    def _value(self, name: str, value: Any) -> Any:
        if not isinstance(value, dict) or len(value) != 1:
            return value
        ((source, where),) = value.items()
        if source not in SOURCES:
            return value
        if source == "proposal":
            return self.proposal.get(name)
        return pointers.get(self.form if source == "form" else self.data, where)


@dataclass(frozen=True, slots=True)
class Performer:
    """What performs an effect; without ``do`` the effect is left to be done by a person, and the case says so.

    So it does where ``do`` returns False. ``leaves`` are the parameters that it does not perform yet: what they name is
    left to be done too. A ``silent`` one tells only what it leaves: what it does is told elsewhere.
    """

    name: str
    do: Callable[[Performed, Parameters], bool | None] | None = None
    leaves: frozenset[str] = frozenset()
    silent: bool = False


def effects(act: Performed, then: Iterable[Mapping[str, Any]], sources: Sources) -> None:
    """Perform the effects of a step in their order, as part of the act.

    One that lacks what it needs, or whose source holds no such thing, is left to be done by a person.
    """
    for raw in then:
        effect, given = EFFECTS[raw["do"]], sources.resolved(raw)
        said = _usable(act, raw, given)
        if effect.empty and raw.get(effect.empty) and effect.empty not in given:
            said, given = ({effect.empty: [], **one} for one in (said, given))
        missing = [group for group in effect.needs if not any(name in said for name in group)]
        performer = PERFORMERS[effect.name]
        do = None if missing or said != given else performer.do
        left = do is None or not performer.leaves.isdisjoint(said)
        if do is not None:
            with _pointing_into_form(raw):
                left = do(act, said) is False or left
        if performer.silent and not left:
            continue
        told = {name: value for name, value in said.items() if name != "rows"}
        act.history(effect.name, kind=EFFECT, data={"said": told, "open": left})


@contextmanager
def _pointing_into_form(raw: Mapping[str, Any]) -> Iterator[None]:
    """Let problems of a parameter point at the field of the form that it was taken from."""
    try:
        yield
    except InvalidInput as refused:
        fields = {
            place.removesuffix("/form"): f"/form{at}"
            for source, at, place in looked_up(raw)
            if source == "form"
        }
        problems = [
            replace(one, pointer=fields[name] + one.pointer.removeprefix(name))
            if (name := "/" + one.pointer[1:].partition("/")[0]) in fields
            else one
            for one in refused.problems
        ]
        raise InvalidInput(refused.code, refused.message, refused.params, problems) from refused


# What a looked up parameter has to name, by the kind of thing; of other kinds a name does no harm.
_KNOWN: Mapping[str, Callable[[Performed], Container[str]]] = MappingProxyType(
    {
        "deadline": lambda act: act.bundle.periods,
        "department": lambda act: act.bundle.departments,
        "grade": lambda act: grades(act.bundle),
        "lane": lambda act: _lanes(act),
        "task": lambda act: types_of(act.bundle),
    }
)


def _usable(act: Performed, raw: Mapping[str, Any], said: Parameters) -> Parameters:
    """Return the parameters without looked up ones that no literal could be: a form may hold anything."""
    known = EFFECTS[raw["do"]].parameters
    looked_up = {name for name in said if said[name] is not raw[name]}
    return {
        name: value for name, value in said.items() if name not in looked_up or _fits(act, known[name], value)
    }


def _fits(act: Performed, parameter: Parameter, value: Any) -> bool:
    if not fits(parameter.schema, value):
        return False
    of = _KNOWN.get(parameter.names)
    names = value if isinstance(value, list) else [value]
    return of is None or all(name in of(act) for name in names)


def _lanes(act: Performed) -> Container[str]:
    cycle = act.bundle.lifecycle_of(act.record.etype)
    return {lane.id for lane in cycle.lanes()} if cycle is not None else ()


def _refer(act: Performed, said: Parameters) -> bool | None:
    """Hand the matter over; a referral that a step sends performs no further step.

    What the step leaves locked is not handed over: that stays to be done, once it is taken up again.
    """
    uow, record, bundle = act.uow, act.record, act.bundle
    if _is_locked(act):
        return False
    place = by_code(uow.session, record.place) if record.place else None
    finder = SeatFinder.of(
        uow.portal,
        uow.session,
        centre_ref(uow, record),
        bundle,
        uow.today,
        stamp=uow.stamp,
        home=record.unit_path,
    )
    to = said.get("to") or {"tier": "centre"}
    plan = Plan(
        finder.find_received(to, place),
        said.get("route", ""),
        said.get("mode", ""),
        said.get("deadline"),
        said.get("assist", ()),
        to=to,
    )
    refer(act, plan, None, "")
    return None


def _notify(act: Performed, said: Parameters) -> None:
    act.emit(
        "rules.notify",
        RolesCalled,
        centre=act.record.centre_id,
        roles=tuple(said.get("roles", ())),
        departments=tuple(said.get("departments", ())),
    )


def _grade(act: Performed, said: Parameters) -> None:
    give_grade(act, said["grade"])


def _noted(act: Performed, said: Parameters) -> None:
    """Do nothing beside the row of the history, which is what the effect is: a mark, a suggestion."""


def _tasks(name: str) -> Callable[[Performed, Parameters], bool]:
    """Return what creates the tasks that a parameter names; one that the release does not know is left to a person."""

    def do(act: Performed, said: Parameters) -> bool:
        if _is_locked(act):
            return False
        named = said.get(name, ())
        return create_tasks(act, [named] if isinstance(named, str) else named, _step(act), said.get("due"))

    return do


def _rows(act: Performed, said: Parameters) -> bool | None:
    if _is_locked(act):
        return False
    tasks_of_rows(act, said["rows"], said, _step(act))
    return None


def _is_locked(act: Performed) -> bool:
    """Tell whether the step leaves the matter locked: nothing is handed over or to be done there."""
    return is_locked(act.uow.portal, act.uow.session, act.record)


def _link(act: Performed, said: Parameters) -> bool | None:
    """Link the record with another one that the person sees; one that is not there is left to be done.

    Two that a link leads between already stay as they are linked: a matter may be taken up again twice for one reason.
    """
    if not said["record"]:
        return None
    other = act.uow.session.scalar(select(Record).where(Record.uid == said["record"]))
    if other is None:
        return False
    if not is_tied(act.uow.session, act.record, other):
        tie(act.uow, said["as"], act.record, other)
    return None


def _step(act: Performed) -> str:
    """Return the step that is being taken."""
    return next((one.name for one in reversed(act.told) if one.kind == TAKE_STEP.kind), "")


def _clock(change: Callable[..., None]) -> Callable[[Performed, Parameters], None]:
    def do(act: Performed, said: Parameters) -> None:
        act.save()
        change(act.uow, act.record, act.bundle, **said)

    return do


def _lane(state: str) -> Callable[[Performed, Parameters], None]:
    def do(act: Performed, said: Parameters) -> None:
        act.record.lanes = {**act.record.lanes, said["lane"]: state}

    return do


PERFORMERS: Table[Performer] = Table(
    "performers of effects",
    Performer("refer", _refer),
    Performer("require", _tasks("steps"), leaves=frozenset({"documents"})),
    Performer("flag", _noted),
    Performer("notify", _notify),
    Performer("suggest_stage", _noted),
    Performer("grade", _grade),
    Performer("deadline", _clock(clocks.start_deadline)),
    Performer("end_deadline", _clock(clocks.end_deadline)),
    Performer("pause_deadline", _clock(clocks.pause_deadline)),
    Performer("resume_deadline", _clock(clocks.resume_deadline)),
    Performer("extend_deadline", _clock(clocks.extend_deadline)),
    Performer("create_task", _tasks("task")),
    Performer("tasks_of_rows", _rows, silent=True),
    Performer("issue_document", issue_document),
    Performer("open_session", open_session),
    Performer("link", _link, silent=True),
    Performer("open_record", open_record),
    Performer("send_to", send_to),
    Performer("open_lane", _lane("open")),
    Performer("close_lane", _lane("closed")),
)
