"""Meetings: papers made when a period has ended, decisions that become task sheets, and files of both."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import AuditEntry, Meeting, Record
from portal.services.meetings.making import due, make
from tests.web.records.conftest import site  # noqa: F401 (a fixture)
from tests.web.records.seeded_site import Browser, Site

SYSTEM = Access.system("test")


def made(site: Site) -> list[Meeting]:  # noqa: F811
    """Make what is due, as the job does."""
    with site.portal.reading(SYSTEM) as session:
        wanted = list(due(site.portal, session))
    for centre, kind, days in wanted:
        with site.portal.writing(SYSTEM) as uow:
            make(uow, centre, kind, days)
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
    assert {one.kind for one in rows} == {"weekly", "monthly", "quarterly"}
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


def test_meetings_of_other_units_are_none(site: Site, meeting: Meeting) -> None:  # noqa: F811
    others = [one for one in made(site) if one.content["unit"] not in ("西山区",)]
    director, clerk = site.login("director"), site.login("clerk")
    for one in others[:3]:
        assert director.get(f"/board/meetings/{one.uid}").status_code == 404
        assert sent(director, f"/board/meetings/{one.uid}/export", **{"as": "docx"}).status_code == 404
    assert clerk.get(f"/board/meetings/{meeting.uid}").status_code in (302, 403, 404)
    supervisor = site.login("supervisor")
    assert supervisor.get(f"/board/meetings/{meeting.uid}").status_code == 200
