"""Keys that sign packages: Ed25519, in files that stay with the operator; and the folder of those that are trusted.

A private key is a file that its maker alone can read; its public half is a file to hand over. A portal trusts the
public keys that lie in its folder, and keeps there which versions it has seen.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from portal.core import strict_json
from portal.core.errors import Conflict, InvalidInput, msg
from portal.core.packages.manifest import PackageManifest
from portal.core.packages.trust import Seen, Signature, TrustedKey, is_prefix

PRIVATE, PUBLIC = ".key.json", ".pub.json"
_SEEN, _LOCK = "seen.json", "seen.lock"
_MOST = 100_000
_RAW = serialization.Encoding.Raw
_MODE = 0o600


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature over a message is that of a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True)
class SigningKey:
    """A private key with what its public half says."""

    private: Ed25519PrivateKey
    trusted: TrustedKey

    @classmethod
    def new(cls, publisher: str, prefixes: Sequence[str]) -> SigningKey:
        """Make a key; InvalidInput for prefixes that are none."""
        private = Ed25519PrivateKey.generate()
        return cls(private, _checked(publisher, prefixes, _public(private)))

    @classmethod
    def read(cls, file: Path) -> SigningKey:
        """Read a private key; InvalidInput for a file that holds none."""
        kept = _read_json(file)
        try:
            private = Ed25519PrivateKey.from_private_bytes(_bytes(kept["private"]))
            return cls(private, _checked(kept["publisher"], kept["prefixes"], _public(private)))
        except (KeyError, TypeError, ValueError) as error:
            raise _no_key(file) from error

    def sign(self, message: bytes) -> Signature:
        """Return the signature over a message."""
        return Signature(self.trusted.id, self.private.sign(message))

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write both halves; Conflict where one of the files is there."""
        raw = self.private.private_bytes(_RAW, serialization.PrivateFormat.Raw, serialization.NoEncryption())
        private, public = folder / f"{name}{PRIVATE}", folder / f"{name}{PUBLIC}"
        for file in (private, public):
            if file.exists() or file.is_symlink():
                raise Conflict(
                    "package.key_there",
                    msg("%(file)s is there already: give another name"),
                    {"file": str(file)},
                )
        folder.mkdir(parents=True, exist_ok=True)
        kept = {**self.trusted.to_json(), "private": base64.b64encode(raw).decode()}
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w") as target:
            json.dump(kept, target, ensure_ascii=False, indent=2)
        public.write_text(_text(self.trusted), encoding="utf-8")
        return private, public


@dataclass(frozen=True)
class TrustFolder:
    """The folder of a portal with the keys that it trusts and the versions that it has seen."""

    folder: Path

    def keys(self) -> dict[str, TrustedKey]:
        """Return the trusted keys by their short names."""
        found = (read_public(file) for file in sorted(self.folder.glob(f"*{PUBLIC}")))
        return {key.id: key for key in found}

    def trust(self, key: TrustedKey) -> Path:
        """Take a key in; Conflict where it is trusted already."""
        if key.id in self.keys():
            raise Conflict("package.key_known", msg("The key %(key)s is trusted already"), {"key": key.id})
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{key.id}{PUBLIC}"
        file.write_text(_text(key), encoding="utf-8")
        return file

    def seen(self) -> Seen:
        """Return the highest version seen of each pack by publisher; InvalidInput where the file can't be read."""
        file = self.folder / _SEEN
        if not file.exists():
            return Seen({})
        kept = _read_json(file)
        try:
            return Seen({_pair(name): (one["version"], one["digest"]) for name, one in kept.items()})
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(
                "package.seen",
                msg("%(file)s can't be read: which versions were seen is not known"),
                {"file": str(file)},
            ) from error

    def remember_version(self, publisher: str, manifest: PackageManifest) -> None:
        """Keep that a package was seen, beside what others keep at the same moment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.remember(self.seen().with_seen(publisher, manifest))

    def remember(self, seen: Seen) -> None:
        """Keep what was seen: wholly, or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {
            f"{publisher}\n{pack}": {"version": version, "digest": digest}
            for (publisher, pack), (version, digest) in sorted(seen.versions.items())
        }
        with tempfile.NamedTemporaryFile("w", dir=self.folder, delete=False, encoding="utf-8") as target:
            json.dump(kept, target, ensure_ascii=False, indent=2)
            target.flush()
            os.fsync(target.fileno())
        os.replace(target.name, self.folder / _SEEN)


def read_public(file: Path, prefixes: Sequence[str] = ()) -> TrustedKey:
    """Read a public key, perhaps for fewer packs than it says; InvalidInput for a file that holds none."""
    kept = _read_json(file)
    try:
        public = _bytes(kept["public"])
        Ed25519PublicKey.from_public_bytes(public)
        key = _checked(kept["publisher"], list(prefixes) or kept["prefixes"], public)
    except (KeyError, TypeError, ValueError) as error:
        raise _no_key(file) from error
    if kept.get("key") != key.id:
        raise _no_key(file)
    return key


def _checked(publisher: Any, prefixes: Any, public: bytes) -> TrustedKey:
    if not isinstance(publisher, str) or not publisher.strip() or "\n" in publisher:
        raise InvalidInput("package.publisher", msg("A key needs the name of its publisher, on one line"))
    if not isinstance(prefixes, list | tuple) or not prefixes:
        raise InvalidInput(
            "package.prefixes", msg("A key needs the packs that it may sign, such as city/kunming/*")
        )
    for one in prefixes:
        if not isinstance(one, str) or not is_prefix(one):
            raise InvalidInput(
                "package.prefixes",
                msg("%(prefix)s names no packs; write city/kunming, or city/kunming/* with all below it"),
                {"prefix": str(one)},
            )
    return TrustedKey(publisher.strip(), tuple(prefixes), public)


def _public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(_RAW, serialization.PublicFormat.Raw)


def _text(key: TrustedKey) -> str:
    return json.dumps(key.to_json(), ensure_ascii=False, indent=2) + "\n"


def _read_json(file: Path) -> Mapping[str, Any]:
    content = file.read_bytes()[: _MOST + 1]
    value, problems = strict_json.loads(content, file=str(file))
    if problems or not isinstance(value, dict) or len(content) > _MOST:
        raise _no_key(file)
    return value


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


def _pair(name: str) -> tuple[str, str]:
    publisher, pack = name.split("\n")
    return publisher, pack


def _no_key(file: Path) -> InvalidInput:
    return InvalidInput("package.key", msg("%(file)s holds no key for packages"), {"file": str(file)})
