"""Wrong sign-ins, counted in the database for an account and an address, so that all processes count together.

An attempt is counted before the password is looked at, in a transaction of its own: of many attempts at once no
more are looked at than the limit allows. A sign-in that succeeds takes its attempts back.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import unicodedata

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


def count_attempt(portal: Portal, lock: str, limits: Limits) -> int:
    """Count one more attempt and return how many there are now; raise LockedOut where there were enough."""
    now = portal.clock.now()
    with portal.database.writers() as session:
        scope.enter(session, SYSTEM)
        if portal.database.dialect == "postgresql":
            # SQLite's writers wait for one another anyway.
            number = int.from_bytes(bytes.fromhex(lock[:16]), signed=True)
            session.execute(select(func.pg_advisory_xact_lock(number)))
        counted = (SignInAttempt.lock == lock, SignInAttempt.at > now - limits.window)
        query = select(SignInAttempt.at).where(*counted).order_by(SignInAttempt.at.desc())
        earlier = session.scalars(query.limit(limits.failures)).all()
        if len(earlier) >= limits.failures:
            raise LockedOut(_seconds(earlier[-1] + limits.window - now))
        session.add(SignInAttempt(lock=lock, at=now))
        session.commit()
        return len(earlier) + 1


def forget_old(uow: Work, limits: Limits) -> None:
    """Remove the attempts that count no more."""
    uow.session.execute(delete(SignInAttempt).where(SignInAttempt.at <= uow.now - limits.window))


def refuse_after(attempt: int, limits: Limits) -> None:
    """Raise LockedOut where a wrong attempt was the last one allowed."""
    if attempt >= limits.failures:
        raise LockedOut(int(limits.window.total_seconds()))


def forget_attempts(session: Session, lock: str) -> None:
    """Take the attempts back: the right person is in."""
    session.execute(scope.door(delete(SignInAttempt).where(SignInAttempt.lock == lock), COUNTED))


def _seconds(left: dt.timedelta) -> int:
    return max(1, math.ceil(left.total_seconds()))
