"""Volumes whose time is over: proposed, decided by another person, destroyed; proven by moving the clock."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, make_url, select, update

from portal.adapters.clock import FixedClock
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PortalError
from portal.persistence.models import (
    AuditEntry,
    Destruction,
    DestructionItem,
    Job,
    Model,
    Record,
    RecordLink,
    Unit,
)
from portal.services import archive, audit, records, users
from portal.services.archive import destroyed, destroying
from portal.services.jobs import queue
from portal.services.jobs.long import LongJob
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal
from tests.services.test_tasks import MEDIATION, SYSTEM, XISHAN, shipped
from tests.services.test_volumes import DAY, Files

__all__ = ["shipped"]
LATER = dt.date(2037, 1, 4)
REASON = "保管期满，无查考价值"
# Each is a value of the matter, or was written about it.
CANARIES = {
    "name": "欧阳秘甲",
    "summary": "小区秘乙围墙开裂",
    "paper": "0871-68189999",
    "file": "秘丁告知书",
    "content": "内容秘戊",
    "why": "秘己材料另存",
    "task": "秘庚电话约见",
    "party": "当事人秘辛",
    "phone": "13987650001",
    "hold": "秘壬法院调阅",
    "class": "秘癸查考",
}


class Registers(Files):
    """A matter with everything that can be written about one, archived; and those who keep volumes."""

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        with portal.writing(SYSTEM) as uow:
            for name, role, unit in (
                ("second", "director", XISHAN),
                ("both", "archivist", XISHAN),
                ("far", "archivist", "530115"),
            ):
                self.ids[name] = users.create(uow, name, "Kunming-2026-ok", "档", name).id
                users.assign(uow, self.ids[name], role, unit, audited=False)
            users.assign(uow, self.ids["both"], "director", XISHAN, audited=False)
            uow.commit()
        self.keeper = self

    def fill_whole(self) -> None:
        """Write everything that can be written about the matter."""
        self.uid = self.register(
            applicant_name=CANARIES["name"],
            summary=CANARIES["summary"],
            applicant_phone=CANARIES["phone"],
        )
        party = {"name": CANARIES["party"], "role": "respondent", "kind": "person"}
        self.do("clerk", records.register, "party", "", party, parent=self.uid)
        self.do("clerk", records.issue_paper, self.uid, "W03", {"contact": CANARIES["paper"]})
        name, content = f"{CANARIES['file']}.txt", CANARIES["content"].encode()
        self.do("clerk", records.attach, self.uid, name, "text/plain", content)
        self.do("clerk", records.add_task, self.uid, words=CANARIES["task"])
        self.do("clerk", records.do_task, self.uid, 1, words=CANARIES["task"])
        self.fill("W01", why=CANARIES["why"])

    def put_away(
        self, on: dt.date = DAY, hold: str = CANARIES["hold"], keep: str = CANARIES["class"]
    ) -> None:
        """Archive the matter; hold it for a while, and choose its class once more."""
        self.archive(on)
        for act in (archive.hold, archive.free):
            self.do("keeper", act, self.uid, version=self.record().version, reason=hold, on=on)
        said = {"version": self.record().version, "reason": keep, "on": on}
        self.do("keeper", archive.keep_as, self.uid, "years_10", **said)

    def at(self, day: dt.date) -> Portal:
        return self.portal.at(FixedClock.on(day))

    def over(self, name: str = "keeper", day: dt.date = LATER) -> list[destroying.Over]:
        portal = self.at(day)
        with portal.reading(self.who(name)) as session:
            return destroying.over(portal, session)

    def propose(
        self, *uids: str, name: str = "keeper", unit: str = XISHAN, day: dt.date = LATER
    ) -> Destruction:
        def act(uow: Any) -> Destruction:
            with self.portal.reading(SYSTEM) as session:
                at = session.scalars(select(Unit).where(Unit.code == unit)).one()
            return destroying.propose(uow, at, uids or (self.uid,), REASON)

        made: Destruction = self.do(name, act, on=day)
        return made

    def approve(self, made: Destruction, name: str = "second", version: int = 1, day: dt.date = LATER) -> int:
        number: int = self.do(name, destroying.approve, made.uid, version, on=day)
        return number

    def work(self, day: dt.date = LATER) -> bool:
        portal = self.at(day)
        claim = queue.claim(portal, "w", [destroying.JOB])
        assert claim is not None
        return run_claim(portal, JobRun(portal, claim))

    def items(self, made: Destruction) -> list[tuple[str, str]]:
        with self.portal.reading(SYSTEM) as session:
            return [(one.state, one.why) for one in destroying.items_of(session, made)]

    def state(self, made: Destruction) -> str:
        with self.portal.reading(SYSTEM) as session:
            return destroying.list_of(session, made.uid).state

    def is_there(self, uid: str = "") -> bool:
        with self.portal.reading(SYSTEM) as session:
            return session.scalar(select(Record.id).where(Record.uid == (uid or self.uid))) is not None

    def other(self) -> str:
        """Register, close and archive one more matter."""
        own, self.uid = self.uid, self.register()
        made = self.uid
        self.archive()
        self.uid = own
        return made


@pytest.fixture
def kept(shipped: Portal) -> Registers:
    found = Registers(shipped)
    found.put_away()
    return found


def written(portal: Portal) -> str:
    """Return everything that any table holds, as text."""
    found = []
    with portal.database.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                found.append(json.dumps([_plain(one) for one in row], ensure_ascii=False))
    return "\n".join(found)


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def canaries(text: str) -> set[str]:
    return {name for name, value in CANARIES.items() if value in text}


def test_a_volume_is_offered_from_the_day_after_its_last_and_not_before(kept: Registers) -> None:
    assert kept.volume().ends_on == dt.date(2036, 12, 31)
    assert kept.over(day=dt.date(2036, 12, 31)) == []
    assert [one.record.uid for one in kept.over(day=dt.date(2037, 1, 1))] == [kept.uid]
    with pytest.raises(Conflict):
        kept.propose(day=dt.date(2036, 12, 31))


def test_what_is_destroyed_is_in_no_table_and_the_chain_verifies(shipped: Portal) -> None:
    kept = Registers(shipped)
    kept.fill_whole()
    kept.put_away()
    assert canaries(written(shipped)) >= {"name", "summary", "file", "content", "party"}
    audit.seal(shipped)
    made = kept.propose()
    assert kept.approve(made) > 0
    assert kept.work()
    assert not kept.is_there()
    assert canaries(written(shipped)) == set()
    assert (kept.state(made), kept.items(made)) == ("done", [("destroyed", "")])
    assert audit.verify(shipped).clean
    audit.seal(shipped)
    assert audit.verify(shipped).clean
    with shipped.reading(SYSTEM) as session:
        line = session.scalars(select(DestructionItem)).one()
        told = session.scalars(select(AuditEntry.action).where(AuditEntry.kind == "destruction")).all()
        opened = audit.search(shipped, session, audit.AuditQuery(thing=kept.uid, size=200)).rows
    assert (line.code, line.retention, line.retention_title) == ("西综〔2026〕00002", "years_10", "定期10年")
    assert (line.archived_on, line.ends_on) == (DAY, dt.date(2036, 12, 31))
    assert line.counted["month"] == 202605
    assert (made.number, made.proposed_by_name) == ("西综销〔2037〕0001", "keeper档")
    assert sorted(told) == ["approve_destruction", "end_destruction", "propose_destruction"]
    assert canaries(repr([(one.reason, one.before, one.after) for one in opened])) == set()
    assert {one.action for one in opened} >= {"add", "volume.hold", "volume.keep", "paper.issue", "destroy"}


@pytest.mark.parametrize("shipped", ["sqlite"], indirect=True)
def test_it_is_not_in_the_file_of_the_database_either(shipped: Portal) -> None:
    kept = Registers(shipped)
    kept.fill_whole()
    kept.put_away()
    path = Path(str(make_url(str(shipped.database.engine.url)).database))
    log = path.with_name(f"{path.name}-wal")
    raw = path.read_bytes() + (log.read_bytes() if log.exists() else b"")
    assert [name for name, value in CANARIES.items() if value.encode() in raw]
    made = kept.propose()
    kept.approve(made)
    assert kept.work()
    left = path.read_bytes() + (log.read_bytes() if log.exists() else b"")
    assert [name for name, value in CANARIES.items() if value.encode() in left] == []


def test_who_proposed_a_list_never_decides_it_whatever_the_roles(kept: Registers) -> None:
    made = kept.propose(name="both")
    for who in ("both", "keeper"):
        with pytest.raises(Forbidden):
            kept.approve(made, who)
    for who in ("far", "clerk"):
        with pytest.raises(NotFound):
            kept.approve(made, who)
    with pytest.raises(Forbidden):
        kept.do("keeper", destroying.withdraw, made.uid, 1)
    with pytest.raises(Conflict):
        kept.approve(made, version=7)
    assert (kept.state(made), kept.is_there()) == ("proposed", True)
    kept.approve(made)
    with pytest.raises(Conflict):
        kept.approve(made, version=2)
    with pytest.raises(Conflict):
        kept.do("both", destroying.withdraw, made.uid, 2)


def test_a_refused_list_lets_its_volumes_be_proposed_again(kept: Registers) -> None:
    made = kept.propose()
    assert kept.over() == []
    with pytest.raises(Conflict):
        kept.propose()
    with pytest.raises(InvalidInput):
        kept.do("second", destroying.refuse, made.uid, 1, "…")
    kept.do("second", destroying.refuse, made.uid, 1, "还有查考价值")
    again = kept.propose()
    kept.do("keeper", destroying.withdraw, again.uid, 1, on=LATER)
    assert [one.record.uid for one in kept.over()] == [kept.uid]
    assert kept.is_there()


def test_what_is_proposed_wrongly_is_refused(kept: Registers) -> None:
    other = kept.register()
    tried: list[tuple[type[PortalError], dict[str, Any]]] = [
        (Conflict, {"uids": (other,)}),
        (Conflict, {"uids": ("f" * 32,)}),
        (InvalidInput, {"uids": (kept.uid,), "unit": MEDIATION}),
        (Forbidden, {"uids": (kept.uid,), "unit": "530115"}),
        (Forbidden, {"uids": (kept.uid,), "name": "clerk"}),
        (Forbidden, {"uids": (kept.uid,), "name": "second"}),
        (Conflict, {"uids": (kept.uid,), "name": "far", "unit": "530115"}),
    ]
    for error, more in tried:
        with pytest.raises(error):
            kept.propose(*more.pop("uids"), **more)
    assert kept.over("far") == []


def _hold(kept: Registers) -> str:
    kept.do("keeper", archive.hold, kept.uid, version=kept.record().version, reason="法院调阅")
    return "held"


def _lane(kept: Registers) -> str:
    kept.set(lanes={"objection": "open"})
    return "lane"


def _correction(kept: Registers) -> str:
    kept.set(correction_by=1)
    return "correction"


def _open_again(kept: Registers) -> str:
    kept.set(stage="mediate", canonical_stage="mediate", is_open=True)
    return "not_archived"


def _link(kept: Registers) -> str:
    other = kept.register()
    ends = {"from_id": kept.record(other).id, "to_id": kept.record().id}
    with kept.portal.database.engine.begin() as connection:
        values = {"kind": "series", "by_name": "", "at": kept.portal.clock.now(), **ends}
        connection.execute(insert(RecordLink.__table__).values(values))
    return "linked"


HOLDING = (_hold, _lane, _correction, _link)


@pytest.mark.parametrize("keep", HOLDING, ids=[one.__name__.strip("_") for one in HOLDING])
def test_what_keeps_a_volume_keeps_it_from_the_list_with_the_reason(kept: Registers, keep: Any) -> None:
    name = keep(kept)
    (found,) = kept.over()
    assert [hold.name for hold in found.holds] == [name]
    with pytest.raises(InvalidInput):
        kept.propose()


@pytest.mark.parametrize("keep", [_hold, _open_again], ids=("held", "open"))
def test_what_happens_after_the_approval_still_keeps_it(kept: Registers, keep: Any) -> None:
    made = kept.propose()
    kept.approve(made)
    name = keep(kept)
    assert kept.work()
    assert kept.is_there()
    assert kept.items(made) == [("kept", name)]
    assert kept.state(made) == "done"


def test_the_work_goes_on_where_it_was_killed_and_destroys_nothing_twice(
    kept: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    uids = (kept.uid, kept.other(), kept.other())
    made = kept.propose(*uids)
    kept.approve(made)
    portal = kept.at(LATER)
    claim = queue.claim(portal, "w", [destroying.JOB])
    assert claim is not None
    job: Any = claim.job
    real = type(job).chunk
    left = iter((True, False))

    def dying(self: LongJob, uow: Any, work: Any, name: str) -> Any:
        done = real(self, uow, work, name)
        if not next(left):
            raise KeyboardInterrupt  # in the midst of the second volume, before anything of it is stored
        return done

    monkeypatch.setattr(type(job), "chunk", dying)
    with pytest.raises(KeyboardInterrupt):
        run_claim(portal, JobRun(portal, claim))
    monkeypatch.undo()
    assert [kept.is_there(uid) for uid in uids] == [False, True, True]
    later = portal.at(FixedClock.on(LATER, hour=15))
    claim = queue.claim(later, "w2", [destroying.JOB])
    assert claim is not None
    assert run_claim(later, JobRun(later, claim))
    assert [kept.is_there(uid) for uid in uids] == [False, False, False]
    assert kept.items(made) == [("destroyed", "")] * 3
    with kept.portal.reading(SYSTEM) as session:
        gone = session.scalars(select(AuditEntry.object_id).where(AuditEntry.action == "destroy")).all()
    assert sorted(gone) == sorted(uids)


def test_cancelled_work_stops_and_is_gone_on_with_by_another_than_the_proposer(kept: Registers) -> None:
    made = kept.propose()
    number = kept.approve(made)
    with kept.portal.writing(SYSTEM) as uow:
        assert queue.cancel(uow, number)
        uow.commit()
    assert (kept.state(made), kept.is_there()) == ("approved", True)
    with pytest.raises(Forbidden):
        kept.do("keeper", destroying.go_on, made.uid, 2, on=LATER)
    kept.do("second", destroying.go_on, made.uid, 2, on=LATER)
    assert kept.work()
    assert (kept.state(made), kept.is_there()) == ("done", False)


def test_a_record_that_only_this_matter_led_to_goes_along(kept: Registers) -> None:
    sheet = kept.register()
    with kept.portal.database.engine.begin() as connection:
        values = {"etype": "sheet", "stage": "done", "canonical_stage": "close", "is_open": False}
        connection.execute(update(Record.__table__).where(Record.uid == sheet).values(values))
        link = {"kind": "opened", "from_id": kept.record().id, "to_id": kept.record(sheet).id}
        link |= {"by_name": "", "at": kept.portal.clock.now()}
        connection.execute(insert(RecordLink.__table__).values(link))
    made = kept.propose()
    kept.approve(made)
    assert kept.work()
    assert not kept.is_there(sheet)


def test_the_sums_of_the_register_and_the_figures_are_together_what_was_registered(kept: Registers) -> None:
    def there() -> int:
        with kept.portal.reading(SYSTEM) as session:
            return len(session.scalars(select(Record.id).where(Record.etype == "case")).all())

    other, before = kept.other(), there()
    made = kept.propose(kept.uid, other)
    with kept.portal.reading(kept.who("keeper")) as session:
        assert destroyed.by_class_of_keeping(session) == []
    kept.approve(made)
    kept.work()
    with kept.portal.reading(kept.who("keeper")) as session:
        by_class, counted = destroyed.by_class_of_keeping(session), destroyed.as_counted(session)
    assert by_class == [destroyed.Gone(2037, "定期10年", 2)]
    assert counted == [destroyed.CountedGone(2026, "D03", 2)]
    assert there() + sum(one.count for one in counted) == before
    with kept.portal.reading(kept.who("far")) as session:
        assert destroyed.by_class_of_keeping(session) == destroyed.as_counted(session) == []


def test_the_register_and_the_job_hold_no_word_of_a_party(shipped: Portal) -> None:
    kept = Registers(shipped)
    kept.fill_whole()
    kept.put_away()
    made = kept.propose()
    kept.approve(made)
    kept.work()
    with shipped.database.engine.connect() as connection:
        rows = [
            repr(list(connection.execute(select(one.__table__))))
            for one in (Destruction, DestructionItem, Job)
        ]
    assert canaries("".join(rows)) == set()
