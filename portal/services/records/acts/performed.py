"""An act that is being performed: the record before it, and what history, audit log and outbox are to say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal.core.acts import Act
from portal.core.events import Happening
from portal.core.messages import Message
from portal.persistence.models import Record, Referral
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import bundle_of
from portal.services.records.acts.versions import save, touch

if TYPE_CHECKING:
    from portal.services.portal import Work
    from portal.services.records.handling.clocks.running import RecordClocks
    from portal.services.records.handling.tasks.record_tasks import RecordTasks


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What scope, reach, figures and clocks go by of a record, at one moment."""

    unit_id: int
    unit_path: str
    handler_unit_id: int | None
    handler_path: str | None
    stage: str | None
    canonical_stage: str | None
    is_open: bool
    dispute_type: str | None
    place: str | None
    due_on: dt.date | None
    correction_by: int | None
    updated_at: dt.datetime
    release_id: int
    lanes: Mapping[str, str]
    dispute_class: str | None
    channel: str | None
    route: str | None
    grade: str | None

    @classmethod
    def of(cls, record: Record) -> Snapshot:
        """Return a record as it is now."""
        return cls(
            record.unit_id,
            record.unit_path,
            record.handler_unit_id,
            record.handler_path,
            record.stage,
            record.canonical_stage,
            record.is_open,
            record.dispute_type,
            record.place,
            record.due_on,
            record.correction_by,
            record.updated_at,
            record.release_id,
            record.lanes,
            record.dispute_class,
            record.channel,
            record.route,
            record.grade,
        )


@dataclass(frozen=True, slots=True)
class Told:
    """A row for the history; ``at``, ``by`` and ``version`` are those of the act where they are not given."""

    kind: str
    name: str = ""
    from_stage: str | None = None
    to_stage: str | None = None
    unit_id: int | None = None
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    at: dt.datetime | None = None
    by: str | None = None
    version: int | None = None


@dataclass(slots=True)
class Logged:
    """What the audit entry of the act says.

    ``about`` is the row it covers, the record where it is None. With ``fields`` no value is kept of the record,
    only the names of these; with ``plain`` the entry says nothing of the record and is not encrypted under its key.
    """

    action: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str = ""
    about: Any = None
    fields: str | None = None
    plain: bool = False


@dataclass(slots=True)
class Performed:
    """An act on a record in the making; ``before`` is None where the act makes the record.

    A use case says what happened (``history``, ``audit``, ``happened``, ``emit``) and the concerns write it. ``gone``
    tells that the record's row is removed, ``referrals_touched`` are those that the act makes or answers. A record that
    is entered when it is ``over`` starts no period and no task by what happened to it.
    """

    uow: Work
    act: Act
    record: Record
    before: Snapshot | None
    told: list[Told] = field(default_factory=list)
    logged: Logged = field(init=False)
    happenings: list[Happening] = field(default_factory=list)
    messages: list[tuple[str, Message]] = field(default_factory=list)
    referrals_touched: list[Referral] = field(default_factory=list)
    touched: bool = False
    prepared: bool = False
    clocks: RecordClocks | None = None
    tasks: RecordTasks | None = None
    gone: bool = False
    over: bool = False
    cancelled: bool = False

    def __post_init__(self) -> None:
        """Prepare the audit entry: there is one, whatever the use case says in it."""
        self.logged = Logged(self.act.action)

    @property
    def bundle(self) -> Bundle:
        """Return the release that the record is pinned to now."""
        return bundle_of(self.uow, self.record)

    def history(self, name: str = "", *, kind: str = "", **said: Any) -> None:
        """Tell the act in the record's history, else it leaves no row; ``said`` are members of ``Told``."""
        story = self.act.history
        own = story.name if story is not None else ""
        self.told.append(Told(kind or self.act.kind, name or own, **said))

    def audit(
        self,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str = "",
        **how: Any,
    ) -> None:
        """Say what the audit entry holds; ``how`` are further members of ``Logged``."""
        self.logged = Logged(self.act.action, before, after, reason, **how)

    def happened(self, happening: Happening) -> None:
        """Note what happened to the matter, for its events and periods."""
        self.happenings.append(happening)

    def emit(self, topic: str, content: type[Message], **said: Any) -> None:
        """Leave a typed message in the outbox, sent only if the act is stored; ``said`` are members of ``content``."""
        uow, record = self.uow, self.record
        actor, by = uow.access.user_id or 0, uow.access.name
        message = content(record=record.uid, etype=record.etype, actor=actor, by=by, **said)
        self.messages.append((topic, message))

    def touch(self) -> None:
        """Make the record a new version now, where what follows has to know its number."""
        if not self.touched:
            self.touched = True
            touch(self.uow, self.record)

    def save(self) -> None:
        """Write what was changed so far, where what follows has to know identifiers."""
        save(self.uow)

    def cancel(self) -> None:
        """Say that nothing happened after all: no concern runs, and nothing may have been changed."""
        self.cancelled = True
