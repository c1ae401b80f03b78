"""A program that uses the API as one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.core.access import Access
from portal.persistence.models import AuditEntry
from tests.web.records.seeded_site import Site

CASES = "/api/v1/records/case/"
DATA: dict[str, Any] = {
    "channel": "walk_in",
    "applicant_name": "张小明（虚构）",
    "dispute_type": "D0301",
    "place": "530112001",
    "summary": "房屋买卖合同履行发生纠纷",
    "claim": "退还定金",
    "amount": 20000,
    "willing": "yes",
    "lower_tried": False,
}


@dataclass
class Program:
    """A client with somebody's token."""

    client: FlaskClient
    headers: dict[str, str]

    @classmethod
    def of(cls, site: Site, name: str) -> Program:
        return cls(site.app.test_client(), site.token(name))

    def get(self, path: str, **arguments: Any) -> TestResponse:
        return self.client.get(path, headers=self.headers, query_string=arguments or None)

    def post(
        self, path: str, body: Any = None, *, version: int | None = None, key: str | None = None
    ) -> TestResponse:
        extra = {} if version is None else {"If-Match": f'"{version}"'}
        extra |= {} if key is None else {"Idempotency-Key": key}
        return self.client.post(path, json={} if body is None else body, headers=self.headers | extra)

    def register(self, **data: Any) -> dict[str, Any]:
        """Register a case; return it."""
        answer = self.post(CASES, {"data": DATA | data})
        assert answer.status_code == 201, answer.text
        result: dict[str, Any] = answer.json["result"]
        return result


def entries(site: Site, uid: str) -> list[str]:
    """Return what the audit log holds about a record, oldest first."""
    with site.portal.reading(Access.system("test")) as session:
        query = select(AuditEntry.action).where(AuditEntry.object_id == uid).order_by(AuditEntry.id)
        return [action for action in session.scalars(query) if action not in ("open", "search")]


def total(site: Site) -> int:
    """Return how many entries of writes the audit log holds."""
    with site.portal.reading(Access.system("test")) as session:
        writes = AuditEntry.action.not_in(("open", "search", "login"))
        return session.scalar(select(func.count()).select_from(AuditEntry).where(writes)) or 0
