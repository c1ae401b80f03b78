"""A case that is closed, for tests of what may still be done with it."""

from __future__ import annotations

from typing import Any

from portal.core.access import Access
from portal.services import records
from tests.web.records.seeded_site import Browser, Site, uid_of

SYSTEM = Access.system("test")
REFUSAL = {
    "ground": "statutory",
    "grounds": "不属于本中心受理范围",
    "law": "信访工作条例",
    "organ": "区人民法院",
    "remedy": "可以自收到之日起申请复查",
}


def do(site: Site, what: Any, *args: Any, **more: Any) -> Any:
    """Call a use case in a transaction of the system's own."""
    with site.portal.writing(SYSTEM) as uow:
        answer = what(uow, *args, **more)
        uow.commit()
    return answer


def version_of(site: Site, uid: str) -> int:
    with site.portal.reading(SYSTEM) as session:
        return records.get_any(session, uid).version


def step(site: Site, uid: str, name: str, form: Any = None, **more: Any) -> None:
    do(site, records.transition, uid, name, version=version_of(site, uid), form=form, **more)


def close(site: Site, uid: str) -> None:
    """Close a case that was registered: it is not accepted."""
    step(site, uid, "reject", REFUSAL, reason="不予受理")


def closed_case(site: Site, clerk: Browser, **data: Any) -> str:
    """Register a case through its form and close it; return the address of its page."""
    url = site.register(clerk, **data)
    close(site, uid_of(url))
    return url
