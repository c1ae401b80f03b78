"""Set up a source and keep its mapping: what is said once of another system holds for each file of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping as Of
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.core.access import ADD, EDIT
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg
from portal.core.importing import Mapping, mapping_of
from portal.core.ways.texts import name as plain_name
from portal.persistence.models import ImportSource
from portal.services.importing.finding import THING, require, setting_of, source_of, targets_at
from portal.services.releases.reading import pinned
from portal.services.units.release_cache import kept_place

if TYPE_CHECKING:
    from portal.services.portal import Work

MOST_NAME = 60


def keep_source(uow: Work, unit: str, etype: str, name: str) -> ImportSource:
    """Set up another system that records of a type come from, at a unit whose centre takes them over."""
    home, centre = kept_place(uow, unit)
    uow.access.require(THING, ADD, home.path)
    bundle = pinned(uow.portal, uow.session, centre.release_id)
    if not bundle.has_entity(etype) or bundle.entity(etype).parent is not None:
        raise NotFound("import.etype", msg("Records of this type are not taken over"))
    require(uow.access, ADD, etype, home.path)
    called = plain_name(name).strip()
    if not 1 <= len(called) <= MOST_NAME:
        raise _name_problem(
            msg("Give the other system a name of at most %(most)s characters"), most=MOST_NAME
        )
    known = select(ImportSource.id).where(ImportSource.unit_id == home.id, ImportSource.name == called)
    if uow.session.scalar(known) is not None:
        raise _name_problem(msg("There is a source “%(name)s” here already"), name=called)
    made = ImportSource(
        uid=uuid.uuid4().hex,
        unit_id=home.id,
        unit_path=home.path,
        name=called,
        etype=etype,
        mapping=Mapping().as_json(),
        created_at=uow.now,
        updated_at=uow.now,
        updated_by_name=uow.access.name,
        version=1,
    )
    uow.add(made)
    uow.session.flush()
    after = {"name": called, "etype": etype}
    _log(uow, "keep_source", made, after=after)
    return made


def _name_problem(text: str, **params: Any) -> InvalidInput:
    problem = Problem("import.name", text, params, pointer="/name")
    return InvalidInput("import.name", text, params, [problem])


def keep_mapping(uow: Work, uid: str, version: int, said: Of[str, Any]) -> ImportSource:
    """Keep the mapping of a source; raise Conflict where it was changed meanwhile."""
    source = source_of(uow.session, uid)
    require(uow.access, EDIT, source.etype, source.unit_path)
    if source.version != version:
        raise Conflict(
            "import.mapping", msg("Somebody else has changed this mapping meanwhile: look at it again")
        )
    setting = setting_of(uow.portal, uow.session, source)
    mapping = mapping_of(said, targets_at(setting.bundle, source.etype).values())
    before, after = source.mapping, mapping.as_json()
    if before == after:
        return source
    source.mapping = after
    source.updated_at, source.updated_by_name = uow.now, uow.access.name
    source.version += 1
    uow.session.flush()
    _log(uow, "map_source", source, before=before, after=after)
    return source


def _log(uow: Work, action: str, source: ImportSource, **said: Any) -> None:
    uow.audit(action, source, kind="import_source", object_id=source.uid, unit_path=source.unit_path, **said)
