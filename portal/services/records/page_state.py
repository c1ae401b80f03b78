"""How a person left a list, kept for the next visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.persistence.models import PageState

if TYPE_CHECKING:
    from portal.services.portal import Work


def load_state(session: Session, user_id: int, page: str) -> dict[str, Any]:
    """Return the saved state of a list; empty where none was saved."""
    found = session.get(PageState, (user_id, page))
    return dict(found.state) if found else {}


def save_state(uow: Work, user_id: int, page: str, state: dict[str, Any]) -> None:
    """Save the state of a list."""
    found = uow.session.get(PageState, (user_id, page))
    if found is None:
        uow.add(PageState(user_id=user_id, page=page, state=state))
    elif found.state != state:
        found.state = state
    uow.session.flush()
