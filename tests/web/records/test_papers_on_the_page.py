"""Papers on the page of a case: seen as they would be, issued, downloaded, handed out, scanned, made void."""

from __future__ import annotations

import html
import io
import re
import zipfile

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import AuditEntry
from portal.services import records
from portal.services.records import PaperReader, PaperView
from portal.services.records.papers import reading
from tests.core.papers.sheets import paragraph, sheet
from tests.web.records.seeded_site import TODAY, Browser, Site, uid_of

SYSTEM = Access.system("test")
PDF = b"%PDF-1.7 signed"


@pytest.fixture
def clerk(site: Site) -> Browser:
    return site.login("clerk")


@pytest.fixture
def case(site: Site, clerk: Browser) -> str:
    """The address of a new case."""
    return site.register(clerk)


def made(site: Site, case: str) -> list[PaperView]:
    with site.portal.reading(SYSTEM) as session:
        return PaperReader(site.portal, session, records.get_any(session, uid_of(case))).all


def panel(browser: Browser, case: str) -> str:
    found = re.search(r'<section class="card" id="papers">.*?</section>', browser.get(case).text, re.DOTALL)
    assert found
    return html.unescape(found[0])


def issue(browser: Browser, case: str, document: str = "W03") -> str:
    """Issue a paper by its page; return the address of the paper."""
    url = case.replace("/show/", "/paper_add/") + f"/{document}"
    answer = browser.send(url, browser.form(url), **{"f.contact": "0871-68180000"})
    assert answer.status_code == 303, answer.text[:2000]
    return answer.headers["Location"]


def test_a_clerk_sees_a_paper_issues_it_and_downloads_it(site: Site, clerk: Browser, case: str) -> None:
    assert "受理（不予受理）告知书" in panel(clerk, case)
    url = case.replace("/show/", "/paper_add/") + "/W03"
    page = clerk.get(url).text
    assert "房屋买卖合同履行发生纠纷" in page
    assert "张小明" not in page
    assert "出具时编号" in page
    paper = issue(clerk, case)
    page = clerk.get(paper).text
    assert "0871-68180000" in page
    (view,) = made(site, case)
    assert view.row.number in page
    assert view.row.number in panel(clerk, case)
    sent = clerk.get(f"{paper}/file")
    assert sent.status_code == 200
    assert "attachment" in sent.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(sent.data)) as archive:
        text = archive.read("word/document.xml").decode()
    assert view.row.number in text
    assert "张小明" not in text
    with site.portal.reading(SYSTEM) as session:
        reads = session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == uid_of(case))).all()
    assert reads.count("download") == 1


def test_a_draft_is_sent_and_takes_no_number(site: Site, clerk: Browser, case: str) -> None:
    url = case.replace("/show/", "/paper_add/") + "/W03"
    sent = clerk.post(f"{url}/draft", clerk.form(url))
    assert sent.status_code == 200
    assert sent.data.startswith(b"PK")
    assert made(site, case) == []


def test_a_paper_is_handed_out_scanned_and_made_void(site: Site, clerk: Browser, case: str) -> None:
    paper = issue(clerk, case)
    values = {"to": "张某", "way": "当面", "day": TODAY.isoformat()}
    assert clerk.send(f"{paper}/serve", clerk.form(paper, f"{paper}/serve"), **values).status_code == 303
    assert "当面" in clerk.get(paper).text
    data = dict(clerk.form(paper, f"{paper}/scan")) | {"file": (io.BytesIO(PDF), "签字.pdf")}
    assert clerk.client.post(f"{paper}/scan", data=data).status_code == 303
    (view,) = made(site, case)
    assert view.scan is not None
    answer = clerk.send(f"{paper}/void", clerk.form(paper, f"{paper}/void"), reason="打印有误")
    assert answer.status_code == 303
    assert "打印有误" in panel(clerk, case)
    issue(clerk, case)
    first, second = (int(one.row.number[-5:]) for one in made(site, case))
    assert second == first + 1


def test_a_scan_goes_only_to_those_who_see_all_that_the_paper_says(
    site: Site, clerk: Browser, case: str
) -> None:
    paper = issue(clerk, case)
    data = dict(clerk.form(paper, f"{paper}/scan")) | {"file": (io.BytesIO(PDF), "签字.pdf")}
    clerk.client.post(f"{paper}/scan", data=data)
    (view,) = made(site, case)
    assert view.scan is not None
    url = case.replace("/show/", "/attachment/") + f"/{view.scan.uid}"
    assert clerk.get(url).status_code == 403
    assert view.scan.name not in clerk.get(case).text


def test_a_second_click_and_bad_input_are_told(site: Site, clerk: Browser, case: str) -> None:
    url = case.replace("/show/", "/paper_add/") + "/W03"
    pairs = clerk.form(url)
    assert clerk.post(url, pairs).status_code == 303
    assert clerk.post(url, pairs).status_code == 409
    assert len(made(site, case)) == 1
    paper = case.replace("/show/", "/paper/") + "/1"
    stale = clerk.form(paper, f"{paper}/void")
    assert clerk.send(f"{paper}/void", stale, reason="。").status_code == 303
    assert clerk.send(f"{paper}/void", stale, version="9", reason="打印有误").status_code == 303
    assert made(site, case)[0].row.status == "issued"
    assert clerk.get(case.replace("/show/", "/paper/") + "/7").status_code == 404
    assert clerk.get(case.replace("/show/", "/paper_add/") + "/W24").status_code == 404


@pytest.mark.parametrize(
    ("template", "status", "words"),
    [
        (sheet(paragraph("{{ name.__class__ }}")), 422, "该模板不能使用"),
        (sheet(paragraph("{% if name %}")), 422, "该模板不能使用"),
        (b"PK no template", 422, "该模板不能使用"),
    ],
    ids=("attribute", "unclosed", "broken"),
)
def test_a_template_that_can_t_be_used_is_told_and_takes_no_number(
    site: Site,
    clerk: Browser,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
    template: bytes,
    status: int,
    words: str,
) -> None:
    url = case.replace("/show/", "/paper_add/") + "/W03"
    pairs = clerk.form(url)
    monkeypatch.setattr(reading, "template_content", lambda session, sha256: template)
    answer = clerk.post(f"{url}/draft", pairs)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert made(site, case) == []


def test_a_wrong_scan_is_told_and_nothing_is_kept(site: Site, clerk: Browser, case: str) -> None:
    paper = issue(clerk, case)
    for name, content in (("签字.exe", b"MZ" + b"\0" * 64), ("签字.pdf", b"MZ"), ("签字.png", b"")):
        data = dict(clerk.form(paper, f"{paper}/scan")) | {"file": (io.BytesIO(content), name)}
        assert clerk.client.post(f"{paper}/scan", data=data).status_code == 303
        assert name in html.unescape(clerk.get(paper).text)
    (view,) = made(site, case)
    assert view.scan is None
    assert (view.row.version, view.row.status) == (1, "issued")


def test_who_has_no_sight_of_the_case_has_none_of_its_papers(site: Site, clerk: Browser, case: str) -> None:
    paper = issue(clerk, case)
    other = site.login("jinning")
    for url in (paper, f"{paper}/file"):
        assert other.get(url).status_code == 404
    assert other.post(f"{paper}/void", {"csrf_token": other.token(), "reason": "无关人员"}).status_code in (
        403,
        404,
    )
