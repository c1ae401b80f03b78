"""The audit log: seal it, verify it, search it; what is read is noted by ``records.acts``."""

from portal.services.audit.reading import AuditPage, AuditQuery, actions, opened, search
from portal.services.audit.sealing import SealReport, head, seal
from portal.services.audit.verifying import VerifyReport, verify

__all__ = [
    "AuditPage",
    "AuditQuery",
    "SealReport",
    "VerifyReport",
    "actions",
    "head",
    "opened",
    "seal",
    "search",
    "verify",
]
