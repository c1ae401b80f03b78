"""Links between records: one that came of another, or is about the same matter; never a merging of two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from portal.core.errors import InvalidInput, msg
from portal.core.links import LINKS, OPENED, chosen
from portal.persistence.models import Record, RecordLink
from portal.persistence.scope import prepared

if TYPE_CHECKING:
    from portal.services.portal import Work

MOST = 100
_OF = prepared(
    select(RecordLink)
    .where(or_(RecordLink.from_id == bindparam("record"), RecordLink.to_id == bindparam("record")))
    .order_by(RecordLink.id)
    .limit(MOST)
)
MOST_AT_ONCE = 20
_BY_UID = prepared(select(Record).where(Record.uid == bindparam("uid"), Record.etype == bindparam("etype")))
_BETWEEN = prepared(
    select(RecordLink.id).where(
        RecordLink.from_id == bindparam("record"), RecordLink.to_id == bindparam("to")
    )
)
_ENDS = prepared(select(Record).where(Record.id.in_(bindparam("ids", expanding=True))))


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link as seen from a record: ``other`` is None where the person may not see what stands at the other end."""

    kind: str
    onward: bool
    other: Record | None
    at: dt.datetime
    by_name: str

    @property
    def words(self) -> str:
        """Return what the other end is to this one, as a message."""
        return LINKS[self.kind].onward if self.onward else LINKS[self.kind].back


def links_of(session: Session, record: Record) -> list[LinkView]:
    """Return the links of a record; of ends that the session's person may not see, no content."""
    rows = list(session.scalars(_OF, {"record": record.id}))
    if not rows:
        return []
    ends = {row.from_id if row.to_id == record.id else row.to_id for row in rows}
    seen = {one.id: one for one in session.scalars(_ENDS, {"ids": sorted(ends)})}
    return [
        LinkView(
            row.kind,
            row.from_id == record.id,
            seen.get(row.to_id if row.from_id == record.id else row.from_id),
            row.at,
            row.by_name,
        )
        for row in rows
        if row.kind in LINKS
    ]


def tie(uow: Work, kind: str, record: Record, to: Record) -> None:
    """Add a link from a record to another one, within the act on the first that is being performed."""
    if kind not in LINKS or record.id == to.id:
        raise InvalidInput("link.kind", msg("These two can't be linked so"))
    uow.add(RecordLink(kind=kind, from_id=record.id, to_id=to.id, by_name=uow.access.name, at=uow.now))


def is_tied(session: Session, record: Record, to: Record) -> bool:
    """Tell whether a link leads from a record to another one, of whatever sort: there is one of them at most."""
    return session.scalars(_BETWEEN, {"record": record.id, "to": to.id}).first() is not None


def tie_all(uow: Work, record: Record, links: Mapping[str, str]) -> dict[str, str]:
    """Add the links that a person chose to records that they see; return the sort of each by the other's code."""
    if len(links) > MOST_AT_ONCE or any(kind not in chosen() for kind in links.values()):
        raise InvalidInput("link.kind", msg("These two can't be linked so"))
    told = {}
    for uid, kind in links.items():
        other = uow.session.scalars(_BY_UID, {"uid": uid, "etype": record.etype}).one_or_none()
        if other is None:
            raise InvalidInput("link.unknown", msg("One of the matters to be linked is not there any more"))
        tie(uow, kind, record, other)
        told[other.code or other.uid] = kind
    return told


__all__ = ["OPENED", "LinkView", "is_tied", "links_of", "tie", "tie_all"]
