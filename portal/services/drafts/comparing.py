"""A draft beside what is in force and beside the configuration above, property by property, with who and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.drafts import Command, Draft
from portal.core.drafts.locks import Lock, lock_at
from portal.core.drafts.owners import Owner, own_pointers, owner_of
from portal.core.drafts.share import OWN_SECTIONS, PACK
from portal.core.editors.differing import Difference, differences
from portal.core.packs.moved import SECTION as MOVED
from portal.core.packs.origins import is_within
from portal.persistence.models import Draft as Row
from portal.persistence.models import ReleaseActivation
from portal.services.drafts.finding import PUBLISHED, draft_of
from portal.services.drafts.loading import commands_of, loaded
from portal.services.releases.effect import running_at
from portal.services.releases.reading import pinned
from portal.services.units.in_force import counts

if TYPE_CHECKING:
    from portal.services.portal import Portal

Beside = Literal["in_force", "parent"]
# Which version it is, is no difference that anybody made.
_UNSAID = frozenset({"version", "format", "extends"})


@dataclass(frozen=True, slots=True)
class Compared:
    """One difference, whose value it is now, and the last change that led to it in this draft."""

    difference: Difference
    owner: Owner
    by_name: str = ""
    at: dt.datetime | None = None
    why: str = ""
    lock: Lock | None = None

    @property
    def can_give_back(self) -> bool:
        """Tell whether the place can be given back: the value is the draft's own, and inherited in part of a bundle."""
        return self.owner.level == "own" and self.difference.part not in OWN_SECTIONS


def compare(portal: Portal, session: Session, draft_id: str, beside: Beside = "in_force") -> list[Compared]:
    """Return how a draft differs from what is in force, or from the configuration above, in words."""
    row = draft_of(session, draft_id)
    draft = loaded(session, row)
    if beside == "parent":
        before, after = draft.above, draft.bundle
    else:
        before, after = in_force_document(portal, session, row, draft), dict(draft.document)
    log = commands_of(session, row.uid)
    own = own_pointers(draft)
    found = differences(_said(before), _said(after))
    return [_compared(draft, one, own, log) for one in found]


def in_force_document(portal: Portal, session: Session, row: Row, draft: Draft) -> dict[str, Any]:
    """Return what a draft stands beside at its centre, with what its pack had beside the bundle at first."""
    release = in_force_at(session, row)
    bundle = pinned(portal, session, release).raw if release else draft.above
    return {**bundle, **draft.base.own}


def in_force_at(session: Session, row: Row) -> int:
    """Return the release that is in force at the centre of a draft; 0 where none is.

    For a draft that has taken effect it is the one that was in force before: what the draft changed stays readable.
    """
    if row.state == PUBLISHED and row.release_id is not None:
        return _before(session, row.unit_id, row.release_id)
    running = running_at(session, row.unit_id)
    return running.release_id if running is not None else 0


def _before(session: Session, unit_id: int, release_id: int) -> int:
    """Return the release that was in force at a centre when another one first was put in force there; 0 if none."""
    act = ReleaseActivation
    order = (act.effective_at, act.id)
    all_here = select(act.release_id).where(act.unit_id == unit_id, counts(act)).order_by(*order)
    earlier = list(takewhile(lambda one: one != release_id, session.scalars(all_here)))
    return earlier[-1] if earlier else 0


def _said(document: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in document.items() if name != MOVED and value != {}}
    if isinstance(found.get(PACK), dict):
        found[PACK] = {name: value for name, value in found[PACK].items() if name not in _UNSAID}
    return found


def _compared(draft: Draft, one: Difference, own: tuple[str, ...], log: list[Command]) -> Compared:
    last = next((command for command in reversed(log) if _touches(command.path, one.path)), None)
    owner, lock = owner_of(draft, one.path, own), lock_at(draft.locks, one.path)
    if last is None:
        return Compared(one, owner, lock=lock)
    return Compared(one, owner, last.by_name, last.at, last.why, lock)


def _touches(path: str, pointer: str) -> bool:
    return is_within(path, pointer) or is_within(pointer, path)
