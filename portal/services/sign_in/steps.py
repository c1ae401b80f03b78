"""What a sign-in still asks for after the right password: a code, setting up the second factor, a new password.

Between two steps the browser holds a secret like that of a session, but of a row that opens nothing. Each step takes
the row away and makes the next one, or the session.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.core.errors import PortalError, msg
from portal.persistence import scope
from portal.persistence.models import AccountSecurity, SignInStep, User
from portal.services.sign_in import attempts, second_factor, sessions
from portal.services.sign_in.account import Account, audit, by_id, note_failure, note_success
from portal.services.sign_in.limits import Limits, Policy
from portal.services.users.accounts import set_password

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

_ROW = SignInStep.__table__.c


class Step(StrEnum):
    """A step after the password, in the order in which they come."""

    CODE = "code"
    PASSWORD = "password"
    # Last: whoever knew the first password has seen no secret that goes on to count.
    SET_UP = "set_up"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who has been let in, and the secret of the new session."""

    user_id: int
    token: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-in that asks for one more thing, and the secret that goes on with it."""

    step: Step
    token: str


class TooLate(PortalError):
    """The sign-in took too long, was used up or has been ended."""

    def __init__(self) -> None:
        super().__init__("sign_in.late", msg("This took too long. Sign in again."))


def go_on(
    uow: Work, account: Account, agent: str, policy: Policy, done: Step | None = None
) -> SignedIn | Waiting:
    """Begin the session, or the next step after ``done``."""
    step = next((one for one in Step if _is_due(uow, account, policy, one, done)), None)
    if step is None:
        note_success(uow, account)
        attempts.forget_attempts(uow.session, attempts.lock_of(account.username, uow.origin.ip))
        token = sessions.start(uow, account.id, agent, policy.limits)
        audit(uow, "login", account)
        return SignedIn(account.id, token)
    token = secrets.token_urlsafe(32)
    digest = sessions.digest_of(token)
    uow.session.add(SignInStep(digest=digest, user_id=account.id, step=step.value, at=uow.now))
    uow.session.flush()
    return Waiting(step, token)


def forget_late(uow: Work, limits: Limits) -> None:
    """Remove the sign-ins that took too long, of everybody."""
    uow.session.execute(delete(SignInStep).where(_ROW.at <= uow.now - limits.steps))


def waiting(session: Session, token: str, now: dt.datetime, limits: Limits) -> tuple[Step, Account]:
    """Return at which step a sign-in is, and whose it is; raise TooLate where it goes on no more."""
    query = (
        select(SignInStep.step, SignInStep.user_id)
        .join(User, User.id == SignInStep.user_id)
        .where(_ROW.digest == sessions.digest_of(token), _ROW.at > now - limits.steps, User.active)
    )
    row = session.execute(scope.door(query, "a secret names its sign-in before its person is known")).first()
    account = by_id(session, row.user_id) if row is not None else None
    if row is None or account is None:
        raise TooLate
    return Step(row.step), account


def enter_code(
    portal: Portal, token: str, code: str, origin: Origin, agent: str, policy: Policy
) -> SignedIn | Waiting | None:
    """Go on with a code; None where it is wrong, LockedOut after too many of them."""
    account = _at(portal, token, Step.CODE, policy)
    attempt = attempts.count_attempt(portal, account.username, origin.ip, policy.limits)
    with portal.writing(account.access, origin) as uow:
        if second_factor.accept(uow, account.id, code) and _finish(uow, token):
            attempts.take_back(uow.session, attempt)
            result = go_on(uow, account, agent, policy, Step.CODE)
            uow.commit()
            return result
        note_failure(uow, account, attempt.number, step=Step.CODE.value)
        uow.commit()
    attempts.refuse_after(attempt, policy.limits)
    return None


def set_up(
    portal: Portal, token: str, code: str, origin: Origin, agent: str, policy: Policy
) -> tuple[SignedIn | Waiting, list[str]] | None:
    """Go on with a first code of a new second factor, and get the recovery codes; None where it is wrong."""
    account = _at(portal, token, Step.SET_UP, policy)
    with portal.writing(account.access, origin) as uow:
        codes = second_factor.confirm_step(uow, account, code, token)
        if codes is None or not _finish(uow, token):
            return None
        result = go_on(uow, account, agent, policy, Step.SET_UP)
        uow.commit()
    return result, codes


def change_password(
    portal: Portal, token: str, password: str, origin: Origin, agent: str, policy: Policy
) -> SignedIn | Waiting:
    """Go on with a new password; raise InvalidInput where it is not a good one."""
    account = _at(portal, token, Step.PASSWORD, policy)
    with portal.writing(account.access, origin) as uow:
        if not _finish(uow, token):
            raise TooLate
        set_password(uow, uow.session.get_one(User, account.id), password)
        result = go_on(uow, account, agent, policy, Step.PASSWORD)
        uow.commit()
    return result


def _at(portal: Portal, token: str, step: Step, policy: Policy) -> Account:
    with portal.reading(Access.nobody()) as session:
        found, account = waiting(session, token, portal.clock.now(), policy.limits)
    if found is not step:
        raise TooLate
    return account


def _finish(uow: Work, token: str) -> bool:
    """Take the row away; False where another request was quicker."""
    gone = delete(SignInStep).where(_ROW.digest == sessions.digest_of(token))
    return bool(uow.session.connection().execute(gone).rowcount)


def _is_due(uow: Work, account: Account, policy: Policy, step: Step, done: Step | None) -> bool:
    order = list(Step)
    if done is not None and order.index(step) <= order.index(done):
        return False
    match step:
        case Step.CODE:
            return second_factor.is_set_up(uow.session, account.id)
        case Step.SET_UP:
            return (
                policy.second_factor
                and not second_factor.is_set_up(uow.session, account.id)
                and second_factor.is_asked_for(uow.portal, uow.session, account.id)
            )
        case Step.PASSWORD:
            held = uow.session.get(AccountSecurity, account.id)
            return held is not None and held.must_change_password
