"""A fourth county, by files alone, is live in processes that were running before it was published."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.adapters.clock import SystemClock
from portal.adapters.pack_files import default_library
from portal.core.access import Access, Origin
from portal.core.packs import resolve
from portal.services import releases, users
from tests.web.records.live import Person, serving
from tests.web.records.seeded_site import CASE, PASSWORD, Site

pytestmark = pytest.mark.slow
GUIDE = Path(__file__).parents[3] / "docs" / "formats" / "packs.md"
EXAMPLE = re.compile(r"^```json file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INSPECTION = {
    "title": "市场巡查",
    "kind": "entity",
    "schema": {
        "type": "object",
        "required": ["stall"],
        "properties": {"stall": {"type": "string", "title": "摊位", "minLength": 1, "maxLength": 40}},
    },
    "ui": {"sections": {"main": {"title": "巡查", "order": 10}}, "fields": {"/stall": {"section": "main"}}},
    "entity": {
        "name_plural": "市场巡查记录",
        "title": "{stall}",
        "order": 70,
        "index": ["/stall"],
        "list": {"columns": ["title", "created_at"], "filters": ["/stall"], "order": "-created_at"},
    },
}
ROLES = {"clerk": {"grants": {"inspection": ["list", "show", "add", "edit"]}}}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The worked example of the guide, with an entity type of its own."""
    root = tmp_path / "packs"
    for path, content in EXAMPLE.findall(GUIDE.read_text(encoding="utf-8")):
        _write(root / path, json.loads(content))
    _write(root / "form_definitions/county/chenggong/inspection.json", INSPECTION)
    _write(root / "seed/county/chenggong/roles.json", ROLES)
    return root


@pytest.fixture
def in_step(site: Site, tmp_path: Path) -> Iterator[Site]:
    """The portal by the same clock as the other process, which removes the sessions that are over by it."""
    made = Site.open(site.url, tmp_path, SystemClock())
    yield made
    made.close()


@pytest.fixture
def address(site: Site, tmp_path: Path) -> Iterator[str]:
    """A portal in another process, running before the county is published."""
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        user = users.create(uow, "chenggong", PASSWORD, "某", "chenggong")
        users.assign(uow, user.id, "clerk", "530114", audited=False)
        uow.commit()
    with serving(site.url, tmp_path) as address:
        yield address


def publish(site: Site, root: Path) -> None:
    resolved = resolve("county/chenggong", default_library([root]))
    assert not resolved.errors, [problem.render() for problem in resolved.errors]
    with site.portal.writing(Access.system("publish"), Origin(channel="cli")) as uow:
        releases.publish(uow, resolved)
        uow.commit()


def test_it_is_live_without_a_restart(in_step: Site, files: Path, address: str) -> None:
    there = Person(address, "chenggong")
    here = in_step.login("chenggong")
    for person in (there, here):
        assert "摊位号" not in person.get("/records/case/add").text
        assert person.get("/records/inspection/list/").status_code == 404
    publish(in_step, files)
    for person in (there, here):
        assert "摊位号" in person.get("/records/case/add").text
        assert person.get("/records/inspection/list/").status_code == 200
        assert "市场巡查记录" in person.get("/records/case/list/").text
    made = there.send("/records/inspection/add", **{"/stall": "花卉区 12 号"})
    assert made.status_code == 303, made.text[:3000]
    assert "花卉区 12 号" in here.get("/records/inspection/list/?/stall=花卉").text
    case = there.send("/records/case/add", **CASE | {"/place": "530114001", "/market_stall": "A-7"})
    assert case.status_code == 303, case.text[:3000]
    assert "A-7" in here.get(case.headers["Location"]).text
    # Nobody else's screens changed.
    assert in_step.login("clerk").get("/records/inspection/list/").status_code == 404
    # A second version of the files is live as well, in both processes.
    changed = json.loads(json.dumps(INSPECTION))
    changed["schema"]["properties"]["result"] = {"type": "string", "title": "巡查结论"}
    _write(files / "form_definitions/county/chenggong/inspection.json", changed)
    publish(in_step, files)
    for person in (there, here):
        assert "巡查结论" in person.get("/records/inspection/add").text
    there.close()


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
