"""Encrypt small secrets before the database sees them: AES-GCM with a key derived from the portal's own."""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


class Encrypter:
    """Encrypts secrets for one purpose; what is encrypted for one holder cannot be opened as another's."""

    def __init__(self, key: str, purpose: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(key.encode())
        self._cipher = AESGCM(derived)

    def encrypt(self, plain: bytes, holder: str) -> str:
        """Return ``plain`` encrypted, as a text."""
        nonce = secrets.token_bytes(NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, holder.encode())).decode()

    def open(self, encrypted: str, holder: str) -> bytes | None:
        """Return what was encrypted for ``holder``; None where key, holder or text is another."""
        try:
            raw = base64.b64decode(encrypted, validate=True)
            return self._cipher.decrypt(raw[:NONCE], raw[NONCE:], holder.encode())
        except (InvalidTag, ValueError):
            return None
