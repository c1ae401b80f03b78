"""Check a name and a password, and let the person in.

Nothing here tells an account that exists from one that does not: both cost the same statements and the same hash,
and both end in the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.access import Access, Origin
from portal.services.sign_in import attempts, steps
from portal.services.sign_in.account import by_id, by_name, is_unchanged, note_failure
from portal.services.sign_in.limits import Limits, Policy
from portal.services.sign_in.steps import SignedIn, Waiting

if TYPE_CHECKING:
    from portal.services.portal import Portal


def sign_in(
    portal: Portal, username: str, password: str, origin: Origin, agent: str, policy: Policy
) -> SignedIn | Waiting | None:
    """Begin a session or the next step; None where name or password is wrong, LockedOut after too many of them."""
    attempt = attempts.count_attempt(portal, username, origin.ip, policy.limits)
    with portal.reading(Access.nobody()) as session:
        account = by_name(session, username)
    right = account.has_password(password)
    with portal.writing(account.access, origin) as uow:
        if right and is_unchanged(uow, account):
            attempts.take_back(uow.session, attempt)
            result = steps.go_on(uow, account, agent, policy)
            uow.commit()
            return result
        note_failure(uow, account, attempt.number)
        uow.commit()
    attempts.refuse_after(attempt, policy.limits)
    return None


def confirm_password(portal: Portal, user_id: int, password: str, origin: Origin, limits: Limits) -> bool:
    """Return whether a signed-in person knows their own password; wrong ones count like wrong sign-ins."""
    with portal.reading(Access.nobody()) as session:
        account = by_id(session, user_id)
    if account is None:
        return False
    attempt = attempts.count_attempt(portal, account.username, origin.ip, limits)
    right = account.has_password(password)
    with portal.writing(account.access, origin) as uow:
        if right:
            attempts.take_back(uow.session, attempt)
            attempts.forget_attempts(uow.session, attempt.lock)
        else:
            note_failure(uow, account, attempt.number, step="confirm")
        uow.commit()
    if not right:
        attempts.refuse_after(attempt, limits)
    return right
