"""Settle what a source says of a record that was changed here: field by field, taken over or left as it is here.

What is taken over is an ordinary change of the record, or a correction that is asked for where it is closed; a stage is
reached by a step alone. Nothing is settled by who does not see both values, or may not change the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.adapters.keyring import Keyring
from portal.core import pointer as pointers
from portal.core.acts import KEEP_HERE
from portal.core.errors import Conflict, Forbidden, msg
from portal.core.importing import STAGE
from portal.persistence.models import ImportSource, Record, RecordSource
from portal.services.importing.reading import sealed_by_source, told_by_source
from portal.services.records.acts.loading import load
from portal.services.records.acts.locking import lock_of
from portal.services.records.acts.performing import perform
from portal.services.records.entering.changing import change
from portal.services.records.handling.correcting import ask
from portal.services.records.privacy.disclosure import RecordView, view_of

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class Offer:
    """What the source says by now of one field, by its pointer, or of the stage: here and there, in clear."""

    where: str
    here: Any
    there: Any

    @property
    def is_stage(self) -> bool:
        """Tell whether it is the stage, which no change of facts reaches."""
        return self.where == STAGE


def offers_of(keys: Keyring, source: RecordSource, record: Record, clear: Mapping[str, Any]) -> list[Offer]:
    """Return what the source says by now other than before and than here; the values must not leave the server."""
    if source.offered is None:
        return []
    before, now = (told_by_source(keys, record, said) for said in (source.taken, source.offered))
    earlier, later = before.get("data", {}), now.get("data", {})
    found = [
        Offer(f"/{pointers.escape(name)}", clear.get(name), later.get(name))
        for name in dict.fromkeys([*later, *earlier])
        if later.get(name) != earlier.get(name) and later.get(name) != clear.get(name)
    ]
    stage = now.get("stage")
    if stage and stage not in (before.get("stage"), record.stage):
        found.append(Offer(STAGE, record.stage, stage))
    return found


def may_judge(view: RecordView, one: Offer) -> bool:
    """Tell whether a person sees in clear what stands here and there."""
    if one.is_stage:
        return True
    name = pointers.split(one.where)[0]
    here, there = ({} if value is None else {name: value} for value in (one.here, one.there))
    return view.plan.show(here) == here and view.plan.show(there) == there


def take_offered(uow: Work, uid: str, where: str, version: int) -> Record:
    """Take over what the source says of one field by a change; of a closed record a correction is asked for."""
    record = load(uow.session, uid)
    source, one, view = _found(uow, record, where)
    if one.is_stage:
        text = msg(
            "No change of facts leads to another stage: take the step, then say that you have seen this"
        )
        raise Conflict("import.stage", text)
    name = pointers.split(where)[0]
    data = {key: value for key, value in view.data.items() if key != name}
    if one.there is not None:
        data[name] = one.there
    reason = f"{_name_of(uow, source)}：{source.number}"
    if lock_of(uow.portal, uow.session, record) is not None:
        # Whether it is taken over is the second person's decision by now, and no more a question of the source.
        ask(uow, uid, data, version=version, reason=reason)
        source.taken = _with(uow, record, source, one)
    else:
        change(uow, uid, data, version, reason=reason)
    _close(uow, source, record)
    return record


def keep_here(uow: Work, uid: str, where: str, version: int) -> Record:
    """Leave one field as it is here; the source is not asked about it again until it says something new."""
    record = load(uow.session, uid)
    with perform(uow, KEEP_HERE, record, version=version) as act:
        source, one, _view = _found(uow, record, where)
        source.taken = _with(uow, record, source, one)
        act.touch()
        told = {"source": _name_of(uow, source), "number": source.number}
        act.history(data={**told, "fields": [] if one.is_stage else [where]})
        act.audit(after={**told, "field": where})
        _close(uow, source, record)
    return record


def _found(uow: Work, record: Record, where: str) -> tuple[RecordSource, Offer, RecordView]:
    """Return the source of a record with what it says of one field; raise Conflict where that is settled by now."""
    query = select(RecordSource).where(RecordSource.record_id == record.id).with_for_update()
    source = uow.session.scalars(query).one_or_none()
    view = view_of(uow.portal, uow.session, record)
    offers = offers_of(uow.portal.keys, source, record, view.clear) if source is not None else []
    one = next((offer for offer in offers if offer.where == where), None)
    if source is None or one is None:
        raise Conflict("import.settled", msg("This was settled already, or the source says the same by now"))
    if not may_judge(view, one):
        raise Forbidden(
            "import.unseen", msg("This field is masked for you: have it shown first, then decide about it")
        )
    return source, one, view


def _with(uow: Work, record: Record, source: RecordSource, one: Offer) -> dict[str, Any]:
    """Return what the source said of a record, with one field as it says by now: that is settled."""
    said = told_by_source(uow.portal.keys, record, source.taken)
    if one.is_stage:
        return sealed_by_source(uow.portal.keys, record, {**said, STAGE: one.there})
    name = pointers.split(one.where)[0]
    data = {key: value for key, value in said.get("data", {}).items() if key != name}
    if one.there is not None:
        data[name] = one.there
    return sealed_by_source(uow.portal.keys, record, {**said, "data": data})


def _close(uow: Work, source: RecordSource, record: Record) -> None:
    """Follow the source again where nothing is left to settle."""
    clear = view_of(uow.portal, uow.session, record).clear
    if source.offered is not None and not offers_of(uow.portal.keys, source, record, clear):
        source.taken, source.offered = source.offered, None


def _name_of(uow: Work, source: RecordSource) -> str:
    """Return the name of the other system, which the record itself bears as its maker."""
    found = uow.session.scalar(select(ImportSource.name).where(ImportSource.id == source.source_id))
    return found or str(uow.session.get_one(Record, source.record_id).created_by_name)
