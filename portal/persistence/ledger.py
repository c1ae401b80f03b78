"""The ledger of a transaction: everything it changed is covered by exactly one audit entry, or it is not stored.

The portal's services write their entries themselves (``UnitOfWork.audit``). Flask-AppBuilder's own screens write
users and roles without knowing of an audit, so for them the ledger writes the entry, from what the session saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, update
from sqlalchemy.orm import Session

from portal.core.errors import PortalError
from portal.persistence import security_audit
from portal.persistence.declared import Audited
from portal.persistence.models import AccessStamp, Model
from portal.persistence.scope.conditions import DECLARED

Subject = tuple[str, Any]
AUDITED: dict[type[Model], Audited] = {
    model: said.audit for model, said in DECLARED.items() if isinstance(said.audit, Audited)
}
APPEND_ONLY: tuple[type[Model], ...] = tuple(
    model for model, said in DECLARED.items() if said.audit.append_only
)
# What tells of accounts, roles and units changes what somebody may do; the days off are kept under the same stamp.
_ACCESS = frozenset({"user", "role", "group", "centre", "unit", "calendar"})


class AuditMismatch(PortalError):
    """A programming error: a write without its audit entry, or with two."""


class ImmutableRow(PortalError):
    """A programming error: a row that is only ever added was about to be changed."""


@dataclass(slots=True)
class Ledger:
    """What one transaction changed, and what its audit entries cover."""

    touched: set[Subject] = field(default_factory=set)
    covered: list[Any] = field(default_factory=list)
    security: dict[Subject, security_audit.Change] = field(default_factory=dict)
    in_unit_of_work: bool = False

    def cover(self, *things: Any) -> None:
        """Note that an audit entry covers ``things``."""
        self.covered.extend(things)

    @property
    def only_logins(self) -> bool:
        """Return whether nothing but the statistics of logins changed."""
        return (
            not self.in_unit_of_work
            and len(self.security) == len(self.touched)
            and all(change.action().startswith("login") for change in self.security.values())
        )

    def verify(self) -> None:
        """Raise AuditMismatch unless each change is covered once, and nothing else is."""
        counted = Counter(subject_of(thing) for thing in self.covered)
        missing = self.touched - counted.keys()
        double = {subject for subject, n in counted.items() if n > 1}
        idle = counted.keys() - self.touched
        if missing or double or idle:
            raise AuditMismatch(
                "audit.mismatch",
                f"no audit entry: {sorted(missing, key=str)}; two: {sorted(double, key=str)}; "
                f"nothing written: {sorted(idle, key=str)}",
            )


def subject_of(thing: Any) -> Subject:
    """Return the thing a row belongs to: the history of a case belongs to the case."""
    said = AUDITED[type(thing)]
    about = getattr(thing, said.column)
    return (said.alone, thing.id) if about is None and said.alone else (said.kind, about)


def ledger_of(session: Session) -> Ledger:
    """Return the ledger of the session's transaction."""
    ledger: Ledger = session.info.setdefault("ledger", Ledger())
    return ledger


def _refuse_rewriting(session: Session, _context: Any, _instances: Any) -> None:
    for thing in [*session.dirty, *session.deleted]:
        if isinstance(thing, APPEND_ONLY) and (thing in session.deleted or session.is_modified(thing)):
            raise ImmutableRow("audit.immutable", f"rows of {type(thing).__tablename__} are never changed")


def _note(session: Session, _context: Any) -> None:
    ledger = ledger_of(session)
    for thing, kind in _changes(session):
        subject = subject_of(thing)
        ledger.touched.add(subject)
        if AUDITED[type(thing)].by_ledger and not ledger.in_unit_of_work:
            change = ledger.security.setdefault(subject, security_audit.Change(thing))
            change.add(kind)


def note_added(session: Session, thing: Any) -> None:
    """Note a new row that no flush of the session sees."""
    if type(thing) in AUDITED:
        ledger_of(session).touched.add(subject_of(thing))


def _changes(session: Session) -> Iterable[tuple[Any, str]]:
    for thing in session.new:
        if type(thing) in AUDITED:
            yield thing, "add"
    for thing in session.dirty:
        if type(thing) in AUDITED and session.is_modified(thing):
            yield thing, "edit"
    for thing in session.deleted:
        if type(thing) in AUDITED:
            yield thing, "delete"


def _settle(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    ledger = session.info.get("ledger")
    if ledger is None:
        return
    changes_access = any(kind in _ACCESS for kind, _ in ledger.touched) and not ledger.only_logins
    for change in ledger.security.values():
        session.add(change.entry(session))
        ledger.cover(change.thing)
    ledger.security.clear()
    session.flush()
    ledger.verify()
    if changes_access:
        forget_accesses(session)


def forget_accesses(session: Session) -> None:
    """Make every process work out accesses again, as soon as this transaction is stored."""
    session.execute(update(AccessStamp).values(stamp=AccessStamp.stamp + 1))


def _forget(session: Session, *_: Any) -> None:
    session.info.pop("ledger", None)


def install() -> None:
    """Listen on every session there is or will be."""
    if event.contains(Session, "after_flush", _note):
        return
    event.listen(Session, "before_flush", _refuse_rewriting)
    event.listen(Session, "after_flush", _note)
    event.listen(Session, "before_commit", _settle)
    event.listen(Session, "after_commit", _forget)
    event.listen(Session, "after_rollback", _forget)
