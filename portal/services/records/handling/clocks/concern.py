"""The concern of all acts: what happened by an act starts, stops, extends and ends clocks, in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.acts import DATA
from portal.services.records.handling.clocks.working_out import Change
from portal.services.records.handling.clocks.working_out import prepare as work_out

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed


def prepare(performed: Performed) -> None:
    """Work out the clocks of the record and its day, before it is stored."""
    if performed.gone or performed.over:
        return
    performed.clocks = work_out(performed.uow, performed.record, performed.bundle, change_of(performed))


def change_of(performed: Performed) -> Change:
    """Return what an act did to its record, as far as clocks and tasks go by it."""
    before, record = performed.before, performed.record
    moved = before is not None and before.stage != record.stage
    return Change(
        tuple(performed.happenings),
        tuple(performed.referrals_touched),
        _deadline(performed),
        new=before is None,
        data=DATA in performed.act.changes,
        adopted=before is not None and before.release_id != record.release_id,
        left=before.stage if before is not None and moved else None,
        entered=record.stage if moved or before is None else None,
    )


def store(performed: Performed) -> None:
    """Write the rows of the clocks, once the record is stored."""
    if performed.clocks is not None:
        performed.clocks.store()


def _deadline(performed: Performed) -> str:
    """Return the period that a referral of this act was given."""
    said = (one.payload.get("deadline") for one in performed.happenings if one.how == "referral")
    return next((str(one) for one in said if one), "")
