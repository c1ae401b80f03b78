"""Change a draft: several places at once, all or none; take back and repeat one's own changes; give values back.

What stood at each place before is compared inside of the transaction: two persons on different places never meet, and
on the same place the later one is told who was there.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.access import EDIT
from portal.core.drafts import Change, Draft, Group, applied, inverse, next_redo, next_undo
from portal.core.drafts.commands import DO, REDO, UNDO, Kind
from portal.core.drafts.draft import CONFLICT, LOCKED, Outcome
from portal.core.drafts.share import ASSETS, described
from portal.core.errors import Conflict, Forbidden, InvalidInput, Problem, check_reason, msg
from portal.core.packs.assets import check_asset
from portal.core.packs.formats import ASSET_SUFFIXES
from portal.core.packs.origins import is_within
from portal.core.papers import template_of
from portal.core.zone import LOCAL
from portal.persistence.models import Draft as Row
from portal.persistence.models import DraftAsset, DraftCommand, DraftSnapshot
from portal.services.drafts.finding import OPEN, held, require
from portal.services.drafts.loading import SNAPSHOT_EACH, commands_of, loaded
from portal.services.drafts.opening import note

if TYPE_CHECKING:
    from portal.services.portal import Work

MOST_CHANGES = 5_000
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Changed:
    """What an act made of a draft: its position, the group of commands, and how many there are in it."""

    position: int
    group: str
    count: int


@dataclass(frozen=True, slots=True)
class _Act:
    """One act of a person on a draft."""

    kind: Kind
    group: str
    takes_back: str = ""
    why: str = ""


def change(uow: Work, draft_id: str, changes: Sequence[Change], group: str = "", why: str = "") -> Changed:
    """Make several changes as one group, all or none.

    Raise Conflict with who changed a place meanwhile, Forbidden for a locked place with who locked it and why,
    InvalidInput for what no configuration can say. A page that names the ``group`` may send it again after an answer
    was lost: it is made once.
    """
    check_reason(why)
    row = _editable(uow, draft_id)
    if group and (made := _made(uow, row, group)) is not None:
        return made
    if len(changes) > MOST_CHANGES:
        raise InvalidInput("draft.many", msg("These are too many changes at once"))
    draft = loaded(uow.session, row)
    outcome = applied(draft, changes)
    if outcome.problems:
        raise _refusal(uow.session, row, outcome.problems)
    return _store(uow, row, draft, outcome, _Act(DO, _group(group), why=why))


def undo(uow: Work, draft_id: str) -> Changed:
    """Take back one's own last change; refused in words where another person changed the place since."""
    return _back(uow, draft_id, UNDO)


def redo(uow: Work, draft_id: str) -> Changed:
    """Repeat the change that was taken back last; refused in words where another person changed the place since."""
    return _back(uow, draft_id, REDO)


def give_back(uow: Work, draft_id: str, paths: Iterable[str], why: str = "") -> Changed:
    """Let places say again what the configuration above says of them."""
    row = _editable(uow, draft_id)
    draft = loaded(uow.session, row)
    wanted = [
        Change("replace", path, pointers.get(draft.document, path), pointers.get(draft.above, path))
        for path in paths
    ]
    return change(uow, draft_id, wanted, why=why)


def put_asset(
    uow: Work, draft_id: str, name: str, content: bytes, why: str = "", also: Sequence[Change] = ()
) -> Changed:
    """Give a draft a file: a template, a picture or a sheet, under a name that ends as its kind does.

    What is to name the file is changed ``also``, in the same group.
    """
    row = _editable(uow, draft_id)
    problems = list(check_asset(name, content, name)) if name.endswith(ASSET_SUFFIXES) else [_no_kind(name)]
    if not problems and name.endswith(".docx"):
        problems = template_of(content, name).problems
    if problems:
        raise InvalidInput(problems[0].code, problems[0].message, problems[0].params, problems)
    path = pointers.join([ASSETS, name])
    before = pointers.get(loaded(uow.session, row).document, path)
    sha256 = hashlib.sha256(content).hexdigest()
    if uow.session.get(DraftAsset, (row.uid, sha256)) is None:
        uow.add(DraftAsset(draft_uid=row.uid, sha256=sha256, unit_path=row.unit_path, content=content))
        uow.session.flush()
    return change(uow, draft_id, [Change("replace", path, before, described(content)), *also], why=why)


def _no_kind(name: str) -> Problem:
    return Problem(
        "asset.kind", msg("The name of the file has to end in .docx, .png, .svg or .xlsx"), file=name
    )


def _editable(uow: Work, draft_id: str) -> Row:
    row = held(uow.session, draft_id, OPEN)
    require(uow.access, EDIT, row.unit_path)
    return row


def _back(uow: Work, draft_id: str, kind: Kind) -> Changed:
    row = _editable(uow, draft_id)
    mine = groups_of(uow.session, row.uid, uow.access.user_id)
    wanted = next_undo(mine) if kind == UNDO else next_redo(mine)
    if wanted is None:
        text = msg("There is nothing to take back") if kind == UNDO else msg("There is nothing to repeat")
        raise Conflict("draft.nothing", text)
    draft = loaded(uow.session, row)
    outcome = applied(draft, inverse(commands_of(uow.session, row.uid, groups=[wanted.uid])))
    if outcome.problems:
        raise _refusal(uow.session, row, outcome.problems)
    return _store(uow, row, draft, outcome, _Act(kind, _group(""), wanted.uid))


def groups_of(session: Session, uid: str, user_id: int | None) -> list[Group]:
    """Return the groups of one person in a draft, in their order."""
    query = (
        select(DraftCommand.group_uid, DraftCommand.kind, DraftCommand.takes_back)
        .where(DraftCommand.draft_uid == uid, DraftCommand.by_id.is_not_distinct_from(user_id))
        .order_by(DraftCommand.number)
    )
    found = {
        group: Group(group, kind, back)  # type: ignore[arg-type]
        for group, kind, back in session.execute(query)
    }
    return list(found.values())


def _group(uid: str) -> str:
    return uid or uuid.uuid4().hex


def _made(uow: Work, row: Row, group: str) -> Changed | None:
    """Return what a group became that was sent before; Conflict where it is another person's."""
    known = commands_of(uow.session, row.uid, groups=[group])
    if not known:
        return None
    if known[0].by_id != uow.access.user_id:
        raise Conflict("draft.group", msg("This change was made by another person"))
    return Changed(row.position, group, len(known))


def _store(uow: Work, row: Row, draft: Draft, outcome: Outcome, act: _Act) -> Changed:
    if not outcome.made:
        return Changed(row.position, "", 0)
    _add_commands(uow, row, outcome.made, act)
    reached = row.position + len(outcome.made)
    if reached // SNAPSHOT_EACH > row.position // SNAPSHOT_EACH:
        text = outcome.draft.share.to_text()
        uow.add(DraftSnapshot(draft_uid=row.uid, position=reached, unit_path=row.unit_path, share=text))
    row.position, row.mark = reached, act.group
    row.changed_at, row.changed_by_name = uow.now, uow.access.name
    uow.session.flush()
    after = {"places": [one.path for one in outcome.made[:MOST_NAMED]], "count": len(outcome.made)}
    note(
        uow,
        f"{_ACTIONS[act.kind]}_draft",
        row,
        before={"position": draft.position},
        after=after,
        reason=act.why,
    )
    return Changed(reached, act.group, len(outcome.made))


_ACTIONS: dict[Kind, str] = {DO: "change", UNDO: "undo", REDO: "redo"}


def _add_commands(uow: Work, row: Row, made: Sequence[Change], act: _Act) -> None:
    uow.add(
        *(
            DraftCommand(
                draft_uid=row.uid,
                unit_path=row.unit_path,
                number=row.position + at,
                group_uid=act.group,
                kind=act.kind,
                takes_back=act.takes_back,
                op=one.op,
                path=one.path,
                before=stored_value(one.before),
                after=stored_value(one.after),
                made=one.made,
                at=uow.now,
                by_id=uow.access.user_id,
                by_name=uow.access.name,
                why=act.why,
            )
            for at, one in enumerate(made, 1)
        )
    )


def stored_value(value: Any) -> str | None:
    """Return a value as a command keeps it; None for nothing."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _refusal(session: Session, row: Row, problems: Sequence[Problem]) -> Conflict | Forbidden | InvalidInput:
    """Return the refusal of changes, with all problems; each conflict says who changed the place, and when."""
    told = [_told(session, row, one) if one.code == CONFLICT else one for one in problems]
    codes = {one.code for one in problems}
    if CONFLICT in codes:
        return Conflict(CONFLICT, msg("Another person changed this meanwhile"), {}, told)
    if LOCKED in codes:
        return Forbidden(LOCKED, msg("This is locked by a configuration above"), {}, told)
    return InvalidInput(told[0].code, told[0].message, told[0].params, told)


def _told(session: Session, row: Row, problem: Problem) -> Problem:
    last = last_at(session, row.uid, problem.pointer)
    if last is None or last.at is None:
        return problem
    when = f"{last.at.astimezone(LOCAL):%H:%M}"
    params = {**problem.params, "who": last.by_name, "when": when}
    return replace(
        problem, message=msg("%(who)s changed this at %(when)s; it says now: %(now)s"), params=params
    )


def last_at(session: Session, uid: str, path: str) -> Any:
    """Return the last command that changed a place, or anything above or below it."""
    return next(
        (
            one
            for one in reversed(commands_of(session, uid))
            if is_within(one.path, path) or is_within(path, one.path)
        ),
        None,
    )
