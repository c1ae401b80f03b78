"""The store of layers: packs kept in the database, by the digest over all their files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.core import strict_json
from portal.core.errors import Conflict, DefinitionError, NotFound, Problem, msg
from portal.core.packs import ChainLink, Layer, PackSource, Resolved, diff, resolve
from portal.core.packs import Release as Content
from portal.core.packs.layer import load_layer
from portal.core.packs.source import exact_reference, manifest_value
from portal.persistence.models import Blob, LayerFile, Release
from portal.persistence.models import Layer as Stored
from portal.services.releases.acting import home_path, one_at_a_time

if TYPE_CHECKING:
    from portal.services.portal import Work

FILES, IMPORT, SCREEN = "files", "import", "screen"
EDITED = (IMPORT, SCREEN)
MARK = 8  # digits of the digest that tell two contents of one version apart
MAX_SHOWN = 20


def store_layer(uow: Work, layer: Layer, origin: str, *, demo: bool) -> Stored:
    """Store a pack with its exact parent and all its files; the same content is the same row.

    Other content under a version that is taken is refused; in the demo it is stored beside it, its version marked
    by the digest (``1.2.0+3fa9c1d2``).
    """
    one_at_a_time(uow.session)
    known: Stored | None = uow.session.scalar(select(Stored).where(Stored.digest == layer.digest))
    if known is not None:
        return known
    path = home_path(uow.session, layer.manifest.unit)
    uow.access.require("release", "add", path)
    _refuse_unreadable(layer)
    stored = _row(uow, layer, _free_version(uow.session, layer, demo=demo), origin)
    uow.add(stored)
    uow.session.flush()
    uow.add(*_files(uow.session, stored.id, layer.raw))
    uow.session.flush()
    uow.audit(
        "store",
        stored,
        kind="layer",
        object_id=reference(stored),
        unit_path=path,
        after={"digest": stored.digest, "parent": stored.parent, "origin": origin, "files": len(layer.raw)},
    )
    return stored


def _free_version(session: Session, layer: Layer, *, demo: bool) -> str:
    """Return the version under which new content is stored; a taken one is refused, or marked in the demo."""
    version = layer.manifest.version
    if session.scalar(select(Stored.id).where(Stored.pack == layer.id, Stored.version == version)) is None:
        return version
    if not demo:
        raise _taken(session, layer)
    return f"{version}+{layer.digest[:MARK]}"


def _row(uow: Work, layer: Layer, version: str, origin: str) -> Stored:
    manifest = manifest_value(layer.raw, layer.id)
    return Stored(
        pack=layer.id,
        version=version,
        format=layer.format,
        parent=layer.parent_ref,
        digest=layer.digest,
        manifest=manifest if isinstance(manifest, dict) else {},
        origin=origin,
        created_at=uow.now,
        created_by=uow.access.name,
    )


def reference(stored: Stored) -> str:
    """Return the exact name of a stored layer, such as ``county/xishan@1.0.0``."""
    return exact_reference(stored.pack, stored.version)


def _refuse_unreadable(layer: Layer) -> None:
    errors = [problem for problem in layer.problems if problem.severity == "error"]
    if errors:
        raise DefinitionError(
            "layer.broken",
            msg("The files of the pack %(pack)s can't be stored"),
            {"pack": layer.id},
            errors,
        )


def _taken(session: Session, layer: Layer) -> Conflict:
    version = layer.manifest.version
    known = newest(session, layer.id, version)
    return Conflict(
        "layer.version",
        msg("The version %(version)s of the pack %(pack)s is stored with other content"),
        {"pack": layer.id, "version": version},
        [
            Problem(
                "layer.version",
                msg("Two contents can't share one version"),
                file=f"seed/{layer.id}/pack.json",
                pointer="/version",
                remedy=msg("Raise the version in pack.json"),
            ),
            *(differences(session, known, layer) if known else ()),
        ],
    )


def _files(session: Session, layer_id: int, files: Mapping[str, bytes]) -> list[Blob | LayerFile]:
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    known = set(session.scalars(select(Blob.sha256).where(Blob.sha256.in_(set(hashes.values())))))
    blobs = {
        found: Blob(sha256=found, size=len(files[path]), content=files[path])
        for path, found in hashes.items()
        if found not in known
    }
    session.add_all(blobs.values())
    session.flush()
    return [LayerFile(layer_id=layer_id, path=path, blob=found) for path, found in hashes.items()]


def newest(session: Session, pack: str, version: str | None = None) -> Stored | None:
    """Return the layer of a pack that was stored last; of a version, that or its last marked one."""
    return session.scalars(_latest(pack, version).limit(1)).one_or_none()


def _latest(pack: str, version: str | None) -> Select[Stored]:
    """Return the statement of a pack's layers, the last first; of a version, that and its marked ones."""
    query = select(Stored).where(Stored.pack == pack).order_by(Stored.id.desc())
    if version is None:
        return query
    marked = Stored.version.startswith(f"{version}+", autoescape=True)
    return query.where(or_(Stored.version == version, marked))


def files_of(session: Session, stored: Stored) -> dict[str, bytes]:
    """Return the files of a stored layer, byte for byte as they came."""
    rows = session.execute(
        select(LayerFile.path, Blob.content)
        .join(Blob, Blob.sha256 == LayerFile.blob)
        .where(LayerFile.layer_id == stored.id)
        .order_by(LayerFile.path)
    )
    return {path: content for path, content in rows}  # noqa: C416 - a row is no pair for dict()


@dataclass
class StoreLibrary:
    """The packs of the store. With ``pins``, pack to digest, it serves exactly the layers of one chain."""

    session: Session
    pins: Mapping[str, str] = field(default_factory=dict)

    def ids(self) -> list[str]:
        """Return the identifiers of all packs that are stored."""
        query = select(Stored.pack).distinct().order_by(Stored.pack)
        if self.pins:
            query = query.where(Stored.digest.in_(self.pins.values()))
        return list(self.session.scalars(query))

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        """Return the files of a pack, with its exact parent; None when it is not stored."""
        stored = self._layer(pack_id, version)
        if stored is None:
            return None
        return PackSource(pack_id, files_of(self.session, stored), parent=stored.parent)

    def problems(self) -> list[Problem]:
        """Return a problem for each pinned layer that is not stored."""
        here = set(self.ids())
        return [_opaque(pack) for pack in self.pins if pack not in here]

    def _layer(self, pack_id: str, version: str | None) -> Stored | None:
        if not self.pins:
            return newest(self.session, pack_id, version)
        query = select(Stored).where(Stored.digest == self.pins.get(pack_id, ""), Stored.pack == pack_id)
        return self.session.scalars(query).one_or_none()


def rebuild(session: Session, release: Release) -> Content:
    """Return the release that its layers in the store make; DefinitionError where one is not at hand."""
    missing = opaque_links(session, release)
    if missing:
        raise DefinitionError(
            "release.opaque",
            msg("The release %(pack)s %(version)s can't be put together again"),
            {"pack": release.pack, "version": release.version},
            [_opaque(pack) for pack in missing],
        )
    pins = {link["id"]: link["digest"] for link in release.chain}
    return resolve(release.pack, StoreLibrary(session, pins)).release()


def opaque_links(session: Session, release: Release) -> list[str]:
    """Return the packs of a release's chain whose files are not in the store."""
    return _opaque_packs(session, [ChainLink(**link) for link in release.chain])


def opaque_problems(session: Session, chain: Iterable[ChainLink]) -> list[Problem]:
    """Return a problem for each layer of a chain whose files are not in the store."""
    return [_opaque(pack) for pack in _opaque_packs(session, list(chain))]


def _opaque_packs(session: Session, chain: Sequence[ChainLink]) -> list[str]:
    wanted = {link.digest for link in chain}
    known = set(session.scalars(select(Stored.digest).where(Stored.digest.in_(wanted))))
    return [link.id for link in chain if link.is_opaque(known)]


def _opaque(pack: str) -> Problem:
    return Problem(
        "layer.opaque",
        msg("The files of the layer %(pack)s are not at hand"),
        {"pack": pack},
        remedy=msg("Publish the pack anew: from then on its files are stored"),
    )


def store_chain(uow: Work, resolved: Resolved, origin: str, *, demo: bool) -> list[Stored]:
    """Store the layers of a resolved pack, foundation first; files never pass over what was edited."""
    if origin == FILES:
        refuse_edited(uow.session, resolved.chain)
    return [store_layer(uow, layer, origin, demo=demo) for layer in resolved.chain]


def edited(session: Session, layer: Layer) -> Stored | None:
    """Return the newest layer of a pack where it was edited in the store and the files say something else."""
    found = newest(session, layer.id)
    return found if found is not None and found.origin in EDITED and found.digest != layer.digest else None


def refuse_edited(session: Session, chain: Iterable[Layer]) -> None:
    """Raise Conflict, with the differences, where a layer of the chain was edited in the store."""
    for layer in chain:
        found = edited(session, layer)
        if found is not None:
            raise Conflict(
                "layer.edited",
                msg("The pack %(pack)s was edited after these files: the store holds %(version)s"),
                {"pack": layer.id, "version": found.version},
                _told(session, found, layer),
            )


def _told(session: Session, found: Stored, layer: Layer) -> list[Problem]:
    """Return in what files differ from an edited layer, and what can be done: importing stored ones changes nothing."""
    told = differences(session, found, layer)
    stored = session.scalar(select(Stored.id).where(Stored.digest == layer.digest))
    return told if stored is None else [replace(problem, remedy=_BACK) for problem in told]


def differences(session: Session, stored: Stored, layer: Layer) -> list[Problem]:
    """Return in words what the files say differently from a stored layer, value by value."""
    before, after = files_of(session, stored), layer.raw
    found = [
        problem
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
        for problem in _differences_of(path, before.get(path), after.get(path))
    ]
    if stored.parent != layer.parent_ref:
        found.insert(0, _differs(f"seed/{layer.id}/pack.json", "/extends", stored.parent, layer.parent_ref))
    return found[:MAX_SHOWN]


def _differences_of(path: str, before: bytes | None, after: bytes | None) -> Iterable[Problem]:
    if before is None or after is None:
        text = msg("The file is not in the store") if before is None else msg("The file is only in the store")
        yield Problem("layer.differs", text, file=path, remedy=_REMEDY)
    elif path.endswith(".json"):
        for change in diff(strict_json.loads(before)[0], strict_json.loads(after)[0]):
            yield _differs(path, change.pointer, change.before, change.after)
    else:
        yield Problem("layer.differs", msg("The file differs"), file=path, remedy=_REMEDY)


_REMEDY = msg("Publish what is stored (--store), or import these files first")
_BACK = msg(
    "Publish what is stored (--store); to go back to these files, raise their version and import them"
)


def _differs(file: str, pointer: str, before: object, after: object) -> Problem:
    return Problem(
        "layer.differs",
        msg("stored: %(before)s, in the files: %(after)s"),
        {"before": _short(before), "after": _short(after)},
        file,
        pointer,
        _REMEDY,
    )


def _short(value: object) -> str:
    text = "—" if value is None else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def import_layer(uow: Work, source: PackSource, layer: Layer, *, demo: bool) -> tuple[Stored, bool]:
    """Store the files of a pack as an edit; return the layer, and whether it is new.

    Files that are stored already, in that version and whatever their parent was, change nothing.
    """
    for known in uow.session.scalars(_latest(layer.id, layer.manifest.version)):
        if load_layer(source, known.parent).digest == known.digest:
            return known, False
    return store_layer(uow, layer, IMPORT, demo=demo), True


def stored_layers(session: Session, pack: str | None = None) -> list[Stored]:
    """Return the layers of the store, by pack, the newest first."""
    query = select(Stored).order_by(Stored.pack, Stored.id.desc())
    return list(session.scalars(query.where(Stored.pack == pack) if pack else query))


def find_layer(session: Session, pack: str, version: str | None = None) -> Stored:
    """Return the newest layer of a pack, or of one version of it; NotFound where there is none."""
    found = newest(session, pack, version)
    if found is None:
        raise NotFound(
            "layer.unknown",
            msg("The store has no layer %(name)s"),
            {"name": exact_reference(pack, version or "*")},
        )
    return found
