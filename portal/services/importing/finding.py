"""Sources and files of records as a person may see them, and what the release in force makes of a mapping."""

from __future__ import annotations

from collections.abc import Mapping as Of
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import ADD, LIST, Access
from portal.core.errors import NotFound, msg
from portal.core.importing import Mapping, Target, mapping_of, targets_of
from portal.core.text import DEFAULT_LANGUAGE
from portal.persistence.models import ImportFile, ImportSource, Record, RecordSource, Unit
from portal.services.bundles import Bundle
from portal.services.jobs.progress import Progress, progress
from portal.services.releases.reading import pinned
from portal.services.units.centres import CentreRef, centre_of, no_centre
from portal.services.units.lookup import by_id

if TYPE_CHECKING:
    from portal.services.portal import Portal

THING = "import"


@dataclass(frozen=True)
class Setting:
    """A source with its centre, the release in force there, and its mapping as that reads it."""

    source: ImportSource
    unit: Unit
    centre: CentreRef
    bundle: Bundle
    targets: Of[str, Target]
    mapping: Mapping


def sources_at(session: Session) -> list[ImportSource]:
    """Return the sources that the session's person sees, by name."""
    return list(session.scalars(select(ImportSource).order_by(ImportSource.name, ImportSource.id)))


def source_of(session: Session, uid: str) -> ImportSource:
    """Return a source; raise NotFound where the person sees none."""
    found = session.scalars(select(ImportSource).where(ImportSource.uid == uid)).one_or_none()
    if found is None:
        raise NotFound("import.source", msg("There is no such source"))
    return found


def file_of(session: Session, uid: str) -> ImportFile:
    """Return a file; raise NotFound where the person sees none."""
    found = session.scalars(select(ImportFile).where(ImportFile.uid == uid)).one_or_none()
    if found is None:
        raise NotFound("import.file", msg("There is no such file"))
    return found


def source_with(session: Session, file: ImportFile) -> ImportSource:
    """Return the source of a file."""
    return session.scalars(select(ImportSource).where(ImportSource.id == file.source_id)).one()


def files_of(session: Session, source: ImportSource, limit: int = 50) -> list[ImportFile]:
    """Return the latest files of a source."""
    query = select(ImportFile).where(ImportFile.source_id == source.id).order_by(ImportFile.id.desc())
    return list(session.scalars(query.limit(limit)))


def taken_of(session: Session, file: ImportFile) -> int:
    """Return how many records have come from a file and are here, of those that the session's person sees."""
    query = select(func.count()).select_from(RecordSource).where(RecordSource.file_id == file.id)
    return session.scalar(query) or 0


def offered_of(session: Session, source: ImportSource, limit: int = 200) -> list[Record]:
    """Return the records of a source that were changed here and of which the source says something else by now."""
    query = (
        select(Record)
        .join(RecordSource, RecordSource.record_id == Record.id)
        .where(RecordSource.source_id == source.id, RecordSource.offered.is_not(None))
    )
    return list(session.scalars(query.order_by(Record.id).limit(limit)))


def is_busy(portal: Portal, file: ImportFile) -> bool:
    """Tell whether a job works on a file, or waits for its turn; one that is no longer kept has ended."""
    found = work_on(portal, file)
    return found is not None and found.live


def work_on(portal: Portal, file: ImportFile) -> Progress | None:
    """Return how far the last job on a file is; None where there was none, or where it is no longer kept."""
    if file.job_id is None:
        return None
    try:
        return progress(portal, file.job_id)
    except NotFound:
        return None


def setting_of(portal: Portal, session: Session, source: ImportSource) -> Setting:
    """Return a source as the release reads it that is in force at its centre."""
    unit = by_id(session, source.unit_id)
    centre = centre_of(session, unit)
    if centre is None:
        raise no_centre(unit)
    bundle = pinned(portal, session, centre.release_id)
    targets = targets_at(bundle, source.etype)
    return Setting(source, unit, centre, bundle, targets, mapping_of(source.mapping, targets.values()))


def targets_at(bundle: Bundle, etype: str, lang: str = DEFAULT_LANGUAGE) -> Of[str, Target]:
    """Return what columns can be mapped to under a release, by name."""
    return bundle.once(("import_targets", etype, lang), lambda: _targets(bundle, etype, lang))


def _targets(bundle: Bundle, etype: str, lang: str) -> Of[str, Target]:
    form = bundle.form(etype, lang)
    fields = bundle.fields(etype, lang)
    lists = {pointer.partition("/*/")[0] for pointer in fields if "/*/" in pointer}
    groups = {pointer.rpartition("/")[0] for pointer in fields if pointer.count("/") == 2}
    titles = {one: form.label(one) for one in lists | groups if one}
    cycle = bundle.lifecycle_of(etype)
    return {one.name: one for one in targets_of(fields.values(), staged=cycle is not None, titles=titles)}


def may_take(access: Access, etype: str, path: str) -> bool:
    """Tell whether a person may take records over at a unit: to keep imports there and to enter such records."""
    return access.allows(THING, LIST, path) and access.allows(etype, ADD, path)


def may(access: Access, action: str, etype: str, path: str) -> bool:
    """Tell whether a person keeps imports at a unit and enters records of the type there."""
    return access.allows(THING, action, path) and access.allows(etype, ADD, path)


def require(access: Access, action: str, etype: str, path: str) -> None:
    """Raise Forbidden unless a person keeps imports at a unit and enters records of the type there."""
    access.require(THING, action, path)
    access.require(etype, ADD, path)
