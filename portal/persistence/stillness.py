"""One moment for a whole transaction, as comparisons of rows with what they follow from need it."""

from __future__ import annotations

from sqlalchemy.orm import Session


def still(session: Session) -> None:
    """Let the transaction that begins here see the database as it is now, whatever others store meanwhile.

    On SQLite every transaction does.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
