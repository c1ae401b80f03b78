"""Files of a draft, conditions as sentences, copies: each is one step of the draft, or refused in words."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.pack_files import shipped_root
from portal.core import pointer as pointers
from portal.core.access import Access
from portal.persistence.models import AuditEntry
from portal.services import drafts
from tests.core.papers.hostile import FILES, TEXTS, Hostile
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site, form_in
from tests.web.test_studio import XISHAN, account, text_of

__all__ = ["site"]
SYSTEM = Access.system("test")
HTMX = {"HX-Request": "true"}
DOCX = Path(shipped_root()) / "seed" / "base" / "assets" / "w13.docx"
WHERE = "/worklists/to_triage/where"


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    return account(site, "filer", "config_admin")


@pytest.fixture(scope="module")
def draft(site: Site) -> str:
    with site.portal.writing(SYSTEM) as uow:
        uid = drafts.open_draft(uow, XISHAN, "试文件").uid
        uow.commit()
        return uid


def value(site: Site, draft: str, pointer: str) -> Any:
    with site.portal.reading(SYSTEM) as session:
        return pointers.get(drafts.effective(session, draft), pointer, None)


def entries(site: Site, draft: str) -> int:
    with site.portal.reading(SYSTEM) as session:
        return len(list(session.scalars(select(AuditEntry.id).where(AuditEntry.object_id == draft))))


def bring(browser: Browser, draft: str, name: str, content: bytes, **more: str) -> Any:
    data = {"csrf_token": browser.token(), "file": (io.BytesIO(content), name), **more}
    return browser.client.post(f"/studio/{draft}/assets", data=data, content_type="multipart/form-data")


def test_a_document_gets_a_template_of_our_own_in_one_step(site: Site, keeper: Browser, draft: str) -> None:
    before, content = entries(site, draft), DOCX.read_bytes()
    page = f"/studio/{draft}/documents/W02"
    assert "上级配置的" in text_of(keeper, page)
    answer = bring(keeper, draft, "权利义务告知书（新）.docx", content, document="W02")
    assert answer.headers["Location"] == page
    assert entries(site, draft) == before + 1
    name = value(site, draft, "/documents/W02/template").rpartition("/")[2]
    assert keeper.get(f"/studio/{draft}/assets/{name}").data == content
    assert "本中心自己的" in text_of(keeper, page)
    remove = f"/studio/{draft}/assets/{name}/remove"
    refused = keeper.post(remove, {"csrf_token": keeper.token()})
    assert "还在用这个文件" in text_of(keeper, refused.headers["Location"])
    bring(keeper, draft, "平面.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="1"/>')
    assert set(value(site, draft, "/assets")) == {"ping_mian.svg", name}
    before = entries(site, draft)
    keeper.post(f"/studio/{draft}/assets/ping_mian.svg/remove", {"csrf_token": keeper.token()})
    assert list(value(site, draft, "/assets")) == [name]
    assert entries(site, draft) == before + 1


def test_what_is_no_template_is_refused_in_words(site: Site, keeper: Browser, draft: str) -> None:
    before = entries(site, draft)
    for name, content, said in (
        ("a.png", b"\x89PNG\r\n\x1a\n", "模板应是 .docx 文件"),
        ("a.docx", b"no document", "docx"),
        ("", b"", "请先选择文件"),
    ):
        answer = bring(keeper, draft, name, content, document="W03")
        assert said in text_of(keeper, answer.headers["Location"])
    assert entries(site, draft) == before
    assert keeper.get(f"/studio/{draft}/assets/nothing.docx").status_code == 404
    assert keeper.get(f"/studio/{draft}/assets/plain.docx").data.startswith(b"PK")


@pytest.mark.parametrize("one", [*FILES, *TEXTS], ids=lambda one: one.tries)
def test_a_hostile_template_is_refused_as_it_is_brought(
    site: Site, keeper: Browser, draft: str, one: Hostile
) -> None:
    before, had = entries(site, draft), value(site, draft, "/documents/W04/template")
    answer = bring(keeper, draft, "送达回证.docx", one.content, document="W04")
    assert 'class="alert' in keeper.get(answer.headers["Location"]).text
    assert entries(site, draft) == before
    assert value(site, draft, "/documents/W04/template") == had


def test_a_condition_of_a_worklist_is_a_sentence(site: Site, keeper: Browser, draft: str) -> None:
    url = f"/studio/{draft}/sentence{WHERE}"
    words = text_of(keeper, f"/studio/{draft}/worklists/to_triage")
    assert "办理中 为 是" in words
    page = keeper.get(url).text
    # A list of texts without values of their own sends its text.
    pairs = [(name, text) for name, text in form_in(page, url) if name != "c-0-0-text"] + [
        ("c-0-0-text", "是")
    ]
    before, count = value(site, draft, WHERE), entries(site, draft)
    assert keeper.post(url, pairs, headers=HTMX).status_code == 200
    assert value(site, draft, WHERE) == before
    lines = len(before["all"])
    assert "/sudden" not in value(site, draft, "/forms/case/entity/index")
    more = {f"c-{lines}-0-field": "/data/sudden", f"c-{lines}-0-op": "eq", f"c-{lines}-0-text": "是"}
    answer = keeper.post(url, [*pairs, *more.items()], headers=HTMX)
    assert "没有保存" not in answer.text
    assert "还没有保存" not in answer.text
    assert value(site, draft, WHERE) == {
        "all": [*before["all"], {"field": "/data/sudden", "op": "eq", "value": True}]
    }
    assert "/sudden" in value(site, draft, "/forms/case/entity/index"), (
        "lists look at what is kept beside records"
    )
    assert entries(site, draft) == count + 1
    other = {f"c-{lines}-0-field": "/data/applicant_phone", f"c-{lines}-0-op": "exists"}
    assert "还没有保存" in keeper.post(url, [*pairs, *other.items()], headers=HTMX).text, (
        "no lists by who somebody is"
    )
    seen = re.search(r'id="ruling-seen" value="([^"]*)"', keeper.get(url).text)
    assert seen
    assert json.loads(unescape(seen[1])) == value(site, draft, WHERE)


@pytest.mark.parametrize(
    "place", ["/worklists/to_triage/title", "/roles/clerk/grants", "/worklists/none/where", "/x"]
)
def test_only_conditions_are_sentences(keeper: Browser, draft: str, place: str) -> None:
    assert keeper.get(f"/studio/{draft}/sentence{place}").status_code == 404


def test_a_thing_is_copied_with_a_name_of_its_own(site: Site, keeper: Browser, draft: str) -> None:
    asked = {"csrf_token": keeper.token(), "at": "/worklists/to_archive"}
    answer = keeper.post(f"/studio/{draft}/do/copy", asked)
    made = value(site, draft, "/worklists/" + answer.headers["Location"].rpartition("/")[2])
    above = value(site, draft, "/worklists/to_archive")
    assert made["title"] == "待归档（副本）"
    others = [one.get("position", 0) for one in value(site, draft, "/worklists").values() if one != made]
    assert made.pop("position") > max(others)
    assert {**made, "title": above["title"]} == {key: one for key, one in above.items() if key != "position"}
