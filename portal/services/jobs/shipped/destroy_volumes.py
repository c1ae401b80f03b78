"""Destroy the volumes of an approved list: rows, files, words, keys; the list stays as the register."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.core.access import EDIT, Access
from portal.core.errors import msg
from portal.persistence.models import DestructionItem, Record, Volume
from portal.services.archive.destroying import (
    APPROVED,
    DESTROYED,
    JOB,
    KEPT,
    WAITING,
    day_over,
    end,
    items_of,
    list_of,
)
from portal.services.archive.filling import THING
from portal.services.archive.holds import EARLY, GONE, Hold, going_along, holds_of
from portal.services.figures.axes import COUNTED_BY, month_of
from portal.services.jobs.catalogue import job
from portal.services.jobs.long import LongJob
from portal.services.jobs.running import JobRun
from portal.services.records.entering.deleting import destroy_here
from portal.services.records.handling.volumes import keeper, keeping_of
from portal.services.releases.reading import pinned
from portal.services.users.access import access_of

if TYPE_CHECKING:
    from portal.services.portal import Work


@job
class DestroyVolumes(LongJob):
    """One volume after the other, each in a transaction of its own: what keeps one is asked again before it goes."""

    name = JOB
    title = msg("Destruction of volumes")

    def access(self, work: JobRun) -> Access:
        """Return the access of this work in the name of the person who approved it."""
        user = work.claim.user_id
        who = access_of(work.portal, user) if user is not None else work.access
        return replace(who, grants=(), system_reason=f"destruction {work.payload['list']}")

    def chunks(self, work: JobRun) -> Iterable[str]:
        """Return the lines of the list."""
        with work.portal.reading(work.access) as session:
            items = items_of(session, list_of(session, str(work.payload["list"])))
        return [str(one.n) for one in items]

    def chunk(self, uow: Work, work: JobRun, name: str) -> Any:
        """Destroy one volume with what goes along, or keep it with the reason."""
        one = list_of(uow.session, str(work.payload["list"]))
        if work.claim.user_id is not None:
            access_of(work.portal, work.claim.user_id).require(THING, EDIT, one.unit_path)
        item = uow.session.get(DestructionItem, (one.id, int(name)))
        if item is None or item.state != WAITING or one.state != APPROVED:
            return {"state": item.state if item is not None else GONE.name}
        found = uow.session.execute(
            select(Record, Volume)
            .join(Volume, Volume.record_id == Record.id)
            .where(Record.uid == item.record_uid)
            .with_for_update(of=Record)
        ).one_or_none()
        why = self._kept(uow, found)
        item.at = uow.now
        if why is not None or found is None:
            item.state, item.why = KEPT, why.name if why is not None else GONE.name
            return {"state": KEPT}
        record: Record = found[0]
        item.counted = _counted(record)
        item.state = DESTROYED
        bundle = pinned(uow.portal, uow.session, record.release_id)
        volumes = keeping_of(keeper(uow.portal, uow.session, record, bundle)).volumes.get(record.etype)
        along = going_along(uow.session, record, volumes.along if volumes is not None else ())
        for each in [*along, record]:
            destroy_here(uow, each, one.number)
        return {"state": DESTROYED}

    def _kept(self, uow: Work, found: Any) -> Hold | None:
        if found is None:
            return GONE
        if not day_over(found[1], uow.today):
            return EARLY
        return next(iter(holds_of(uow.session, [(found[0], found[1])])[found[0].id]), None)

    def finish(self, uow: Work, work: JobRun) -> dict[str, Any] | None:
        """Say in the list what went."""
        return dict(end(uow, list_of(uow.session, str(work.payload["list"]))))

    def words(self, work: JobRun) -> tuple[str, dict[str, Any]]:
        """Return how the progress reads."""
        return msg("%(done)s of %(total)s volumes"), {}

    def run(self, work: JobRun) -> dict[str, Any] | None:
        """Destroy the volumes, then wipe what the files of the database keep of them."""
        result = super().run(work)
        return {**(result or {}), "wiped": work.portal.database.wipe()}


def _counted(record: Record) -> dict[str, Any]:
    """Return how a matter was counted; nothing of whom it was about."""
    values = {column: getattr(record, column) for column in COUNTED_BY}
    return {"month": month_of(record.created_at), **{name: value for name, value in values.items() if value}}
