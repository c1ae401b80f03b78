"""Two portals exchange packages by file alone: what arrives has the same digest, and goes on as the same bytes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import portal as product
from portal.adapters.clock import SystemClock
from portal.adapters.package_keys import SigningKey, TrustFolder, verifies
from portal.core.packages import build, verify
from portal.core.packages.opening import Receiver
from portal.core.packs import Resolved, resolve
from portal.core.packs.layer import load_layer
from portal.persistence.models import Layer
from portal.services.portal import Portal
from portal.services.releases.layers import StoreLibrary, import_layer
from tests.fixtures.database import KEYS
from tests.fixtures.drafting import SYSTEM
from tests.proofs.frame import Number, Place, at_least, equal, proof


@proof(
    "exchange",
    "Packages go by file from a portal to one without network: the same digest there, the same bytes onwards",
    minutes=1,
    small={"packs": 3},
    large={"packs": 100},
)
def exchange(place: Place, packs: int) -> Iterator[Number]:
    """Send the packs of one portal's store to another one, those that others stand on first."""
    sender = Portal.from_url(place.shipped(), SystemClock(), KEYS)
    receiver = Portal.from_url(place.migrated(), SystemClock(), KEYS)
    chosen = _packs(sender, packs)
    key = SigningKey.new("演练", [one.pack for one in chosen])
    trust = TrustFolder(place.folder / "trusted")
    trust.trust(key.trusted)
    files = [_sent(one, key, place.folder / f"{number}.package") for number, one in enumerate(chosen)]
    with _cut_off():
        arrived = [_taken_in(receiver, file, trust) for file in files]
    sent = {one.pack: one.chain[-1].digest for one in chosen}
    yield at_least("packages that were sent", min(packs, 3), len(files))
    yield equal("packages that arrived with another digest", [], sorted(sent.items() ^ dict(arrived).items()))
    with receiver.reading(SYSTEM) as session:
        stored = {row.pack: row.digest for row in session.scalars(select(Layer))}
        further = [resolve(one.pack, StoreLibrary(session)) for one in chosen]
    yield equal("digests in the store of the receiving portal", sent, stored)
    onwards = [_sent(one, key, place.folder / f"{number}.further") for number, one in enumerate(further)]
    differ = [a.name for a, b in zip(files, onwards, strict=True) if a.read_bytes() != b.read_bytes()]
    yield equal("packages that are other bytes when they are sent on", [], differ)
    sender.database.dispose()
    receiver.database.dispose()


def _packs(portal: Portal, most: int) -> list[Resolved]:
    with portal.reading(SYSTEM) as session:
        library = StoreLibrary(session)
        found = [resolve(pack, library) for pack in sorted(set(session.scalars(select(Layer.pack))))]
    found.sort(key=lambda one: (len(one.chain), one.pack))
    return found[:most]


def _sent(one: Resolved, key: SigningKey, file: Path) -> Path:
    file.write_bytes(build(one, portal="0.1.0", changelog="演练", sign=key.sign))
    return file


def _taken_in(portal: Portal, file: Path, trust: TrustFolder) -> tuple[str, str]:
    with portal.writing(SYSTEM) as uow:
        library = StoreLibrary(uow.session)
        known = Receiver(product.__version__, library, trust.keys(), trust.seen(), verifies)
        package = verify(file.read_bytes(), known)
        stored, _ = import_layer(uow, package.source, load_layer(package.source), demo=False)
        found = stored.pack, stored.digest
        uow.commit()
    trust.remember_version(package.publisher, package.manifest)
    return found


@contextmanager
def _cut_off() -> Iterator[None]:
    """Let nothing in this process reach a network."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("there is no network here")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield
