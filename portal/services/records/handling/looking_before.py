"""Look at a record before a step: what its release wants looked at, and whether it holds; the person decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core.conditions import Env, evaluate, pointers
from portal.core.deadlines.clock import RUNNING
from portal.core.lifecycle import Looked, Transition
from portal.persistence.models import Record
from portal.services.records.handling.clocks.reading import ClockView, clocks_of
from portal.services.records.handling.guard_facts import facts_of
from portal.services.records.privacy.disclosure import unseen
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal


@dataclass(frozen=True, slots=True)
class Found:
    """A condition that was looked at: whether it holds, and the last day of a period, None where none runs."""

    looked: Looked
    holds: bool
    day: dt.date | None = None


def looked_before(portal: Portal, session: Session, record: Record, step: Transition) -> list[Found]:
    """Return what is looked at before a step, in its order; what depends on closed fields is left out."""
    if not step.checks:
        return []
    env = Env(portal.clock.today(), taxonomies=pinned(portal, session, record.release_id).taxonomies)
    facts = facts_of(record)
    clocks = clocks_of(portal, session, record) if any(one.period for one in step.checks) else []
    named = {
        one.id: [
            ("", where.removeprefix("/data")) for where in pointers(one.when) if where.startswith("/data/")
        ]
        for one in step.checks
        if one.when is not None
    }
    closed = unseen(portal, session, record, named)
    return [
        _of_period(one, clocks) if one.when is None else Found(one, evaluate(one.when, facts, env))
        for one in step.checks
        if one.id not in closed
    ]


def _of_period(looked: Looked, clocks: list[ClockView]) -> Found:
    own = [one for one in clocks if one.clock.deadline == looked.period]
    live = next((one for one in own if one.state.is_live), None)
    if live is None:
        return Found(looked, False)
    return Found(looked, live.state.state == RUNNING, live.state.due_on)
