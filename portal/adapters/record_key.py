"""The key of one record: what history, decisions and audit hold of it opens with it alone, and goes with it.

The record carries its key wrapped by the keyring. Values are encrypted by AES-256-GCM; the record and the kind of row
that they belong to are authenticated with them, so that a value moved elsewhere does not open.
"""

from __future__ import annotations

import json
import os
import zlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.adapters.keyring import Keyring
from portal.core.encrypted import TEXT, VALUE
from portal.core.errors import PortalError, msg

KEY_BYTES, NONCE = 32, 12
PACKED_FROM = 1_500
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class RecordKey:
    """Encrypts and opens the values of one record."""

    __slots__ = ("_cipher", "_uid")

    def __init__(self, secret: bytes, uid: str) -> None:
        self._cipher = AESGCM(secret)
        self._uid = uid

    @classmethod
    def new(cls, keys: Keyring, uid: str) -> tuple[Self, str]:
        """Return a new key for a record, and the same wrapped, as the record carries it."""
        secret = os.urandom(KEY_BYTES)
        return cls(secret, uid), keys.wrap(secret, _holder(uid))

    @classmethod
    def of(cls, keys: Keyring, wrapped: str, uid: str) -> Self | None:
        """Return the key that a record carries; None where no known data key opens it."""
        secret = keys.unwrap(wrapped, _holder(uid))
        return None if secret is None else cls(secret, uid)

    @classmethod
    def required(cls, keys: Keyring, wrapped: str, uid: str) -> Self:
        """Return the key that a record carries; raise PortalError where no known data key opens it."""
        found = cls.of(keys, wrapped, uid)
        if found is None:
            raise PortalError(
                "keys.record", msg("The key of this record does not open: its data key is missing here")
            )
        return found

    def encrypt(self, value: Any, place: str) -> dict[str, str]:
        """Return a JSON value encrypted for one kind of row."""
        return {VALUE: self._encrypted(_dumps(value), place)}

    def encrypt_text(self, text: str, place: str) -> str:
        """Return a text encrypted for one kind of row; an empty one stays empty."""
        return TEXT + self._encrypted(text, place) if text else text

    def open(self, encrypted: Mapping[str, str], place: str) -> Any:
        """Return the JSON value in clear; ValueError where it was not encrypted by this key for this place."""
        return json.loads(self._opened(encrypted[VALUE], place))

    def open_text(self, encrypted: str, place: str) -> str:
        """Return the text that was encrypted; ValueError where it was not encrypted by this key for this place."""
        return self._opened(encrypted.removeprefix(TEXT), place).decode()

    def _encrypted(self, text: str, place: str) -> str:
        plain, nonce = text.encode("utf-8", "surrogatepass"), os.urandom(NONCE)
        # Fewer pages are written for it than packing costs; what is short stays as it is.
        packed = b"z" + zlib.compress(plain, 1) if len(plain) > PACKED_FROM else b"t" + plain
        return b2a_base64(
            nonce + self._cipher.encrypt(nonce, packed, self._aad(place)), newline=False
        ).decode()

    def _opened(self, encrypted: str, place: str) -> bytes:
        try:
            raw = a2b_base64(encrypted, strict_mode=True)
            packed = self._cipher.decrypt(raw[:NONCE], raw[NONCE:], self._aad(place))
            return zlib.decompress(packed[1:]) if packed[:1] == b"z" else packed[1:]
        except InvalidTag as error:
            raise ValueError("encrypted by another key, or for another place") from error

    def _aad(self, place: str) -> bytes:
        return f"{self._uid}\0{place}".encode()


def rewrapped(keys: Keyring, wrapped: str, uid: str) -> str | None:
    """Return the key of a record wrapped by the current data key; None where it is already, or does not open."""
    if keys.is_current(wrapped):
        return None
    secret = keys.unwrap(wrapped, _holder(uid))
    return None if secret is None else keys.wrap(secret, _holder(uid))


def _holder(uid: str) -> str:
    return f"record key\0{uid}"
