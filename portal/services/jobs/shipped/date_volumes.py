"""Give volumes their class and last day that no act worked out: of matters that were archived before."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import or_, select

from portal.core.acts import DATE_VOLUME
from portal.core.errors import msg
from portal.core.volumes import ARCHIVED
from portal.persistence.models import Record, Volume
from portal.services.jobs.catalogue import EACH_NIGHT, Job, job
from portal.services.jobs.running import JobRun
from portal.services.records.acts.performing import perform
from portal.services.records.handling.volumes import has_volume, keeper
from portal.services.releases.reading import pinned

STEP = 200


@job
class DateVolumes(Job):
    """The days of volumes that no act has worked out, in small transactions along the records."""

    name = "date_volumes"
    title = msg("Days of volumes")
    every, at = EACH_NIGHT
    long: ClassVar[bool] = True

    def run(self, work: JobRun) -> dict[str, int]:
        """Go through the archived records without a class, once."""
        last, dated = 0, 0
        while True:
            work.check()
            with work.writing() as uow:
                query = (
                    select(Record)
                    .outerjoin(Volume, Volume.record_id == Record.id)
                    .where(Record.id > last, Record.canonical_stage == ARCHIVED)
                    .where(or_(Volume.archived_on.is_(None), Volume.retention == ""))
                    .order_by(Record.id)
                    .limit(STEP)
                )
                found = list(uow.session.scalars(query.with_for_update(of=Record)))
                for record in found:
                    own = pinned(uow.portal, uow.session, record.release_id)
                    if has_volume(keeper(uow.portal, uow.session, record, own), record.etype):
                        with perform(uow, DATE_VOLUME, record) as act:
                            act.touch()
                        dated += 1
                    last = record.id
                uow.commit()
            if len(found) < STEP:
                return {"dated": dated}
