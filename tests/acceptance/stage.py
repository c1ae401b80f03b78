"""A portal with people who act, and what its audit log says of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from portal.core.access import ADMIN as ADMINISTRATOR
from portal.core.access import Access, Origin
from portal.persistence.models import AuditEntry
from portal.services import audit, users
from tests.web.records.seeded_site import PASSWORD, Browser, Site, form_in

ADMIN = "keeper"
READS = {"open", "search", "download"}


@dataclass
class Stage:
    """A portal with a case on its way, and those who act on it."""

    site: Site
    versions: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        with self.site.portal.writing(Access.system("test"), Origin()) as uow:
            user = users.create(uow, ADMIN, PASSWORD, "某", ADMIN)
            users.assign(uow, user.id, ADMINISTRATOR, "530112", audited=False)
            self.other = users.create(uow, "other", PASSWORD, "某", "other").id
            users.assign(uow, self.other, "clerk", "530112", audited=False)
            uow.commit()
        self.people: dict[str, Browser] = {}

    def person(self, name: str) -> Browser:
        if name not in self.people:
            self.people[name] = self.site.login(name)
        return self.people[name]

    def case(self) -> str:
        return self.site.register(self.person("clerk"))

    def referred(self) -> tuple[str, str]:
        """Return the address of a referred case, and of its referral."""
        case = self.case()
        self.dispose(case)
        page = self.person("handler").get(case).text
        return case, re.findall(r'action="([^"]+/referral/[^"]+)/accept"', page)[0]

    def dispose(self, case: str) -> Any:
        url, director = case.replace("/show/", "/dispose/"), self.person("director")
        return director.post(url, form_in(director.get(case).text, url))

    def post(self, name: str, url: str, **values: Any) -> Any:
        """Send the form of a page that posts to itself."""
        person = self.person(name)
        return person.send(url, form_in(person.get(url).text, ""), **values)

    def api(self, name: str, method: str, path: str, body: Any = None, version: int = 1) -> Any:
        headers = self.site.token(name) | {"If-Match": f'"{version}"'}
        return lambda: self.site.app.test_client().open(path, method=method, json=body, headers=headers)

    def value(self, query: Any) -> Any:
        with self.site.portal.reading(Access.system("test")) as session:
            return session.scalar(query)

    def entries(self, after: int = 0) -> list[AuditEntry]:
        with self.site.portal.reading(Access.system("test")) as session:
            query = select(AuditEntry).where(AuditEntry.id > after, AuditEntry.action.not_in(READS))
            return audit.opened(self.site.portal, list(session.scalars(query.order_by(AuditEntry.id))))

    def last(self) -> int:
        return int(self.value(select(func.coalesce(func.max(AuditEntry.id), 0))))
