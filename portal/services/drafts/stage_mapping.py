"""Open matters beside a draft that is put in force: they stay, or move with it by a mapping of stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.lifecycle import Lifecycle
from portal.core.packs.places import said
from portal.persistence.models import Draft, Record
from portal.services import jobs
from portal.services.bundles import Bundle
from portal.services.drafts.back_tests import bundle_of
from portal.services.drafts.finding import draft_of
from portal.services.releases.effect import running_at
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    import datetime as dt

    from portal.services.portal import Portal, Work

MOVE_OPEN = "move_open"
READER = Access.system("in which stages the open matters of a draft's centre are; who asks is checked")
# By type of records and stage: the stage under the newer configuration.
Mapped = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage in which open matters are, and where they come to: the same stage, or one to be chosen."""

    etype: str
    stage: str
    title: Any
    count: int
    same: bool
    choices: tuple[tuple[str, Any], ...]
    # The first of the choices that figures count alike.
    proposed: str


def stage_lines(portal: Portal, session: Session, draft_id: str) -> list[StageLine]:
    """Return the stages in which open matters of the draft's centre are, each with where they would come to."""
    row = draft_of(session, draft_id)
    new = bundle_of(session, row, row.position)
    running = running_at(session, row.unit_id)
    old = pinned(portal, session, running.release_id) if running is not None else new
    query = (
        select(Record.etype, Record.stage, func.count())
        .where(
            Record.centre_id == row.unit_id,
            Record.is_open,
            Record.parent_id.is_(None),
            Record.stage.is_not(None),
        )
        .group_by(Record.etype, Record.stage)
        .order_by(Record.etype, Record.stage)
    )
    with portal.reading(READER) as whole:
        found = whole.execute(query).all()
    lines = [_line(old, new, etype, str(stage), count) for etype, stage, count in found]
    return [line for line in lines if line is not None]


def move_with(
    uow: Work, row: Draft, release_id: int, mapped: Mapped, why: str, at: dt.datetime | None
) -> None:
    """Let the open matters of a centre move to a release once it is in force, each stage as it was mapped.

    Refused, with all stages at once, where one has no counterpart among the stages of the release.
    """
    mapping: dict[str, dict[str, str]] = {}
    problems = []
    for line in stage_lines(uow.portal, uow.session, row.uid):
        wanted = mapped.get(line.etype, {}).get(line.stage, "")
        if line.same:
            continue
        if wanted not in dict(line.choices):
            text = msg("Say to which stage the open matters in “%(stage)s” come")
            problems.append(
                Problem(
                    "draft.mapping", text, {"stage": said(line.title, line.stage)}, pointer=f"/{line.stage}"
                )
            )
        mapping.setdefault(line.etype, {})[line.stage] = wanted
    if problems:
        raise InvalidInput("draft.mapping", problems[0].message, problems[0].params, problems)
    payload = {"unit_id": row.unit_id, "release_id": release_id, "mapping": mapping, "why": why}
    jobs.enqueue(uow, MOVE_OPEN, payload, key=f"{MOVE_OPEN}:{row.unit_id}:{release_id}", at=at)


def _line(old: Bundle, new: Bundle, etype: str, stage: str, count: int) -> StageLine | None:
    if not new.has_entity(etype) or new.entity(etype).hidden:
        return None
    after = new.lifecycle_of(etype)
    if after is None:
        return None
    before = old.lifecycle_of(etype) if old.has_entity(etype) else None
    main = [one for one in after.stages if not one.parallel and not one.final and not one.hidden]
    now = _stage(before, stage)
    alike = [one.id for one in main if now is not None and one.canonical == now.canonical]
    return StageLine(
        etype,
        stage,
        now.title if now is not None else stage,
        count,
        any(one.id == stage for one in main),
        tuple((one.id, one.title) for one in main),
        alike[0] if alike else "",
    )


def _stage(lifecycle: Lifecycle | None, name: str) -> Any:
    return next((one for one in lifecycle.stages if one.id == name), None) if lifecycle is not None else None
