"""A fourth county, made of files of a test, with people of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from portal.adapters.pack_files import default_library
from portal.core.access import Access, Origin
from portal.core.packs import PackLibrary, check, resolve
from portal.services import releases, users
from tests.web.records.seeded_site import PASSWORD, Site

COUNTY, PACK = "530114", "county/chenggong"
BASE: dict[str, Any] = {
    f"seed/{PACK}/pack.json": {
        "id": PACK,
        "version": "0.1.0",
        "title": "呈贡区综治中心配置",
        "extends": "city/kunming",
        "unit": COUNTY,
        "format": 2,
    },
    f"seed/{PACK}/layout.json": {"centre": {"name": "呈贡区综治中心", "unit": COUNTY, "agency": "呈综"}},
    f"translations/{PACK}/en.json": {
        "呈贡区综治中心配置": "Configuration",
        "呈贡区综治中心": "Chenggong centre",
    },
}


def written(root: Path, files: Mapping[str, Any]) -> PackLibrary:
    """Return a library with the county of ``files`` beside the shipped packs."""
    for path, content in {**BASE, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return default_library([root])


def faults(library: PackLibrary) -> list[tuple[str, str]]:
    """Return code and pointer of every error of the county."""
    return [(one.code, one.pointer) for one in check(library, [PACK]) if one.severity == "error"]


def add_person(site: Site, name: str, unit: str, roles: Iterable[str]) -> None:
    """Let a new person hold some roles at a unit."""
    with site.portal.writing(Access.system("test"), Origin(channel="cli")) as uow:
        user = users.create(uow, name, PASSWORD, "某", name)
        for role in roles:
            users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()


def open_county(site: Site, library: PackLibrary, roles: Iterable[str]) -> None:
    """Publish the county and let a person ``chenggong`` hold some roles there."""
    with site.portal.writing(Access.system("publish"), Origin(channel="cli")) as uow:
        releases.publish(uow, resolve(PACK, library), verify=False)
        uow.commit()
    add_person(site, "chenggong", COUNTY, roles)
