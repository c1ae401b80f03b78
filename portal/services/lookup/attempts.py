"""Look-ups that went wrong, counted in the database so that all processes count together: for a code, whether there is
one or not, and for an address.

An attempt is counted before anything is looked for, in a transaction of its own: of many at once no more are looked at
than the limits allow. One that was right takes itself back. No right one forgives wrong ones: a slip in wrong hands
is good for five numbers an hour, whatever its owner does meanwhile.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.errors import TooMany, msg
from portal.persistence import scope
from portal.persistence.models import LookupAttempt
from portal.services.lookup.limits import LookupLimits
from portal.services.portal import Portal, Work
from portal.services.sign_in.attempts import lock_of_address

SYSTEM = Access.system("look-ups are counted before anybody is known")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A look-up that was counted: whether the code is closed, whether this is the one that closes it, and its rows."""

    closed: bool
    last: bool
    rows: tuple[int, ...]


def count_attempt(portal: Portal, code: str, ip: str, limits: LookupLimits) -> Attempt:
    """Count one more look-up; raise TooMany where there were enough from the address.

    While a code is closed its attempts are not counted: it opens again an hour after the one that closed it.
    """
    now = portal.clock.now()
    lock, place = _lock_of_code(portal, code), lock_of_address(ip)
    with portal.database.writers() as session:
        scope.enter(session, SYSTEM)
        if portal.database.dialect == "postgresql":
            # SQLite's writers wait for one another anyway. Everybody takes the address first.
            for one in (place, lock):
                number = int.from_bytes(bytes.fromhex(one[:16]), signed=True)
                session.execute(select(func.pg_advisory_xact_lock(number)))
        since = now - limits.address_window
        from_here = _latest(session, place, since, limits.per_address)
        if len(from_here) >= limits.per_address:
            raise _too_many(from_here[-1] + limits.address_window - now)
        earlier = _latest(session, lock, now - 2 * limits.window, limits.failures)
        closed = _is_closed(earlier, now, limits)
        made = [LookupAttempt(lock=one, at=now) for one in ((place,) if closed else (place, lock))]
        session.add_all(made)
        session.commit()
        recent = [at for at in earlier if at > now - limits.window]
        return Attempt(closed, len(recent) + 1 == limits.failures, tuple(one.id for one in made))


def take_back(portal: Portal, rows: Sequence[int]) -> None:
    """Count an attempt no more: what was entered was right. With no rows it does the same for none."""
    with portal.database.writers() as session:
        scope.enter(session, SYSTEM)
        session.execute(delete(LookupAttempt).where(LookupAttempt.id.in_(rows or (-1,))))
        session.commit()


def forget_old(uow: Work, limits: LookupLimits) -> None:
    """Remove the attempts that count no more."""
    uow.session.execute(delete(LookupAttempt).where(LookupAttempt.at <= uow.now - 2 * limits.window))


def _is_closed(earlier: Sequence[dt.datetime], now: dt.datetime, limits: LookupLimits) -> bool:
    """Tell whether so many attempts as close a code came within one window, the last of them within this one."""
    if len(earlier) < limits.failures:
        return False
    return earlier[0] > now - limits.window and earlier[0] - earlier[-1] <= limits.window


def _latest(session: Session, lock: str, since: dt.datetime, most: int) -> Sequence[dt.datetime]:
    query = select(LookupAttempt.at).where(LookupAttempt.lock == lock, LookupAttempt.at > since)
    return session.scalars(query.order_by(LookupAttempt.at.desc()).limit(most)).all()


def _lock_of_code(portal: Portal, code: str) -> str:
    return hashlib.sha256(f"lookup\0{portal.keys.digest('lookup lock', code)}".encode()).hexdigest()


def _too_many(left: dt.timedelta) -> TooMany:
    seconds = max(1, math.ceil(left.total_seconds()))
    return TooMany(
        "lookup.many",
        msg("Too many look-ups from here went wrong. Try again in %(minutes)s min., or ask at a window."),
        {"minutes": math.ceil(seconds / 60)},
        retry_after=seconds,
    )
