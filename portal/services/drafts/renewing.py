"""A draft brought up to date: its changes go on as a new draft over what came into force since it was begun."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import ADD, EDIT
from portal.core.drafts import Draft
from portal.core.drafts.draft import words_of
from portal.core.drafts.renewing import Renewed, renewed
from portal.core.drafts.steps import Step, steps_of
from portal.core.errors import MAX_REASON, Conflict, Words, msg
from portal.persistence.models import Draft as Row
from portal.persistence.models import DraftAsset, DraftCommand, DraftSnapshot, Release, Unit
from portal.services.drafts.changing import stored_value
from portal.services.drafts.finding import OPEN, held, require
from portal.services.drafts.loading import SNAPSHOT_EACH, commands_of, loaded, read_anew
from portal.services.drafts.opening import begin_draft, discard, ground_of
from portal.services.drafts.publishing import is_overtaken

if TYPE_CHECKING:
    from portal.services.portal import Work

Place = tuple[Words, ...]
_DASH = " — "


@dataclass(frozen=True, slots=True)
class Renewal:
    """The draft that goes on, how many changes it took along, and what both sides changed, by what it is called.

    At ``given_up`` the draft can't keep what it said: it is locked by the configuration above now.
    """

    uid: str
    count: int
    both: tuple[Place, ...]
    given_up: tuple[Place, ...]


def renew(uow: Work, draft_id: str, taken_along: str = "", both: str = "") -> Renewal:
    """Let a draft go on over what is in force at its centre by now, and give the old one up.

    Each change stays that of the person who made it, but a list that both sides changed is of who changed it last;
    nobody who changed the old draft approves the new one. Where what came into force changed the same place, the
    draft's value stays. Reasons stay, too; ``both`` is said beside them, and ``taken_along`` where there was none.
    Conflict where nothing else came into force, or the centre's pack is another one now.
    """
    row = held(uow.session, draft_id, OPEN)
    require(uow.access, EDIT, row.unit_path)
    require(uow.access, ADD, row.unit_path)
    if not is_overtaken(uow.session, row):
        raise Conflict(
            "draft.up_to_date", msg("Nothing else came into force here since this draft was begun")
        )
    draft, log = loaded(uow.session, row), commands_of(uow.session, row.uid)
    unit = uow.session.get_one(Unit, row.unit_id)
    begun_as = read_anew(uow.session, row, 0)
    begun = begun_as
    if row.from_files is not False:
        begun = ground_of(uow.session, uow.session.get_one(Release, row.based_on), unit)
    new = begin_draft(uow, unit, row.name, renews=row.uid)
    if not new.pack == row.pack == begun.pack:
        raise Conflict(
            "draft.other_pack", msg("This centre has another configuration of its own now: begin a new draft")
        )
    _copy_assets(uow, row, new)
    found = renewed(begun, draft, loaded(uow.session, new))
    steps = steps_of(found, begun, begun_as, log)
    _take_along(uow, row, new, [(step, _why(found, step, taken_along, both)) for step in steps])
    if new.position >= SNAPSHOT_EACH:
        text = found.draft.share.to_text()
        uow.add(DraftSnapshot(draft_uid=new.uid, position=new.position, unit_path=new.unit_path, share=text))
    discard(uow, row.uid, taken_along)
    uow.session.flush()
    kept = tuple(path for path in found.both if path not in found.given_up)
    return Renewal(
        new.uid,
        len(found.changes),
        _called(found.draft, draft, kept),
        _called(found.draft, draft, found.given_up),
    )


def _why(found: Renewed, step: Step, taken_along: str, both: str) -> str:
    """Return why a change was made, with what is said of it beside that."""
    before = step.last.why if step.last is not None else ""
    said = both if found.is_both(step.change) else "" if before else taken_along
    if said and not before.endswith(said):
        return f"{before[: MAX_REASON - len(said) - len(_DASH)]}{_DASH if before else ''}{said}"
    return before


def _take_along(uow: Work, row: Row, new: Row, steps: list[tuple[Step, str]]) -> None:
    """Store changes with why they were made, as those of their authors, in the groups in which they were made.

    What the draft said when it was begun, such as that of files, is of who began it.
    """
    groups: dict[str, str] = {}
    for number, (step, why) in enumerate(steps, 1):
        last, change = step.last, step.change
        by_id, by_name = (last.by_id, last.by_name) if last else (row.created_by, row.created_by_name)
        new.position, new.mark = number, groups.setdefault(last.group if last else "", uuid.uuid4().hex)
        uow.add(
            DraftCommand(
                draft_uid=new.uid,
                unit_path=new.unit_path,
                number=number,
                group_uid=new.mark,
                kind="do",
                takes_back="",
                op=change.op,
                path=change.path,
                before=stored_value(change.before),
                after=stored_value(change.after),
                made=change.made,
                at=uow.now,
                by_id=by_id,
                by_name=by_name,
                why=why,
            )
        )
    uow.session.flush()


def _copy_assets(uow: Work, row: Row, new: Row) -> None:
    """Let the new draft have the files of the old one, under their digests."""

    def digests(uid: str) -> set[str]:
        return set(uow.session.scalars(select(DraftAsset.sha256).where(DraftAsset.draft_uid == uid)))

    for sha256 in sorted(digests(row.uid) - digests(new.uid)):
        content = _content(uow.session, row.uid, sha256)
        uow.add(DraftAsset(draft_uid=new.uid, sha256=sha256, unit_path=new.unit_path, content=content))
    uow.session.flush()


def _content(session: Session, uid: str, sha256: str) -> bytes:
    return session.get_one(DraftAsset, (uid, sha256)).content


def _called(draft: Draft, before: Draft, paths: tuple[str, ...]) -> tuple[Place, ...]:
    """Return what places are called, each once; one that is gone by the name that it had before."""
    found: list[Place] = []
    for path in paths:
        one = words_of(draft, path, before.document)
        if one and one not in found:
            found.append(one)
    return tuple(found)
