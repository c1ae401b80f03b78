"""The Releases page and its API, and two web processes in which a scheduled release is in force at its time."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core.access import Access, Origin
from portal.core.packs import PackSource, resolve
from portal.services import releases, units
from tests.services.releases.parts import MovedClock
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]

SYSTEM = Access.system("test")


class WithStep:
    """The shipped packs, Xishan's in a next version with a field that every case needs."""

    def __init__(self) -> None:
        self.files = PackFiles([shipped_root()])

    def ids(self) -> list[str]:
        return self.files.ids()

    def problems(self) -> list[Any]:
        return []

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        found = self.files.source(pack_id, version)
        if found is None or pack_id != "county/xishan":
            return found
        changed = dict(found.files)
        for path, patch in {
            "seed/county/xishan/pack.json": {"version": "1.2.0"},
            "seed/county/xishan/layout.json": {
                "centre": {"name": "西山新区综治中心", "unit": "530112", "agency": "新综"}
            },
        }.items():
            changed[path] = json.dumps(json.loads(changed[path]) | patch, ensure_ascii=False).encode()
        return dataclasses.replace(found, files=changed)


@pytest.fixture
def twins(site: Site, tmp_path: Path) -> Iterator[tuple[MovedClock, Site, Site]]:
    """Two web processes on one database, with a clock that the test moves."""
    clock = MovedClock()
    one, two = (Site.open(site.url, tmp_path, clock=clock) for _ in range(2))
    yield clock, one, two
    one.close()
    two.close()


def test_a_scheduled_release_is_in_force_in_two_web_processes_at_its_time(
    twins: tuple[MovedClock, Site, Site],
) -> None:
    clock, one, two = twins
    browsers = [one.login("clerk"), two.login("clerk")]
    tokens = [(one, one.token("clerk")), (two, two.token("clerk"))]

    def versions() -> set[str]:
        """Return the release that each process gives, on its pages and in its API."""
        found = set()
        for browser in browsers:
            page = browser.get("/releases/show/530112").text
            found.add("1.2.0" if ">1.2.0<" in page.split("<section")[0] else "1.1.0")
            found.add("1.2.0" if "西山新区综治中心" in browser.get("/layout/").text else "1.1.0")
        for process, token in tokens:
            client = process.app.test_client()
            (line,) = client.get("/api/v1/releases/", headers=token).json["result"]
            found.add(line["release"]["version"])
            types = client.get("/api/v1/types/", headers=token)
            found.add(types.json["release"]["version"])
        return found

    assert versions() == {"1.1.0"}
    with one.portal.writing(SYSTEM, Origin()) as uow:
        terms = releases.Terms(in_force=False)
        made = releases.publish(uow, resolve("county/xishan", WithStep()), verify=False, terms=terms)
        at = clock.now() + dt.timedelta(minutes=1)
        releases.put_in_force(uow, "530112", made.id, "预定试行", at)
        uow.commit()
    assert versions() == {"1.1.0"}
    for browser in browsers:
        page = browser.get("/releases/show/530112").text
        assert "预定启用" in page
        assert "预定试行" in page
        assert " 1.2.0 ·" in browser.get("/releases/").text
    (line,) = one.app.test_client().get("/api/v1/releases/", headers=tokens[0][1]).json["result"]
    assert [(ahead["release"]["version"], ahead["from"]) for ahead in line["scheduled"]] == [
        ("1.2.0", at.isoformat())
    ]
    clock.forward(seconds=59)
    assert versions() == {"1.1.0"}
    clock.forward(seconds=1)
    assert versions() == {"1.2.0"}
    shown = two.app.test_client().get(f"/api/v1/releases/{made.id}", headers=tokens[1][1]).json["result"]
    assert (shown["state"], shown["opaque"], shown["in_force_at"]) == ("approved", [], ["530112"])


def test_the_page_shows_every_centre_and_what_a_release_is_made_of(site: Site) -> None:
    browser = site.login("clerk")
    listed = browser.get("/releases/").text
    with site.portal.reading(SYSTEM) as session:
        for centre in units.all_centres(session):
            assert f"/releases/show/{centre.unit_code}" in listed
            assert centre.name in listed
    page = browser.get("/releases/show/530103").text
    assert "已批准" in page
    assert "该配置层的文件不在库中" not in page


def test_a_layer_whose_files_are_not_at_hand_is_said_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = site.login("clerk")
    monkeypatch.setattr("portal.web.releases.opaque_links", lambda _session, _release: ["base"])
    assert "该配置层的文件不在库中" in browser.get("/releases/show/530112").text


def test_every_form_of_the_release_in_force_is_there_blank(site: Site) -> None:
    clerk = site.login("clerk")
    page = clerk.get("/releases/show/530112").text
    for code in ("W02", "W29", "W32"):
        assert f'href="/releases/form/530112/{code}"' in page
        answer = clerk.get(f"/releases/form/530112/{code}")
        assert answer.status_code == 200
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            text = archive.read("word/document.xml").decode()
        assert "西山区综治中心" in text
        assert "无。" not in text
        assert "{%" not in text
        assert "{{" not in text
    assert "/" not in clerk.get("/releases/form/530112/W29").headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["530112/W99", "530112/..", "530112/W02%00", "530112001/W02", "nowhere/W02"])
def test_a_form_that_is_not_there_is_not_found(site: Site, path: str) -> None:
    assert site.login("clerk").get(f"/releases/form/{path}").status_code == 404
