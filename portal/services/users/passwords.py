"""What a password must be like: long enough, not one that everybody tries first, not one the account had lately."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from portal.core.errors import InvalidInput, Problem, msg
from portal.persistence.account_events import KEPT_PASSWORDS
from portal.persistence.models import PastPassword

MIN_PASSWORD, MAX_PASSWORD = 8, 128
# What each try costs, on purpose; written out, so that another version of Werkzeug does not change it unseen.
HASH_METHOD = "scrypt:32768:8:1"
FEW_SIGNS = 4


def hash_of(password: str) -> str:
    """Return the salted hash of a password that is stored."""
    return generate_password_hash(password, HASH_METHOD)


def problems_of(password: str, username: str, past: Sequence[str] = ()) -> list[Problem]:
    """Return everything that speaks against a password; ``past`` holds the hashes of earlier ones."""
    found = []
    if len(password) < MIN_PASSWORD:
        found.append(
            _problem(
                "short", msg("A password needs at least %(length)s characters"), {"length": MIN_PASSWORD}
            )
        )
    if len(password) > MAX_PASSWORD:
        found.append(
            _problem("long", msg("A password has at most %(length)s characters"), {"length": MAX_PASSWORD})
        )
    if not found and _is_common(password):
        found.append(_problem("common", msg("This password is among the first that anybody would try")))
    if _is_name(password, username):
        found.append(_problem("name", msg("A password must not be the user name")))
    if not found and any(check_password_hash(earlier, password) for earlier in past):
        found.append(
            _problem("past", msg("This was one of the last %(count)s passwords"), {"count": KEPT_PASSWORDS})
        )
    return found


def require_good(password: str, username: str, past: Sequence[str] = ()) -> None:
    """Raise InvalidInput with everything that speaks against a password."""
    problems = problems_of(password, username, past)
    if problems:
        first = problems[0]
        raise InvalidInput(first.code, first.message, first.params, problems)


def past_passwords(session: Session, user_id: int) -> Sequence[str]:
    """Return the hashes of the last passwords of an account, the one in force among them."""
    query = select(PastPassword.password).where(PastPassword.user_id == user_id)
    return session.scalars(query.order_by(PastPassword.id.desc()).limit(KEPT_PASSWORDS)).all()


@cache
def common_passwords() -> frozenset[str]:
    """Return the passwords that everybody tries first."""
    text = files("portal.services.users").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def _is_common(password: str) -> bool:
    plain = password.strip().casefold()
    return plain in common_passwords() or len(set(plain)) < FEW_SIGNS


def _is_name(password: str, username: str) -> bool:
    name = username.strip().casefold()
    plain = password.strip().casefold()
    return bool(name) and (
        name in (plain, plain[::-1]) or (name in plain and len(plain) - len(name) <= FEW_SIGNS)
    )


def _problem(code: str, message: str, params: dict[str, int] | None = None) -> Problem:
    return Problem(f"password.{code}", message, params or {}, pointer="/password")
