"""Drafts read: the packs above once per chain, the last snapshot, and the commands since."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.drafts import Command, Draft, Share
from portal.core.drafts.draft import document_of, replayed
from portal.core.errors import DefinitionError, msg
from portal.core.kept import Kept
from portal.core.packs import Layers
from portal.core.packs.moved import SECTION, moves_in
from portal.core.packs.resolve import Resolved, put_together
from portal.persistence.models import Draft as Row
from portal.persistence.models import DraftAsset, DraftCommand, DraftSnapshot
from portal.services.drafts.finding import draft_of
from portal.services.releases.layers import StoreLibrary

SNAPSHOT_EACH = 200
_PARENTS: Kept[tuple[str, ...], Resolved] = Kept(16)
_DRAFTS: Kept[str, tuple[str, Draft]] = Kept(64)


def parent_of(session: Session, chain: Sequence[Mapping[str, Any]]) -> Resolved:
    """Return the packs above a draft put together; DefinitionError where one of them is not in the store."""
    pins = {link["id"]: link["digest"] for link in chain}
    return _PARENTS.of(tuple(pins.values()), lambda: _put_together(session, pins))


def _put_together(session: Session, pins: Mapping[str, str]) -> Resolved:
    library = StoreLibrary(session, pins)
    missing = library.problems() if pins else []
    if missing:
        raise DefinitionError(
            "draft.opaque", msg("The configurations above can't be read any more"), {}, missing
        )
    last = list(pins)[-1] if pins else ""
    layers = Layers(library).chain(last)[0] if pins else []
    return put_together(last, layers)


def loaded(session: Session, row: Row) -> Draft:
    """Return a draft at its last command."""
    known = _DRAFTS.get(row.uid)
    if known is not None:
        mark, draft = known
        if mark == row.mark and draft.position == row.position:
            return draft
        later = _commands(session, row.uid, draft.position, mark)
        if later is not None:
            return _kept(row, replayed(draft, later))
    return _kept(row, read_anew(session, row))


def _kept(row: Row, draft: Draft) -> Draft:
    # The mark of the last group tells this state from one that was rolled back.
    _DRAFTS.put(row.uid, (row.mark, draft))
    return draft


def read_anew(session: Session, row: Row, upto: int | None = None) -> Draft:
    """Return a draft from its last snapshot and the commands since, whatever this process has kept."""
    snapshots = select(DraftSnapshot).where(DraftSnapshot.draft_uid == row.uid)
    first = session.scalars(snapshots.where(DraftSnapshot.position == 0)).one()
    limit = row.position if upto is None else upto
    query = snapshots.where(DraftSnapshot.position <= limit).order_by(DraftSnapshot.position.desc()).limit(1)
    last = session.scalars(query).one()
    draft = Draft.start(row.pack, parent_of(session, row.chain), Share.from_text(first.share))
    if last.position:
        share = Share.from_text(last.share)
        draft = draft.at(document_of(draft.parent, share), last.position)
    log = commands_of(session, row.uid, last.position)
    return replayed(draft, [one for one in log if one.number <= limit])


def _commands(session: Session, uid: str, position: int, mark: str) -> list[Command] | None:
    """Return the commands after a position that was kept; None where that position was never stored."""
    if not position:
        return commands_of(session, uid)
    log = commands_of(session, uid, position - 1)
    return log[1:] if log and log[0].number == position and log[0].group == mark else None


def commands_of(session: Session, uid: str, after: int = 0, groups: Iterable[str] = ()) -> list[Command]:
    """Return the commands of a draft after a position, in their order, or only those of some groups."""
    query = select(DraftCommand).where(DraftCommand.draft_uid == uid, DraftCommand.number > after)
    wanted = list(groups)
    if wanted:
        query = query.where(DraftCommand.group_uid.in_(wanted))
    return [command_of(row) for row in session.scalars(query.order_by(DraftCommand.number))]


def command_of(row: DraftCommand) -> Command:
    """Return a stored command."""
    return Command(
        row.number,
        row.op,  # type: ignore[arg-type]
        row.path,
        _value(row.before),
        _value(row.after),
        row.made,
        row.group_uid,
        row.kind,  # type: ignore[arg-type]
        row.takes_back,
        row.by_id,
        row.by_name,
        row.at,
        row.why,
    )


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def effective(session: Session, draft_id: str) -> dict[str, Any]:
    """Return what a draft says, inherited things included: a bundle, with the pack's own sections beside it.

    ``pack``, ``stories``, ``demo``, ``assets`` and ``divisions`` are of the pack alone.
    """
    draft = loaded(session, draft_of(session, draft_id))
    manifest = draft.document.get("pack", {})
    own = [move.to_json() for move in moves_in(manifest.get("moved", ()), draft.pack)]
    moves = [*draft.parent.bundle.get(SECTION, ()), *own]
    return {**draft.document, **({SECTION: moves} if moves else {})}


def asset_named(session: Session, row: Row, name: str) -> bytes | None:
    """Return the file of a name that holds in a draft: its own, else that of the nearest configuration above."""
    draft = loaded(session, row)
    own = (draft.document.get("assets") or {}).get(name)
    if own is not None:
        stored = session.get(DraftAsset, (row.uid, own["sha256"]))
        return None if stored is None else stored.content
    layers = reversed(draft.parent.chain)
    return next((layer.assets[name] for layer in layers if name in layer.assets), None)


def assets_of(session: Session, uid: str) -> dict[str, bytes]:
    """Return the bytes of the files of a draft, by SHA-256."""
    rows = session.execute(select(DraftAsset.sha256, DraftAsset.content).where(DraftAsset.draft_uid == uid))
    return {sha256: content for sha256, content in rows}  # noqa: C416 - a row is no pair for dict()
