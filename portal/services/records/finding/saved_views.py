"""A person's own views of lists: filters and order under a name, found again on the list and at home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.core.blank import is_blank
from portal.core.errors import InvalidInput, NotFound, msg
from portal.core.ways import WAYS
from portal.persistence.models import SavedView

if TYPE_CHECKING:
    from portal.services.portal import Work

MOST_VIEWS = 30
MAX_NAME, MAX_QUERY = 40, 2000


def saved_views(session: Session, user_id: int, etype: str | None = None) -> list[SavedView]:
    """Return a person's views, of one list or of all, in the order in which they were saved."""
    query = select(SavedView).where(SavedView.user_id == user_id).order_by(SavedView.id)
    return list(session.scalars(query if etype is None else query.where(SavedView.etype == etype)))


def saved_view(session: Session, user_id: int, etype: str, view: int) -> SavedView:
    """Return one of a person's views of a list; NotFound also for one of another person or list."""
    found: SavedView | None = session.scalar(
        select(SavedView).where(SavedView.user_id == user_id, SavedView.etype == etype, SavedView.id == view)
    )
    if found is None:
        raise NotFound("view.unknown", msg("There is no such view"))
    return found


def save_view(uow: Work, user_id: int, etype: str, name: str, query: str, labels: Mapping[str, str]) -> int:
    """Save a view under a new name and return its identifier; raise InvalidInput for what cannot be kept."""
    name = _name(name)
    if not query:
        raise InvalidInput("view.empty", msg("Choose a filter or an order first, then save the view"))
    if len(query) > MAX_QUERY:
        raise InvalidInput("view.long", msg("These are too many filters to save: choose fewer"))
    own = select(func.count()).select_from(SavedView).where(SavedView.user_id == user_id)
    if (uow.session.scalar(own) or 0) >= MOST_VIEWS:
        raise InvalidInput(
            "view.many",
            msg("You have %(n)s views, the most there may be: delete one first"),
            {"n": MOST_VIEWS},
        )
    insert = postgresql.insert if uow.portal.database.dialect == "postgresql" else sqlite.insert
    row = insert(SavedView).values(
        user_id=user_id, etype=etype, name=name, query=query, labels=dict(labels), created_at=uow.now
    )
    made: int | None = uow.session.scalar(row.on_conflict_do_nothing().returning(SavedView.id))
    if made is None:
        raise InvalidInput(
            "view.known", msg("You already have a view called “%(name)s” here"), {"name": name}
        )
    return made


def drop_view(uow: Work, user_id: int, etype: str, view: int) -> None:
    """Delete one of a person's views; NotFound also for one of another person or list."""
    wanted = (SavedView.user_id == user_id, SavedView.etype == etype, SavedView.id == view)
    if not uow.session.scalars(delete(SavedView).where(*wanted).returning(SavedView.id)).all():
        raise NotFound("view.unknown", msg("There is no such view"))


def _name(given: str) -> str:
    """Return a name as it is kept; raise InvalidInput for one that says nothing, is too long or cannot be kept."""
    read = WAYS["text"].read(given)
    name = " ".join(read.split()) if isinstance(read, str) else ""
    if is_blank(name):
        raise InvalidInput("view.name", msg("Give the view a name"))
    if "\x00" in name:
        raise InvalidInput("view.name", msg("The name holds a character that no text may hold"))
    if len(name) > MAX_NAME:
        raise InvalidInput(
            "view.name",
            msg("The name has %(length)s characters, the most are %(most)s"),
            {"length": len(name), "most": MAX_NAME},
        )
    return name
