"""The pages of a matter's file: what is missing, filling it, choosing its class, holding it, printing it whole."""

from __future__ import annotations

import html
import io
import re
import zipfile

import pytest
from pypdf import PdfReader, PdfWriter
from sqlalchemy import select, update

from portal.core.access import Access
from portal.persistence.models import AuditEntry, Record, Volume
from portal.services import records, users
from tests.web.records.seeded_site import PASSWORD, TODAY, Browser, Site, uid_of

SYSTEM = Access.system("test")
PDF = b"%PDF-1.7 signed"


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    with site.portal.writing(SYSTEM) as uow:
        made = users.create(uow, "keeper", PASSWORD, "档", "某")
        users.assign(uow, made.id, "archivist", "530112", audited=False)
        uow.commit()
    return site.login("keeper")


@pytest.fixture
def case(site: Site, keeper: Browser) -> str:
    """The address of the file of a closed case."""
    url = site.register(site.login("clerk"))
    stand(site, url, "closed", "close")
    return url.replace("/show/", "/efile/")


def stand(site: Site, url: str, stage: str, canonical: str) -> None:
    with site.portal.database.engine.begin() as connection:
        values = {"stage": stage, "canonical_stage": canonical, "is_open": False}
        connection.execute(update(Record.__table__).where(Record.uid == uid_of(url)).values(**values))


def words(browser: Browser, url: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", browser.get(url).text)).split())


def fill(browser: Browser, url: str, document: str, **values: str) -> int:
    at = f"{url}/fill/{document}"
    return browser.send(at, browser.form(at), **values).status_code


def test_what_is_missing_stands_first_and_archiving_waits_for_it(
    site: Site, keeper: Browser, case: str
) -> None:
    page = keeper.get(case).text
    assert "还差 4 项" in page
    assert re.search(r'<span class="btn" role="link" aria-disabled="true">归档</span>', page)
    assert "定期10年" in page
    for document in ("W01", "W02", "W03", "W24"):
        assert fill(keeper, case, document, why="纸质材料另存") == 303
    page = keeper.get(case).text
    assert "可以归档，缺少的已说明" in page
    assert "/transition/" in page
    assert "纸质材料另存" in page


def test_the_step_that_archives_says_what_is_missing_and_waits(
    site: Site, keeper: Browser, case: str
) -> None:
    step = case.replace("/efile/", "/transition/") + "/archive"
    token = {"version": dict(keeper.form(f"{case}/fill/W01"))["version"], "csrf_token": keeper.token()}
    for address in (step, case.replace("/efile/", "/show/")):
        said = words(keeper, address)
        assert "卷内缺少：来访登记表、权利义务告知书、受理（不予受理）告知书、结案报告（审批表）" in said
        assert f'href="{case}"' in keeper.get(address).text
    assert f'action="{step}"' not in keeper.get(step).text
    # Sent all the same, by a page that was open before: refused in words, nothing done.
    sent = keeper.post(step, token | {"/archived_on": TODAY.isoformat()})
    assert sent.status_code == 422
    assert "卷内缺少" in sent.text
    with site.portal.reading(SYSTEM) as session:
        assert records.get_any(session, uid_of(case)).stage == "closed"


def test_one_reason_for_all_that_is_missing_lets_the_matter_be_archived(
    site: Site, keeper: Browser, case: str
) -> None:
    assert f"{case}/fill/the-rest" in keeper.get(case).text
    at = f"{case}/fill/the-rest"
    assert "结案报告（审批表）：缺" in words(keeper, at)
    assert keeper.send(at, keeper.form(at), why="……").status_code == 303
    assert "还差 4 项" in keeper.get(case).text
    assert keeper.send(at, keeper.form(at), why="纸质原件另存街道档案室").status_code == 303
    page = keeper.get(case).text
    assert page.count("纸质原件另存街道档案室") == 4
    assert "可以归档，缺少的已说明" in page
    assert keeper.get(at).status_code == 303
    step = case.replace("/efile/", "/transition/") + "/archive"
    assert keeper.send(step, keeper.form(step)).status_code == 303
    with site.portal.reading(SYSTEM) as session:
        assert records.get_any(session, uid_of(case)).stage == "archived"


def test_a_scan_fills_a_place_and_a_wrong_file_is_refused_in_words(
    site: Site, keeper: Browser, case: str
) -> None:
    at = f"{case}/fill/W02"
    token = {"version": dict(keeper.form(at))["version"], "csrf_token": keeper.token()}
    bad = keeper.client.post(at, data={**token, "file": (io.BytesIO(b"MZ"), "a.exe")})
    assert bad.status_code == 303
    assert "a.exe" in words(keeper, bad.headers["Location"])
    good = keeper.client.post(at, data={**token, "file": (io.BytesIO(PDF), "告知书.pdf")})
    assert good.status_code == 303
    assert "还差 3 项" in keeper.get(case).text
    # The same form once more, by a second click: refused, nothing doubled.
    again = keeper.client.post(at, data={**token, "file": (io.BytesIO(PDF), "告知书.pdf")})
    assert again.status_code in (303, 404)
    assert "还差 3 项" in keeper.get(case).text
    with site.portal.reading(SYSTEM) as session:
        record = records.get_any(session, uid_of(case))
        assert len(records.attachments_of(session, record)) == 1


def test_the_volume_is_printed_whole_and_taken_as_files_and_both_are_noted(
    site: Site, keeper: Browser, case: str
) -> None:
    token = {"version": dict(keeper.form(f"{case}/fill/W02"))["version"], "csrf_token": keeper.token()}
    keeper.client.post(f"{case}/fill/W02", data={**token, "file": (io.BytesIO(PDF), "告知书.pdf")})
    said = words(keeper, f"{case}/print")
    assert "卷内目录" in said
    assert "权利义务告知书" in said
    assert "张小明" not in said
    sent = keeper.get(f"{case}/files")
    assert sent.status_code == 200
    with zipfile.ZipFile(io.BytesIO(sent.data)) as kept:
        names = kept.namelist()
        assert names[0] == "00.html"
        assert "卷内目录" in kept.read("00.html").decode()
        assert any(name.endswith("告知书.pdf") for name in names)
    with site.portal.reading(SYSTEM) as session:
        reads = session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == uid_of(case))).all()
    assert reads.count("volume.print") == 2


def test_the_sheets_of_a_volume_are_in_the_language_of_papers_whatever_the_page_speaks(
    keeper: Browser, case: str
) -> None:
    token = {"version": dict(keeper.form(f"{case}/fill/W02"))["version"], "csrf_token": keeper.token()}
    keeper.post(f"{case}/fill/W02", {**token, "why": "纸质原件另存"})

    def sheets(lang: str) -> list[str]:
        page = keeper.get(f"{case}/print?_l_={lang}").text
        assert ("Back to the e-file" in page) == (lang == "en")
        return re.findall(r'<article class="card paper volume-sheet.*?</article>', page, re.DOTALL)

    english = sheets("en")
    assert len(english) >= 2
    assert english == sheets("zh_Hans")
    texts = [one.extract_text() for one in PdfReader(io.BytesIO(keeper.get(f"{case}/pdf?_l_=en").data)).pages]
    assert texts[0].startswith("西山区综治中心")
    with zipfile.ZipFile(io.BytesIO(keeper.get(f"{case}/files?_l_=en").data)) as kept:
        assert not re.search("[A-Z][a-z]{3}", re.sub("<[^>]+>", "", kept.read("00.html").decode()))


def test_the_volume_is_one_pdf_with_its_scans_and_pages(site: Site, keeper: Browser, case: str) -> None:
    token = {"version": dict(keeper.form(f"{case}/fill/W02"))["version"], "csrf_token": keeper.token()}
    scan = PdfWriter()
    for _ in range(2):
        scan.add_blank_page(200, 300)
    content = io.BytesIO()
    scan.write(content)
    content.seek(0)
    keeper.client.post(f"{case}/fill/W02", data={**token, "file": (content, "告知书.pdf")})
    sent = keeper.get(f"{case}/pdf")
    assert (sent.status_code, sent.mimetype) == (200, "application/pdf")
    pages = PdfReader(io.BytesIO(sent.data)).pages
    texts = [one.extract_text() for one in pages]
    assert "卷" in texts[0]
    assert "卷内目录" in texts[1]
    assert [texts.index(one) for one in texts if one.startswith("权利义务告知书")] == [2]
    assert [float(one.mediabox.width) for one in pages[3:5]] == [200, 200]
    # The foot of each page has its number, those of the scan too.
    assert [one.split()[-1] for one in texts[:5]] == ["1", "2", "3", "4", "5"]
    assert not any("张小明" in one for one in texts)
    assert site.login("jinning").get(f"{case}/pdf").status_code == 404


def test_a_class_is_chosen_and_a_volume_held_by_those_who_keep_it_alone(
    site: Site, keeper: Browser, case: str
) -> None:
    stand(site, case, "archived", "archive")
    keeping = case.replace("/records/case/efile/", "/retention/volume/case/")
    form = keeper.form(case, f"{keeping}/keep")
    assert (
        keeper.send(f"{keeping}/keep", form, retention="permanent", reason="长期有查考价值").status_code
        == 303
    )
    assert "保管期限：永久" in words(keeper, case)
    assert keeper.send(f"{keeping}/keep", form, retention="years_10", reason="旧页面").status_code == 303
    assert "保管期限：永久" in words(keeper, case)
    form = keeper.form(case, f"{keeping}/hold")
    assert keeper.send(f"{keeping}/hold", form, reason="法院调阅").status_code == 303
    assert "暂不销毁：法院调阅" in words(keeper, case)
    clerk = site.login("clerk")
    assert "/hold" not in clerk.get(case).text
    token = {"version": dict(form)["version"], "csrf_token": clerk.token(), "reason": "试一试"}
    assert clerk.post(f"{keeping}/hold", token).status_code == 403
    assert clerk.post(f"{keeping}/keep", token | {"retention": "years_10"}).status_code == 403
    form = keeper.form(case, f"{keeping}/hold")
    assert keeper.send(f"{keeping}/hold", form, reason="法院已退回").status_code == 303
    with site.portal.reading(SYSTEM) as session:
        record = records.get_any(session, uid_of(case))
        assert not session.scalars(select(Volume).where(Volume.record_id == record.id)).one().held


def test_the_file_of_another_unit_or_of_no_matter_is_not_there(
    site: Site, keeper: Browser, case: str
) -> None:
    assert site.login("jinning").get(case).status_code == 404
    assert keeper.get(case[:-4] + "0000").status_code == 404
    assert keeper.get(f"{case}/fill/W99").status_code == 404
    assert keeper.get(case.replace("/case/", "/visit/")).status_code == 404
