"""Repeating a request does no harm: a key names it, and for a day the first answer is given again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.canonical import canonical
from portal.core.errors import Conflict, msg
from portal.persistence.models import RequestKey

if TYPE_CHECKING:
    from portal.services.portal import Work

KEPT = dt.timedelta(hours=24)


def claim(uow: Work, key: str, request: Any, record_uid: str = "") -> RequestKey | None:
    """Take a key for a request; return what an earlier request with this key and content left, if there was one.

    Of two at the same time the second waits for the first. The same key with another request is refused.
    """
    insert = postgresql.insert if uow.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    user_id, content = uow.access.user_id or 0, _digest(uow, request)
    values = {"user_id": user_id, "key": key, "digest": content, "record_uid": record_uid, "at": uow.now}
    taken = uow.session.execute(
        insert(RequestKey).values(values).on_conflict_do_nothing().returning(RequestKey.key)
    ).scalar_one_or_none()
    if taken is not None:
        return None
    own = select(RequestKey).where(RequestKey.user_id == user_id, RequestKey.key == key)
    earlier = uow.session.scalars(own.execution_options(populate_existing=True)).one()
    if earlier.at < uow.now - KEPT:
        # Its day is over: it names this request now, unless another one was quicker.
        return None if _take_anew(uow, values, earlier.at) else claim(uow, key, request, record_uid)
    if earlier.digest != content:
        raise Conflict("idempotency.reused", msg("This key was used for another request"))
    return earlier


def _digest(uow: Work, request: Any) -> str:
    """Return the digest of a request; without the key nobody can try out what was in it."""
    return uow.portal.keys.digest("request", canonical(request))


def keep(uow: Work, key: str, answer: Mapping[str, Any]) -> None:
    """Keep the answer to the request that claimed a key in this unit of work."""
    own = (RequestKey.user_id == (uow.access.user_id or 0)) & (RequestKey.key == key)
    uow.session.execute(update(RequestKey).where(own).values(answer=dict(answer)))


def _take_anew(uow: Work, values: Mapping[str, Any], at: dt.datetime) -> bool:
    own = (RequestKey.user_id == values["user_id"], RequestKey.key == values["key"], RequestKey.at == at)
    taken = update(RequestKey).where(*own).values({**values, "answer": None})
    result = uow.session.execute(taken.execution_options(synchronize_session=False))
    return bool(cast("CursorResult[Any]", result).rowcount)


def forget_old(uow: Work) -> None:
    """Remove the keys whose day is over, of everybody."""
    gone = delete(RequestKey).where(RequestKey.at < uow.now - KEPT)
    uow.session.execute(gone.execution_options(synchronize_session=False))
