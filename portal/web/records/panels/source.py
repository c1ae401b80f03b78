"""Where a record was taken over from, and what the other system says by now of what was changed here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portal.core import pointer as pointers
from portal.core.acts import ASK_CORRECTION, CHANGE, KEEP_HERE
from portal.core.errors import msg
from portal.persistence.models import RecordSource
from portal.persistence.scope import owned
from portal.services import importing, records
from portal.services.importing import Offer
from portal.services.records.finding.rows_of_record import rows_of
from portal.web.language import translate
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.versions import FieldWords

_OF_RECORD = owned(RecordSource, RecordSource.record_id)


@dataclass(frozen=True, slots=True)
class Line:
    """A field of which the other system says something else: here, there, and what the person may do about it."""

    where: str
    label: str
    here: Any
    there: Any
    may_take: bool
    may_keep: bool


@dataclass(frozen=True, slots=True)
class SourceView:
    """The source of a record, and what is to be settled between here and there."""

    source: RecordSource
    lines: list[Line]
    asks: bool
    url: str


def source(case: Case) -> SourceView | None:
    """Return where a record is from; None for one that was entered here."""
    found = rows_of(case.now.session, case.record, _OF_RECORD)
    if not found:
        return None
    return SourceView(found[0], list(_lines(case, found[0])), case.locked, case.url("source"))


def _lines(case: Case, found: RecordSource) -> Iterable[Line]:
    """Yield what differs, each value as the person may see it."""
    offers = importing.offers_of(case.now.portal.keys, found, case.record, case.view.clear)
    shown = [_shown(case, one) for one in offers]
    words = FieldWords(case.now, case.screen, [half for pair in shown for half in pair])
    # Of a closed record a correction is asked for; one waits at a time.
    free = not case.locked or records.waiting_in(case.events) is None
    takes = case.may(ASK_CORRECTION.needs if case.locked else CHANGE.needs) and free
    for one, (here, there) in zip(offers, shown, strict=True):
        may = importing.may_judge(case.view, one)
        keeps = may and case.may(KEEP_HERE.needs)
        if one.is_stage:
            stages = case.screen.stages
            here_is, there_is = (stages.get(value, value) for value in (one.here or "", one.there))
            yield Line(one.where, translate(msg("Stage")), here_is, there_is, False, keeps)
            continue
        name = pointers.split(one.where)[0]
        if name not in here and name not in there:
            continue
        ours, theirs = (words.shown(one.where, half[name]) if name in half else "" for half in (here, there))
        yield Line(one.where, words.label(one.where), ours, theirs, may and takes, keeps)


def _shown(case: Case, one: Offer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both values under the name of their field, as far as the person may see them."""
    if one.is_stage:
        return {}, {}
    name = pointers.split(one.where)[0]
    here, there = (
        case.view.plan.show({name: value} if value is not None else {}) for value in (one.here, one.there)
    )
    return here, there


def from_elsewhere(case: Case) -> bool:
    """Tell whether a record may be from another system: no account of the portal entered it."""
    return case.record.created_by is None


PANELS.add(Panel("source", Place.SIDE, 40, "records/panels/source.html", source, when=from_elsewhere))
