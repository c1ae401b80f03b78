"""One-time codes by the clock (RFC 6238): six digits, SHA-1, half a minute each, as every authenticator makes them."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from urllib.parse import quote, urlencode

SECONDS = 30
DIGITS = 6
# Clocks of telephones differ a little: the code before and the one after count too.
DRIFT = 1
SECRET_BYTES = 20


def step_of(moment: dt.datetime) -> int:
    """Return the number of the half minute that a moment lies in."""
    return int(moment.timestamp()) // SECONDS


def code_at(secret: bytes, step: int) -> str:
    """Return the code of one half minute (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(secret: bytes, code: str, now: int, after: int) -> int | None:
    """Return the step a code is of, near ``now`` and later than ``after``; None where it is wrong or used up."""
    given = code.encode("utf-8", "surrogatepass")
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given) and step > after:
            found = step
    return found


def key_text(secret: bytes) -> str:
    """Return a secret the way people type it into an authenticator: base32, in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(secret: bytes, account: str, issuer: str) -> str:
    """Return the address that an authenticator reads from a QR code."""
    query = urlencode({"secret": key_text(secret).replace(" ", ""), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"
