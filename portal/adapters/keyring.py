"""The keys that protect personal data at rest: AES-256-GCM for values, HMAC-SHA-256 for finding people.

A stored value reads ``enc:1:<key>:<base64>``: the form's version, which key, nonce and ciphertext. The place it belongs
to (record, form, field) is authenticated with it, so that a value moved elsewhere does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import os
from collections.abc import Iterable
from typing import Any, Self

from portal.adapters.encryption import Encrypter
from portal.core.canonical import canonical
from portal.core.errors import PortalError, msg

log = logging.getLogger("portal.keys")
KEY_BYTES = 32
PREFIX = "enc:1:"
_DIGEST = 32  # hexadecimal places kept: 128 bits


class _Key:
    """One data key, and what is derived from it."""

    def __init__(self, secret: bytes) -> None:
        self.id = hashlib.sha256(b"one-door key " + secret).hexdigest()[:8]
        self.encrypter = Encrypter(secret.hex(), "one-door values")
        self.index = hmac.new(secret, b"one-door terms", hashlib.sha256).digest()


class Keyring:
    """The key that protects new values, and older ones that still open what they protected."""

    def __init__(self, current: bytes, old: Iterable[bytes] = ()) -> None:
        self._current = _Key(current)
        self._by_id = {key.id: key for key in (self._current, *map(_Key, old))}

    @classmethod
    def from_texts(cls, current: str, old: Iterable[str] = ()) -> Self:
        """Return the keyring of base64 keys; raise PortalError for one that is none."""
        return cls(key_of(current), [key_of(text) for text in old])

    @classmethod
    def random(cls) -> Self:
        """Return a keyring that nobody else has: for scratch databases."""
        return cls(os.urandom(KEY_BYTES))

    def encrypt(self, value: Any, place: str) -> str:
        """Return a JSON value encrypted for one place."""
        encrypted = self._current.encrypter.encrypt(canonical(value).encode(), place)
        return f"{PREFIX}{self._current.id}:{encrypted}"

    def opens(self, stored: Any, place: str) -> bool:
        """Return whether a value was encrypted for this place, by a key that is known here."""
        return is_encrypted(stored) and self._opened(stored, place) is not None

    def open(self, stored: Any, place: str) -> Any:
        """Return what was encrypted. What does not open stays as it is, so that nothing is ever written over it."""
        if not is_encrypted(stored):
            return stored
        found = self._opened(stored, place)
        if found is None:
            log.error("a value encrypted by key %s cannot be opened", stored.split(":")[2][:8])
            return stored
        return json.loads(found)

    def wrap(self, secret: bytes, place: str) -> str:
        """Return a secret, such as another key, encrypted for one place."""
        return f"{PREFIX}{self._current.id}:{self._current.encrypter.encrypt(secret, place)}"

    def unwrap(self, stored: str, place: str) -> bytes | None:
        """Return a secret that was wrapped for this place; None where no known key opens it."""
        return self._opened(stored, place) if is_encrypted(stored) else None

    def is_current(self, stored: str) -> bool:
        """Return whether a encrypted value was encrypted by the current key."""
        return stored.startswith(f"{PREFIX}{self._current.id}:")

    def digest(self, *parts: str) -> str:
        """Return what stands for a text where it must be found again but not read."""
        return _digest(self._current, parts)

    def digests(self, *parts: str) -> list[str]:
        """Return the digests of a text by every known key, the current one's first."""
        return [_digest(key, parts) for key in self._by_id.values()]

    def proofs(self, salt: str) -> dict[str, str]:
        """Return what shows, for each known key by its short name, that somebody has it; it does not tell the key."""
        return {name: _digest(key, ("backup", salt)) for name, key in self._by_id.items()}

    def _opened(self, stored: str, place: str) -> bytes | None:
        key_id, _, text = stored.removeprefix(PREFIX).partition(":")
        key = self._by_id.get(key_id)
        return key.encrypter.open(text, place) if key is not None else None


def is_encrypted(value: Any) -> bool:
    """Return whether a value looks encrypted."""
    return isinstance(value, str) and value.startswith(PREFIX)


def key_of(text: str) -> bytes:
    """Return the key that a base64 text holds; raise PortalError unless it has 32 bytes."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise PortalError("settings.data_key", msg("A data key is 32 random bytes, written in base64"))
    return key


def new_key() -> str:
    """Return a new random data key."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def _digest(key: _Key, parts: tuple[str, ...]) -> str:
    return hmac.new(key.index, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:_DIGEST]
