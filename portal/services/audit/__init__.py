"""The audit log: seal it, verify it, note what was read, search it."""

from portal.services.audit.events import Read, event, note_reads
from portal.services.audit.reading import AuditPage, AuditQuery, actions, opened, search
from portal.services.audit.sealing import SealReport, head, seal
from portal.services.audit.verifying import VerifyReport, verify

__all__ = [
    "AuditPage",
    "AuditQuery",
    "Read",
    "SealReport",
    "VerifyReport",
    "actions",
    "event",
    "head",
    "note_reads",
    "opened",
    "seal",
    "search",
    "verify",
]
