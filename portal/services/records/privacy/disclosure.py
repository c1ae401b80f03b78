"""The one place that decides what of a record's data its reader gets: pages, lists and the API all ask here.

``RecordView.clear`` is for the server's own use, such as checking a form; whatever leaves the server is ``data``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.adapters.keyring import Keyring
from portal.core.access import EDIT, LIST, OF_FORM, REFER, UNMASK, Access, Rights
from portal.core.acts import DISCLOSE
from portal.core.disclosure import OPEN, Level, Plan
from portal.core.errors import InvalidInput, msg
from portal.core.lifecycle import Transition
from portal.persistence import scope
from portal.persistence.models import Disclosure, Record, Referral
from portal.services.bundles import Bundle
from portal.services.records.acts.performing import perform
from portal.services.records.privacy.encryption import opened
from portal.services.records.privacy.purposes import checked_purpose, count_shown
from portal.services.records.privacy.withheld import NOTHING, withheld
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

Paths = tuple[str | None, ...]
DEFAULT_MINUTES = 15
_UNTIL = scope.mine(
    select(func.max(Disclosure.until)).where(
        Disclosure.user_id == bindparam("user_id"),
        Disclosure.record_id == bindparam("record_id"),
        Disclosure.until > bindparam("now"),
        Disclosure.at >= bindparam("since"),
    )
)
_ASKED = scope.prepared(
    select(Referral.to_path).where(
        Referral.record_id == bindparam("record_id"), Referral.status.in_(scope.OPEN_REFERRAL)
    )
)
_ASKED_AT = scope.prepared(
    select(Referral.to_path, Referral.created_at).where(
        Referral.record_id == bindparam("record_id"), Referral.status.in_(scope.OPEN_REFERRAL)
    )
)
_EVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class RecordView:
    """One record as one person sees it."""

    def __init__(
        self,
        keys: Keyring,
        bundle: Bundle,
        record: Record,
        plan: Plan,
        until: dt.datetime | None = None,
        may_unmask: bool = False,
        rights: frozenset[Rights] | None = None,
        withheld: frozenset[str] = NOTHING,
    ) -> None:
        self.rights = rights
        self.withheld = withheld
        self.keys = keys
        self.bundle = bundle
        self.record = record
        self.plan = plan
        self.until = until
        self.may_unmask = may_unmask

    @cached_property
    def clear(self) -> dict[str, Any]:
        """Return the data as they are; they must not leave the server."""
        return self.opened(self.record.data)

    @cached_property
    def data(self) -> dict[str, Any]:
        """Return the data as this person may see them."""
        return self.plan.show(self.clear)

    def opened(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return a version of the data with nothing encrypted in it; it must not leave the server either."""
        return opened(self.keys, self.bundle, self.record.etype, self.record.uid, data)

    def of_answers(self, bundle: Bundle, step: Transition) -> Plan:
        """Return what this person sees of the answers of a step's form, as a release has it."""
        if self.rights is None:
            return OPEN
        disclosed = self.until is not None
        return bundle.answers_plan(self.record.etype, step, self.rights, disclosed=disclosed)

    def shows(self, pointer: str) -> bool:
        """Return whether this person sees a field in clear."""
        return self.plan.level(pointer) >= Level.READ

    def value(self, pointer: str, value: Any) -> Any:
        """Return a value that the field has, or had, as this person may see it."""
        return self.plan.value(pointer, value) if pointer else value

    def as_now(self, other: Mapping[str, Any]) -> dict[str, Any]:
        """Return another version of the data as this person may see it, its protected fields as they are now."""
        return self.plan.show(self.plan.restore(self.clear, other)[0])

    def restored(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data that this person sent with all values put back that they could not see.

        Raise InvalidInput where they changed what they may not change.
        """
        data, problems = self.plan.restore(self.clear, sent)
        if problems:
            raise InvalidInput("field.protected", msg("Please correct what is marked"), problems=problems)
        return data


class Views:
    """The records of one list, or of one page of the API: never unmasked, and no statement for each."""

    def __init__(self, portal: Portal, session: Session) -> None:
        self._portal = portal
        self._session = session
        self._access = scope.access_of(session)
        self._plans: dict[tuple[int, str, Paths, frozenset[str]], Plan] = {}

    def of(self, record: Record) -> RecordView:
        """Return one record as a list may show it."""
        paths = self._paths(record)
        bundle = pinned(self._portal, self._session, record.release_id)
        kept = _withheld(bundle, record, self._portal.clock.today())
        key = (record.release_id, record.etype, paths, kept)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = _plan(bundle, self._access, record, paths, kept, listing=True)
        return RecordView(self._portal.keys, bundle, record, plan, withheld=kept)

    def _paths(self, record: Record) -> Paths:
        """Return where roles count: who sees the record only to help with it sees it by the roles that they hold there.

        Nobody whose roles all show the same is asked where.
        """
        own = (record.unit_path, record.handler_path)
        if len(self._access.rights(record.etype)) < 2 or self._access.allows(record.etype, LIST, *own):
            return own
        return _paths(self._session, record)


def view_of(portal: Portal, session: Session, record: Record) -> RecordView:
    """Return a record as the session's person sees it now."""
    access, paths = scope.access_of(session), _paths(session, record)
    may_unmask = access.allows(record.etype, UNMASK, *paths)
    until = _disclosed_until(portal, session, access, record) if may_unmask else None
    bundle = pinned(portal, session, record.release_id)
    kept = _withheld(bundle, record, portal.clock.today())
    plan = _plan(bundle, access, record, paths, kept, disclosed=until is not None)
    rights = None if access.unlimited else access.rights(record.etype, *paths)
    return RecordView(portal.keys, bundle, record, plan, until, may_unmask, rights, kept)


def unseen(
    portal: Portal,
    session: Session,
    record: Record,
    wanted: Mapping[str, Iterable[tuple[str, str]]],
    least: Level = Level.READ,
) -> frozenset[str]:
    """Return the names for which the session's person sees some field not in clear now, or less than ``least``.

    A field is a type and a pointer; the type ``""`` is the record itself, others are related to it.
    """
    access, paths = scope.access_of(session), _paths(session, record)
    if access.unlimited:
        return frozenset()
    bundle = pinned(portal, session, record.release_id)
    related = {etype for fields in wanted.values() for etype, _ in fields if etype}
    plans = {etype: bundle.plan(etype, access.rights(etype, *paths)) for etype in related}

    def closed(own: Plan) -> frozenset[str]:
        return frozenset(
            name
            for name, fields in wanted.items()
            if not all(
                plans[etype].sees(bundle.entity(etype).promoted.get(where, where))
                if etype
                else own.sees(where, least)
                for etype, where in fields
            )
        )

    kept = _withheld(bundle, record, portal.clock.today())
    found = closed(_plan(bundle, access, record, paths, kept))
    # Whether the record's personal data are shown just now is only asked where it makes a difference.
    return closed(view_of(portal, session, record).plan) if found else found


def closed_columns(bundle: Bundle, access: Access, etype: str, action: str) -> frozenset[str]:
    """Return the fields by which a person may not filter or sort: somewhere they are masked or hidden for them."""
    if access.unlimited:
        return frozenset()
    paths = {grant.unit_path for grant in access.grants if grant.allows(etype, action)}
    plans = [bundle.plan(etype, access.rights(etype, path), listing=True) for path in paths]
    return frozenset(where for plan in plans for where, level in plan.levels.items() if level < Level.READ)


def unmask(uow: Work, record: Record, reason: str) -> Disclosure:
    """Show a record's personal data to this person for a while; who, why and which fields is in the audit log."""
    paths = _paths(uow.session, record)
    with perform(uow, DISCLOSE, record, at=paths) as act:
        reason = checked_purpose(act.bundle, reason)
        count_shown(act)
        kept = _withheld(act.bundle, record, uow.today)
        before, after = (
            _plan(act.bundle, uow.access, record, paths, kept, disclosed=disclosed).profile.masked
            for disclosed in (False, True)
        )
        masked = [*(before - after), *_masked_answers(act.bundle, uow.access, record, paths)]
        minutes = int(act.bundle.settings.get("disclosure", {}).get("minutes", DEFAULT_MINUTES))
        made = Disclosure(
            user_id=uow.access.user_id or 0,
            record_id=record.id,
            at=uow.now,
            until=uow.now + dt.timedelta(minutes=minutes),
            reason=reason,
        )
        uow.add(made)
        said = {"fields": sorted(masked), "until": made.until.isoformat()}
        act.audit(after=said, reason=reason, about=made)
    return made


def _masked_answers(bundle: Bundle, access: Access, record: Record, paths: Paths) -> Iterator[str]:
    """Yield the fields of the forms of steps that the disclosure opens beside those of the record."""
    lifecycle = bundle.lifecycle_of(record.etype)
    if lifecycle is None or access.unlimited:
        return
    rights = access.rights(record.etype, *paths)
    forms = {step.form: step for step in lifecycle.transitions if step.form in bundle.raw["forms"]}
    for form, step in forms.items():
        masked = bundle.answers_plan(record.etype, step, rights).profile.masked
        yield from (f"{form}{OF_FORM}{where}" for where in masked)


def _paths(session: Session, record: Record) -> Paths:
    """Return the units at which roles count for what is seen of a record: its own, and those asked for help just now.

    A person who holds no role away from the record's own units is spared the question who is asked.
    """
    access, own = scope.access_of(session), (record.unit_path, record.handler_path)
    if access.unlimited or not access.elsewhere(record.etype, *own):
        return own
    return (*own, *session.scalars(_ASKED, {"record_id": record.id}))


def _disclosed_until(portal: Portal, session: Session, access: Access, record: Record) -> dt.datetime | None:
    if access.user_id is None:
        return None
    since = _asked_since(session, access, record)
    values = {"user_id": access.user_id, "record_id": record.id, "now": portal.clock.now(), "since": since}
    found: dt.datetime | None = session.scalar(_UNTIL, values)
    return found


def _asked_since(session: Session, access: Access, record: Record) -> dt.datetime:
    """Return since when the person may have the data shown: those who only help, since they are asked this time.

    So what was shown to them ends with their answer, also where they are asked again within the same minutes.
    """
    if access.allows(record.etype, UNMASK, record.unit_path, record.handler_path):
        return _EVER
    rows = session.execute(_ASKED_AT, {"record_id": record.id})
    return min((row[1] for row in rows if access.allows(record.etype, UNMASK, row[0])), default=_EVER)


def _plan(
    bundle: Bundle,
    access: Access,
    record: Record,
    paths: Paths,
    kept: frozenset[str] = NOTHING,
    *,
    disclosed: bool = False,
    listing: bool = False,
) -> Plan:
    if access.unlimited:
        return OPEN
    rights = access.rights(record.etype, *paths)
    needed = bool(kept) and _needs_withheld(access, record, paths)
    return bundle.plan(
        record.etype, rights, disclosed=disclosed, listing=listing, withheld=kept, needed=needed
    )


def _needs_withheld(access: Access, record: Record, paths: Paths) -> bool:
    """Tell whether a person may change the record, or answers for it at the very unit that handles it."""
    if access.allows(record.etype, EDIT, *paths):
        return True
    there = (one for one in access.grants if one.unit_path == record.handler_path)
    return any(REFER in one.actions for one in there)


def _withheld(bundle: Bundle, record: Record, today: dt.date) -> frozenset[str]:
    """Return the fields that a record withholds; the fields that say so are never encrypted."""
    return withheld(bundle, record.etype, record.data or {}, today)
