"""Whose packages are let in: keys that sign a prefix of packs only, and the highest version seen of each."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.core import strict_json
from portal.core.canonical import canonical
from portal.core.errors import Problem, msg
from portal.core.packages.manifest import PackageManifest
from portal.core.packs import schemas
from portal.core.packs.formats import PACK_ID
from portal.core.packs.versions import version_key

NAME = "signature.json"
_PURPOSE = b"one-door package 1\n"
_BELOW = "/*"
# Public key, message, signature -> whether it holds; made by an adapter.
Verifier = Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a package, and the signature over its manifest."""

    key: str
    value: bytes

    def to_bytes(self) -> bytes:
        """Return the signature as it stands in the package."""
        value = base64.b64encode(self.value).decode()
        return (canonical({"key": self.key, "algorithm": "ed25519", "signature": value}) + "\n").encode()

    @classmethod
    def parse(cls, content: bytes) -> tuple[Signature | None, list[Problem]]:
        """Read a signature strictly; None with what is wrong with it."""
        value, problems = strict_json.loads(content, file=NAME)
        problems = problems or schemas.check_complete("package_signature", value, file=NAME)
        if problems:
            return None, problems
        try:
            signature = cls(value["key"], base64.b64decode(value["signature"], validate=True))
        except (binascii.Error, ValueError):
            signature = None
        if signature is None or signature.to_bytes() != content:
            text = msg("The signature is not written as portal package build writes it")
            return None, [Problem("package.signature_text", text, {}, NAME)]
        return signature, []


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key with its publisher, and the packs that it may sign: ``city/kunming`` or ``city/kunming/*``."""

    publisher: str
    prefixes: tuple[str, ...]
    public: bytes

    @property
    def id(self) -> str:
        """Return the short name of the key, made of the key itself."""
        return key_id(self.public)

    def may_sign(self, pack: str) -> bool:
        """Tell whether a pack is one of those that the key may sign."""
        return any(covers(prefix, pack) for prefix in self.prefixes)

    def to_json(self) -> dict[str, Any]:
        """Return the key as its file holds it."""
        return {
            "key": self.id,
            "publisher": self.publisher,
            "prefixes": list(self.prefixes),
            "public": base64.b64encode(self.public).decode(),
        }


def key_id(public: bytes) -> str:
    """Return the short name of a public key."""
    return hashlib.sha256(b"one-door package key " + public).hexdigest()[:16]


def covers(prefix: str, pack: str) -> bool:
    """Tell whether a prefix covers a pack: itself, and with ``/*`` everything below it too."""
    above = prefix.removesuffix(_BELOW)
    return pack == above or (prefix.endswith(_BELOW) and pack.startswith(f"{above}/"))


def is_prefix(text: str) -> bool:
    """Tell whether a text is a prefix of packs."""
    return re.fullmatch(PACK_ID, text.removesuffix(_BELOW)) is not None


def signed_text(manifest: bytes) -> bytes:
    """Return what a signature is over: the manifest, marked as one so that it means nothing else."""
    return _PURPOSE + manifest


@dataclass(frozen=True)
class Seen:
    """The highest version of each pack by publisher, with its digest: no older one comes back by a USB stick."""

    versions: Mapping[tuple[str, str], tuple[str, str]]

    def problems(self, publisher: str, manifest: PackageManifest) -> Iterator[Problem]:
        """Yield why a package is too old, or contradicts what was seen under its version."""
        version, digest = self.versions.get((publisher, manifest.pack), ("", ""))
        if not version:
            return
        params = {"version": manifest.version, "seen": version, "publisher": publisher}
        if version_key(manifest.version) < version_key(version):
            text = msg(
                "Version %(version)s is older than %(seen)s, which was seen from %(publisher)s already"
            )
            remedy = msg(
                "Ask the publisher for the newest version; a release in force is taken back on its own page"
            )
            yield Problem("package.replayed", text, params, remedy=remedy)
        elif version_key(manifest.version) == version_key(version) and digest != manifest.digest:
            text = msg("Version %(version)s of %(publisher)s was seen with another content")
            yield Problem(
                "package.other_content", text, params, remedy=msg("Ask the publisher for a new version")
            )

    def with_seen(self, publisher: str, manifest: PackageManifest) -> Seen:
        """Return what is known after a package was verified."""
        known = self.versions.get((publisher, manifest.pack))
        if known is not None and version_key(known[0]) >= version_key(manifest.version):
            return self
        return Seen({**self.versions, (publisher, manifest.pack): (manifest.version, manifest.digest)})
