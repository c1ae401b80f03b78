"""A file that is written once, in encrypted pieces: AES-256-GCM, with the order of the pieces and end authenticated.

```
magic · length of the header · header (JSON) · check of the key · encrypted pieces of equal length, the last one shorter
```

Each file has a key of its own, derived from the secret, a random salt and the header; so the number of a piece is its
nonce, and no two files share one. The last piece is marked: a file that was cut short does not open to its end.
"""

from __future__ import annotations

import hmac
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from portal.core.errors import PortalError, msg

MAGIC = b"ONE-DOOR BACKUP\n"
VERSION = 1
PIECE = 1 << 20
TAG, CHECK, SALT = 16, 32, 16
MIN_PASSPHRASE = 12
# 128 MB and about half a second to try one passphrase; a header that asks for much more is not ours.
COST, MOST_COST, BLOCK = 17, 20, 8
PASSPHRASE, KEY = "passphrase", "key"
_LENGTH = struct.Struct(">I")
_MOST_HEADER = 4096


@dataclass(frozen=True, slots=True)
class Secret:
    """What opens an encrypted file: a passphrase, or a key of 32 random bytes."""

    kind: str
    value: bytes = field(repr=False)

    @classmethod
    def passphrase(cls, text: str) -> Secret:
        """Return the secret of a passphrase; raise PortalError for one that is too short."""
        if len(text) < MIN_PASSPHRASE:
            raise PortalError(
                "backup.passphrase",
                msg("A passphrase for backups has at least %(length)s characters"),
                {"length": MIN_PASSPHRASE},
            )
        return cls(PASSPHRASE, text.encode())

    @classmethod
    def key(cls, value: bytes) -> Secret:
        """Return the secret of a key file."""
        return cls(KEY, value)

    def master(self, salt: bytes, cost: int) -> bytes:
        """Return the 32 bytes from which the key of a file is derived."""
        if self.kind == KEY:
            return self.value
        return Scrypt(salt=salt, length=32, n=1 << cost, r=BLOCK, p=1).derive(self.value)


class EncryptedWriter:
    """Encrypts content piece by piece; ``finish`` writes the marked last piece, without which nothing opens."""

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        self._file, self._number = file, 0
        self._waiting = bytearray()
        salt = os.urandom(SALT)
        header = json.dumps(
            {"version": VERSION, "secret": secret.kind, "salt": salt.hex(), "cost": COST, "piece": PIECE}
        ).encode()
        self._cipher, check = _keys(secret.master(salt, COST), salt, header)
        file.write(MAGIC + _LENGTH.pack(len(header)) + header + check)

    def write(self, content: bytes) -> None:
        """Take more of the content."""
        self._waiting += content
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def finish(self) -> None:
        """Seal what is left, as the end of the file."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), piece, None))
        self._number += 1


def opened(file: BinaryIO, secret: Secret) -> Iterator[bytes]:
    """Yield the content of an encrypted file; raise PortalError for another file, another secret, a change or a cut."""
    cipher, length = _open_header(file, secret)
    number, piece = 0, file.read(length + TAG)
    while True:
        following = file.read(length + TAG)
        yield _open(cipher, number, piece, last=not following)
        if not following:
            return
        number, piece = number + 1, following


def _open_header(file: BinaryIO, secret: Secret) -> tuple[AESGCM, int]:
    if file.read(len(MAGIC)) != MAGIC:
        raise PortalError("backup.other_file", msg("This file is no backup of One Door"))
    raw = file.read(_LENGTH.size)
    size = _LENGTH.unpack(raw)[0] if len(raw) == _LENGTH.size else _MOST_HEADER + 1
    header = file.read(size) if size <= _MOST_HEADER else b""
    check = file.read(CHECK)
    try:
        said = json.loads(header)
        version, kind, cost, length = said["version"], said["secret"], said["cost"], said["piece"]
        salt = bytes.fromhex(said["salt"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged() from error
    if version != VERSION:
        raise PortalError(
            "backup.version", msg("This backup was written by a newer version; restore it with that version")
        )
    usable = kind in (PASSPHRASE, KEY) and isinstance(cost, int) and isinstance(length, int)
    if not usable or not 1 <= cost <= MOST_COST or not 1 <= length <= 64 * PIECE or len(salt) != SALT:
        raise _damaged()
    if kind != secret.kind:
        wanted = msg("This backup is sealed by a key file, not by a passphrase")
        other = msg("This backup is sealed by a passphrase, not by a key file")
        raise PortalError("backup.secret", wanted if kind == KEY else other)
    cipher, expected = _keys(secret.master(salt, cost), salt, header)
    if len(check) != CHECK:
        raise _cut_short()
    if not hmac.compare_digest(check, expected):
        raise PortalError(
            "backup.secret",
            msg("This is not the passphrase or key of this backup, or its beginning was changed"),
        )
    return cipher, length


def _open(cipher: AESGCM, number: int, piece: bytes, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last), piece, None)
    except InvalidTag as error:
        if last and _opens(cipher, number, piece):
            raise _cut_short() from error
        # The rest of a piece that was cut within looks like any other change.
        raise _damaged() from error


def _opens(cipher: AESGCM, number: int, piece: bytes) -> bool:
    try:
        cipher.decrypt(_nonce(number, False), piece, None)
    except InvalidTag:
        return False
    return True


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


def _keys(master: bytes, salt: bytes, header: bytes) -> tuple[AESGCM, bytes]:
    """Return the cipher of a file, and what shows that a secret is the right one."""
    derived = HKDF(SHA256(), length=32 + CHECK, salt=salt, info=b"one-door backup\0" + header).derive(master)
    return AESGCM(derived[:32]), derived[32:]


def _damaged() -> PortalError:
    return PortalError(
        "backup.damaged", msg("This backup was changed or cut since it was written; use another copy")
    )


def _cut_short() -> PortalError:
    return PortalError("backup.cut_short", msg("This backup was cut short; use another copy"))
