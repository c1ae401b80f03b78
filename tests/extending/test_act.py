"""An act registered once, from outside, is known everywhere: schema, check, words, API, documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.core import documented
from portal.core.access import Access
from portal.core.acts import ACTS, FILES, Act, History
from portal.core.packs import schemas
from portal.services import records
from portal.services.records.acts.loading import load
from portal.services.records.acts.performing import perform
from tests.extending.county import PACK, add_person, faults, written
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site, uid_of

__all__ = ["site"]
# Its texts are in the catalogues already, for something else.
INSPECT = Act(
    "inspect",
    "under way",
    needs="edit",
    changes=frozenset({FILES}),
    emits=("record.inspected",),
    history=History("inspect", "Alongside the stages", "good", "eye"),
)
EVENTS = {"looked_at": {"title": "Looked at", "arises": [{"on": "act", "act": "inspect"}]}}


@pytest.fixture
def registered() -> Iterator[None]:
    with ACTS.with_entry(INSPECT):
        yield


def test_the_schema_knows_it_only_while_it_is_registered() -> None:
    assert [one.pointer for one in schemas.check_complete("events", EVENTS)] == ["/looked_at/arises/0/act"]
    with ACTS.with_entry(INSPECT):
        assert schemas.check_complete("events", EVENTS) == []


def test_the_check_of_packs_knows_it(tmp_path: Path) -> None:
    library = written(tmp_path, {f"seed/{PACK}/events.json": EVENTS})
    assert {pointer for _code, pointer in faults(library)} == {"/looked_at/arises/0/act"}
    with ACTS.with_entry(INSPECT):
        assert faults(library) == []


def happen(site: Site) -> str:
    """Let it happen to a new record, as a use case of it would write it; return the address of its page."""
    url = site.register(site.login("clerk"))
    with site.portal.writing(Access.system("test")) as uow:
        with perform(uow, INSPECT, load(uow.session, uid_of(url))) as act:
            act.touch()
            act.history()
        uow.commit()
    return url


@pytest.fixture(scope="module")
def auditor(site: Site) -> Browser:
    add_person(site, "auditor", "530112", ["auditor"])
    return site.login("auditor")


def test_history_and_audit_log_say_it_in_both_languages(
    site: Site, auditor: Browser, registered: None
) -> None:
    url, clerk = happen(site), site.login("clerk")
    for code, title, words in (
        ("zh_Hans", "并行环节", "进行中"),
        ("en", "Alongside the stages", "under way"),
    ):
        clerk.client.get(f"/language/{code}")
        auditor.client.get(f"/language/{code}")
        assert title in history_of(clerk, url)
        page = auditor.get(f"/audit/?thing={uid_of(url)}&action=inspect").text
        assert page.count('class="audit-entry') == 1
        assert page.count(words) == 2, "in the entry, and among the acts one can ask for"


def history_of(browser: Browser, url: str) -> str:
    page = browser.get(url).text
    return page[page.index('<ol class="history">') :]


def test_the_api_tells_it_and_its_document_lists_it(site: Site, auditor: Browser, registered: None) -> None:
    url, program = happen(site), site.app.test_client()
    answer = program.get(f"/api/v1/records/case/{uid_of(url)}/history", headers=site.token("clerk"))
    assert answer.json["result"][0]["kind"] == "inspect"
    document = program.get("/api/v1/openapi.json", headers=site.token("auditor")).json
    assert "inspect" in document["components"]["schemas"]["Event"]["properties"]["kind"]["enum"]
    found = document["paths"]["/api/v1/audit/"]["get"]["responses"]["200"]["content"]["application/json"]
    entry = found["schema"]["properties"]["result"]["items"]
    assert "inspect" in entry["properties"]["action"]["enum"]


def test_the_documents_follow(registered: None) -> None:
    page = Path(__file__).parents[2] / "docs" / "audit.md"
    row = "| `inspect` | `inspect` | under way | Alongside the stages | `edit` | files | `record.inspected` |"
    text = page.read_text(encoding="utf-8")
    assert row not in text
    assert row in documented.refreshed(text)


def test_rows_of_an_act_that_is_gone_are_still_shown(site: Site) -> None:
    url = happen(site)
    assert "inspect" in history_of(site.login("clerk"), url)
    with site.portal.reading(Access.system("test")) as session:
        assert records.history(site.portal, session, load(session, uid_of(url)))[0].kind == "inspect"
