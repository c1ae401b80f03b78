"""Register a record: checked by the form in force, decided by the rules, numbered, stored with its history."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from portal.adapters.keyring import Keyring
from portal.core.acts import REGISTER
from portal.core.errors import InvalidInput, Problem, msg
from portal.persistence.models import Record, Unit
from portal.services.bundles import Bundle, EntityType
from portal.services.records.acts.loading import load
from portal.services.records.acts.performing import perform, prepare
from portal.services.records.acts.versions import set_data
from portal.services.records.entering import request_keys
from portal.services.records.entering.attaching import adopt
from portal.services.records.entering.brought import with_brought
from portal.services.records.entering.checking import check
from portal.services.records.entering.indexing import index_record
from portal.services.records.entering.lookup_codes import make_code
from portal.services.records.entering.numbering import next_code
from portal.services.records.handling.linking import tie_all
from portal.services.records.privacy.record_encryption import give_key
from portal.services.records.proposing.deciding import decide
from portal.services.records.proposing.decisions import DecisionView, explained
from portal.services.releases.reading import for_centre, pinned
from portal.services.units.centres import CentreRef
from portal.services.units.holding import hold
from portal.services.units.lookup import by_id
from portal.services.units.release_cache import kept_place, require_stored

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True)
class Registered:
    """A record that was registered; ``replayed`` for a repeated request."""

    record: Record
    replayed: bool = False
    _explain: Callable[[], DecisionView | None] = field(default=lambda: None, repr=False, compare=False)

    @cached_property
    def decision(self) -> DecisionView | None:
        """Return what the rules propose, as the person may read it; worked out when it is asked for."""
        return self._explain()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is entered: its unit, the centre responsible, and the release in force there."""

    unit: Unit
    centre: CentreRef
    bundle: Bundle
    parent: Record | None = None
    # The release in force here, where a part goes under the older one of its whole.
    newer: tuple[Bundle, ...] = ()

    @property
    def paths(self) -> tuple[str | None, ...]:
        """Return the units at which entering must be allowed."""
        if self.parent is None:
            return (self.unit.path,)
        return (self.parent.unit_path, self.parent.handler_path)


def register(
    uow: Work,
    etype: str,
    unit: str,
    data: Mapping[str, Any],
    *,
    parent: str | None = None,
    key: str | None = None,
    files: Iterable[str] = (),
    links: Mapping[str, str] | None = None,
) -> Registered:
    """Register a record of a type at a unit; ``key`` makes repeating the call harmless.

    ``links`` says of other records of the type how this one belongs to them: sort of link by identifier.

    One transaction holds the record, its code, the decision of the rules, its history, the audit entry and the
    notifications.
    """
    uid = uuid.uuid4().hex
    place = find_place(uow, etype, unit, parent)
    if not hold(uow.session, place.unit, stamp=uow.stamp):
        # It was moved in this very moment: another centre may be responsible.
        require_stored(uow)
        place = find_place(uow, etype, unit, parent)
    uow.access.require(etype, REGISTER.needs, *place.paths)
    if key:
        request = {"etype": etype, "unit": unit, "parent": parent, "data": dict(data)}
        earlier = request_keys.claim(uow, key, request, uid)
        if earlier is not None:
            return Registered(load(uow.session, earlier.record_uid), replayed=True)
    checked = check(uow, place.bundle, etype, with_brought(uow, place.bundle, etype, place.parent, data))
    data = checked.data
    entry = Entry(uow.now, uow.access.user_id, uow.access.name)
    record = new_record(uow.portal.keys, entry, place, etype, data, uid)
    with perform(uow, REGISTER, record, at=place.paths) as act:
        uow.add(record)
        decisions = decide(
            uow, record, place.bundle, place.centre, "register", checked.units.get(record.place or "")
        )
        number(uow, place, record)
        adopt(uow, record, files)
        prepare(act)
        act.save()
        linked = tie_all(uow, record, links or {})
        index_record(uow.session, uow.portal.keys, place.bundle, record, data, place.newer, new=True)
        make_code(uow, place.bundle, record)
        act.history(to_stage=record.stage, unit_id=place.unit.id)
        told = {"code": record.code, "title": record.title, "data": record.data}
        act.audit(after=told | ({"links": linked} if linked else {}))
    if not decisions:
        return Registered(record)
    return Registered(record, _explain=partial(explained, uow.portal, uow.session, record, decisions[0]))


def find_place(uow: Work, etype: str, unit: str, parent: str | None) -> Place:
    """Return where the record goes; a part of another record goes where that one is, under its release."""
    if parent is not None:
        whole = load(uow.session, parent)
        bundle = pinned(uow.portal, uow.session, whole.release_id)
        entity = bundle.entity(etype)
        if entity.parent != whole.etype:
            raise _parent_problem(entity)
        home = by_id(uow.session, whole.unit_id)
        centre, current = for_centre(uow.portal, uow.session, home)
        newer = (current,) if current.release_id != bundle.release_id else ()
        return Place(home, centre, bundle, whole, newer)
    home, centre = kept_place(uow, unit)
    bundle = pinned(uow.portal, uow.session, centre.release_id)
    entity = bundle.entity(etype)
    if entity.parent is not None:
        raise _parent_problem(entity)
    return Place(home, centre, bundle)


@dataclass(frozen=True, slots=True)
class Entry:
    """When a record is entered, and by whom."""

    at: dt.datetime
    user_id: int | None
    name: str


def new_record(
    keys: Keyring, entry: Entry, place: Place, etype: str, data: Mapping[str, Any], uid: str
) -> Record:
    """Return the record, not yet stored and without its code."""
    lifecycle = place.bundle.lifecycle_of(etype)
    stage = lifecycle.initial if lifecycle else None
    parent = place.parent
    record = Record(
        uid=uid,
        etype=etype,
        unit_id=place.unit.id,
        unit_path=place.unit.path,
        handler_unit_id=parent.handler_unit_id if parent else None,
        handler_path=parent.handler_path if parent else None,
        centre_id=place.centre.unit_id,
        release_id=place.bundle.release_id,
        parent_id=parent.id if parent else None,
        stage=stage.id if stage else None,
        canonical_stage=stage.canonical if stage else None,
        stage_since=entry.at if stage else None,
        is_open=not (stage and stage.final),
        lanes={},
        created_at=entry.at,
        created_by=entry.user_id,
        created_by_name=entry.name,
        updated_at=entry.at,
        updated_by_name=entry.name,
        version=1,
    )
    give_key(keys, record)
    set_data(keys, place.bundle, record, data, place.newer)
    return record


def number(uow: Work, place: Place, record: Record) -> None:
    """Give the record its code, where its type has codes."""
    code = place.bundle.entity(record.etype).code_for(record.data)
    if code is not None:
        pattern, series = code
        record.code = next_code(uow.session, place.centre, pattern, series, uow.today)
        record.search_text = f"{record.code} {record.title}".casefold()


def _parent_problem(entity: EntityType) -> InvalidInput:
    message = (
        msg("A “%(etype)s” is entered inside of another record")
        if entity.parent
        else msg("A “%(etype)s” is not entered inside of another record")
    )
    problem = Problem("record.parent", message, {"etype": entity.id}, pointer="/parent")
    return InvalidInput("record.parent", message, {"etype": entity.id}, [problem])
