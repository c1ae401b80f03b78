"""The bar of the stages: what happened when, what was passed over, what can follow; and who has the matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.core.errors import fill, msg
from portal.core.lifecycle import Lifecycle, Stage, ahead
from portal.core.referrals import SENT, STATES
from portal.web.days import short_day
from portal.web.language import translate
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.own_day import own_day
from portal.web.words.unit_titles import unit_title

NEAR = 7
DONE, PASSED, CURRENT, TODO = "done", "passed", "current", "todo"


@dataclass(frozen=True, slots=True)
class Step:
    """One place in the bar; ``state`` is one of done, passed (never entered), current and todo."""

    title: str
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane beside the stages that was opened: since when, and until when where it is closed."""

    title: str
    is_open: bool
    note: str


@dataclass(frozen=True, slots=True)
class StageBar:
    """The stages with what stands beneath them: the person's day, who handles the matter, who leads and who assists."""

    steps: list[Step]
    lanes: list[Lane]
    due_on: dt.date | None
    # So near that how far it is says more than the day alone.
    near: bool
    handler: Markup
    handled: bool
    assisting: str


def steps_of(case: Case) -> list[Step]:
    """Return the stages of the record: done only where its history knows them, passed over, current, to come."""
    cycle = case.screen.lifecycle
    if cycle is None:
        return []
    known = case.record.stage in case.screen.stages
    now = cycle.stage(case.record.stage) if known and case.record.stage else None
    entered = stages_entered(case)
    listed = [one for one in cycle.listed_stages() if not one.parallel]
    behind = [one for one in listed if now is not None and one.id != now.id and _is_past(one, now)]
    steps = [_past(case, one, one.id in entered) for one in behind]
    if now is not None and now in listed:
        since = short_day(case.record.stage_since or case.record.created_at, case.now.portal.clock.today())
        steps.append(
            Step(case.texts(now.title), CURRENT, fill(translate(msg("since %(day)s")), {"day": since}))
        )
    rest = [one for one in listed if one is not now and one not in behind]
    return steps + list(_ahead(case, cycle, now, rest))


def _is_past(stage: Stage, now: Stage) -> bool:
    # Of a matter that is over nothing is to come; a stage that a return left ahead is to come again.
    return stage.order < now.order or now.final


def _past(case: Case, stage: Stage, entered: bool) -> Step:
    if not entered:
        return Step(case.texts(stage.title), PASSED, translate(msg("passed over")))
    left = next(
        (
            one.at
            for one in case.events
            if one.from_stage == stage.id and one.to_stage not in (None, stage.id)
        ),
        None,
    )
    return Step(case.texts(stage.title), DONE, short_day(left, case.now.portal.clock.today()))


def _ahead(case: Case, cycle: Lifecycle, now: Stage | None, rest: Sequence[Stage]) -> list[Step]:
    """Return what can follow; a stage that no usual way leads to from here is left out."""
    if now is None:
        return [Step(case.texts(one.title), TODO) for one in rest]
    either, if_needed = translate(msg(" or ")), translate(msg("if needed"))
    coming = ahead(cycle, now.id)
    if not coming:
        return [Step(case.texts(one.title), TODO) for one in rest]
    return [
        Step(
            either.join(case.texts(one.title) for one in each.stages),
            TODO,
            if_needed if each.optional else "",
        )
        for each in coming
        if any(one in rest for one in each.stages)
    ]


def stages_entered(case: Case) -> frozenset[str]:
    """Return the stages that the record was in, as its history tells."""
    found = {stage for event in case.events for stage in (event.from_stage, event.to_stage)}
    return frozenset(stage for stage in (*found, case.record.stage) if stage)


def lanes_of(case: Case) -> list[Lane]:
    """Return the lanes that were opened, with the days; one that never was is not shown."""
    cycle = case.screen.lifecycle
    if cycle is None:
        return []
    today, lanes = case.now.portal.clock.today(), case.record.lanes or {}
    moves = {one.id: (one.lane, one.lane_state) for one in cycle.transitions if one.lane}
    found = []
    for lane in cycle.lanes():
        if lane.id not in lanes:
            continue
        is_open = lanes[lane.id] == "open"
        days: dict[str, dt.datetime] = {}
        for event in case.events:
            moved, state = moves.get(event.name, (None, None))
            if event.kind == "transition" and moved == lane.id and state is not None:
                days.setdefault(state, event.at)
        words = msg("since %(day)s") if is_open else msg("over since %(day)s")
        at = days.get("open" if is_open else "closed")
        note = fill(translate(words), {"day": short_day(at, today)}) if at is not None else ""
        found.append(Lane(case.texts(lane.title), is_open, note))
    return found


def _assisting(case: Case) -> str:
    """Return how many units assist, and how many of them have not accepted yet; empty where none does."""
    helping = [one for one in case.referrals if not one.lead and STATES[one.status].open]
    waiting = sum(one.status == SENT for one in helping)
    if not helping:
        return ""
    text = msg("%(n)s units, %(waiting)s not accepted yet") if waiting else msg("%(n)s units")
    return fill(translate(text), {"n": len(helping), "waiting": waiting})


def stage_bar(case: Case) -> StageBar | None:
    """Return the bar; None for a type without stages."""
    steps = steps_of(case)
    if not steps:
        return None
    record = case.record
    units = case.now.units([record.handler_unit_id or record.unit_id])
    handler = next((unit_title(case.screen, one) for one in units.values()), Markup(""))
    due_on = own_day(case)
    near = due_on is not None and (due_on - case.now.portal.clock.today()).days <= NEAR
    handled = record.handler_unit_id is not None or not record.is_open
    return StageBar(steps, lanes_of(case), due_on, near, handler, handled, _assisting(case))


PANELS.add(Panel("stages", Place.TOP, 10, "records/panels/stages.html", stage_bar))
