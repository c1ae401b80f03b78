"""Papers of a matter: issued with what the person sees, numbered, void, served, scanned; both databases."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text

from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.persistence.models import AuditEntry, Paper
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import PaperReader, PaperView
from tests.services.test_clocks import DAY, XISHAN
from tests.services.test_tasks import MEDIATION, SYSTEM, Centre, shipped

__all__ = ["shipped"]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


class Papers(Centre):
    """A matter of Xishan with its papers."""

    def issue(self, document: str = "W03", name: str = "clerk", *, on: dt.date = DAY, **asked: str) -> Paper:
        made: Paper = self.do(name, records.issue_paper, self.uid, document, asked, on=on)
        return made

    def scan(self, version: int, name: str, content: bytes = PNG) -> None:
        def keep(uow: Any) -> None:
            records.scan_paper(uow, self.uid, 1, version=version, name=name, content=content)

        self.do("clerk", keep)

    def seen(self, name: str = "system") -> list[PaperView]:
        access = SYSTEM if name == "system" else self.who(name)
        with self.portal.reading(access) as session:
            return PaperReader(self.portal, session, records.get_any(session, self.uid)).all

    def offered(self, name: str) -> list[str]:
        with self.portal.reading(self.who(name)) as session:
            reader = PaperReader(self.portal, session, records.get_any(session, self.uid))
            return [one.code for one in reader.offered]

    def file(self, name: str, n: int) -> str:
        access = SYSTEM if name == "system" else self.who(name)
        with self.portal.reading(access) as session:
            reader = PaperReader(self.portal, session, records.get_any(session, self.uid))
            content = reader.file(reader.one(n))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read("word/document.xml").decode()


@pytest.fixture
def papers(shipped: Portal) -> Iterator[Papers]:
    return Papers(shipped)


def stated(view: PaperView) -> dict[str, Any]:
    return {one.id: one.said for one in view.statement.fields}


def test_a_paper_states_what_the_record_says_in_the_words_of_an_office(papers: Papers) -> None:
    made = papers.issue(contact="0871-68180000", accepted_on="2026-05-06")
    assert (made.number, made.issued_on) == ("西综受〔2026〕00001", DAY)
    assert made.issued_by_name
    (view,) = papers.seen()
    said = stated(view)
    assert view.title == "受理（不予受理）告知书"
    assert said["accepted_on"] == "2026年5月6日"
    assert said["contact"] == "0871-68180000"
    assert said["matter"].startswith("小区电梯")
    assert said["unit"]
    assert [one.words for one in view.statement.signs][-1].endswith("（盖章）")
    assert [one.kind for one in papers.history("paper")] == ["paper"]


def test_numbers_follow_one_another_and_a_void_one_is_kept(papers: Papers) -> None:
    first, second = papers.issue(), papers.issue()
    papers.do("clerk", records.void_paper, papers.uid, first.n, version=1, reason="打印有误")
    third = papers.issue()
    numbers = [(one.row.number, one.row.status, one.void_reason) for one in papers.seen()]
    assert numbers == [
        ("西综受〔2026〕00001", "void", "打印有误"),
        ("西综受〔2026〕00002", "issued", ""),
        ("西综受〔2026〕00003", "issued", ""),
    ]
    assert (second.n, third.n) == (2, 3)
    assert "（作废）" in papers.file("clerk", 1)


def test_a_number_goes_back_with_the_act_and_series_count_apart(papers: Papers) -> None:
    def given_up(uow: Any) -> None:
        records.issue_paper(uow, papers.uid, "W03", {})
        uow.session.rollback()

    with papers.portal.writing(papers.who("clerk")) as uow:
        given_up(uow)
    assert papers.issue().number == "西综受〔2026〕00001"
    assert papers.issue("W01").number == "西综登〔2026〕00001"
    assert papers.issue("W02").number == ""


def test_what_the_person_does_not_see_in_clear_is_not_on_the_paper(papers: Papers) -> None:
    papers.issue()
    (view,) = papers.seen()
    assert stated(view)["name"] != "王某丁"
    assert "王某丁" not in json.dumps(stated(view), ensure_ascii=False)
    assert [one.id for one in view.statement.masked] == ["name"]
    assert view.statement.not_clear == ["当事人", "申请人"]
    assert "王某丁" not in papers.file("clerk", 1)


def test_a_reader_gets_no_more_of_a_paper_than_of_the_record(papers: Papers) -> None:
    papers.do(
        "clerk",
        lambda uow: records.unmask(
            uow, records.get_any(uow.session, papers.uid), "制作受理告知书，需当事人姓名"
        ),
    )
    papers.issue(contact="0871-68180000")
    assert stated(papers.seen("clerk")[0])["name"] == "王某丁"
    assert papers.seen("clerk")[0].whole
    assert "王某丁" in papers.file("clerk", 1)
    assert "0871-68180000" in papers.file("clerk", 1)
    (other,) = papers.seen("director")
    assert stated(other)["name"] == "＊＊＊"
    assert not other.whole
    assert "王某丁" not in papers.file("director", 1)


def test_the_database_and_the_audit_log_hold_nothing_of_it_in_clear(papers: Papers) -> None:
    papers.do(
        "clerk",
        lambda uow: records.unmask(
            uow, records.get_any(uow.session, papers.uid), "制作受理告知书，需当事人姓名"
        ),
    )
    papers.issue(contact="0871-68180000")
    papers.do("clerk", records.serve_paper, papers.uid, 1, version=1, to="王某丁", way="当面", day=DAY)
    with papers.portal.reading(SYSTEM) as session:
        rows = [str(tuple(row)) for row in session.execute(text("SELECT * FROM paper"))]
        entries = [str((one.before, one.after, one.reason)) for one in session.scalars(select(AuditEntry))]
    assert not any("王某丁" in one or "68180000" in one for one in rows + entries[-2:])


def test_a_paper_is_served_and_its_scan_comes_back(papers: Papers) -> None:
    papers.issue()
    assert papers.seen("clerk")[0].wants_scan
    papers.do("clerk", records.serve_paper, papers.uid, 1, version=1, to="王某丁", way="当面签收", day=DAY)
    papers.scan(version=2, name="受理.png")
    view = papers.seen()[0]
    assert [(one.to, one.way, one.on) for one in view.served] == [("王某丁", "当面签收", "2026-05-06")]
    assert view.scan is not None
    assert view.scan.name == "受理.png"
    assert not view.wants_scan
    with pytest.raises(Conflict):
        papers.scan(version=3, name="二.png")


@pytest.mark.parametrize(
    ("to", "way", "on", "code"),
    [
        ("", "当面", DAY, "paper.to"),
        ("甲", " ", DAY, "paper.way"),
        ("甲", "当面", None, "paper.day"),
        ("甲", "当面", DAY + dt.timedelta(days=1), "paper.day"),
        ("甲", "当面", DAY - dt.timedelta(days=1), "paper.day"),
    ],
)
def test_serving_says_to_whom_how_and_when(papers: Papers, to: str, way: str, on: Any, code: str) -> None:
    papers.issue()
    with pytest.raises(InvalidInput) as refused:
        papers.do("clerk", records.serve_paper, papers.uid, 1, version=1, to=to, way=way, day=on)
    assert [one.code for one in refused.value.problems] == [code]


def test_a_paper_may_be_handed_to_somebody_who_is_no_party(papers: Papers) -> None:
    papers.issue()
    to = "李某（同住家属，代收）"
    papers.do("clerk", records.serve_paper, papers.uid, 1, version=1, to=to, way="留置", day=DAY)
    assert [one.to for one in papers.seen()[0].served] == [to]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("签字.exe", b"MZ" + b"\0" * 64, "file.scan"),
        ("签字.pdf", b"MZ" + b"\0" * 64, "file.scan"),
        ("签字.png", b"%PDF-1.7 signed", "file.scan"),
        ("签字.txt", "已签".encode(), "file.scan"),
        ("签字.docx", b"PK\x03\x04" + b"\0" * 64, "file.scan"),
        ("签字.mp3", b"ID3" + b"\0" * 64, "file.scan"),
        ("签字.svg", b"<svg onload='alert(1)'/>", "file.scan"),
        ("签字.pdf", b"", "file.empty"),
    ],
    ids=("program", "program as pdf", "pdf as picture", "text", "word", "sound", "svg", "nothing"),
)
def test_a_scan_is_a_pdf_or_a_picture_by_what_it_holds(
    papers: Papers, name: str, content: bytes, code: str
) -> None:
    papers.issue()
    with pytest.raises(InvalidInput) as refused:
        papers.scan(1, name, content)
    assert refused.value.code == code
    assert papers.seen()[0].scan is None
    papers.scan(1, "a.JPG", b"\xff\xd8\xff\xe0" * 9)
    scan = papers.seen()[0].scan
    assert scan is not None
    assert scan.media_type == "image/jpeg"


def test_what_is_preset_stands_on_the_paper_unless_somebody_writes_otherwise(papers: Papers) -> None:
    papers.issue("W02")
    papers.issue("W02", openness="false", no_fee="")
    first, second = (stated(one) for one in papers.seen())
    assert {one["yes"] for one in first.values()} == {True}
    assert second["openness"]["yes"] is False
    assert second["no_fee"] == ""
    assert second["voluntary"]["yes"] is True


def test_parties_of_the_form_and_those_with_a_record_stand_on_the_paper_once(papers: Papers) -> None:
    papers.refer()
    for role, name in (("applicant", "王某丁"), ("third", "赵某己")):
        data = {"role": role, "name": name, "kind": "person"}
        papers.do("system", records.register, "party", "", data, parent=papers.uid)
    papers.effects({"do": "issue_document", "document": "W15"}, name="system")
    view = papers.seen()[-1]
    names = ["王某丁", "某物业服务公司", "赵某己"]
    assert stated(view)["parties"] == names
    assert list(view.statement.to[0].names) == names
    text = re.sub("<[^>]+>", "|", papers.file("system", view.row.n))
    assert all(text.count(f"|{name}|") == 2 for name in names), "a row for each party, to be signed"
    papers.effects({"do": "issue_document", "document": "W15"})
    assert len(papers.seen()) == 1, "who does not see the names leaves the paper to a person"
    (seen,) = papers.seen("director")
    assert stated(seen)["parties"] == "＊＊＊"
    assert stated(seen)["duties"] == "", "what says nothing hides nothing"


def test_papers_and_sheets_of_one_series_are_counted_together(papers: Papers) -> None:
    papers.refer()
    sheet = {
        "kind": "assign",
        "unit": MEDIATION,
        "matter": "九人拖欠劳动报酬",
        "requirement": "三日内签收",
        "due_on": "2026-05-20",
    }
    numbers = []
    for turn in range(4):
        if turn % 2:
            numbers.append(papers.do("director", records.register, "sheet", XISHAN, sheet).record.code)
        else:
            papers.effects({"do": "issue_document", "document": "W04"})
            numbers.append(papers.seen()[-1].row.number)
    assert numbers == [f"西综转〔2026〕{n:05}" for n in range(1, 5)]


def test_who_may_not_issue_it_is_refused(papers: Papers) -> None:
    assert "W03" in papers.offered("clerk")
    assert "W24" not in papers.offered("clerk")
    with pytest.raises((Forbidden, NotFound)):
        papers.issue("W03", "mayor")
    with pytest.raises(Conflict):
        papers.issue("W24", "director")
    for unknown in ("W29", "nothing", ""):
        with pytest.raises(NotFound):
            papers.issue(unknown)


def test_two_who_click_at_once_issue_one_paper(papers: Papers) -> None:
    version = papers.record().version
    papers.do("clerk", records.issue_paper, papers.uid, "W03", {}, version=version)
    with pytest.raises(Conflict):
        papers.do("clerk", records.issue_paper, papers.uid, "W03", {}, version=version)
    papers.do("clerk", records.void_paper, papers.uid, 1, version=1, reason="打印有误")
    for act in (records.void_paper, records.serve_paper):
        more = {"reason": "又一次"} if act is records.void_paper else {"to": "甲", "way": "当面", "day": DAY}
        with pytest.raises(Conflict):
            papers.do("clerk", act, papers.uid, 1, version=2, **more)


def test_making_a_paper_void_needs_a_reason(papers: Papers) -> None:
    papers.issue()
    with pytest.raises(InvalidInput):
        papers.do("clerk", records.void_paper, papers.uid, 1, version=1, reason="。。")


def test_a_step_issues_a_paper_with_the_answers_of_its_form(papers: Papers) -> None:
    papers.refer()
    papers.effects({"do": "issue_document", "document": "W02"}, {"do": "issue_document", "document": "W29"})
    assert [one.row.document for one in papers.seen()] == ["W02"]
    told = [one for one in papers.history("effect") if one.name == "issue_document"]
    assert sorted(one.data["open"] for one in told) == [False, True]


def test_a_destroyed_matter_leaves_no_paper(papers: Papers) -> None:
    papers.issue()
    records.destroy(papers.portal, papers.uid, "到期销毁")
    with papers.portal.reading(SYSTEM) as session:
        assert session.scalar(select(Paper.n)) is None
