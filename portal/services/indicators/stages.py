"""The stages in which records are worked on and in which they have ended, in all releases together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.lifecycle.canonical import is_work
from portal.persistence.models import Release
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal


@dataclass(frozen=True, slots=True)
class Stages:
    """Names of stages: ``begun`` are worked on, ``final`` have ended. A name keeps its meaning in all releases."""

    begun: frozenset[str]
    final: frozenset[str]


def stages_of(portal: Portal, session: Session, etype: str) -> Stages:
    """Return the stages of a type in all releases that records may be entered under."""
    begun: set[str] = set()
    final: set[str] = set()
    for release_id in session.scalars(select(Release.id).order_by(Release.id)):
        lifecycle = pinned(portal, session, release_id).lifecycle_of(etype)
        for stage in lifecycle.stages if lifecycle is not None else ():
            if stage.final:
                final.add(stage.id)
            elif not stage.parallel and is_work(stage.canonical):
                begun.add(stage.id)
    return Stages(frozenset(begun), frozenset(final))
