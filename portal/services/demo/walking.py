"""Walk a made-up record through the real lifecycle, as far as its age allows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from portal.adapters.keyring import Keyring
from portal.core.acts import TAKE_STEP
from portal.core.conditions import Env
from portal.core.errors import PortalError
from portal.core.events import Happening
from portal.core.lifecycle import Lifecycle, Move, Transition
from portal.core.zone import LOCAL
from portal.persistence.models import Record
from portal.services.demo.fitting import Matter
from portal.services.demo.values import Filler
from portal.services.records.acts.performed import Performed
from portal.services.records.handling.guard_facts import facts_of
from portal.services.records.handling.transitions import apply_move, copy_answers

MAX_STEPS = 8
PACE = 18
STUCK = 0.06
VARIANTS = 8
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Step:
    """A made-up step: when it was taken, and by whom."""

    at: dt.datetime
    by: str


def days_moved(value: Any, by: dt.timedelta) -> Any:
    """Return values with each day in them moved."""
    if isinstance(value, dict):
        return {name: days_moved(one, by) for name, one in value.items()}
    if isinstance(value, list):
        return [days_moved(one, by) for one in value]
    if isinstance(value, str) and _DAY.fullmatch(value):
        return (dt.date.fromisoformat(value) + by).isoformat()
    return value


@dataclass(frozen=True)
class Walker:
    """Takes records of one release through their stages."""

    keys: Keyring
    filler: Filler
    random: Random
    now: dt.datetime
    _answers: dict[str, list[tuple[dt.date, dict[str, Any]]]] = field(default_factory=dict)

    def walk(self, act: Performed, matter: Matter) -> Iterator[tuple[Step, Move]]:
        """Take steps at made-up intervals until the present, tell them in the history, and yield them."""
        record = act.record
        bundle = self.filler.bundle
        lifecycle = bundle.lifecycle_of(record.etype)
        moment, taken = record.created_at, set[str]()
        while lifecycle is not None and len(taken) < MAX_STEPS:
            moment += dt.timedelta(days=self.random.expovariate(1 / PACE))
            if moment >= self.now or self.random.random() < STUCK:
                return
            found = self._step(lifecycle, act, matter, moment, taken)
            if found is None:
                return
            yield found

    def _step(
        self, lifecycle: Lifecycle, act: Performed, matter: Matter, moment: dt.datetime, taken: set[str]
    ) -> tuple[Step, Move] | None:
        record = act.record
        for step in self._candidates(lifecycle, record, taken):
            taken.add(step.id)
            entered = self._form(step, matter, moment.date())
            if entered is None:
                continue
            facts = facts_of(record) | {"form": entered}
            if step.on and matter.referral:
                facts |= {"referral": matter.referral}
            env = Env(moment.date(), taxonomies=self.filler.bundle.taxonomies)
            try:
                move = lifecycle.apply(
                    step.id, record.stage or "", step.roles, facts, env, record.lanes, "演示数据"
                )
            except PortalError:
                continue
            return self._told(act, move, moment, entered), move
        return None

    def _candidates(self, lifecycle: Lifecycle, record: Record, taken: set[str]) -> list[Transition]:
        here = lifecycle.stage(record.stage or "")
        steps = [
            step
            for step in lifecycle.transitions
            if lifecycle.leads_from(step, here.id)
            and not step.hidden
            and not step.lane
            and step.id not in taken
        ]

        def chance(step: Transition) -> float:
            target = lifecycle.stage(step.to or here.id)
            weight = 3.0 if step.primary else 1.0
            if target.order < here.order or (target.final and here.initial):
                weight = 0.05
            elif here.initial and step.on and not step.primary:
                weight = 0.2  # what is handed over at the window at once is rare
            return float(self.random.random() ** (1 / weight))

        return sorted(steps, key=chance, reverse=True)

    def _form(self, step: Transition, matter: Matter, day: dt.date) -> dict[str, Any] | None:
        """Return answers for the step's form: one of a few sets, since making them up takes a while.

        Days in them lie as far from the day of the step as they did when they were made up; texts tell of the matter.
        """
        if step.form is None:
            return {}
        if step.form not in self._answers:
            made = (self.filler.fill(step.form, day) for _ in range(VARIANTS))
            self._answers[step.form] = [(day, answers) for answers in made if answers is not None]
        known = self._answers[step.form]
        if not known:
            return None
        then, answers = self.random.choice(known)
        moved: dict[str, Any] = days_moved(answers, day - then)
        return matter.fitted(self.filler.bundle.fields(step.form), moved)

    def _told(self, act: Performed, move: Move, moment: dt.datetime, entered: dict[str, Any]) -> Step:
        record, before, name = act.record, act.record.stage, move.transition.id
        changes = copy_answers(self.keys, self.filler.bundle, record, move, entered)
        apply_move(record, move, moment)
        record.version += 1
        record.updated_at = moment
        record.updated_by_name = self.filler.names.person(self.random)
        act.history(
            name,
            kind=TAKE_STEP.kind,
            from_stage=before,
            to_stage=record.stage,
            data={"form": entered, "base": {pointer: old for pointer, (old, _) in changes.items()}},
            at=moment,
            by=record.updated_by_name,
            version=record.version,
        )
        day = moment.astimezone(LOCAL).date()
        act.happened(Happening("step", name, day, {"form": entered}))
        return Step(moment, record.updated_by_name)
