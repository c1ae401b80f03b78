"""Tokens of feeds: what lets another system send rows of one source, and nothing else.

A token acts in the name of the person who gave it, as long as that person may import there. It is shown once; what is
stored is its digest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import EDIT, Access
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg
from portal.core.ways.texts import name as plain_name
from portal.persistence.models import ImportFile, ImportSource, ImportToken
from portal.services.importing.finding import require, source_of

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

PREFIX = "feed_"
SYSTEM = Access.system("a token of a feed is looked at before anybody is known")
MOST_NAME, MOST_DAYS, MOST_TOKENS = 60, 366, 5


@dataclass(frozen=True, slots=True)
class Bearer:
    """The token that a request holds: which one, of which source, and in whose name it acts."""

    id: int
    name: str
    source: str
    user_id: int


def give_token(uow: Work, source_uid: str, name: str, days: int) -> tuple[ImportToken, str]:
    """Give a token for one source, good for some days; return it with its text, which is shown once."""
    source = source_of(uow.session, source_uid)
    require(uow.access, EDIT, source.etype, source.unit_path)
    called = plain_name(name).strip()
    if not 1 <= len(called) <= MOST_NAME:
        raise _refused("name", msg("Say in at most %(most)s characters who sends by this token"), MOST_NAME)
    if not 1 <= days <= MOST_DAYS:
        raise _refused("days", msg("A token is good for at least one day and at most %(most)s"), MOST_DAYS)
    if uow.access.user_id is None:
        raise Conflict("feed.nobody", msg("A token acts in the name of a person"))
    if sum(is_live(one, uow.now) for one in tokens_of(uow.session, source)) >= MOST_TOKENS:
        text = msg("There are %(most)s tokens in use for this source: withdraw one first")
        raise Conflict("feed.tokens", text, {"most": MOST_TOKENS})
    secret = PREFIX + secrets.token_urlsafe(32)
    made = ImportToken(
        uid=uuid.uuid4().hex,
        source_id=source.id,
        unit_path=source.unit_path,
        name=called,
        digest=digest_of_token(secret),
        user_id=uow.access.user_id,
        created_at=uow.now,
        created_by_name=uow.access.name,
        expires_at=uow.now + dt.timedelta(days=days),
    )
    uow.add(made)
    uow.session.flush()
    _log(uow, "give_token", made, source)
    return made, secret


def withdraw_token(uow: Work, source_uid: str, uid: str) -> None:
    """Withdraw a token: from now on it lets nobody in."""
    source = source_of(uow.session, source_uid)
    require(uow.access, EDIT, source.etype, source.unit_path)
    query = select(ImportToken).where(ImportToken.uid == uid, ImportToken.source_id == source.id)
    found = uow.session.scalars(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound("feed.token", msg("There is no such token"))
    if found.revoked_at is not None:
        raise Conflict("feed.withdrawn", msg("This token was withdrawn already"))
    found.revoked_at = uow.now
    uow.session.flush()
    _log(uow, "withdraw_token", found, source)


def tokens_of(session: Session, source: ImportSource) -> list[ImportToken]:
    """Return the tokens of a source, the latest first."""
    query = select(ImportToken).where(ImportToken.source_id == source.id).order_by(ImportToken.id.desc())
    return list(session.scalars(query.limit(50)))


def last_used(session: Session, source: ImportSource) -> dict[int, dt.datetime]:
    """Return when each token of a source was used last."""
    query = (
        select(ImportFile.token_id, func.max(ImportFile.created_at))
        .where(ImportFile.source_id == source.id, ImportFile.token_id.is_not(None))
        .group_by(ImportFile.token_id)
    )
    return {token: at for token, at in session.execute(query) if token is not None}


def is_live(token: ImportToken, now: dt.datetime) -> bool:
    """Tell whether a token lets in."""
    return token.revoked_at is None and now < token.expires_at


def bearer_of(portal: Portal, secret: str) -> Bearer | None:
    """Return what a token stands for; None where it is none, was withdrawn or has expired."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    query = (
        select(ImportToken, ImportSource.uid)
        .join(ImportSource, ImportSource.id == ImportToken.source_id)
        .where(ImportToken.digest == digest_of_token(secret))
    )
    with portal.reading(SYSTEM) as session:
        found = session.execute(query).one_or_none()
        if found is None or not is_live(found[0], portal.clock.now()):
            return None
        token, source = found
        return Bearer(token.id, token.name, source, token.user_id)


def digest_of_token(secret: str) -> str:
    """Return the digest by which a token is known; its text has 256 bits that nobody chose."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _refused(what: str, text: str, most: int) -> InvalidInput:
    problem = Problem(f"feed.{what}", text, {"most": most}, pointer=f"/{what}")
    return InvalidInput(problem.code, text, {"most": most}, [problem])


def _log(uow: Work, action: str, token: ImportToken, source: ImportSource) -> None:
    after = {"source": source.name, "name": token.name, "until": token.expires_at.isoformat()}
    uow.audit(action, token, kind="import_token", object_id=token.uid, unit_path=token.unit_path, after=after)
