"""Repeating a request does no harm: a key names it, and the first answer is given again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.canonical import digest
from portal.core.errors import Conflict, msg
from portal.persistence.models import RequestKey

if TYPE_CHECKING:
    from portal.services.portal import Work


def claim(uow: Work, key: str, record_uid: str, request: Any) -> str | None:
    """Take a key for a request; return the record that an earlier request with this key made, if there was one.

    Of two at the same time the second waits for the first. The same key with another request is refused.
    """
    insert = postgresql.insert if uow.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    user_id, content = uow.access.user_id or 0, digest(request)
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
    return earlier.record_uid
