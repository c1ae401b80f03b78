"""Search the audit log within the scope of the session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.core import acts
from portal.core.access import Access
from portal.persistence.models import AuditEntry, Record, RecordTerm, Unit, User
from portal.persistence.scope import subtree
from portal.services.records.privacy.people_index import digests_of, subjects_of
from portal.services.records.privacy.record_encryption import opened_entries

if TYPE_CHECKING:
    from portal.services.portal import Portal

SIZE = 50
MAX_THINGS = 500


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What to look for. ``before`` is the number of the last entry of the page above; there is no count."""

    person: str = ""
    action: str = ""
    kind: str = ""
    thing: str = ""
    under: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    field: str = ""
    before: int | None = None
    size: int = SIZE

    @property
    def filtered(self) -> bool:
        """Return whether anything narrows the log."""
        return self != AuditQuery(before=self.before, size=self.size)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, the latest first."""

    rows: tuple[AuditEntry, ...]
    more: bool

    @property
    def next(self) -> int | None:
        """Return where the next page begins."""
        return self.rows[-1].id if self.more and self.rows else None


def search(portal: Portal, session: Session, query: AuditQuery) -> AuditPage:
    """Return one page of the entries that the session's person may list."""
    chosen = _narrowed(portal, session, select(AuditEntry), query)
    if query.before is not None:
        chosen = chosen.where(AuditEntry.id < query.before)
    rows = list(session.scalars(chosen.order_by(AuditEntry.id.desc()).limit(query.size + 1)))
    return AuditPage(tuple(opened(portal, rows[: query.size])), len(rows) > query.size)


def opened(portal: Portal, entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """Return entries with what they say of records opened; what is destroyed says so."""
    with portal.reading(Access.system("audit: keys of the records that entries are about")) as session:
        return opened_entries(portal.keys, session, entries)


def actions() -> tuple[str, ...]:
    """Return the actions one can ask for."""
    return tuple(acts.by_action())


def _narrowed(portal: Portal, session: Session, chosen: Select[Any], query: AuditQuery) -> Select[Any]:
    if query.person:
        ids = _people(portal, query.person)
        chosen = chosen.where(AuditEntry.actor_id.in_(ids) if ids else AuditEntry.actor == query.person)
    if query.action:
        chosen = chosen.where(AuditEntry.action == query.action)
    if query.kind:
        chosen = chosen.where(AuditEntry.kind == query.kind)
    if query.thing:
        chosen = chosen.where(AuditEntry.object_id.in_(_things(portal, query.thing)))
    if query.under:
        path = session.scalar(select(Unit.path).where(Unit.code == query.under))
        chosen = chosen.where(subtree(AuditEntry.unit_path, (path,) if path else ()))
    if query.since:
        chosen = chosen.where(AuditEntry.at >= query.since)
    if query.until:
        chosen = chosen.where(AuditEntry.at < query.until)
    if query.field:
        chosen = chosen.where(AuditEntry.fields.icontains(query.field, autoescape=True))
    return chosen


def _people(portal: Portal, text: str) -> list[int]:
    """Return the accounts with a user name or a whole name."""
    names = (User.username, User.last_name + User.first_name, User.first_name + " " + User.last_name)
    with portal.reading(Access.system("audit search: from name to account")) as session:
        return list(session.scalars(select(User.id).where(or_(*(name == text for name in names))).limit(50)))


def _things(portal: Portal, text: str) -> list[str]:
    """Return the meanings of a text: an identifier, the records with that code, those whose people bear that name.

    An auditor need not see a record to ask who touched it; the entries themselves stay within the auditor's scope.
    Searches for a person are among them: the log holds a keyed digest of the name or number that was searched for.
    """
    with portal.reading(Access.system("audit search: from text to identifiers")) as session:
        named = select(RecordTerm.record_id).where(RecordTerm.digest.in_(digests_of(portal.keys, text)))
        meant = or_(Record.code == text, Record.uid == text, Record.id.in_(named))
        found = session.scalars(select(Record.uid).where(meant).limit(MAX_THINGS))
        return [text, *subjects_of(portal.keys, text), *found]
