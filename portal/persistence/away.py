"""Whether a failure says that the database does not answer: then nothing is wrong with what was asked."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# SQLAlchemy's code for "the connection of this transaction is gone".
_LOST = "8s2b"
_DRIVER = frozenset({"OperationalError", "InterfaceError"})


def is_away(error: BaseException | None) -> bool:
    """Return whether an error, or one that it was raised from or while handling, is that of a lost connection."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if _is_loss(error):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _is_loss(error: BaseException) -> bool:
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return True
    if isinstance(error, PendingRollbackError):
        return error.code == _LOST
    if isinstance(error, DBAPIError):
        return bool(error.connection_invalidated)
    # What the driver raises outside of a statement reaches us as it is; which class it is, its module says.
    kinds = (f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__)
    return any(kind == f"psycopg.{name}" for kind in kinds for name in _DRIVER)
