"""The bar of the stages, and beneath it the units, the release and the lanes of the record."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.acts import ADOPT_RELEASE
from portal.core.lifecycle import Stage
from portal.services import records
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.releases import told_apart


@dataclass(frozen=True, slots=True)
class Step:
    """One stage in the bar; ``state`` is one of done, passed (never entered), current and todo."""

    title: str
    state: str


@dataclass(frozen=True, slots=True)
class StageBar:
    """The stages with what stands beneath them; ``newer`` is a version that the person may move the record to."""

    steps: list[Step]
    lanes: list[tuple[str, bool]]
    unit: str
    handler: str
    release: str
    newer: str


def steps_of(case: Case) -> list[Step]:
    """Return the stages of the record: done only where its history knows them, passed over, current, to come."""
    cycle = case.screen.lifecycle
    if cycle is None:
        return []
    known = case.record.stage in case.screen.stages
    now = cycle.stage(case.record.stage) if known and case.record.stage else None
    entered = stages_entered(case)
    return [
        Step(case.texts(stage.title), _state(stage, now, stage.id in entered))
        for stage in cycle.listed_stages()
        if not stage.parallel
    ]


def stages_entered(case: Case) -> frozenset[str]:
    """Return the stages that the record was in, as its history tells."""
    found = {stage for event in case.events for stage in (event.from_stage, event.to_stage)}
    return frozenset(stage for stage in (*found, case.record.stage) if stage)


def _state(stage: Stage, now: Stage | None, entered: bool) -> str:
    if now is None:
        return "todo"
    if stage.id == now.id:
        return "current"
    # Of a matter that is over nothing is to come; a stage that a return left ahead is to come again.
    if stage.order < now.order or now.final:
        return "done" if entered else "passed"
    return "todo"


def newer_release(case: Case) -> str:
    """Return the version of the newest release that the person may move the record to; empty where there is none.

    A person who works under the record's own release is spared the question.
    """
    if case.record.release_id == case.now.bundle.release_id or not case.may(ADOPT_RELEASE.needs):
        return ""
    newer = records.newer_releases(case.now.session, case.record)
    return told_apart(newer[0], case.screen.bundle.version) if newer else ""


def stage_bar(case: Case) -> StageBar | None:
    """Return the bar; None for a type without stages."""
    steps = steps_of(case)
    if not steps:
        return None
    record, names = case.record, case.unit_names
    return StageBar(
        steps,
        case.lanes,
        names.get(record.unit_id, ("", ""))[1],
        names.get(record.handler_unit_id or 0, ("", ""))[1],
        case.screen.bundle.version,
        newer_release(case),
    )


PANELS.add(Panel("stages", Place.TOP, 10, "records/panels/stages.html", stage_bar))
