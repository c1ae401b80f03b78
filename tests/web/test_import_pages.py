"""The pages on which records of another system are taken over, from the upload to taking them back."""

from __future__ import annotations

import io
import itertools
import re

import pytest
from sqlalchemy import select

from portal.adapters.workbooks import Sheet, read_sheets, write_workbook
from portal.core.access import Access
from portal.persistence.models import AuditEntry, Job
from portal.services import importing, users
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from tests.fixtures import other_system as other
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
NUMBERS = itertools.count(1)
PLACES = ["西苑街道", "碧鸡街道"]


def work(site: Site) -> None:
    while (claim := queue.claim(site.portal, "w", ["try_import", "take_import", "undo_import"])) is not None:
        assert run_claim(site.portal, JobRun(site.portal, claim))


def book(*rows: dict[str, str]) -> bytes:
    return write_workbook(
        Sheet("导出", other.HEADINGS, [[one[head] for head in other.HEADINGS] for one in rows])
    )


def send(browser: Browser, url: str, content: bytes, name: str = "导出.xlsx") -> str:
    """Upload a file; return the address that follows."""
    answer = browser.client.post(
        url, data={"csrf_token": browser.token(), "file": (io.BytesIO(content), name)}
    )
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.text)
    return str(answer.headers["Location"])


def post(browser: Browser, url: str, **data: str) -> str:
    answer = browser.post(url, {"csrf_token": browser.token(), **data})
    assert answer.status_code == 302, (answer.status_code, answer.text[:800])
    return str(answer.headers["Location"])


def listed(browser: Browser) -> int:
    """Return how many cases the list shows."""
    return browser.get("/records/case/list/?all=1").text.count('data-href="/records/case/show/')


@pytest.fixture
def director(site: Site) -> Browser:
    return site.login("director")


@pytest.fixture
def source(director: Browser) -> str:
    """The address of a source without a mapping."""
    return post(director, "/imports/source", name=f"12345热线{next(NUMBERS)}", etype="case")


@pytest.fixture
def rows() -> list[dict[str, str]]:
    return [dict(one) for one in other.export(6, PLACES, dirty_each=0).rows]


def kept(site: Site, source: str) -> None:
    """Keep the mapping of a source."""
    uid = source.rsplit("/", 1)[1]
    with site.portal.writing(Access.system("test")) as uow:
        importing.keep_mapping(uow, uid, 1, other.MAPPING)
        uow.commit()


def test_a_new_source_is_mapped_by_what_its_columns_and_texts_are_called(
    site: Site, director: Browser, source: str, rows: list[dict[str, str]]
) -> None:
    page = send(director, f"{source}/upload", book(*rows))
    assert page.endswith("/mapping")
    pairs = dict(director.form(page))
    at = {head: number for number, head in enumerate(other.HEADINGS)}
    expected = {
        "工单编号": "number",
        "来电时间": "registered_on",
        "来电人": "/applicant_name",
        "来电号码": "/applicant_phone",
        "诉求类型": "/dispute_type",
        "问题描述": "/summary",
        "所属区域": "/place",
        "涉及金额(元)": "/amount",
        "办理状态": "stage",
        "办结时间": "closed_on",
        "用工单位": "/employer",
    }
    assert {head: pairs[f"c{at[head]}"] for head in expected} == expected
    more = {"f:/channel": "hotline_12345", "f:/willing": "undecided", "f:/lower_tried": "否"}
    answer = director.send(page, list(pairs.items()), **more, then="")
    assert answer.status_code == 302
    text = director.get(page).text
    assert "欠薪讨薪" in text
    # What the lifecycle itself calls so is understood by itself.
    assert "项已自动识别" in text


def test_what_is_chosen_for_a_text_is_in_the_language_of_the_page_and_kept_as_before(
    site: Site, director: Browser, source: str, rows: list[dict[str, str]]
) -> None:
    page = send(director, f"{source}/upload", book(*rows))
    chosen = {"f:/channel": "hotline_12345", "f:/willing": "undecided", "f:/lower_tried": "否", "then": ""}
    chinese, english = (
        dict(re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)', director.get(f"{page}?_l_={lang}").text))
        for lang in ("zh_Hans", "en")
    )
    assert (chinese["否"], english["否"]) == ("否", "No")
    assert (chinese["undecided"], english["undecided"]) == ("尚未决定", "Not decided yet")
    sent = director.post(f"{page}?_l_=en", dict(director.form(page)) | chosen)
    assert sent.status_code == 302
    kept = dict(director.form(page))
    assert {name: kept[name] for name in chosen if name != "then"}.items() <= chosen.items()


def acts(site: Site) -> list[str]:
    """Return what the audit log says of sources and files, in order."""
    with site.portal.reading(SYSTEM) as session:
        of = AuditEntry.kind.in_(("import", "import_source"))
        query = select(AuditEntry.action).where(of, AuditEntry.action != "read_faults")
        return list(session.scalars(query.order_by(AuditEntry.id)))


def test_a_file_goes_from_upload_to_records_and_back(
    site: Site, director: Browser, source: str, rows: list[dict[str, str]]
) -> None:
    kept(site, source)
    already = len(acts(site))
    rows[1]["诉求类型"], rows[2]["来电号码"] = "其他杂项X", "1390000"
    page = send(director, f"{source}/upload", book(*rows))
    post(director, f"{page}/start/try")
    work(site)
    text = director.get(page).text
    assert "4 行可以导入，2 行有问题" in text
    assert "无法识别“其他杂项X”" in text
    sheet = director.get(f"{page}/faults.xlsx")
    lines = [list(cells) for _, cells in read_sheets(sheet.data)["问题行"]]
    assert [one[0] for one in lines[1:]] == ["3", "4"]
    assert "诉求类型：无法识别“其他杂项X”。请填写" in lines[1][1]
    assert lines[0][:2] == ["原表行号", "问题与改法"]
    lines[1][2 + other.HEADINGS.index("诉求类型")] = "邻里矛盾"
    lines[2][2 + other.HEADINGS.index("来电号码")] = "13900000001"
    send(director, f"{page}/mend", write_workbook(Sheet("问题行", lines[0], lines[1:])))
    work(site)
    assert "6 行可以导入，0 行有问题" in director.get(page).text
    before = listed(director)
    post(director, f"{page}/start/take")
    work(site)
    text = director.get(page).text
    assert "已导入 6 条记录" in text
    assert listed(director) == before + 6
    post(director, f"{page}/start/undo")
    work(site)
    assert "已撤销 6 条记录" in director.get(page).text
    post(director, f"{page}/drop")
    post(director, f"{page}/start/try")
    assert "已不再保留" in director.get(page).text
    assert listed(director) == before
    # Each way that writes left one entry; a job a second one, which says what came of it.
    tried = ["try_upload"] * 2
    done = ["take_upload"] * 2 + ["undo_upload"] * 2
    assert acts(site)[already:] == ["upload", *tried, "mend_upload", *tried, *done, "drop_upload"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b"MZ\x90\0\xff\xfe\x80", "这不是"),
        (b"PK\x03\x04nothing", "工作簿无法读取"),
        ("编号,日期".encode("gbk"), "只有表头"),
    ],
)
def test_a_bad_file_is_refused_in_words_on_the_page_of_the_source(
    director: Browser, source: str, content: bytes, words: str
) -> None:
    assert send(director, f"{source}/upload", content) == source
    text = re.sub(r"\s+", "", director.get(source).text)
    assert words in text or "文本表格" in text or "既不是UTF-8" in text, text[-3000:]


def test_other_people_find_nothing(
    site: Site, director: Browser, source: str, rows: list[dict[str, str]]
) -> None:
    kept(site, source)
    page = send(director, f"{source}/upload", book(*rows))
    clerk, stranger = site.login("clerk"), site.login("jinning")
    for browser in (clerk, stranger):
        for url in ("/imports/", source, page, f"{page}/mapping", f"{page}/faults.xlsx"):
            assert browser.get(url).status_code == 403, url
        answer = browser.post(f"{page}/start/take", {"csrf_token": browser.token()})
        assert answer.status_code == 403
    with site.portal.writing(SYSTEM) as uow:
        user = users.create(uow, f"jinning{next(NUMBERS)}", PASSWORD, "某", "主任")
        users.assign(uow, user.id, "director", "530115", audited=False)
        uow.commit()
        name = user.username
    neighbour = site.login(name)
    assert neighbour.get("/imports/").status_code == 200
    for url in (source, page, f"{page}/mapping", f"{page}/faults.xlsx"):
        assert neighbour.get(url).status_code == 404, url
    for url in ("start/try", "start/undo", "mend", "drop", "mapping"):
        assert neighbour.post(f"{page}/{url}", {"csrf_token": neighbour.token()}).status_code == 404, url
    assert neighbour.post(f"{source}/upload", {"csrf_token": neighbour.token()}).status_code == 404
    assert director.get("/imports/file/nothing").status_code == 404
    assert director.post(f"{page}/start/steal", {"csrf_token": director.token()}).status_code == 404


def test_a_second_click_and_an_old_page_change_nothing(
    site: Site, director: Browser, source: str, rows: list[dict[str, str]]
) -> None:
    kept(site, source)
    page = send(director, f"{source}/upload", book(*rows))
    post(director, f"{page}/start/try")
    post(director, f"{page}/start/try")
    assert "正在处理中" in director.get(page).text
    work(site)
    pairs = director.form(f"{page}/mapping")
    director.send(f"{page}/mapping", pairs, **{"f:/willing": "yes", "then": ""})
    director.send(f"{page}/mapping", pairs, **{"f:/willing": "no", "then": ""})
    assert "刚被他人修改" in director.get(f"{page}/mapping").text
    assert dict(director.form(f"{page}/mapping"))["f:/willing"] == "yes"


def test_a_file_is_shown_when_its_job_is_no_longer_kept(
    site: Site, director: Browser, source: str, rows: list[dict[str, str]]
) -> None:
    kept(site, source)
    page = send(director, f"{source}/upload", book(*rows))
    post(director, f"{page}/start/try")
    work(site)
    with site.portal.writing(SYSTEM) as uow:
        number = importing.file_of(uow.session, page.rsplit("/", 1)[1]).job_id
        uow.session.delete(uow.session.get_one(Job, number))
        uow.commit()
    answer = director.get(page)
    assert answer.status_code == 200
    assert "6 行可以导入" in answer.text
    post(director, f"{page}/start/take")
    work(site)
    assert "已导入 6 条记录" in director.get(page).text
