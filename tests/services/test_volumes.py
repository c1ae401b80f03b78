"""The file of a matter: what it has to hold, what is missing, how long it is kept; both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.core.encrypted import is_encrypted_value
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PortalError
from portal.persistence.models import AuditEntry, Record, Volume
from portal.services import archive, records, users
from portal.services.archive.contents import Contents, State
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun
from portal.services.portal import Portal
from portal.services.records import PaperReader
from portal.services.records.handling.missing_documents import lacking
from portal.services.releases.reading import pinned
from tests.services.test_papers import PNG
from tests.services.test_tasks import SYSTEM, XISHAN, Centre, shipped

__all__ = ["shipped"]
DAY = dt.date(2026, 5, 6)
ELSEWHERE = "纸质原件另存街道档案室"


class Files(Centre):
    """A matter of Xishan that is closed and archived."""

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        with portal.writing(SYSTEM) as uow:
            for name, role in (("keeper", "archivist"), ("watcher", "grid_worker")):
                self.ids[name] = users.create(uow, name, "Kunming-2026-ok", "档", name).id
                users.assign(uow, self.ids[name], role, XISHAN, audited=False)
            uow.commit()

    def contents(self, name: str = "keeper", uid: str = "") -> Contents:
        access = SYSTEM if name == "system" else self.who(name)
        with self.portal.reading(access) as open_session:
            record = records.get_any(open_session, uid or self.uid)
            found = Contents(
                self.portal, open_session, record, PaperReader(self.portal, open_session, record)
            )
            _ = found.entries, found.retention, found.volume, found.placed
        return found

    def states(self, name: str = "keeper") -> dict[str, State]:
        return {one.document.code: one.state for one in self.contents(name).entries if one.document}

    def set(self, **values: Any) -> None:
        """Say something of the record as if steps had done so."""
        with self.portal.database.engine.begin() as connection:
            connection.execute(update(Record.__table__).where(Record.uid == self.uid).values(**values))

    def close(self, stage: str = "closed") -> None:
        self.set(stage=stage, canonical_stage="archive" if stage == "archived" else "close", is_open=False)

    def archive(self, on: dt.date = DAY) -> None:
        self.close()
        if self.contents().gaps:
            self.do("keeper", archive.explain_rest, self.uid, version=self.record().version, why=ELSEWHERE)
        form = {"archived_on": on.isoformat()}
        version = self.record().version
        self.do("keeper", records.transition, self.uid, "archive", version=version, form=form, on=on)

    def volume(self) -> Volume:
        with self.portal.reading(SYSTEM) as session:
            return session.scalars(
                select(Volume).join(Record, Record.id == Volume.record_id).where(Record.uid == self.uid)
            ).one()

    def fill(self, document: str, name: str = "keeper", **more: Any) -> Volume:
        version = more.pop("version", self.record().version)
        made: Volume = self.do(name, archive.fill_volume, self.uid, document, version=version, **more)
        return made


@pytest.fixture
def files(shipped: Portal) -> Iterator[Files]:
    return Files(shipped)


def test_which_documents_a_file_must_hold_follows_from_the_matter(files: Files) -> None:
    def required() -> set[str]:
        return {one.document.code for one in files.contents().entries if one.required and one.document}

    assert required() == {"W01", "W02", "W03", "W24", "W27"}
    files.set(route="R01")
    assert required() >= {"W04", "W23"}
    data = files.record().data | {"outcome": "agreed"}
    files.set(data=data, route="R06")
    assert required() >= {"W11", "W14", "W15", "W22"}
    # One of two that may stand for each other is asked once.
    assert "W12" not in required()
    files.set(dispute_type="D0105")
    assert "W25" in required()


def test_a_paper_fills_its_place_once_its_signed_scan_is_there(files: Files) -> None:
    assert files.states()["W03"] is State.MISSING
    made = files.do("clerk", records.issue_paper, files.uid, "W03", {})
    assert files.states()["W03"] is State.UNSIGNED

    def scan(uow: Any) -> None:
        records.scan_paper(uow, files.uid, made.n, version=1, name="扫描.png", content=PNG)

    files.do("clerk", scan)
    assert files.states()["W03"] is State.SIGNED
    # The scan stands with its paper, not among the other files.
    assert [one.title for one in files.contents().entries if one.document is None] == []


def test_a_void_paper_stays_in_the_list_and_fills_nothing(files: Files) -> None:
    made = files.do("clerk", records.issue_paper, files.uid, "W03", {})
    files.do("clerk", records.void_paper, files.uid, made.n, version=1, reason="打印有误")
    found = [one for one in files.contents().entries if one.document and one.document.code == "W03"]
    assert [(one.state, one.required) for one in found] == [(State.VOID, False), (State.MISSING, True)]
    assert found[0].why == "打印有误"
    assert found[0].number == "西综受〔2026〕00001"


def test_a_place_is_filled_by_a_file_or_explained_and_nothing_of_it_is_in_clear(files: Files) -> None:
    gaps = len(files.contents().gaps)
    upload = archive.Upload("告知书.png", PNG)
    files.fill("W02", upload=upload)
    files.fill("W01", why="来访时只登记在纸上")
    states = files.states()
    assert (states["W02"], states["W01"]) == (State.SIGNED, State.EXPLAINED)
    assert len(files.contents().gaps) == gaps - 2
    assert files.contents().counts["there"] == 2  # the cover is made by itself
    volume = files.volume()
    assert is_encrypted_value(volume.placed)
    with files.portal.reading(SYSTEM) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "volume.fill")).all()
        assert len(entries) == 2
        assert "只登记在纸上" not in repr([(one.reason, one.after) for one in entries])
    assert [one.kind for one in files.history("volume")] == ["volume", "volume"]


def test_what_is_filled_wrongly_is_refused(files: Files) -> None:
    tried: list[tuple[type[PortalError], str, dict[str, Any]]] = [
        (InvalidInput, "W01", {"why": " "}),
        (InvalidInput, "W01", {"upload": archive.Upload("a.exe", b"MZ....")}),
        (NotFound, "W01", {"file": "f" * 32}),
        (NotFound, "W99", {"why": "没有"}),
        (NotFound, "W29", {"why": "不是案卷材料"}),
        (Conflict, "W01", {"why": "没有", "version": 99}),
    ]
    for error, document, more in tried:
        with pytest.raises(error):
            files.fill(document, **more)
    with pytest.raises(NotFound):
        files.fill("W01", "mayor", why="没有")
    with pytest.raises(Forbidden):
        files.fill("W01", "watcher", why="没有")
    assert files.contents().placed == {}


def test_nothing_is_archived_while_the_file_lacks_something_and_each_document_is_named(files: Files) -> None:
    files.close()

    def act(uow: Any) -> None:
        form = {"archived_on": DAY.isoformat()}
        records.transition(uow, files.uid, "archive", version=files.record().version, form=form)

    with pytest.raises(Conflict) as refused:
        files.do("keeper", act)
    assert refused.value.code == "volume.lacking"
    assert [one.params["document"] for one in refused.value.problems] == [
        one.title for one in files.contents().gaps
    ]
    with pytest.raises(InvalidInput):
        files.do("keeper", archive.explain_rest, files.uid, version=files.record().version, why="……")
    files.fill("W02", upload=archive.Upload("告知书.png", PNG))
    said = files.do("keeper", archive.explain_rest, files.uid, version=files.record().version, why=ELSEWHERE)
    assert "W02" not in said
    assert files.states()["W02"] is State.SIGNED
    files.do("keeper", act)
    assert files.record().stage == "archived"
    with pytest.raises(Conflict):
        files.do("keeper", archive.explain_rest, files.uid, version=files.record().version, why=ELSEWHERE)


def test_what_keeps_a_matter_from_the_archive_is_what_its_file_shows(files: Files) -> None:
    def found() -> list[str]:
        with files.portal.reading(SYSTEM) as session:
            record = records.get_any(session, files.uid)
            return [one.code for one in lacking(files.portal, session, record, pinned_of(files, session))]

    def pinned_of(of: Files, session: Any) -> Any:
        return pinned(of.portal, session, records.get_any(session, of.uid).release_id)

    def shown() -> list[str]:
        return [one.document.code for one in files.contents().gaps if one.document]

    assert found() == shown() != []
    made = files.do("clerk", records.issue_paper, files.uid, "W03", {})
    assert "W03" in found()
    assert found() == shown()

    def scan(uow: Any) -> None:
        records.scan_paper(uow, files.uid, made.n, version=1, name="扫描.png", content=PNG)

    files.do("clerk", scan)
    assert "W03" not in found()
    files.fill("W01", why=ELSEWHERE)
    files.set(data=files.record().data | {"outcome": "agreed"}, route="R06", dispute_type="D0105")
    assert found() == shown()
    # Somebody who sees no paper of it is told the same.
    assert [one.document.code for one in files.contents("director").gaps if one.document] == found()


def test_archiving_gives_the_volume_its_class_and_its_last_day(files: Files) -> None:
    assert files.contents().ends_on is None
    files.archive()
    volume = files.volume()
    # Counted from the first of January after archiving.
    assert (volume.retention, volume.archived_on, volume.ends_on) == ("years_10", DAY, dt.date(2036, 12, 31))


def test_an_agreement_is_kept_for_thirty_years_and_a_person_may_choose_otherwise(files: Files) -> None:
    files.set(data=files.record().data | {"outcome": "agreed", "agreement_on": "2026-05-01"})
    files.archive()
    assert (files.volume().retention, files.volume().ends_on) == ("years_30", dt.date(2056, 12, 31))
    keep = {"version": files.record().version, "reason": "涉及土地权属，长期有查考价值"}
    files.do("keeper", archive.keep_as, files.uid, "permanent", **keep)
    volume = files.volume()
    assert (volume.retention, volume.chosen, volume.ends_on) == ("permanent", True, None)
    with pytest.raises(Conflict):
        files.do("keeper", archive.keep_as, files.uid, "years_10", **keep)
    with pytest.raises(InvalidInput):
        files.do(
            "keeper", archive.keep_as, files.uid, "forever", version=files.record().version, reason="试一试"
        )


def test_a_matter_that_is_taken_up_again_has_no_last_day(files: Files) -> None:
    files.archive()
    version = files.record().version
    form = {"ground": "not_performed", "found_by": "party", "note": "当事人反映协议没有履行"}
    files.do("director", records.transition, files.uid, "reopen", version=version, form=form)
    assert files.record().is_open
    assert (files.volume().archived_on, files.volume().ends_on) == (None, None)


def test_matters_that_were_archived_before_get_their_days_by_night(files: Files) -> None:
    files.set(stage="archived", canonical_stage="archive", is_open=False)
    queue.schedule(files.portal)
    taken = queue.claim(files.portal, "w", ["date_volumes"])
    assert taken is not None
    for expected in (1, 0):
        run = JobRun(files.portal, taken)
        assert taken.job.run(run) == {"dated": expected}
    assert files.volume().retention == "years_10"
    assert files.volume().ends_on is not None
