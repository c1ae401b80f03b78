"""Repeating a request does no harm: a key names it, and for a day the first answer is given again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.canonical import canonical
from portal.core.errors import Conflict, msg
from portal.persistence import scope
from portal.persistence.models import RequestKey

if TYPE_CHECKING:
    from portal.services.portal import Work

KEPT = dt.timedelta(hours=24)
_ID = (RequestKey.user_id, RequestKey.key)


def claim(uow: Work, key: str, request: Any, record_uid: str = "") -> RequestKey | None:
    """Take a key for a request; return what an earlier request with this key and content left, if there was one.

    Of two at the same time the second waits for the first. The same key with another request is refused.
    """
    _forget(uow)
    insert = postgresql.insert if uow.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    user_id, content = uow.access.user_id or 0, _digest(uow, request)
    values = {"user_id": user_id, "key": key, "digest": content, "record_uid": record_uid, "at": uow.now}
    taken = uow.session.execute(
        insert(RequestKey).values(values).on_conflict_do_nothing().returning(RequestKey.key)
    ).scalar_one_or_none()
    if taken is not None:
        return None
    earlier = uow.session.scalars(
        select(RequestKey).where(RequestKey.user_id == user_id, RequestKey.key == key)
    ).one()
    if earlier.digest != content:
        raise Conflict("idempotency.reused", msg("This key was used for another request"))
    return earlier


def _digest(uow: Work, request: Any) -> str:
    """Return what stands for a request; without the key nobody can try out what was in it."""
    return uow.portal.keys.digest("request", canonical(request))


def keep(uow: Work, key: str, answer: Mapping[str, Any]) -> None:
    """Keep the answer to the request that claimed a key in this unit of work."""
    own = (RequestKey.user_id == (uow.access.user_id or 0)) & (RequestKey.key == key)
    uow.session.execute(update(RequestKey).where(own).values(answer=dict(answer)))


def _forget(uow: Work) -> None:
    """Remove what is older than a day; rows that somebody else is removing are left to them."""
    old = select(*_ID).where(RequestKey.at < uow.now - KEPT).with_for_update(skip_locked=True)
    gone = delete(RequestKey).where(tuple_(*_ID).in_(old)).execution_options(synchronize_session=False)
    uow.session.execute(scope.door(gone, "keys of everybody go after a day"))
