"""Lifecycles: the stages a record walks through and the steps between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from portal.core import pointer
from portal.core.blank import is_wordless
from portal.core.conditions import Condition, Env, Trace, evaluate, explain, leaving_out, pointers
from portal.core.errors import Conflict, Forbidden, InvalidInput, PortalError, Problem, msg
from portal.core.text import Text
from portal.core.values import as_date

LaneState = Literal["open", "closed"]
# Where the role has to be held by which a step is taken: where the record was registered, or where it is handled.
Side = Literal["owner", "handler"]
ANY_STAGE = "*"
# The roles of a person at a record: all of them, or by the side on which they are held (None: on either).
Roles = Collection[str] | Mapping[Side | None, Collection[str]]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; ``canonical`` is the common stage by which counties are compared.

    A record in a ``locked`` stage is changed by steps and corrections alone.
    """

    id: str
    title: Text
    canonical: str
    order: float = 0
    initial: bool = False
    final: bool = False
    listed: bool = True
    parallel: bool = False
    hidden: bool = False
    first: str = ""  # the step that comes before a referral
    stays: bool = False  # a referral moves no stage here
    locked: bool = False
    # What parties read of it, where that is not what they read of its common stage.
    public: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Takes:
    """From where the form of a step is filled in: the latest part of a type that stands in one of some stages.

    ``take`` maps fields of the form to fields of the part, ``values`` are what it holds besides.
    """

    entity: str
    stages: frozenset[str]
    take: Mapping[str, str]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Opens:
    """The record that a step opens: its type, and which of its fields are filled in from which of this one's."""

    entity: str
    prefill: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked at before a step: a condition that has to hold, or a period that has to run still."""

    id: str
    title: Text
    unmet: Text
    when: Condition | None = None
    period: str = ""
    source: Text = ""


@dataclass(frozen=True, slots=True)
class OtherThan:
    """Who does not take a step: the person who took another one last, and all who had a hand in what that is about.

    ``step`` is that other step, ``by`` the field of its form that says what it is about, and ``did`` names the acts and
    steps for each of its values.
    """

    step: str
    by: str
    did: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Follows:
    """The earlier step after which this one is next: where its answer in the field ``by`` is one of ``values``."""

    step: str
    by: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Adds:
    """What a step adds to the list ``to`` of the record: by the level or the department of the unit that handles it.

    ``ticks`` is a field of the record that is set to yes with it.
    """

    to: str
    by_unit: Mapping[str, str]
    when: Condition | None = None
    ticks: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A field of the form of an earlier step that knows an answer: as it stands, or by ``values`` as another word."""

    step: str
    field: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BecauseOf:
    """The earlier step of the record that a step follows from: the last of those for the answer in the field ``by``."""

    by: str
    steps: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Transition:
    """One step: to another stage, or the opening or closing of a parallel lane.

    ``opens`` is the record by whose registering it is taken. ``on`` is the event of the leading unit's referral that
    performs it, ``then`` are its effects. ``by_hand`` is what the guard asks of a step taken without a referral.
    ``side`` narrows where its roles have to be held; one that goes ``again`` opens a lane that is open already.
    """

    id: str
    title: Text
    sources: frozenset[str]
    roles: frozenset[str]
    to: str | None = None
    lane: str | None = None
    lane_state: LaneState | None = None
    when: Condition | None = None
    form: str | None = None
    reason: Literal["required", "optional"] | None = None
    copy: Mapping[str, str] = field(default_factory=dict)
    adds: Adds | None = None
    # Days of the form that come no earlier than days of the record, by their pointers.
    not_before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    confirm: Text | None = None
    missing: Text | None = None  # what to say where the guard does not hold
    takes: Takes | None = None
    continues: frozenset[str] = frozenset()  # fields of the form that open with what was written last
    # Answers that earlier steps know, by the pointer of the form; the first step that was taken counts.
    known_from: Mapping[str, tuple[Known, ...]] = field(default_factory=dict)
    order: float = 0
    primary: bool = False
    hidden: bool = False
    on: str = ""
    then: tuple[Mapping[str, Any], ...] = ()
    opens: Opens | None = None
    other_than: OtherThan | None = None
    because_of: BecauseOf | None = None
    follows: Follows | None = None
    side: Side | None = None
    again: bool = False
    checks: tuple[Looked, ...] = ()

    def is_for(self, roles: Roles) -> bool:
        """Tell whether somebody with these roles takes it; roles that say no side count on either."""
        held = roles.get(self.side, ()) if isinstance(roles, Mapping) else roles
        return not self.roles.isdisjoint(held)

    def is_done(self, lanes: Mapping[str, str] | None) -> bool:
        """Tell whether its lane is already in the state that it sets, and it does not go again."""
        return (
            self.lane is not None
            and not self.again
            and (lanes or {}).get(self.lane, "closed") == self.lane_state
        )

    @cached_property
    def by_hand(self) -> Condition | None:
        """Return the guard without what it asks of a referral; None where nothing is left."""
        return None if self.when is None else leaving_out(self.when, "/referral/")

    def guard(self, facts: Mapping[str, Any]) -> Condition | None:
        """Return the guard that counts: the whole one where a referral performs the step."""
        return self.when if "referral" in facts else self.by_hand

    def too_early(self, form: Any, data: Any) -> Iterator[tuple[str, str, date]]:
        """Yield each day of the form that lies before one of the record: both pointers, and the record's day."""
        for where, others in self.not_before.items():
            day = as_date(pointer.get(form, where))
            for other in others:
                first = as_date(pointer.get(data, other))
                if day is not None and first is not None and day < first:
                    yield where, other, first

    @cached_property
    def needs_form(self) -> bool:
        """Tell whether the guard reads what is entered in the transition's form."""
        return self.when is not None and any(name.startswith("/form") for name in pointers(self.when))


@dataclass(frozen=True, slots=True)
class Offer:
    """A step somebody may take from here; ``blocked`` says why it can't be taken yet."""

    transition: Transition
    blocked: tuple[Trace, ...] = ()

    @property
    def allowed(self) -> bool:
        """Tell whether the step can be taken now."""
        return not self.blocked


@dataclass(frozen=True, slots=True)
class Move:
    """What a step does: the main stage before and after, and the lane it opens or closes."""

    transition: Transition
    from_stage: Stage
    to_stage: Stage
    lane: str | None = None
    lane_state: LaneState | None = None


@dataclass(frozen=True)
class Lifecycle:
    """A compiled lifecycle: stages in order, transitions in order."""

    id: str
    entity: str
    title: Text
    stages: tuple[Stage, ...]
    transitions: tuple[Transition, ...]
    # Roles that approve corrections, where the definition names them.
    approving: frozenset[str] = frozenset()

    @cached_property
    def correctors(self) -> frozenset[str]:
        """Return the roles that approve corrections of locked records; unless said, those that lock them by a step."""
        closing = (
            step.roles
            for step in self.transitions
            if self.locks(step.to) and not all(self.locks(one) for one in step.sources)
        )
        return self.approving or frozenset(role for roles in closing for role in roles)

    @property
    def initial(self) -> Stage:
        """Return the stage in which records start."""
        return next(stage for stage in self.stages if stage.initial)

    def stage(self, stage_id: str) -> Stage:
        """Return a stage by its identifier; KeyError when there is none."""
        found = next((stage for stage in self.stages if stage.id == stage_id), None)
        if found is None:
            raise KeyError(stage_id)
        return found

    def locks(self, stage_id: str | None) -> bool:
        """Tell whether a record in a stage is locked; a stage that there is no more locks nothing."""
        return any(stage.locked and stage.id == stage_id for stage in self.stages)

    def listed_stages(self) -> list[Stage]:
        """Return the stages shown in the stage bar and in filters, lanes included, in order."""
        return [stage for stage in self.stages if stage.listed and not stage.hidden]

    def lanes(self) -> list[Stage]:
        """Return the parallel stages."""
        return [stage for stage in self.stages if stage.parallel]

    def transition(self, transition_id: str) -> Transition:
        """Return a transition by its identifier; KeyError when there is none."""
        found = next((step for step in self.transitions if step.id == transition_id), None)
        if found is None:
            raise KeyError(transition_id)
        return found

    def performed_by(
        self, event: str, stage_id: str, facts: Mapping[str, Any], env: Env
    ) -> Transition | None:
        """Return the step that an event of the leading referral performs in a stage: the first whose guard holds.

        ``facts`` hold the referral under ``referral``; a guard over the form is left for ``apply``.
        """
        for step in self.transitions:
            if step.on != event or step.hidden or not self.leads_from(step, stage_id):
                continue
            guard = step.when
            if guard is not None and "form" not in facts:
                guard = leaving_out(guard, "/form/")
            if guard is None or evaluate(guard, facts, env):
                return step
        return None

    def leads_from(self, transition: Transition, stage_id: str) -> bool:
        """Tell whether a transition may be taken in a stage; ``*`` is every main stage that is not final."""
        if stage_id in transition.sources:
            return True
        return ANY_STAGE in transition.sources and not self.stage(stage_id).final

    def available(
        self,
        stage_id: str,
        roles: Roles,
        facts: Mapping[str, Any],
        env: Env,
        lanes: Mapping[str, str] | None = None,
    ) -> list[Offer]:
        """Return the steps that somebody with ``roles`` is offered in a stage, primary ones first.

        What a guard asks of the transition's form is left for ``apply``: nothing has been entered yet.
        """
        offers = []
        for step in self.transitions:
            if step.hidden or not self.leads_from(step, stage_id) or not step.is_for(roles):
                continue
            if step.is_done(lanes):
                continue
            offers.append(Offer(step, _failed(step, facts, env, before="form" not in facts)))
        return sorted(offers, key=lambda offer: (not offer.transition.primary, offer.transition.order))

    def blocking(self, step: Transition, facts: Mapping[str, Any], env: Env) -> tuple[Trace, ...]:
        """Return the conditions of a step's guard that are not met by the facts."""
        return _failed(step, facts, env)

    def apply(
        self,
        transition_id: str,
        stage_id: str,
        roles: Roles,
        facts: Mapping[str, Any],
        env: Env,
        lanes: Mapping[str, str] | None = None,
        reason: str = "",
    ) -> Move:
        """Return what a step does, or raise why it can't be taken; the caller writes it down."""
        step = next((known for known in self.transitions if known.id == transition_id), None)
        if step is None or not self.leads_from(step, stage_id):
            raise _refusal(Conflict, "stage", msg("This step can't be taken in the present stage"), step)
        if step.is_done(lanes):
            raise _refusal(Conflict, "lane", msg("This lane is already in that state"), step)
        if not step.is_for(roles):
            raise _refusal(Forbidden, "role", msg("Your roles do not take this step"), step)
        if step.reason == "required" and is_wordless(reason):
            missing = Problem("lifecycle.reason", msg("A reason is required"), pointer="/reason")
            raise InvalidInput("lifecycle.reason", missing.message, problems=[missing])
        failed = _failed(step, facts, env)
        if failed:
            fields = ", ".join(dict.fromkeys(trace.field for trace in failed))
            raise _refusal(
                Forbidden, "guard", msg("The conditions of this step are not met: %(fields)s"), step, fields
            )
        here = self.stage(stage_id)
        return Move(step, here, here if step.to is None else self.stage(step.to), step.lane, step.lane_state)


def _failed(
    step: Transition, facts: Mapping[str, Any], env: Env, *, before: bool = False
) -> tuple[Trace, ...]:
    """Return what of the guard is not met; ``before`` the form is filled in, what is asked of it is taken as met."""
    guard = step.guard(facts)
    if guard is not None and before and step.needs_form:
        guard = leaving_out(guard, "/form/")
    return () if guard is None else tuple(explain(guard, facts, env).failed())


def _refusal(
    kind: type[PortalError], code: str, message: str, step: Transition | None, fields: str = ""
) -> PortalError:
    return kind(f"lifecycle.{code}", message, {"transition": step.id if step else "", "fields": fields})
