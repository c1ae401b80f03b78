"""The portal of the record tests, with a fourth county that each module publishes from files of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.adapters.pack_files import default_library
from portal.core.access import Access, Origin
from portal.core.packs import check, resolve
from portal.services import releases, users
from portal.web import language
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["said_in_chinese", "site"]
COUNTY, PACK = "530114", "county/chenggong"


def publish(site: Site, root: Path, files: Mapping[str, Any], english: Mapping[str, str]) -> Browser:
    """Check and publish a county made of files, and sign in a clerk of it.

    Rules are not tried in a child process: it would not know what a test registered in this one.
    """
    whole: dict[str, Any] = {
        f"seed/{PACK}/pack.json": {
            "id": PACK,
            "version": "0.1.0",
            "title": "呈贡区综治中心配置",
            "extends": "city/kunming",
            "unit": COUNTY,
        },
        f"seed/{PACK}/layout.json": {"centre": {"name": "呈贡区综治中心", "unit": COUNTY, "agency": "呈综"}},
        f"translations/{PACK}/en.json": {
            "呈贡区综治中心配置": "Configuration of the Chenggong centre",
            "呈贡区综治中心": "Chenggong District Governance Centre",
            **english,
        },
        **files,
    }
    for path, content in whole.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    library = default_library([root])
    problems = [problem for problem in check(library, [PACK]) if problem.severity == "error"]
    assert not problems, [problem.render() for problem in problems]
    with site.portal.writing(Access.system("publish"), Origin(channel="cli")) as uow:
        releases.publish(uow, resolve(PACK, library), verify=False)
        user = users.create(uow, "chenggong", PASSWORD, "某", "chenggong")
        users.assign(uow, user.id, "clerk", COUNTY, audited=False)
        uow.commit()
    return site.login("chenggong")


@contextmanager
def said_in_chinese(text: str, chinese: str) -> Iterator[None]:
    """Put a translation into the catalogue for a while, as a line of a .po file does for good."""
    catalogue: Any = language._catalogue("zh_Hans", language._folders)
    catalogue._catalog[text] = chinese
    language._said.cache_clear()
    try:
        yield
    finally:
        del catalogue._catalog[text]
        language._said.cache_clear()
