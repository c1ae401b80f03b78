"""Records of another system: tried, taken over on their days and in their stages, taken back as if they never came."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.adapters.keyring import Keyring
from portal.core.errors import Conflict, Forbidden
from portal.core.zone import LOCAL
from portal.persistence.models import (
    AuditEntry,
    Clock,
    Decision,
    ImportChunk,
    OutboxMessage,
    Record,
    RecordEvent,
    RecordReach,
    RecordSource,
)
from portal.services import audit, importing, records
from portal.services.figures import upkeep as figures
from portal.services.importing.rows import rekey_rows
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.reach import upkeep as reach
from tests.fixtures.importing import SYSTEM, Importing, csv_of, director, row
from tests.web.records.test_personal_data import joined


def test_a_closed_case_of_last_year_comes_in_closed_on_its_day_with_its_source(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1")))
    assert importer.run(importing.start_trying, file) == {"good": 1, "bad": 0, "taken": 0, "other": 0}
    assert importer.run(importing.start_taking, file) == {"entered": 1, "left": 0, "before": 0}
    (record,) = importer.records()
    assert (record.code, record.title) == ("西综〔2025〕0001", "张三：离婚")
    assert record.created_at.astimezone(LOCAL).date() == dt.date(2025, 3, 4)
    assert (record.stage, record.canonical_stage, record.is_open) == ("closed", "close", False)
    assert record.stage_since is not None
    assert record.stage_since.astimezone(LOCAL).date() == dt.date(2025, 5, 6)
    assert (record.dispute_type, record.place, record.amount) == ("D0101", "530112001", 1500)
    assert (record.created_by, record.created_by_name) == (None, "热线平台")
    with importer.portal.reading(SYSTEM) as session:
        source = session.scalars(select(RecordSource)).one()
    assert (source.number, source.closed_on) == ("A-1", dt.date(2025, 5, 6))


def test_what_is_closed_has_no_proposals_no_periods_and_tells_nobody(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1"), row("A-2")))
    importer.run(importing.start_trying, file)
    before = importer.count(OutboxMessage)
    importer.run(importing.start_taking, file)
    assert [importer.count(model) for model in (Record, Decision, Clock)] == [2, 0, 0]
    assert importer.count(OutboxMessage) == before


def test_what_is_open_is_decided_and_stands_in_its_stage(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1", stage="处理中", 办结时间="", 金额="150000")))
    importer.run(importing.start_trying, file)
    importer.run(importing.start_taking, file)
    (record,) = importer.records()
    assert (record.stage, record.is_open) == ("mediate", True)
    assert importer.count(Decision) == 1


def test_each_record_has_one_audit_entry_in_the_name_of_the_person(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1"), row("A-2")))
    importer.run(importing.start_trying, file)
    importer.run(importing.start_taking, file)
    with importer.portal.reading(SYSTEM) as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.kind == "case").order_by(AuditEntry.id))
        entries = audit.opened(importer.portal, list(found))
        assert [(one.action, one.actor_id) for one in entries] == [
            ("take_over_record", importer.who.user_id)
        ] * 2
        assert entries[0].after is not None
        assert (entries[0].after["number"], entries[0].after["source"]) == ("A-1", "热线平台")
        about = session.scalars(
            select(AuditEntry.action).where(AuditEntry.kind == "import").order_by(AuditEntry.id)
        )
        assert list(about) == ["upload", "try_upload", "try_upload", "take_upload", "take_upload"]
        assert importer.count(RecordEvent) == 2
    assert audit.verify(importer.portal).clean


def test_what_is_taken_over_is_found_in_lists_and_figures_like_any_record(importer: Importing) -> None:
    file = importer.upload(csv_of(*(row(f"A-{n}") for n in range(5))))
    importer.run(importing.start_trying, file)
    importer.run(importing.start_taking, file)
    assert importer.count(RecordReach) > 0
    assert reach.check(importer.portal.database) == []
    assert figures.check(importer.portal.database) == []


def test_a_file_twice_brings_no_record_twice(importer: Importing) -> None:
    content = csv_of(*(row(f"A-{n}") for n in range(3)))
    for expected in (3, 0):
        file = importer.upload(content)
        importer.run(importing.start_trying, file)
        assert importer.run(importing.start_taking, file)["entered"] == expected
    assert len(importer.records()) == 3


def test_an_import_is_taken_back_whole_and_can_come_again(importer: Importing) -> None:
    file = importer.upload(csv_of(*(row(f"A-{n}") for n in range(450))))
    importer.run(importing.start_trying, file)
    assert importer.run(importing.start_taking, file)["entered"] == 450
    assert importer.run(importing.start_undoing, file) == {"removed": 450, "kept": 0}
    assert [importer.count(model) for model in (Record, RecordSource, RecordReach, RecordEvent)] == [
        0,
        0,
        0,
        0,
    ]
    assert importer.run(importing.start_taking, file)["entered"] == 450
    assert audit.verify(importer.portal).clean


def test_an_import_that_somebody_worked_on_stays(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1", stage="处理中"), row("A-2")))
    importer.run(importing.start_trying, file)
    importer.run(importing.start_taking, file)
    one = importer.records()[0]
    with importer.portal.writing(importer.who) as uow:
        records.change(uow, one.uid, {**one.data, "amount": 1}, one.version)
        uow.commit()
    with pytest.raises(Conflict) as refused:
        importer.start(importing.start_undoing, file)
    assert refused.value.params["codes"] == one.code
    assert len(importer.records()) == 2


def test_nothing_is_taken_over_before_it_was_tried(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1")))
    with pytest.raises(Conflict):
        importer.start(importing.start_taking, file)


def test_who_keeps_no_imports_or_enters_no_cases_there_does_nothing(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1")))
    stranger = Importing(importer.portal, director(importer.portal, "other", "530115"))
    with pytest.raises(Exception, match="import"):
        stranger.start(importing.start_trying, file)
    with pytest.raises(Forbidden), importer.portal.writing(stranger.who) as uow:
        importing.keep_source(uow, "530112", "case", "别家")


def test_rows_of_an_import_are_written_where_imports_are_kept_alone(importer: Importing) -> None:
    file = importer.file(importer.upload(csv_of(row("A-1"))))
    stranger = director(importer.portal, "other", "530115")
    with importer.portal.writing(stranger) as uow:
        uow.add(ImportChunk(file_id=file.id, n=7, unit_path=file.unit_path, rows="x"))
        with pytest.raises(Forbidden):
            uow.commit()


def test_two_clicks_start_one_job(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1")))
    importer.start(importing.start_trying, file)
    with pytest.raises(Conflict) as busy:
        importer.start(importing.start_trying, file)
    assert busy.value.code == "import.busy"


def test_a_mapping_that_somebody_changed_meanwhile_is_not_overwritten(importer: Importing) -> None:
    with pytest.raises(Conflict), importer.portal.writing(importer.who) as uow:
        importing.keep_mapping(uow, importer.source, 1, {"columns": {}})


def test_rows_of_files_that_were_left_alone_are_forgotten_and_records_stay(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1")))
    importer.run(importing.start_trying, file)
    importer.run(importing.start_taking, file)
    later = importer.portal.at(importer.portal.clock.later(days=31))  # type: ignore[attr-defined]
    assert importer.count(ImportChunk) == 1
    queue.schedule(later)
    claim = queue.claim(later, "w", ["forget_imports"])
    assert claim is not None
    assert run_claim(later, JobRun(later, claim))
    assert (importer.count(ImportChunk), importer.count(Record)) == (0, 1)
    with pytest.raises(Conflict) as gone:
        importer.start(importing.start_trying, file)
    assert gone.value.code == "import.gone"


def test_the_rows_of_a_file_go_with_a_record_that_is_destroyed(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1"), row("A-2")))
    importer.run(importing.start_trying, file)
    importer.run(importing.start_taking, file)
    records.destroy(importer.portal, importer.records()[0].uid, "保存期满")
    counts = [importer.count(one) for one in (ImportChunk, Record, RecordSource)]
    assert counts == [0, 1, 1]


def test_rows_are_encrypted_and_open_under_a_newer_key(importer: Importing) -> None:
    file = importer.upload(csv_of(row("A-1", 来电人="王某某")))
    with importer.portal.reading(SYSTEM) as session:
        stored = session.scalars(select(ImportChunk.rows)).one()
    assert "王某某" not in stored
    newer = replace(importer.portal, keys=joined(Keyring.random(), importer.portal.keys))
    assert rekey_rows(newer) == 1
    assert rekey_rows(newer) == 0
    assert Importing(newer, importer.who, importer.source).run(importing.start_trying, file)["good"] == 1
