"""Where a record was taken over from: the other system, its number there, its days."""

from __future__ import annotations

from portal.persistence.models import RecordSource
from portal.persistence.scope import owned
from portal.services.records.finding.rows_of_record import rows_of
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case

_OF_RECORD = owned(RecordSource, RecordSource.record_id)


def source(case: Case) -> RecordSource | None:
    """Return where a record is from; None for one that was entered here."""
    found = rows_of(case.now.session, case.record, _OF_RECORD)
    return found[0] if found else None


def from_elsewhere(case: Case) -> bool:
    """Tell whether a record may be from another system: no account of the portal entered it."""
    return case.record.created_by is None


PANELS.add(Panel("source", Place.SIDE, 40, "records/panels/source.html", source, when=from_elsewhere))
