"""A portal with the shipped packs, and a fourth county whose files a test may change and publish."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from portal.cli import main
from portal.core.access import Access, Origin
from portal.persistence.models import Record, Release, ReleaseActivation
from portal.services import units, users
from portal.services.units.centres import centre_at
from tests.web.records.conftest import clerk, site
from tests.web.records.seeded_site import PASSWORD, Site

__all__ = ["clerk", "site"]

GUIDE = Path(__file__).parents[2] / "docs" / "formats" / "packs.md"
EXAMPLE = re.compile(r"^```json file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PACK = "county/chenggong"
UNIT = "530114"


@dataclass
class County:
    """The files of a county, and the command line that works on one portal."""

    site: Site
    root: Path

    def path(self, folder: str, name: str) -> Path:
        return self.root / folder / PACK / f"{name}.json"

    def read(self, folder: str, name: str) -> Any:
        return json.loads(self.path(folder, name).read_text(encoding="utf-8"))

    def write(self, folder: str, name: str, content: Any) -> None:
        path = self.path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        path.write_bytes(raw)

    def version(self, version: str) -> None:
        self.write("seed", "pack", self.read("seed", "pack") | {"version": version})

    def rules(self, content: Any, *texts: str) -> None:
        """Write the county's rules, with some English for their texts."""
        self.write("rule_sets", "referral", content)
        known = self.read("translations", "en")
        self.write("translations", "en", known | {text: f"English {n}" for n, text in enumerate(texts)})

    def run(self, *arguments: str) -> Result:
        environment = {
            "PORTAL_ENV": "demo",
            "PORTAL_DATABASE_URL": self.site.url,
            "PORTAL_INSTANCE": str(self.root),
            "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
            "PORTAL_LANG": "en",
        }
        return CliRunner().invoke(main, list(arguments), env=environment)

    def publish(self) -> Result:
        return self.run("config", "publish", PACK, "--root", str(self.root))

    def state(self) -> dict[str, Any]:
        """Return what a refused publication must leave alone."""
        with self.site.portal.reading(Access.system("test")) as session:
            unit = units.by_code(session, UNIT)
            centre = centre_at(session, unit.id)
            return {
                "in force": centre.release_id if centre else None,
                "releases": session.scalar(select(func.count()).select_from(Release)),
                "activations": session.scalar(select(func.count()).select_from(ReleaseActivation)),
                "records": [
                    (row.uid, row.version, row.stage, row.release_id, row.data, row.updated_at)
                    for row in session.scalars(select(Record).order_by(Record.id))
                ],
            }


@pytest.fixture
def county(site: Site, tmp_path: Path) -> County:
    """The worked example of the guide to packs."""
    made = County(site, tmp_path / "packs")
    for path, content in EXAMPLE.findall(GUIDE.read_text(encoding="utf-8")):
        file = made.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def chenggong(site: Site) -> str:
    """The name of a clerk at the fourth county."""
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        user = users.create(uow, "chenggong", PASSWORD, "某", "chenggong")
        users.assign(uow, user.id, "clerk", UNIT, audited=False)
        uow.commit()
    return "chenggong"
