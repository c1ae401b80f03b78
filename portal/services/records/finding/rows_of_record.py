"""Read what belongs to one record: history, decisions, referrals, files."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from portal.persistence.models import Record


def rows_of(session: Session, record: Record, statement: Any) -> list[Any]:
    """Return the rows of a statement made by ``scope.owned``.

    A record that another session loaded says nothing about this one's scope: the rows are then limited themselves.
    """
    options = {"scope_owner": record} if record in session else {}
    return list(session.scalars(statement, {"record_id": record.id}, execution_options=options))
