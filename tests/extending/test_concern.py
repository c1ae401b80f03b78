"""A concern registered once, from outside, hears of every act on a record, on both databases."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.adapters.keyring import Keyring
from portal.core.access import Access, Origin
from portal.core.acts import ACTS, RECORD
from portal.persistence.models import Referral, Unit
from portal.services import archive, importing, lookup, records
from portal.services.archive import subjects
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.records.acts.concerns import CONCERNS, Concern
from portal.services.records.acts.looked import Looking
from portal.services.records.acts.performed import Performed
from portal.services.records.entering.lookup_codes import code_of, renew_code
from portal.services.records.handling.clocks.recalculating import recalculate
from portal.services.records.privacy.rekeying import rekey
from tests.acceptance.ways_on_matters import stand
from tests.extending.conftest import site
from tests.fixtures.database import access_for
from tests.fixtures.importing import BASE_MAPPING, Importing, csv_of, director, row
from tests.web.records.closed_cases import close
from tests.web.records.seeded_site import Browser, Site, uid_of
from tests.web.records.test_personal_data import joined
from tests.web.records.test_records_release import publish

__all__ = ["site"]
ON_RECORDS = {act.name for act in ACTS.values() if act.of == RECORD}
SYSTEM = Access.system("test")
PARTY = {"role": "applicant", "kind": "person", "name": "赵小"}


@pytest.fixture
def heard() -> Iterator[Counter[str]]:
    """Count every act while the test runs."""
    counted: Counter[str] = Counter()

    def performed(act: Performed) -> None:
        counted[act.act.name] += 1

    def looked(looking: Looking) -> None:
        counted.update(read.act.name for read in looking.reads)

    with CONCERNS.with_entry(Concern("counter", performed, looked=looked)):
        yield counted


class Walk:
    """Everything that can happen to cases of one county, each act by its own use case."""

    def __init__(self, site: Site, browser: Browser, folder: Path) -> None:
        self.site, self.browser, self.folder = site, browser, folder

    def do(self, what: Any, *args: Any, **more: Any) -> Any:
        """Call a use case in a transaction of its own, as a person or as the system."""
        portal = more.pop("on", self.site.portal)
        with portal.writing(more.pop("by", SYSTEM)) as uow:
            answer = what(uow, *args, **more)
            uow.commit()
        return answer

    def case(self) -> str:
        """Register a case through its form."""
        return uid_of(self.site.register(self.browser))

    def version(self, uid: str) -> int:
        with self.site.portal.reading(SYSTEM) as session:
            return records.get_any(session, uid).version

    def referral(self) -> Referral:
        """Register a case and hand it to a department."""
        uid = self.case()
        to = records.Override({"department": "people_mediation"})
        made: Referral = self.do(records.dispose, uid, version=self.version(uid), override=to, reason="试")
        return made

    def data_and_files(self) -> None:
        uid = self.case()
        with self.site.portal.reading(SYSTEM) as session:
            data = dict(records.view_of(self.site.portal, session, records.get_any(session, uid)).clear)
        self.do(records.change, uid, data | {"claim": "退还双倍定金"}, self.version(uid))
        self.do(records.attach, uid, "a.txt", "text/plain", b"text")
        self.do(records.redecide, uid)
        address = f"/records/case/show/{uid}"
        assert self.browser.get(address).status_code == 200
        answer = self.browser.get("/records/case/list/?text=定金")
        assert answer.status_code == 200, answer.text
        with self.site.portal.reading(SYSTEM) as session:
            (file,) = records.attachments_of(session, records.get_any(session, uid))
        assert self.browser.get(f"/records/case/attachment/{uid}/{file.uid}").status_code == 200

        def unmask(uow: Any) -> None:
            records.unmask(uow, records.get_any(uow.session, uid), "核对身份")

        self.do(unmask)

    def looking_up(self) -> None:
        """Print the slip, look the matter up, close its code by wrong numbers, make it anew."""
        uid = uid_of(self.site.register(self.browser, **{"/applicant_phone": "13987654321"}))
        assert self.browser.get(f"/records/case/receipt/{uid}").status_code == 200
        with self.site.portal.reading(SYSTEM) as session:
            code = code_of(self.site.portal.keys, session, records.get_any(session, uid))
        assert lookup.look_up(self.site.portal, code or "", "4321", Origin(ip="10.1.1.1")).found
        for number in range(5):
            lookup.look_up(self.site.portal, code or "", f"000{number}", Origin(ip="10.1.1.1"))
        self.do(renew_code, uid, "case", self.version(uid))

    def referrals(self) -> None:
        first, second, third = (self.referral() for _ in range(3))
        for one, answer in ((first, "accept"), (first, "done"), (second, "return"), (third, "revoke")):
            self.do(records.referral, one.uid, answer, reason="试")

    def for_others(self) -> None:
        """Answer in place of the unit, ask back and be answered, call units in, ask the superior."""
        director = access_for(self.site.portal, "director", "530112", user_id=71)
        first, second, third, fourth = (self.referral() for _ in range(4))
        for one, answer in ((first, "accept"), (first, "done"), (second, "return")):
            self.do(records.referral, one.uid, answer, reason="试", by=director)
        self.do(records.referral, third.uid, "accept", reason="试")
        self.do(records.referral, third.uid, "ask_back", reason="试")
        self.do(records.referral, third.uid, "keep", reason="试")
        self.do(records.referral, fourth.uid, "accept", reason="试", by=director)
        self.do(records.referral, fourth.uid, "ask_back", reason="试", by=director)
        self.do(records.referral, fourth.uid, "let_go", reason="试")
        uid = self.case()
        more = {"version": self.version(uid), "reason": "试"}
        self.do(records.whistle, uid, called=[records.Called("police", 1)], lead="justice", **more)
        uid = self.case()
        for department in ("people_mediation", "justice"):
            to = records.Override({"department": department}, route="R01")
            sent = self.do(records.dispose, uid, version=self.version(uid), override=to, reason="试")
            self.do(records.referral, sent.uid, "return", reason="试")
        asked = self.do(records.raise_dispute, uid, version=self.version(uid), reason="试")
        self.do(records.decide_competence, asked.uid, unit="530112:justice", reason="试")

    def steps(self) -> None:
        uid = self.case()
        with self.site.portal.reading(SYSTEM) as session:
            offers = records.available(self.site.portal, session, records.get_any(session, uid))
        step = next(one.transition for one in offers if one.allowed and one.transition.form is None)
        self.do(records.transition, uid, step.id, version=self.version(uid), reason="试")

    def release(self) -> None:
        uid = self.case()
        release = publish(
            self.site, self.folder, "9.1.0", properties={"shore": {"type": "string", "title": "岸线"}}
        )
        self.do(records.move, uid, release, self.version(uid), "试")

    def grade(self) -> None:
        uid = self.case()
        self.do(records.accept_grade, uid, "complex", version=self.version(uid), proposed=False, reason="试")

    def tasks(self) -> None:
        uid = self.case()
        first, second = (self.do(records.add_task, uid, words=words).n for words in ("约见", "通知"))
        self.do(records.assign_task, uid, first, version=1, by_itself=True)
        self.do(records.do_task, uid, first)
        self.do(records.drop_task, uid, second, reason="试试")

    def periods(self) -> None:
        """Record an event that starts a period, and count it by a year that is gazetted afterwards."""
        uid, later = self.case(), self.site.portal.at(FixedClock.on(dt.date(2026, 12, 20)))
        began = dt.date(2026, 12, 18)
        self.do(records.record_event, uid, "award_received", began, version=self.version(uid), on=later)
        gazetted = {"2027": {"holidays": ["2027-01-01"], "workdays": ["2027-01-02"], "source": "国办"}}
        publish(self.site, self.folder, "9.0.1", years=gazetted)

        def count(uow: Any) -> bool:
            return recalculate(uow, records.get_any(uow.session, uid))

        assert self.do(count, on=later)

    def papers(self) -> None:
        """Issue a paper, hand it out, keep its signed scan, make it void."""
        uid = self.case()
        made = self.do(records.issue_paper, uid, "W03", {"contact": "0871"}, version=self.version(uid))
        more = {"to": "申请人", "way": "当面", "day": self.site.portal.clock.today()}
        self.do(records.serve_paper, uid, made.n, version=1, **more)
        signed = {"name": "签字.pdf", "content": b"%PDF-1.7 signed"}
        self.do(records.scan_paper, uid, made.n, version=2, **signed)
        self.do(records.void_paper, uid, made.n, version=3, reason="打印有误")

    def volumes(self) -> None:
        """Supplement the file of an archived case, choose how long it is kept, hold and free it, print it."""
        uid = self.case()
        self.do(archive.fill_volume, uid, "W01", version=self.version(uid), why="只登记在纸上")
        stand(self.site, uid)
        self.do(queue.enqueue, "date_volumes")
        claim = queue.claim(self.site.portal, "w", ["date_volumes"])
        assert claim is not None
        assert run_claim(self.site.portal, JobRun(self.site.portal, claim))
        self.do(archive.keep_as, uid, "permanent", version=self.version(uid), reason="长期有查考价值")
        for what in (archive.hold, archive.free):
            self.do(what, uid, version=self.version(uid), reason="案件复查")
        assert self.browser.get(f"/records/case/efile/{uid}/print").status_code == 200

    def copies(self) -> None:
        """Hand what is kept about a person to that person."""
        self.site.register(self.browser, **{"/applicant_phone": "13987650001"})
        with self.site.portal.reading(SYSTEM) as session:
            unit = session.scalars(select(Unit).where(Unit.code == "530112")).one()
        made = self.do(subjects.copy_for, unit, "13987650001", "access", "id_card")
        assert subjects.note_copies(self.site.portal, SYSTEM, Origin(), made)

    def corrections(self) -> None:
        """Close a case and correct it: asked by one person, decided by another one."""
        uid = self.case()
        close(self.site, uid)
        with self.site.portal.reading(SYSTEM) as session:
            data = dict(records.view_of(self.site.portal, session, records.get_any(session, uid)).clear)
        persons = [replace(SYSTEM, user_id=number) for number in (1, 2)]
        for person, answer in ((persons[0], "withdraw"), (persons[1], "refuse"), (persons[1], "approve")):
            more = {"version": self.version(uid), "reason": "试"}
            self.do(records.ask_correction, uid, data | {"claim": "退还双倍定金"}, by=persons[0], **more)
            more = {"version": self.version(uid), "reason": "试"}
            self.do(records.settle_correction, uid, answer, by=person, **more)

    def removal(self) -> None:
        whole = self.case()
        made = self.do(records.register, "party", "530112", PARTY, parent=whole).record.uid
        self.do(records.delete, made, self.version(made), "试")
        records.destroy(self.site.portal, self.case(), "试")

    def imports(self) -> None:
        """Take a closed case over from another system, and take it back."""
        importer = Importing(self.site.portal, director(self.site.portal))
        importer.keep(BASE_MAPPING)
        file = importer.upload(csv_of(row("A-1", 诉求类型="D0101", 属地="530112001")))
        assert importer.run(importing.start_trying, file)["good"] == 1
        importer.run(importing.start_taking, file)
        again = importer.upload(csv_of(row("A-1", 诉求类型="D0101", 属地="530112001", 金额="7")))
        assert importer.run(importing.start_trying, again)["other"] == 1
        importer.run(importing.start_taking, again)
        importer.run(importing.start_undoing, file)
        self.kept_here(importer)

    def kept_here(self, importer: Importing) -> None:
        """Change an open case that another system has, and leave it so when that says something else."""
        for amount in ("7", "9"):
            cells = {"诉求类型": "D0101", "属地": "530112001", "办结时间": "", "金额": amount}
            file = importer.upload(csv_of(row("A-3", stage="处理中", **cells)))
            importer.run(importing.start_trying, file)
            found = importer.run(importing.start_taking, file)
            uid = importer.records()[-1].uid
            if amount == "7":
                with self.site.portal.reading(SYSTEM) as session:
                    one = records.get_any(session, uid)
                    data = dict(records.view_of(self.site.portal, session, one).clear)
                self.do(records.change, uid, data | {"amount": 8}, self.version(uid))
        assert found["offered"] == 1
        self.do(importing.keep_here, uid, "/amount", self.version(uid))

    def keys(self) -> None:
        old, new = self.site.portal.keys, Keyring.random()
        rekey(replace(self.site.portal, keys=joined(new, old)))
        rekey(replace(self.site.portal, keys=joined(old, new)))


def test_a_concern_hears_of_every_act(site: Site, heard: Counter[str], tmp_path: Path) -> None:
    walk = Walk(site, site.login("clerk"), tmp_path)
    for part in (
        walk.data_and_files,
        walk.looking_up,
        walk.referrals,
        walk.for_others,
        walk.steps,
        walk.grade,
        walk.tasks,
        walk.periods,
        walk.papers,
        walk.volumes,
        walk.copies,
    ):
        part()
    for part in (walk.corrections, walk.imports, walk.release, walk.removal, walk.keys):
        part()
    assert ON_RECORDS - heard.keys() == set(), "an act that no use case performs, or past the one way to act"


def test_what_is_cancelled_or_refused_concerns_nobody(site: Site, heard: Counter[str]) -> None:
    walk = Walk(site, site.login("clerk"), Path())
    uid = walk.case()
    with site.portal.reading(SYSTEM) as session:
        data = dict(records.view_of(site.portal, session, records.get_any(session, uid)).clear)
    heard.clear()
    walk.do(records.change, uid, data, walk.version(uid))
    with pytest.raises(records.LostUpdate):
        walk.do(records.change, uid, data | {"claim": "x"}, 7)
    assert not heard
