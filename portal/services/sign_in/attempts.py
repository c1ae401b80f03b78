"""Wrong sign-ins, counted in the database so that all processes count together: for an account from an address, and
for an address alone, whatever accounts are tried from there.

An attempt is counted before the password is looked at, in a transaction of its own: of many attempts at once no
more are looked at than the limit allows. A sign-in that succeeds takes back all attempts on its account, and of those
of the address its own only: who knows one password tries no other accounts for free, and an office that signs in
behind one address counts nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import ipaddress
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.errors import PortalError, msg
from portal.persistence import scope
from portal.persistence.models import SignInAttempt
from portal.services.portal import Portal, Work
from portal.services.sign_in.limits import Limits

COUNTED = "wrong sign-ins are counted before anybody is known"
SYSTEM = Access.system(COUNTED)


class LockedOut(PortalError):
    """Too many wrong sign-ins from one address; the same for accounts that do not exist."""

    def __init__(self, seconds: int) -> None:
        minutes = math.ceil(seconds / 60)
        super().__init__(
            "sign_in.locked",
            msg("Too many wrong sign-ins. Try again in %(minutes)s min."),
            {"minutes": minutes},
        )
        self.retry_after = seconds


def lock_of(username: str, ip: str) -> str:
    """Return the key under which attempts on an account from an address are counted."""
    name = unicodedata.normalize("NFC", username).casefold()
    return hashlib.sha256(f"{name}\0{ip}".encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted: how many there are on the account from the address, and the row of the address."""

    number: int
    lock: str
    row: int


def lock_of_address(ip: str) -> str:
    """Return the key under which all attempts from an address are counted; of IPv6 that of the whole network."""
    place = ip
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(ip)
        # One household or office has a network of 2**64 addresses.
        place = str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else ip
    return hashlib.sha256(f"address\0\0{place}".encode("utf-8", "surrogatepass")).hexdigest()


def count_attempt(portal: Portal, username: str, ip: str, limits: Limits) -> Attempt:
    """Count one more attempt; raise LockedOut where there were enough, on the account or from the address."""
    now, lock, place = portal.clock.now(), lock_of(username, ip), lock_of_address(ip)
    with portal.database.writers() as session:
        scope.enter(session, SYSTEM)
        if portal.database.dialect == "postgresql":
            # SQLite's writers wait for one another anyway. Everybody takes the address first.
            for one in (place, lock):
                number = int.from_bytes(bytes.fromhex(one[:16]), signed=True)
                session.execute(select(func.pg_advisory_xact_lock(number)))
        earlier = _earlier(session, lock, now, limits.failures, limits)
        _earlier(session, place, now, limits.per_address, limits)
        made = [SignInAttempt(lock=one, at=now) for one in (lock, place)]
        session.add_all(made)
        session.commit()
        return Attempt(len(earlier) + 1, lock, made[1].id)


def _earlier(
    session: Session, lock: str, now: dt.datetime, most: int, limits: Limits
) -> Sequence[dt.datetime]:
    """Return the attempts under a key that count, the latest first; raise LockedOut where there were enough."""
    counted = (SignInAttempt.lock == lock, SignInAttempt.at > now - limits.window)
    query = select(SignInAttempt.at).where(*counted).order_by(SignInAttempt.at.desc())
    found = session.scalars(query.limit(most)).all()
    if len(found) >= most:
        raise LockedOut(_seconds(found[-1] + limits.window - now))
    return found


def take_back(session: Session, attempt: Attempt) -> None:
    """Count an attempt no more towards its address: what was entered was right."""
    session.execute(scope.door(delete(SignInAttempt).where(SignInAttempt.id == attempt.row), COUNTED))


def forget_old(uow: Work, limits: Limits) -> None:
    """Remove the attempts that count no more."""
    uow.session.execute(delete(SignInAttempt).where(SignInAttempt.at <= uow.now - limits.window))


def refuse_after(attempt: Attempt, limits: Limits) -> None:
    """Raise LockedOut where a wrong attempt was the last one allowed."""
    if attempt.number >= limits.failures:
        raise LockedOut(int(limits.window.total_seconds()))


def forget_attempts(session: Session, lock: str) -> None:
    """Take the attempts back: the right person is in."""
    session.execute(scope.door(delete(SignInAttempt).where(SignInAttempt.lock == lock), COUNTED))


def _seconds(left: dt.timedelta) -> int:
    return max(1, math.ceil(left.total_seconds()))
