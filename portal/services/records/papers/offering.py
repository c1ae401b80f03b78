"""Which papers a person may issue about a record now: of its stage, and theirs to issue."""

from __future__ import annotations

from portal.core.access import TRANSITION, Access
from portal.core.actors import Actor
from portal.core.documents import DocumentType
from portal.persistence.models import Record


def of_stage(record: Record, document: DocumentType) -> bool:
    """Tell whether a document is issued in the stage that a record is in; one that names none always is."""
    return not document.stages or record.canonical_stage in document.stages


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
