"""Why nothing of a closed record can be changed, and the correction that waits for a second person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from markupsafe import Markup

from portal.core import pointer as pointers
from portal.core.acts import ASK_CORRECTION
from portal.core.disclosure import Level
from portal.core.errors import msg
from portal.services import records
from portal.services.records import Correction
from portal.web.language import translate
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.versions import FieldWords


@dataclass(frozen=True, slots=True)
class Locked:
    """Since when the record is closed, where its own stage locks it; whether as a part of another; where to ask."""

    since: dt.datetime | None
    part: bool
    ask_url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One field that would be corrected: as it is, and as it would be."""

    label: str
    before: Markup | str
    after: Markup | str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The correction that waits: who asked, when and why, what would change, and the answers that are the person's."""

    by: str
    at: dt.datetime
    reason: str
    lines: list[Line]
    answers: frozenset[str]
    decided_by: str
    url: str
    version: int


def locked(case: Case) -> Locked | None:
    """Return why the record is locked; None where it is not."""
    if not case.locked:
        return None
    may_ask = case.can(ASK_CORRECTION) and records.waiting_in(case.events) is None
    record = case.record
    # A part that is over by itself, such as a session, says nothing of the matter that it belongs to.
    of_closed = record.parent_id is not None and record.is_open
    return Locked(_closed_at(case), of_closed, case.url("edit") if may_ask else "")


def _closed_at(case: Case) -> dt.datetime | None:
    """Return when the record was closed last: not when it was sent out before, nor when it was filed after that."""
    cycle = case.screen.lifecycle
    final = {one.id for one in cycle.stages if one.final} if cycle is not None else set()
    for event in case.events:
        if event.to_stage in final and event.from_stage not in final:
            return event.at
    return case.record.stage_since


def correction(case: Case) -> Waiting | None:
    """Return the correction that waits; None where none does."""
    found = records.waiting_in(case.events) if case.locked else None
    if found is None:
        return None
    now, record, event = case.now, case.record, found.event
    return Waiting(
        event.by_name,
        event.at,
        event.reason,
        _lines(case, found),
        records.may_settle_correction(now.portal, now.session, record, found),
        _deciders(case),
        case.url("correction"),
        record.version,
    )


def _deciders(case: Case) -> str:
    """Return the roles that decide on a correction of the record, in words; empty where nothing locks it."""
    lock = records.lock_of(case.now.portal, case.now.session, case.record)
    roles = case.screen.bundle.roles
    named = (
        case.texts(roles.get(one, {}).get("title"), one) for one in sorted(lock.correctors if lock else ())
    )
    return translate(msg(", ")).join(named)


def _lines(case: Case, found: Correction) -> list[Line]:
    """Return what would change, as far as the person may see it."""
    view = case.view
    before, after = (
        view.plan.show(view.opened(pointers.patched({}, half))) for half in (found.was, found.becomes)
    )
    words = FieldWords(case.now, case.screen, [before, after])
    return [
        Line(
            words.label(where),
            words.shown(where, pointers.get(before, where)),
            words.shown(where, pointers.get(after, where)),
        )
        for where in found.becomes
        if view.plan.level(where) is not Level.HIDDEN
    ]


PANELS.add(Panel("locked", Place.TOP, 5, "records/panels/locked.html", locked))
PANELS.add(Panel("correction", Place.TOP, 6, "records/panels/correction.html", correction))
