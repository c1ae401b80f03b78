"""The words of fields that a release calls personal or sensitive go when it comes into force."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.persistence.models import Record, RecordText
from portal.persistence.scope import subtree
from portal.services.bundles import Bundle
from portal.services.protected_fields import is_protected

_OPTIONS = {"unscoped": "takes words of closed fields away, whoever sees the records"}


def close_texts(session: Session, bundle: Bundle, path: str) -> int:
    """Take away the words of all fields that a release calls personal or sensitive, below a centre; return how many."""
    gone = 0
    for entity in bundle.entities():
        fields = session.scalars(
            select(RecordText.pointer).where(RecordText.etype == entity.id).distinct(),
            execution_options=_OPTIONS,
        )
        closed = [where for where in fields if is_protected(bundle, entity.id, where)]
        if not closed:
            continue
        inside = select(Record.id).where(Record.etype == entity.id, subtree(Record.unit_path, (path,)))
        rows = delete(RecordText).where(
            RecordText.etype == entity.id, RecordText.pointer.in_(closed), RecordText.record_id.in_(inside)
        )
        options = _OPTIONS | {"synchronize_session": False}
        gone += session.execute(rows, execution_options=options).rowcount  # type: ignore[attr-defined]
    return gone
