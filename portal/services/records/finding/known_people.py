"""A person who was entered before: found by a whole number within scope, taken over by a logged disclosure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.access import SEARCH, UNMASK
from portal.core.disclosure import Level
from portal.core.errors import NotFound, msg
from portal.persistence import scope
from portal.persistence.models import Record, RecordTerm
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import load
from portal.services.records.finding.same_matter import SHORTEST, same_settings, whole_numbers
from portal.services.records.privacy.disclosure import unmask, view_of

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

TRIED = 5
_LATEST = (
    select(Record)
    .join(RecordTerm, RecordTerm.record_id == Record.id)
    .where(RecordTerm.digest.in_(bindparam("digests", expanding=True)), Record.etype == bindparam("etype"))
    .order_by(Record.created_at.desc(), Record.id.desc())
    .distinct()
    .limit(TRIED)
)


@dataclass(frozen=True, slots=True)
class Known:
    """A person of this number who was entered before, and when last; nothing else of them is told."""

    uid: str
    at: dt.datetime


def known_person(
    portal: Portal, session: Session, bundle: Bundle, etype: str, data: Mapping[str, Any]
) -> Known | None:
    """Return the latest record in which the person of a whole number stands in the same fields; None without one."""
    access = scope.access_of(session)
    if not (access.can(etype, SEARCH) and access.can(etype, UNMASK)):
        return None
    for record in _candidates(portal, session, bundle, etype, data):
        if _is_theirs(portal, session, bundle, record, data):
            return Known(record.uid, record.created_at)
    return None


def known_details(
    uow: Work, bundle: Bundle, etype: str, uid: str, data: Mapping[str, Any], why: str
) -> dict[str, Any]:
    """Return the details that a known person gave, by pointer, where ``data`` has none: a disclosure for a purpose.

    Raise NotFound where the record is not one of the person whose whole number stands in ``data``.
    """
    record = load(uow.session, uid, etype)
    if not _is_theirs(uow.portal, uow.session, bundle, record, data):
        raise NotFound("record.unknown", msg("There is no such record"))
    uow.access.require(etype, UNMASK, record.unit_path, record.handler_path)
    unmask(uow, record, why)
    uow.session.flush()
    view = view_of(uow.portal, uow.session, record)
    found = {}
    for where in _known(bundle, etype).get("details", ()):
        value = pointers.get(view.clear, where)
        if (
            value not in (None, "")
            and pointers.get(data, where) in (None, "")
            and view.plan.level(where) >= Level.READ
        ):
            found[where] = value
    return found


def _known(bundle: Bundle, etype: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (same_settings(bundle, etype) or {}).get("known", {})
    return found


def _candidates(
    portal: Portal, session: Session, bundle: Bundle, etype: str, data: Mapping[str, Any]
) -> list[Record]:
    numbers = _numbers(bundle, etype, data)
    digests = [digest for kind, text in sorted(numbers) for digest in portal.keys.digests(kind, text)]
    if not digests:
        return []
    options = {"scope_action": SEARCH, "scope_etype": etype}
    return list(session.scalars(_LATEST, {"digests": digests, "etype": etype}, execution_options=options))


def _numbers(bundle: Bundle, etype: str, data: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the whole numbers that stand in the fields by which a person is known."""
    masks = {one.pointer: one.mask for one in bundle.protected(etype)}
    return {
        (masks[where], number)
        for where in _known(bundle, etype).get("by", ())
        if masks.get(where) in SHORTEST
        for number in whole_numbers(masks[where], pointers.get(data, where))
    }


def _is_theirs(
    portal: Portal, session: Session, bundle: Bundle, record: Record, data: Mapping[str, Any]
) -> bool:
    """Tell whether one of the numbers stands in the same fields of a record: not at another party of it."""
    clear = view_of(portal, session, record).clear
    return bool(_numbers(bundle, record.etype, data) & _numbers(bundle, record.etype, clear))
