"""Ask the rules again, on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.acts import DECIDE
from portal.services.records.acts.loading import centre_ref, load
from portal.services.records.acts.performing import perform
from portal.services.records.privacy.record_encryption import opened_decision
from portal.services.records.proposing.deciding import decide
from portal.services.records.proposing.decisions import DecisionView, explained
from portal.services.units.lookup import by_code

if TYPE_CHECKING:
    from portal.services.portal import Work


def redecide(uow: Work, uid: str) -> DecisionView | None:
    """Decide about a record by its pinned rules once more, as of today; the record itself stays as it is."""
    record = load(uow.session, uid)
    with perform(uow, DECIDE, record) as act:
        place = by_code(uow.session, record.place) if record.place else None
        made = decide(uow, record, act.bundle, centre_ref(uow, record), "manual", place)
        if not made:
            act.cancel()
            return None
        answer, _proposals = opened_decision(uow.portal.keys, record, made[0])
        act.history()
        act.audit(after={"fired": [rule["id"] for rule in answer["fired"]]})
    return explained(uow.portal, uow.session, record, made[0])
