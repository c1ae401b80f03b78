"""Versions carried between servers: a package read before anything is kept of it, taken in, and made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

import portal
from portal.adapters.package_keys import PRIVATE, SigningKey, TrustFolder, verifies
from portal.core import packages
from portal.core.access import EDIT, Access
from portal.core.errors import InvalidInput, NotFound, msg
from portal.core.packages.opening import Package, Receiver
from portal.core.packs import resolve
from portal.core.packs.layer import load_layer
from portal.persistence.models import Layer as Stored
from portal.services.releases.acting import home_path
from portal.services.releases.layers import StoreLibrary, import_layer, reference, stored_layers

if TYPE_CHECKING:
    from portal.services.portal import Work

FOLDER = "package-keys"
# The operator puts the private key here where packages are to be signed on a page.
SIGNING = f"signing{PRIVATE}"
THING = "release"


@dataclass(frozen=True)
class Arrived:
    """A package that may be used here, what is in the store of its pack, and what it would be with the package."""

    package: Package
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def trust_folder(instance: Path | None) -> TrustFolder:
    """Return the folder with the keys that an installation trusts; NotFound where it has no folder at all."""
    if instance is None:
        raise NotFound("package.nowhere", msg("This installation has no folder for keys of packages"))
    return TrustFolder(instance / FOLDER)


def look_at(session: Session, content: bytes, trust: TrustFolder) -> Arrived:
    """Return what a package holds, verified; nothing is kept. InvalidInput with everything that is wrong with it."""
    library = StoreLibrary(session)
    found = packages.verify(content, _receiver(library, trust))
    pack = found.manifest.pack
    before = resolve(pack, library).bundle if pack in library.ids() else {}
    return Arrived(found, before, resolve(pack, packages.WithPackage(library, found.source)).bundle)


def take_in(uow: Work, content: bytes, trust: TrustFolder) -> tuple[Stored, bool]:
    """Bring the pack of a package into the store, whole or not at all; return it, and whether it is new.

    Nothing is in force by that: centres below are offered the version. Who may add releases at the pack's unit may.
    """
    found = packages.verify(content, _receiver(StoreLibrary(uow.session), trust))
    # The same file again changes nothing, and is not told to those who may not bring it in either.
    uow.access.require(THING, "add", home_path(uow.session, load_layer(found.source).manifest.unit))
    if found.warnings:
        text = msg("Bring the packs in that this one stands on first")
        raise InvalidInput("package.order", text, {}, found.warnings)
    stored, new = import_layer(uow, found.source, load_layer(found.source), demo=False)
    trust.remember_version(found.publisher, found.manifest)
    return stored, new


def at_hand(session: Session, access: Access) -> list[Stored]:
    """Return the stored versions of which a person may make packages, by pack, the newest first."""
    paths: dict[str | None, str] = {}
    found = []
    for one in stored_layers(session):
        unit = one.manifest.get("unit")
        if unit not in paths:
            paths[unit] = home_path(session, unit)
        if access.allows(THING, EDIT, paths[unit]):
            found.append(one)
    return found


def signing_key(trust: TrustFolder) -> SigningKey | None:
    """Return the key with which this installation signs; None where its operator gave none."""
    file = trust.folder / SIGNING
    return SigningKey.read(file) if file.is_file() else None


def make_package(uow: Work, digest: str, trust: TrustFolder) -> tuple[Stored, bytes]:
    """Return a stored version as a package, signed where the installation's key may sign it; the log tells of it."""
    stored = next((one for one in at_hand(uow.session, uow.access) if one.digest == digest), None)
    if stored is None:
        raise NotFound("layer.unknown", msg("The store has no layer %(name)s"), {"name": digest[:12]})
    key = signing_key(trust)
    sign = key.sign if key is not None and key.trusted.may_sign(stored.pack) else None
    resolved = resolve(stored.pack, StoreLibrary(uow.session), stored.version)
    content = packages.build(resolved, portal=portal.__version__, sign=sign)
    uow.audit_event(
        "take_out_package",
        kind="layer",
        object_id=reference(stored),
        unit_path=home_path(uow.session, stored.manifest.get("unit")),
        after={"digest": stored.digest},
    )
    return stored, content


def _receiver(library: StoreLibrary, trust: TrustFolder) -> Receiver:
    return Receiver(portal.__version__, library, trust.keys(), trust.seen(), verifies)
