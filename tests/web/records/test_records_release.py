"""A case moves to a newer release of its centre: the page says what changes, in both languages, and does it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.pack_files import PackFiles
from portal.core.access import Access, Origin
from portal.core.packs import resolve
from portal.persistence.models import Record, RecordEvent
from portal.services import releases
from portal.services.records.entering.filling import fill
from tests.web.records.seeded_site import Browser, Site, uid_of

ROOT = Path(__file__).parents[3]


def publish(site: Site, folder: Path, version: str, **form: Any) -> int:
    """Publish another version of Xishan's pack with more in its form of cases, or in its calendar."""
    for kind in ("seed", "form_definitions", "rule_sets", "translations"):
        if (ROOT / kind).is_dir():
            shutil.copytree(ROOT / kind, folder / kind, dirs_exist_ok=True)
    manifest = folder / "seed/county/xishan/pack.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(content | {"version": version}), encoding="utf-8")
    definition = folder / "form_definitions/county/xishan/case.json"
    case = json.loads(definition.read_text(encoding="utf-8"))
    case["schema"]["properties"] = case["schema"].get("properties", {}) | form.get("properties", {})
    for name in form.get("without", ()):
        case["schema"]["properties"][name] = None
        case.setdefault("ui", {}).setdefault("fields", {})[f"/{name}"] = None
    if "required" in form:
        without = list(form.get("without", ()))
        case["schema"]["required"] = {"$add": form["required"], "$remove": without}
    if "index" in form:
        case["entity"]["index"]["$add"] += form["index"]
    definition.write_text(json.dumps(case, ensure_ascii=False), encoding="utf-8")
    if "years" in form:
        calendar = json.dumps(form["years"], ensure_ascii=False)
        (folder / "seed/county/xishan/calendar.json").write_text(calendar, encoding="utf-8")
    resolved = resolve("county/xishan", PackFiles([folder]))
    with site.portal.writing(Access.system("publish"), Origin(channel="cli")) as uow:
        made = releases.publish(uow, resolved, verify=False)
        uow.commit()
    return made.id


@pytest.fixture(scope="module")
def moved(site: Site, clerk: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two cases, and a release that came after them."""
    made = [uid_of(site.register(clerk)) for _ in range(3)]
    new = {"shore": {"type": "string", "title": "岸线", "minLength": 1}}
    release = publish(
        site,
        tmp_path_factory.mktemp("newer"),
        "9.1.0",
        properties=new,
        required=["shore"],
        without=["claim"],
    )
    return {"cases": made, "release": release}


def record(site: Site, uid: str) -> Record:
    with site.portal.reading(Access.system("test")) as session:
        return session.scalars(select(Record).where(Record.uid == uid)).one()


def test_the_case_names_its_release_and_the_newer_one(
    site: Site, clerk: Browser, moved: dict[str, Any]
) -> None:
    uid = moved["cases"][0]
    shown = clerk.get(f"/records/case/show/{uid}").text
    assert "有新版：9.1.0" in shown
    assert f"/records/case/release/{uid}" in shown
    # Who may not change a record is not offered the act, and is refused at its address.
    reader = site.login("supervisor")
    assert f"/records/case/release/{uid}" not in reader.get(f"/records/case/show/{uid}").text
    assert reader.get(f"/records/case/release/{uid}").status_code in (302, 403)
    # One that was entered since has nothing to move to.
    fresh = uid_of(site.register(clerk, **{"/shore": "北岸"}))
    assert "有新版" not in clerk.get(f"/records/case/show/{fresh}").text
    assert "没有可转入的较新" in clerk.get(f"/records/case/release/{fresh}").text


def test_the_page_says_what_changes_and_does_it(site: Site, clerk: Browser, moved: dict[str, Any]) -> None:
    uid, url = moved["cases"][0], f"/records/case/release/{moved['cases'][0]}"
    page = clerk.get(url).text
    assert "至 9.1.0" in page
    for text in ("须补填", "岸线", "不再列入表单", "按新版规则重新研判"):
        assert text in page, text
    before = record(site, uid)
    refused = clerk.send(url, clerk.form(url), reason="")
    assert refused.status_code == 422
    assert "请说明" in refused.text or "原因" in refused.text
    assert record(site, uid).release_id == before.release_id
    done = clerk.send(url, clerk.form(url), reason="统一改用新版")
    assert done.status_code == 303
    after = record(site, uid)
    assert (after.release_id, after.version) == (moved["release"], before.version + 1)
    shown = clerk.get(f"/records/case/show/{uid}").text
    assert "统一改用新版" in shown
    assert "9.1.0" in shown
    with site.portal.reading(Access.system("test")) as session:
        kinds = session.scalars(select(RecordEvent.kind).where(RecordEvent.record_id == after.id)).all()
    assert list(kinds).count("adopt_release") == 1


def test_two_at_once_and_a_release_that_is_none(site: Site, clerk: Browser, moved: dict[str, Any]) -> None:
    uid, url = moved["cases"][1], f"/records/case/release/{moved['cases'][1]}"
    first = clerk.form(url)
    assert clerk.send(url, first, reason="先").status_code == 303
    late = clerk.send(url, first, reason="后")
    assert late.status_code == 409
    assert record(site, uid).version == 2
    other = f"/records/case/release/{moved['cases'][2]}"
    wrong = clerk.send(other, clerk.form(other), reason="错", to="999999")
    assert wrong.status_code == 409
    assert record(site, moved["cases"][2]).version == 1


def test_the_page_reads_in_english(site: Site, moved: dict[str, Any]) -> None:
    english = site.login("clerk2")
    english.get("/lang/en")
    page = english.get(f"/records/case/release/{moved['cases'][2]}").text
    assert "No longer in the form" in page
    assert "Move to this release" in page
    fresh = uid_of(site.register(english, **{"/shore": "north"}))
    assert "There is no newer release" in english.get(f"/records/case/release/{fresh}").text


def test_a_list_says_while_older_entries_are_looked_through(
    site: Site, clerk: Browser, moved: dict[str, Any], tmp_path: Path
) -> None:
    new = {"shore": {"type": "string", "title": "岸线", "minLength": 1}}
    publish(site, tmp_path, "9.3.0", properties=new, required=["shore"], without=["claim"], index=["/shore"])
    url = "/records/case/list/?/shore=x"
    assert "正在整理此前登记的内容：岸线" in clerk.get(url).text
    assert "正在整理此前登记的内容" not in clerk.get("/records/case/list/?all=1").text
    fill(site.portal)
    assert "正在整理此前登记的内容" not in clerk.get(url).text
