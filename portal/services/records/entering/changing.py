"""Change a record's data. A person who saw an older version is told, and loses nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portal.core.acts import CHANGE
from portal.core.errors import Conflict, check_reason, msg
from portal.core.messages import FactsChanged
from portal.persistence.models import Record
from portal.services.records.acts.loading import centre_ref, load
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform
from portal.services.records.acts.versions import set_data
from portal.services.records.entering.attaching import adopt, files_named
from portal.services.records.entering.checking import check
from portal.services.records.entering.indexing import index_record
from portal.services.records.entering.releases_above import releases_above
from portal.services.records.finding.data_history import data_at
from portal.services.records.finding.differences import FieldDiff, changed, halves, three_way
from portal.services.records.privacy.disclosure import RecordView, view_of
from portal.services.records.privacy.encryption import encrypted
from portal.services.records.proposing.deciding import decide

if TYPE_CHECKING:
    from portal.services.portal import Work


class LostUpdate(Conflict):
    """The record changed since the person opened it; holds what is needed to show all versions."""

    def __init__(self, view: RecordView, base: Mapping[str, Any], submitted: Mapping[str, Any]) -> None:
        record = view.record
        params = {"who": record.updated_by_name, "version": record.version}
        super().__init__("record.stale", msg("%(who)s changed this record meanwhile"), params)
        # What the person could not see or change is theirs to decide no more than it was before.
        self.base, self.current, self.submitted = view.as_now(base), view.data, view.as_now(submitted)
        self.fields: list[FieldDiff] = three_way(self.base, self.current, self.submitted)
        self.version = record.version
        self.changed_by = record.updated_by_name
        self.changed_at: dt.datetime = record.updated_at


def change(
    uow: Work,
    uid: str,
    data: Mapping[str, Any],
    version: int,
    *,
    base: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Record:
    """Replace a record's data, provided that it still is the version the person saw.

    Otherwise raise LostUpdate with the three versions. Data that did not change write nothing. ``data`` are as the
    person sees them: what is masked or hidden stays as it is, and is refused where it was changed.
    """
    record = load(uow.session, uid)
    # Here already: data that did not change leave no entry in which it would be found.
    check_reason(reason)
    with perform(uow, CHANGE, record) as act:
        view = view_of(uow.portal, uow.session, record)
        if record.version != version:
            seen = base if base is not None else data_at(uow.portal.keys, uow.session, record, version)
            raise LostUpdate(view, view.opened(seen), data)
        _change(act, view.clear, view.restored(data), reason)
    return record


def _change(act: Performed, known: Mapping[str, Any], data: Mapping[str, Any], reason: str) -> None:
    uow, record, bundle = act.uow, act.record, act.bundle
    checked = check(uow, bundle, record.etype, data, stored=known)
    data = checked.data
    stored = encrypted(uow.portal.keys, bundle, record.etype, record.uid, data, record.data)
    differences = changed(record.data, stored)
    if not differences:
        act.cancel()
        return
    newer = releases_above(uow.portal, uow.session, record)
    set_data(uow.portal.keys, bundle, record, data, newer)
    index_record(uow.session, uow.portal.keys, bundle, record, data, newer)
    before = frozenset(files_named(bundle, record.etype, known))
    adopt(uow, record, (one for one in files_named(bundle, record.etype, data) if one not in before))
    act.touch()
    act.save()
    decide(uow, record, bundle, centre_ref(uow, record), "change", checked.units.get(record.place or ""))
    act.history(data={"base": _before(differences), "fields": list(differences)}, reason=reason)
    earlier, after = halves(differences)
    act.audit(before=earlier, after=after, reason=reason)
    if record.handler_unit_id is not None:
        act.emit("record.facts", FactsChanged, handler=record.handler_unit_id)


def _before(differences: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Return what an undo needs: the old value by pointer, None for a field that was not there."""
    return {pointer: old for pointer, (old, _) in differences.items()}
