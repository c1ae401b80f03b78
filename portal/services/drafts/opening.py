"""Begin a draft over what is in force at a centre, or from files of a pack; give one up."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import ADD, EDIT
from portal.core.drafts import Draft, Share, share_of
from portal.core.errors import DefinitionError, InvalidInput, NotFound, Problem, msg
from portal.core.packs import Layer, Layers, PackSource
from portal.core.packs.layer import load_layer
from portal.core.packs.source import exact_reference
from portal.core.ways.texts import name as plain_name
from portal.persistence.models import Draft as Row
from portal.persistence.models import DraftAsset, DraftSnapshot, Release, Unit
from portal.persistence.models import Layer as Stored
from portal.services import units
from portal.services.drafts.finding import DISCARDED, LIVE, OPEN, TRIAL, held, require
from portal.services.drafts.first_state import first_state
from portal.services.drafts.loading import parent_of
from portal.services.releases.effect import running_at
from portal.services.releases.layers import StoreLibrary, opaque_links

if TYPE_CHECKING:
    from portal.services.portal import Work

MAX_NAME = 100
_FOLDERS = {"city": "city", "county": "county"}
Links = Sequence[Mapping[str, Any]]


def open_draft(uow: Work, unit_code: str, name: str, files: Mapping[str, bytes] | None = None) -> Row:
    """Begin a draft of the configuration of a centre: of what is in force there, or of the files of its pack.

    A centre that runs by the configuration above gets one of its own, which says nothing yet.
    """
    unit = units.by_code(uow.session, unit_code)
    require(uow.access, ADD, unit.path)
    return begin_draft(uow, unit, name, files)


def begin_draft(
    uow: Work, unit: Unit, name: str, files: Mapping[str, bytes] | None = None, renews: str | None = None
) -> Row:
    """Begin a draft without asking who may: for acts that ask for more, such as the opening of a centre.

    ``renews`` is the draft that goes on as this one.
    """
    called = plain_name(name).strip()
    if not 1 <= len(called) <= MAX_NAME:
        text = msg("Give the draft a name of at most %(most)s characters")
        problem = Problem("draft.name", text, {"most": MAX_NAME}, pointer="/name")
        raise InvalidInput(problem.code, text, problem.params, [problem])
    running = running_at(uow.session, unit.id)
    if running is None:
        raise NotFound("centre.none", msg("This unit runs no centre"))
    release = uow.session.get_one(Release, running.release_id)
    pack, chain, layer = _ground(uow.session, release, unit)
    if files is not None:
        layer = _from_files(pack, chain, files, unit)
    # What it says has to be what it is made of.
    share = _started(uow.session, unit, pack, chain, layer).base
    row = Row(pack=pack, name=called, chain=list(chain), based_on=release.id, renews=renews)
    row.from_files = files is not None
    return _store(uow, unit, row, share, layer)


def ground_of(session: Session, release: Release, unit: Unit) -> Draft:
    """Return what a centre's own pack says under a release, as a draft in which nothing was changed."""
    return _started(session, unit, *_ground(session, release, unit))


def _started(session: Session, unit: Unit, pack: str, chain: Links, layer: Layer | None) -> Draft:
    parent = parent_of(session, chain)
    own = share_of(layer) if layer else first_state(session, pack, parent, _reference(chain), unit)
    return Draft.start(pack, parent, own)


def trial_of(uow: Work, unit: Unit, uid: str, name: str, packs: Sequence[Layer], based_on: int) -> Row:
    """Return packs that are to be tried at a centre as a draft that nobody changes; it is made when first asked for.

    The last of the packs is the centre's own, if it has one. ``uid`` says what is tried: the same is made once.
    """
    require(uow.access, EDIT, unit.path)
    found = uow.session.scalars(select(Row).where(Row.uid == uid)).one_or_none()
    if found is not None:
        return found
    layer = packs[-1] if packs[-1].manifest.unit == unit.code else None
    above = packs if layer is None else packs[:-1]
    chain = [{"id": one.id, "version": one.manifest.version, "digest": one.digest} for one in above]
    pack = layer.id if layer is not None else _own_pack(uow.session, unit)
    own = _started(uow.session, unit, pack, chain, layer).base
    row = Row(uid=uid, pack=pack, name=name[:MAX_NAME], chain=chain, based_on=based_on, state=TRIAL)
    return _store(uow, unit, row, own, layer)


def discard(uow: Work, draft_id: str, why: str = "") -> None:
    """Give a draft up; its commands stay, and nothing of it takes effect."""
    row = held(uow.session, draft_id, *LIVE)
    require(uow.access, EDIT, row.unit_path)
    before, row.state = row.state, DISCARDED
    row.changed_at, row.changed_by_name = uow.now, uow.access.name
    uow.session.flush()
    note(uow, "discard_draft", row, before={"state": before}, after={"state": DISCARDED}, reason=why)


def note(uow: Work, action: str, row: Row, **said: Any) -> None:
    """Write the audit entry of an act on a draft."""
    uow.audit(action, row, kind="draft", object_id=row.uid, unit_path=row.unit_path, **said)


def _ground(session: Session, release: Release, unit: Unit) -> tuple[str, Links, Layer | None]:
    """Return the pack of a centre's own with the packs above it, and what it says now; None for nothing."""
    _refuse_opaque(session, release)
    links = release.chain
    if release.manifest.get("unit") == unit.code:
        pins = {link["id"]: link["digest"] for link in links}
        return release.pack, links[:-1], Layers(StoreLibrary(session, pins)).get(release.pack)
    return _own_pack(session, unit), links, None


def _own_pack(session: Session, unit: Unit) -> str:
    """Return the identifier of a unit's own pack: the one that it had before, or one made of its code."""
    query = select(Stored).order_by(Stored.id.desc())
    for stored in session.scalars(query):
        if stored.manifest.get("unit") == unit.code:
            return stored.pack
    return f"{_FOLDERS.get(unit.level, 'unit')}/{unit.code.lower().replace(':', '-')}"


def _reference(chain: Links) -> str:
    return exact_reference(chain[-1]["id"], chain[-1]["version"])


def _refuse_opaque(session: Session, release: Release) -> None:
    missing = opaque_links(session, release)
    if missing:
        raise DefinitionError(
            "draft.opaque",
            msg("What is in force here can't be taken apart: the store lacks %(packs)s"),
            {"packs": ", ".join(missing)},
        )


def _from_files(pack: str, chain: Links, files: Mapping[str, bytes], unit: Unit) -> Layer:
    """Return files of a pack as a layer; refuse those of another pack, another unit, and unreadable ones."""
    layer = load_layer(PackSource(pack, files), _reference(chain) if chain else None)
    problems = [problem for problem in layer.problems if problem.severity == "error"]
    if layer.manifest.unit not in (None, unit.code) or not layer.files:
        problems.append(Problem("draft.files", msg("These are not the files of this configuration")))
    if problems:
        raise DefinitionError("draft.files", msg("These files can't be made a draft"), problems=problems)
    return layer


def _store(uow: Work, unit: Unit, row: Row, share: Share, layer: Layer | None) -> Row:
    row.uid, row.state = row.uid or uuid.uuid4().hex, row.state or OPEN
    row.unit_id, row.unit_path = unit.id, unit.path
    row.position, row.mark, row.note = 0, "", ""
    row.created_at = row.changed_at = uow.now
    row.created_by = uow.access.user_id
    row.created_by_name = row.changed_by_name = uow.access.name
    row.submitted_by_name = ""
    uow.add(row)
    uow.session.flush()
    uow.add(DraftSnapshot(draft_uid=row.uid, position=0, unit_path=row.unit_path, share=share.to_text()))
    contents = {hashlib.sha256(one).hexdigest(): one for one in (layer.assets.values() if layer else ())}
    for sha256, content in contents.items():
        uow.add(DraftAsset(draft_uid=row.uid, sha256=sha256, unit_path=row.unit_path, content=content))
    uow.session.flush()
    after = {"name": row.name, "pack": row.pack, "based_on": row.based_on}
    note(uow, "open_draft", row, after=after | ({"renews": row.renews} if row.renews else {}))
    return row
