"""Tokens whose signature was checked already: for as long as they last, it is not checked anew at each request."""

from __future__ import annotations

import time
from typing import Any

from flask_jwt_extended import JWTManager

from portal.core.kept import Kept

MAX_KEPT = 5_000


class KnownTokens(JWTManager):
    """Keeps what the tokens say that this process checked; when they end, and their session, is asked each time."""

    def __init__(self) -> None:
        super().__init__()
        self._known: Kept[str, dict[str, Any]] = Kept(MAX_KEPT)

    def _decode_jwt_from_config(
        self, encoded_token: str, csrf_value: Any = None, allow_expired: bool = False
    ) -> dict[str, Any]:
        known = self._known.get(encoded_token)
        if known is not None and csrf_value is None and known["exp"] > time.time():
            return dict(known)
        claims: dict[str, Any] = super()._decode_jwt_from_config(encoded_token, csrf_value, allow_expired)
        if "exp" in claims and not allow_expired:
            self._known.put(encoded_token, dict(claims))
        return claims
