"""Meetings: papers made when a period has ended, decisions that become task sheets, and files of both."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections import Counter
from typing import Any

import pytest
from docx import Document
from sqlalchemy import select

from portal.adapters.papers.minutes import Part, write_minutes
from portal.core.access import Access
from portal.core.indicators.meetings import Days, last_ended, meeting_kinds
from portal.core.zone import begin_of
from portal.persistence.models import AuditEntry, Meeting, Record, Referral
from portal.services import units
from portal.services.meetings.assigning import GONE, Line, assigned_to, untold_lines
from portal.services.meetings.making import counted, due, store
from portal.services.releases.reading import pinned
from portal.services.units.centres import all_centres
from tests.web.records.conftest import site  # noqa: F401 (a fixture)
from tests.web.records.seeded_site import Browser, Site

SYSTEM = Access.system("test")


def made(site: Site) -> list[Meeting]:  # noqa: F811
    """Make what is due, as the job does."""
    with site.portal.reading(SYSTEM) as session:
        wanted = list(due(site.portal, session))
    for centre, kind, days in wanted:
        found = counted(site.portal, centre, kind, days)
        with site.portal.writing(SYSTEM) as uow:
            store(uow, centre, kind, days, found)
            uow.commit()
    with site.portal.reading(SYSTEM) as session:
        rows = list(session.scalars(select(Meeting).order_by(Meeting.id)))
        session.expunge_all()
        return rows


@pytest.fixture
def meeting(site: Site) -> Meeting:  # noqa: F811
    """Return the monthly meeting of the county in which the director works."""
    rows = made(site)
    return next(one for one in rows if one.kind == "monthly" and one.content["unit"] == "西山区")


def sent(browser: Browser, path: str, **values: str) -> Any:
    return browser.post(path, {"csrf_token": browser.token(), **values})


def test_papers_are_made_once_for_each_centre_and_kind(site: Site) -> None:  # noqa: F811
    rows = made(site)
    assert {one.kind for one in rows} == {"weekly", "monthly", "quarterly", "notice"}
    assert len({(one.unit_id, one.kind, one.first_on) for one in rows}) == len(rows)
    assert [one.uid for one in made(site)] == [one.uid for one in rows]
    weekly = next(one for one in rows if one.kind == "weekly")
    assert (weekly.first_on, weekly.last_on) == ("2026-04-27", "2026-05-03")
    assert (weekly.year, weekly.number) == (2026, 18)


def test_a_decision_becomes_a_task_sheet_and_stands_on_the_next_paper(
    site: Site,  # noqa: F811
    meeting: Meeting,
) -> None:
    director = site.login("director")
    path = f"/board/meetings/{meeting.uid}"
    assert "月会商 · 2026年4月" in director.get("/board/meetings/").text
    page = director.get(path).text
    assert "截至" in page
    values = {
        "text": "实地丈量，出具确认单",
        "unit": "530112:justice",
        "due_on": "2026-05-29",
        "version": "1",
    }
    assert sent(director, f"{path}/decide", **values).status_code == 303
    with site.portal.reading(SYSTEM) as session:
        row = session.scalars(select(Meeting).where(Meeting.uid == meeting.uid)).one()
        assert [one["text"] for one in row.decisions] == ["实地丈量，出具确认单"]
        sheet = session.scalars(select(Record).where(Record.uid == row.decisions[0]["sheet"])).one()
        assert (sheet.etype, sheet.data["kind"], sheet.data["unit"]) == ("sheet", "task", "530112:justice")
        actions = list(session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == meeting.uid)))
        assert actions == ["make_meeting", "decide_meeting"]
    shown = director.get(path).text
    assert "实地丈量，出具确认单" in shown
    assert "待签发" in shown
    # A second time from the same page, or with nothing in it: not stored.
    sent(director, f"{path}/decide", **values)
    sent(director, f"{path}/decide", text="", unit="530111", due_on="2020-01-01", version="2")
    with site.portal.reading(SYSTEM) as session:
        row = session.scalars(select(Meeting).where(Meeting.uid == meeting.uid)).one()
        assert len(row.decisions) == 1


def test_a_paper_is_taken_out_as_files_and_the_log_says_so(site: Site, meeting: Meeting) -> None:  # noqa: F811
    director = site.login("director")
    path = f"/board/meetings/{meeting.uid}/export"
    for form, member in (("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml")):
        answer = sent(director, path, **{"as": form})
        assert answer.status_code == 200
        with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
            assert member in file.namelist()
            assert not any(b"<f>" in file.read(name) for name in file.namelist())
    assert sent(director, path, **{"as": "exe"}).status_code == 404
    with site.portal.reading(SYSTEM) as session:
        taken = select(AuditEntry).where(AuditEntry.action == "export_meeting")
        assert [one.after["as"] for one in session.scalars(taken)] == ["docx", "xlsx"]


def test_the_list_has_one_line_for_each_kind_and_period_and_is_narrowed(site: Site) -> None:  # noqa: F811
    rows = made(site)
    supervisor = site.login("supervisor")
    whole = supervisor.get("/board/meetings/").text
    assert whole.count('<td class="meeting-title"') == len({(one.kind, one.first_on) for one in rows})
    assert all(one.uid in whole for one in rows)
    weekly = supervisor.get("/board/meetings/?kind=weekly&unit=530112").text
    shown = [one for one in rows if one.uid in weekly]
    assert [(one.kind, one.content["unit"]) for one in shown] == [("weekly", "西山区")]
    assert "没有符合条件的会议材料" in supervisor.get("/board/meetings/?kind=none").text
    director = site.login("director").get("/board/meetings/?unit=530111").text
    assert not any(one.uid in director for one in rows), "narrowing shows nothing of other units"


def test_a_table_of_a_paper_fits_the_page_and_has_its_heads_on_each() -> None:
    heads, row = [f"指标{n}" for n in range(9)], ["一个名称很长的街道办事处", *["86.7% (376 / 451)"] * 8]
    paper = Document(
        io.BytesIO(write_minutes("月会商", ["截至"], [Part("按单位", (), heads, [row] * 60, True)], ""))
    )
    section, table = paper.sections[0], paper.tables[0]
    room = section.page_width - section.left_margin - section.right_margin
    assert section.page_width > section.page_height, "nine columns lie across"
    assert sum(column.width for column in table.columns) == pytest.approx(room, rel=0.001)
    assert table.rows[0]._tr.xpath(".//w:tblHeader")
    assert not table.rows[1]._tr.xpath(".//w:tblHeader")


def test_meetings_of_other_units_are_none(site: Site, meeting: Meeting) -> None:  # noqa: F811
    others = [one for one in made(site) if one.content["unit"] not in ("西山区",)]
    director, clerk = site.login("director"), site.login("clerk")
    for one in others[:3]:
        assert director.get(f"/board/meetings/{one.uid}").status_code == 404
        assert sent(director, f"/board/meetings/{one.uid}/export", **{"as": "docx"}).status_code == 404
    assert clerk.get(f"/board/meetings/{meeting.uid}").status_code in (302, 403, 404)
    supervisor = site.login("supervisor")
    assert supervisor.get(f"/board/meetings/{meeting.uid}").status_code == 200


def test_the_notice_says_by_unit_what_was_assigned(site: Site) -> None:  # noqa: F811
    with site.portal.reading(SYSTEM) as session:
        unit = units.by_code(session, "530112")
        last = Days(dt.date(2026, 4, 1), dt.date(2026, 5, 1))
        rows = select(Referral.to_unit_id, Referral.status).where(
            Referral.from_path.startswith(unit.path), Referral.lead, Referral.etype == "case"
        )
        sent_out = Counter(session.execute(rows.where(Referral.created_at >= begin_of(last.first))).all())
        found = list(assigned_to(session, unit, Days(last.first, dt.date(2027, 1, 1))))
    for key, _name, number, done, returned, waiting in found:
        assert number == sum(
            some for (to, status), some in sent_out.items() if to == key and status not in GONE
        )
        assert (done, returned) == (sent_out[key, "done"], sent_out[key, "returned"])
        assert waiting == number - done - returned
    notice = next(one for one in made(site) if one.kind == "notice" and one.content["unit"] == "西山区")
    assert notice.content["sections"] == ["assigned", "figures"]
    assert notice.content["matters"] == []
    page = site.login("director").get(f"/board/meetings/{notice.uid}").text
    assert "各单位交办情况" in page
    assert "交办情况月通报 · 2026年4月" in page


def test_of_the_notice_few_are_not_told_outside() -> None:
    lines: list[Line] = [[1, "甲", 9, 9, 0, 0], [2, "乙", 12, 12, 0, 0], [3, "丙", 2, 2, 0, 0]]
    assert untold_lines([]) == frozenset()
    assert 3 in untold_lines(lines)
    assert len(untold_lines(lines)) > 1


def test_the_assessment_is_off_and_lays_its_evidence_open(site: Site) -> None:  # noqa: F811
    with site.portal.reading(SYSTEM) as session:
        centre = next(one for one in all_centres(session) if one.unit_code == "530112")
        bundle = pinned(site.portal, session, centre.release_id)
        board: Any = bundle.settings["board"]["meetings"]["assessment"]
    assert "assessment" not in meeting_kinds(bundle.settings)
    shown = {"board": {"meetings": {"assessment": {**board, "hidden": False}}}}
    kind = meeting_kinds(shown)["assessment"]
    days = last_ended(kind.every, site.portal.clock.today())
    found = counted(site.portal, centre, kind, days)
    with site.portal.writing(SYSTEM) as uow:
        row = store(uow, centre, kind, days, found)
        uow.commit()
        uid = row.uid
    page = site.login("director").get(f"/board/meetings/{uid}").text
    assert "指标含义和依据" in page
    assert "权利告知" in page
