"""The second factor: a code of six digits from an authenticator, or one of ten recovery codes."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring, is_encrypted
from portal.core.access import ADMIN, Access
from portal.core.one_time_codes import SECRET_BYTES, address, key_text, matching_step, step_of
from portal.persistence.account_events import end_sessions
from portal.persistence.models import AccountSecurity, RecoveryCode
from portal.services.sign_in.account import Account, audit, by_id
from portal.services.users.access import roles_held
from portal.services.users.authority import require_may_keep

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

ISSUER = "One Door"
RECOVERY_CODES = 10
# Eighty random bits: nobody guesses them, and a plain digest of them tells nothing.
RECOVERY_BYTES = 10
_ROW = AccountSecurity.__table__.c


@dataclass(frozen=True, slots=True)
class Key:
    """A new secret on its way into an authenticator."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class State:
    """The state of an account's second factor: confirmed since when, with so many recovery codes, or none."""

    since: dt.datetime | None
    recovery_codes: int


def is_set_up(session: Session, user_id: int) -> bool:
    """Return whether an account has a second factor."""
    query = select(AccountSecurity.user_id).where(_ROW.user_id == user_id, _ROW.confirmed_at.is_not(None))
    return session.scalar(query) is not None


def is_asked_for(portal: Portal, session: Session, user_id: int) -> bool:
    """Return whether a role that the person holds asks for a second factor; an administrator's always does."""
    held = roles_held(portal, session, user_id)
    return any(one.role == ADMIN or (one.definition or {}).get("second_factor") is True for one in held)


def state_of(session: Session, user_id: int) -> State:
    """Return the second factor of an account."""
    since = session.scalar(select(AccountSecurity.confirmed_at).where(_ROW.user_id == user_id))
    count = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return State(since, session.scalar(count) or 0)


def prepare(uow: Work, user_id: int) -> None:
    """Make a new secret, which counts once it is confirmed; one that waited is worth nothing any more."""
    row = row_of(uow.session, user_id)
    row.secret = _encrypted(uow.portal.keys, user_id, secrets.token_bytes(SECRET_BYTES))
    row.confirmed_at = None
    row.last_step = 0
    uow.session.flush()


def secret_of_step(token: str) -> bytes:
    """Return the secret that a sign-in offers: each has its own, and it is stored when it is confirmed, not before."""
    return hmac.digest(token.encode("utf-8", "surrogatepass"), b"second factor", "sha256")[:SECRET_BYTES]


def key_of_step(token: str, account: Account) -> Key:
    """Return the secret of a sign-in as it goes into an authenticator."""
    secret = secret_of_step(token)
    return Key(key_text(secret), address(secret, account.username, ISSUER))


def key_of(keys: Keyring, session: Session, account: Account) -> Key | None:
    """Return the secret that waits for being confirmed; a confirmed one is never shown again."""
    query = select(AccountSecurity.secret).where(_ROW.user_id == account.id, _ROW.confirmed_at.is_(None))
    secret = _opened(keys, account.id, session.scalar(query))
    return None if secret is None else Key(key_text(secret), address(secret, account.username, ISSUER))


def confirm_step(uow: Work, account: Account, code: str, token: str) -> list[str] | None:
    """Switch on the second factor that a sign-in offered; as ``confirm`` does."""
    secret = secret_of_step(token)
    if is_set_up(uow.session, account.id) or matching_step(secret, _plain(code), step_of(uow.now), 0) is None:
        return None
    prepare(uow, account.id)
    row_of(uow.session, account.id).secret = _encrypted(uow.portal.keys, account.id, secret)
    uow.session.flush()
    return confirm(uow, account, code)


def confirm(uow: Work, account: Account, code: str) -> list[str] | None:
    """Switch the second factor on by a first code; return the recovery codes, or None for a wrong code."""
    if not _accept_code(uow, account.id, code, confirmed=False):
        return None
    row = row_of(uow.session, account.id)
    row.confirmed_at = uow.now
    uow.session.flush()
    audit(uow, "second_factor", account)
    return _new_recovery_codes(uow, account.id)


def accept(uow: Work, user_id: int, code: str) -> bool:
    """Take a code of the authenticator or a recovery code; each counts once, for the sign-in that comes first."""
    plain = "".join(code.split()).replace("-", "")[:64]
    return _accept_code(uow, user_id, plain, confirmed=True) or _accept_recovery(uow, user_id, plain)


def renew_recovery_codes(uow: Work, account: Account) -> list[str]:
    """Make new recovery codes; the old ones are worth nothing."""
    audit(uow, "recovery_codes", account)
    return _new_recovery_codes(uow, account.id)


def remove(uow: Work, account: Account) -> None:
    """Take the second factor away, with its recovery codes."""
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == account.id))
    row = row_of(uow.session, account.id)
    row.secret = row.confirmed_at = None
    uow.session.flush()
    audit(uow, "second_factor_off", account)


def reset(uow: Work, account: Account) -> None:
    """Take a lost second factor away; every session of the account ends."""
    require_may_keep(uow.portal, uow.session, uow.access, account.id)
    remove(uow, account)
    end_sessions(uow.session, [account.id])


def rekey(portal: Portal) -> int:
    """Encrypt the secrets that an older data key protects by the current one; return how many."""
    changed = 0
    with portal.writing(Access.system("data key changed")) as uow:
        query = select(AccountSecurity).where(_ROW.secret.is_not(None)).order_by(_ROW.user_id)
        for row in uow.session.scalars(query.with_for_update()):
            account, secret = by_id(uow.session, row.user_id), _opened(portal.keys, row.user_id, row.secret)
            if account is None or secret is None or portal.keys.is_current(row.secret or ""):
                continue
            row.secret = _encrypted(portal.keys, row.user_id, secret)
            audit(uow, "rekey", account)
            changed += 1
        uow.commit()
    return changed


def row_of(session: Session, user_id: int) -> AccountSecurity:
    """Return the protection of an account, made where there is none yet."""
    row = session.get(AccountSecurity, user_id)
    if row is None:
        row = AccountSecurity(user_id=user_id, must_change_password=False, last_step=0)
        session.add(row)
    return row


def _accept_code(uow: Work, user_id: int, code: str, confirmed: bool) -> bool:
    state = _ROW.confirmed_at.is_not(None) if confirmed else _ROW.confirmed_at.is_(None)
    row = uow.session.execute(
        select(AccountSecurity.secret, AccountSecurity.last_step).where(_ROW.user_id == user_id, state)
    ).first()
    secret = _opened(uow.portal.keys, user_id, row.secret) if row is not None else None
    if row is None or secret is None:
        return False
    step = matching_step(secret, _plain(code), step_of(uow.now), row.last_step)
    if step is None:
        return False
    # Of two sign-ins with the same code, in whatever process, one changes the row.
    used = update(AccountSecurity).where(_ROW.user_id == user_id, _ROW.last_step < step)
    return bool(uow.session.connection().execute(used.values(last_step=step)).rowcount)


def _plain(code: str) -> str:
    return "".join(code.split())


def _accept_recovery(uow: Work, user_id: int, code: str) -> bool:
    used = delete(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.digest == _digest(code))
    return bool(uow.session.connection().execute(used).rowcount)


def _new_recovery_codes(uow: Work, user_id: int) -> list[str]:
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    rows = [{"user_id": user_id, "digest": _digest(code)} for code in codes]
    uow.session.execute(insert(RecoveryCode), rows)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def _encrypted(keys: Keyring, user_id: int, secret: bytes) -> str:
    return keys.encrypt(base64.b64encode(secret).decode(), _holder(user_id))


def _opened(keys: Keyring, user_id: int, stored: str | None) -> bytes | None:
    """Return a secret; None where there is none, or none that a known key opens."""
    found = None if stored is None else keys.open(stored, _holder(user_id))
    return None if found is None or is_encrypted(found) else base64.b64decode(found)


def _holder(user_id: int) -> str:
    return f"second factor\0{user_id}"


def _digest(code: str) -> str:
    return hashlib.sha256(code.upper().encode("utf-8", "surrogatepass")).hexdigest()
