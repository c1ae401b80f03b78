"""How a person left a list, kept for the next visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.persistence.models import PageState
from portal.persistence.scope import mine

if TYPE_CHECKING:
    from portal.services.portal import Work


_STATE = mine(
    select(PageState.state).where(
        PageState.user_id == bindparam("user_id"), PageState.page == bindparam("page")
    )
)


def load_state(session: Session, user_id: int, page: str) -> dict[str, Any]:
    """Return the saved state of a list; empty where none was saved."""
    found = session.scalar(_STATE, {"user_id": user_id, "page": page})
    return dict(found) if found else {}


def save_state(uow: Work, user_id: int, page: str, state: dict[str, Any]) -> None:
    """Save the state of a list; of two lists of one person at the same moment the later one counts."""
    insert = postgresql.insert if uow.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(PageState).values(user_id=user_id, page=page, state=state)
    uow.session.execute(
        row.on_conflict_do_update(index_elements=["user_id", "page"], set_={"state": row.excluded.state})
    )
