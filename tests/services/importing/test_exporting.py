"""Changed matters go back to their source in its own columns: for a purpose, column by column, noted, each once."""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.workbooks import read_sheets
from portal.core.access import Access, Origin
from portal.core.errors import Forbidden, InvalidInput, NotFound
from portal.persistence.models import AuditEntry, ExportedRecord, Record, RecordSource, SourceExport
from portal.services import audit, importing, records
from tests.fixtures.database import access_for
from tests.fixtures.importing import (
    BASE_COLUMNS,
    BASE_MAPPING,
    SYSTEM,
    Importing,
    csv_of,
    director,
    row,
)
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]
NUMBERS = itertools.count(1)
OPEN_ONES = ("工单编号", "受理时间", "状态", "办结时间", "诉求类型", "属地", "金额")
PHONES = {**BASE_MAPPING, "columns": {**BASE_COLUMNS, "电话": ["/applicant_phone"]}}
HERE = {"诉求类型": "D0101", "属地": "530112001"}


@pytest.fixture
def importer(site: Site) -> Importing:
    number = next(NUMBERS)
    made = Importing(site.portal, director(site.portal, f"giver{number}"))
    made.keep_as(f"热线{number}", PHONES)
    return made


def take(importer: Importing, *numbers: str, **more: str) -> list[str]:
    """Take open rows over; return the identifiers of their records."""
    cells = {**HERE, "办结时间": "", **more}
    lines = [
        [*row(f"{importer.source[:6]}{one}", stage="处理中", **cells), "", "13900000001"] for one in numbers
    ]
    file = importer.upload(csv_of(*lines, headings=[*BASE_COLUMNS, "电话"]))
    assert importer.run(importing.start_trying, file)["bad"] == 0
    importer.run(importing.start_taking, file)
    query = select(Record.uid).join(RecordSource, RecordSource.record_id == Record.id)
    with importer.portal.reading(SYSTEM) as session:
        source = importing.source_of(session, importer.source)
        return list(session.scalars(query.where(RecordSource.source_id == source.id).order_by(Record.id)))


def change(importer: Importing, uid: str, **values: Any) -> None:
    with importer.portal.writing(SYSTEM) as uow:
        one = records.get_any(uow.session, uid)
        data = dict(records.view_of(importer.portal, uow.session, one).clear)
        records.change(uow, uid, data | values, one.version)
        uow.commit()


def give(importer: Importing, *headings: str, by: Access | None = None, **more: Any) -> importing.Given:
    wanted = importing.Wanted(headings or OPEN_ONES, **{"purpose": "check", **more})
    with importer.portal.writing(by or importer.who) as uow:
        given = importing.export_changed(uow, importer.source, wanted)
        uow.commit()
    assert importing.note_given(importer.portal, by or importer.who, Origin(), given)
    return given


def lines(given: importing.Given, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(given.content.decode(encoding))))


def test_what_changed_here_goes_back_once_in_the_words_of_the_source(importer: Importing) -> None:
    uids = take(importer, "1", "2", "3", 金额="100")
    change(importer, uids[1], amount=250)
    given = give(importer)
    assert (given.rows, given.left) == (1, 0)
    head, only = lines(given)
    assert head == list(OPEN_ONES)
    assert only[0].endswith("2")
    assert only[1:4] == ["2025-03-04", "处理中", ""]
    assert only[6] == "250"
    with pytest.raises(InvalidInput):
        give(importer)
    assert give(importer, everything=True).rows == 3
    change(importer, uids[0], amount=7)
    assert [one[6] for one in lines(give(importer))[1:]] == ["7"]
    assert importer.count(ExportedRecord) >= 3


def test_what_goes_back_comes_in_again_as_the_same(importer: Importing) -> None:
    uids = take(importer, "1", "2", 金额="100")
    change(importer, uids[0], amount=250)
    for number, form in enumerate(("csv", "gbk", "xlsx")):
        more = {"purpose": "result", "reason": "向热线平台回告办理结果", "form": form}
        given = give(importer, *BASE_COLUMNS, "电话", everything=True, **more)
        file = importer.upload(given.content)
        found = importer.run(importing.start_trying, file)
        changed = 0 if number else 1
        assert (found["bad"], found["good"], found["other"], found["taken"]) == (0, 0, changed, 2 - changed)
        found = importer.run(importing.start_taking, file)
        # What the source says stands here already: nothing is left to settle.
        assert found.get("offered", 0) == 0
    with importer.portal.reading(SYSTEM) as session:
        assert records.get_any(session, uids[0]).amount == 250


def test_no_cell_is_worked_out_by_a_spreadsheet(importer: Importing) -> None:
    uids = take(importer, "1")
    for text in ('=HYPERLINK("http://x")', "+12345", "-12345+2", "@SUM(A1)"):
        change(importer, uids[0], summary=text)
        cells = lines(give(importer, "工单编号", "备注"))[1]
        assert cells[1] == f"'{text}"
    book = give(importer, "工单编号", "备注", form="xlsx", everything=True).content
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
    assert [list(cells) for _, cells in read_sheets(book)["导出"]][1][1] == "@SUM(A1)"


def test_personal_columns_go_for_a_purpose_that_covers_them_alone(importer: Importing) -> None:
    uids = take(importer, "1")
    change(importer, uids[0], amount=9)
    for purpose in ("check", "figures"):
        with pytest.raises(InvalidInput) as refused:
            give(importer, "工单编号", "来电人", "电话", purpose=purpose, reason="向来源系统核对")
        assert [one.params["column"] for one in refused.value.problems] == ["来电人", "电话"]
    with pytest.raises(InvalidInput):
        give(importer, "工单编号", "电话", purpose="result")
    given = give(importer, "工单编号", "电话", purpose="result", reason="向热线平台回告办理结果")
    assert lines(given)[1][1] == "13900000001"
    change(importer, uids[0], amount=10)
    viewer = access_without_unmask(importer)
    with pytest.raises(InvalidInput):
        give(importer, "工单编号", "电话", purpose="result", reason="向热线平台回告办理结果", by=viewer)
    assert give(importer, "工单编号", "金额", by=viewer).rows == 1


def test_who_asks_about_a_matter_finds_that_its_personal_data_left(importer: Importing) -> None:
    uids = take(importer, "1", "2")
    before = importer.count(AuditEntry)
    give(importer, "工单编号", "金额", everything=True)
    assert importer.count(AuditEntry) == before + 1
    given = give(
        importer, "工单编号", "电话", purpose="result", reason="向热线平台回告办理结果", everything=True
    )
    assert importer.count(AuditEntry) == before + 2 + given.rows
    with importer.portal.reading(SYSTEM) as session:
        for uid in uids:
            found = list(audit.search(importer.portal, session, audit.AuditQuery(thing=uid, size=200)).rows)
            last = found[0]
            assert (last.action, last.reason) == ("unmask", "向热线平台回告办理结果")
            assert last.after is not None
            assert [one.rpartition("/")[2] for one in last.after["fields"]] == ["applicant_phone"]
            assert "13900000001" not in str(last.after)
    assert audit.verify(importer.portal).clean


def access_without_unmask(importer: Importing) -> Access:
    """Return the access of the importer without the right to have personal data shown."""
    who = importer.who
    grants = tuple(replace(one, actions=one.actions - {"unmask", "*"}) for one in who.grants)
    return replace(who, grants=grants)


@pytest.mark.parametrize(
    ("headings", "more"),
    [
        ((), {"purpose": ""}),
        ((), {"purpose": "sell"}),
        ((), {"form": "exe"}),
        (("没有这列",), {}),
        (("工单编号", "x" * 1000), {}),
    ],
)
def test_what_is_not_offered_is_refused(importer: Importing, headings: Any, more: dict[str, Any]) -> None:
    take(importer, "1")
    with pytest.raises(InvalidInput):
        give(importer, *headings, everything=True, **more)
    with pytest.raises(InvalidInput), importer.portal.writing(importer.who) as uow:
        importing.export_changed(uow, importer.source, importing.Wanted([], "check"))
    assert importer.count(SourceExport, SourceExport.by_id == importer.who.user_id) == 0


def test_other_counties_and_clerks_get_nothing(importer: Importing) -> None:
    take(importer, "1")
    for role, unit in (("director", "530115"), ("clerk", "530112")):
        stranger = access_for(importer.portal, role, unit, user_id=99)
        with pytest.raises((Forbidden, NotFound)):
            give(importer, everything=True, by=stranger)


def test_one_entry_names_the_columns_and_how_many(importer: Importing) -> None:
    take(importer, "1", "2")
    before = importer.count(AuditEntry)
    give(importer, "工单编号", "状态", everything=True)
    assert importer.count(AuditEntry) == before + 1
    with importer.portal.reading(SYSTEM) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.kind) == ("export_source", "source_export")
    assert entry.after is not None
    assert (entry.after["fields"], entry.after["rows"]) == (["工单编号", "状态"], 2)
    assert audit.verify(importer.portal).clean
