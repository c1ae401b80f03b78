"""Which papers a person may issue about a record now: of its stage, and theirs to issue."""

from __future__ import annotations

import datetime as dt

from portal.core.access import TRANSITION, Access
from portal.core.actors import Actor
from portal.core.conditions import Env, evaluate
from portal.core.documents import DocumentType
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.handling.guard_facts import facts_of


def is_about(bundle: Bundle, record: Record, document: DocumentType, today: dt.date) -> bool:
    """Tell whether a document is one about records such as this, whatever stage that is in."""
    if document.entity != record.etype or document.hidden:
        return False
    if document.when is None:
        return True
    return evaluate(document.when, facts_of(record), Env(today, taxonomies=bundle.taxonomies))


def stages_of(bundle: Bundle, record: Record) -> frozenset[str]:
    """Return the canonical names of the stages that a record is in: its own, and the lanes open beside it."""
    cycle = bundle.lifecycle_of(record.etype)
    beside = (one.canonical for one in (cycle.stages if cycle else ()) if record.lanes.get(one.id) == "open")
    return frozenset((record.canonical_stage or "", *beside))


def is_of_stage(document: DocumentType, stages: frozenset[str]) -> bool:
    """Tell whether a document is issued in one of these stages; one that names no stage always is."""
    return not document.stages or not stages.isdisjoint(document.stages)


def may_issue(access: Access, record: Record, document: DocumentType, centre_path: str) -> bool:
    """Tell whether a person issues a document about a record, by one of those whom it names as issuing it.

    What a body outside or a party writes is printed by anybody who may take steps: they have no account here.
    """
    if access.unlimited:
        return True
    if not access.allows(record.etype, TRANSITION, record.unit_path, record.handler_path):
        return False
    return not document.issued_by or any(
        _is(access, record, actor, centre_path) for actor in document.issued_by
    )


def _is(access: Access, record: Record, actor: Actor, centre_path: str) -> bool:
    own = (record.unit_path, record.handler_path)
    if actor.kind == "role":
        return str(actor.name) in access.roles_at(*own)
    if actor.kind == "unit":
        places = {
            "centre": (centre_path,),
            "handler": (record.handler_path or record.unit_path,),
            "sender": own,
        }
        return bool(access.roles_at(*places.get(str(actor.name), own)))
    return True
