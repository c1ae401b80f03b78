"""Which units see a record, and figures: whatever people do, they are what the records say."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, select, update

from portal.core.access import Access, Grant
from portal.core.errors import NotFound, PortalError
from portal.persistence.models import FigureDelta, Record, RecordReach, Referral, Unit
from portal.services import records, units
from portal.services.figures import upkeep
from portal.services.figures.kept import figures_at
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Portal, Work
from portal.services.reach import upkeep as reach_upkeep
from portal.services.reach.proof import reach_differences
from portal.services.records.finding import reading
from portal.services.records.handling import figures as counting
from tests.fixtures.database import access_for

SYSTEM = Access.system("test")
# `make prove` does the number of the promise.
ACTS = int(os.environ.get("PORTAL_TEST_ACTS", "200"))
ACTORS = (
    ("clerk", "530112"),
    ("clerk", "530115"),
    ("clerk", "530111"),
    ("director", "530112"),
    ("director", "530115"),
    ("handler", "530112:justice"),
    ("handler", "530112:court"),
    ("supervisor", "530100"),
)
TYPES = ("D0101", "D0601", "D01", None)


class Town:
    """Eight people who do whatever comes to their mind, most of which is refused; units move beneath them."""

    def __init__(self, portal: Portal, seed: int) -> None:
        self.portal = portal
        self.chance = Random(seed)
        self.done: Counter[str] = Counter()
        self.actors = [access_for(portal, *actor, user_id=at) for at, actor in enumerate(ACTORS, start=1)]
        self.acts: dict[str, Callable[[Work, Access], Any]] = {
            "register": self.register,
            "part": self.part,
            "change": self.change,
            "dispose": self.dispose,
            "answer": self.answer,
            "step": self.step,
            "delete": self.delete,
        }

    def act(self) -> None:
        """Let somebody try something; a refusal leaves nothing behind."""
        if self.chance.random() < 0.02:
            return self.move()
        name, who = self.chance.choice(list(self.acts)), self.chance.choice(self.actors)
        try:
            with self.portal.writing(who) as uow:
                self.acts[name](uow, who)
                uow.commit()
            self.done[name] += 1
        except PortalError:
            pass
        return None

    def register(self, uow: Work, who: Access) -> None:
        below = select(Unit.code).where(Unit.path.startswith(who.memberships[0][1]), Unit.kind == "division")
        unit = self.chance.choice(sorted(uow.session.scalars(below)) or ["530112"])
        data = {"name": "某", "amount": self.chance.choice((10, 200_000)), "channel": "walk_in"}
        records.register(uow, "case", unit, data | self.kind())

    def part(self, uow: Work, who: Access) -> None:
        records.register(uow, "party", "", {"name": "某"}, parent=self.case(uow).uid)

    def change(self, uow: Work, who: Access) -> None:
        case = self.case(uow)
        data = {**case.data, "channel": self.chance.choice(("walk_in", "grid"))} | self.kind()
        records.change(uow, case.uid, data, case.version)

    def dispose(self, uow: Work, who: Access) -> None:
        case = self.case(uow)
        to = {"department": self.chance.choice(("justice", "court", "labour"))}
        assist = self.chance.choice(((), ("court",), ("justice", "court")))
        override = records.Override(to=to, route="R01", assist=assist)
        records.dispose(uow, case.uid, version=case.version, override=override, reason="试")

    def answer(self, uow: Work, who: Access) -> None:
        waiting = select(Referral.uid).where(Referral.status.in_(("sent", "accepted")))
        found = self.chance.choice(uow.session.scalars(waiting).all() or ["none"])
        records.referral(uow, found, self.chance.choice(("accept", "done", "return", "revoke")), reason="试")

    def step(self, uow: Work, who: Access) -> None:
        case = self.case(uow)
        name = self.chance.choice(("start", "start", "close", "drop", "watch"))
        form = {"outcome": "达成协议"} if name == "close" else None
        records.transition(uow, case.uid, name, version=case.version, form=form, reason="试")

    def delete(self, uow: Work, who: Access) -> None:
        parts = uow.session.scalars(select(Record).where(Record.etype == "party")).all()
        part = self.chance.choice(parts) if parts else self.case(uow)
        records.delete(uow, part.uid, part.version, "误录")

    def move(self) -> None:
        """Put a township, a village or a department below another unit, and work under the new paths from then on."""
        code, below = self.chance.choice(
            [
                ("530112001", ("530112", "530115", "530111")),
                ("530112001001", ("530112001", "530112002", "530115001")),
                ("530112:court", ("530112", "530100")),
                ("530115001", ("530115", "530112")),
            ]
        )
        with self.portal.writing(SYSTEM) as uow:
            unit, parent = (units.by_code(uow.session, one) for one in (code, self.chance.choice(below)))
            if unit.parent_id != parent.id:
                units.move(uow, unit.id, parent.id, "试")
                uow.commit()
                self.done["move"] += 1
        self.actors = [access_for(self.portal, *a, user_id=at) for at, a in enumerate(ACTORS, start=1)]

    def case(self, uow: Work) -> Record:
        """Return a case that the person sees, most often one of the latest."""
        query = select(Record).where(Record.etype == "case", Record.is_open).order_by(Record.id.desc())
        found = uow.session.scalars(query.limit(30)).all()
        if not found:
            raise NotFound("record.unknown", "none")
        return self.chance.choice(found)

    def kind(self) -> dict[str, str]:
        found = self.chance.choice(TYPES)
        return {} if found is None else {"dispute_type": found}


def test_reach_and_figures_equal_a_recomputation_after_random_acts(seeded: Portal) -> None:
    town = Town(seeded, 530_100)
    while town.done.total() < ACTS:
        town.act()
        if town.done.total() % 50 == 0:
            upkeep.fold(seeded.database)
    print(f"{seeded.database.dialect}: {dict(town.done)}")
    assert set(town.done) == {*town.acts, "move"}
    with seeded.reading(SYSTEM) as session:
        assert session.scalar(select(Record.id)) is not None
        assert reach_differences(session) == []
    assert upkeep.check(seeded.database) == []
    upkeep.fold(seeded.database)
    assert upkeep.check(seeded.database) == []


@pytest.fixture
def referred(seeded: Portal) -> tuple[Portal, str]:
    """A case of Xishan, handed to its justice department; the court was asked to help."""
    with seeded.writing(access_for(seeded, "clerk", "530112", user_id=7)) as uow:
        uid = records.register(uow, "case", "530112", {"name": "张三", "amount": 150_000}).record.uid
        records.register(uow, "party", "", {"name": "李四"}, parent=uid)
        uow.commit()
    with seeded.writing(access_for(seeded, "director", "530112", user_id=8)) as uow:
        override = records.Override(to={"department": "justice"}, route="R01", assist=("court",))
        records.dispose(uow, uid, version=1, override=override, reason="另行安排")
        uow.commit()
    return seeded, uid


def found_by(portal: Portal, role: str, unit: str) -> dict[str, Any]:
    who = access_for(portal, role, unit)
    parties = Grant(role, who.memberships[0][1], "party", frozenset({"list", "show"}))
    with portal.reading(replace(who, grants=(*who.grants, parties))) as session:
        listed = records.search(portal, session, records.Query("case"))
        return {
            "list": [row.uid for row in listed.rows],
            "number": listed.total,
            "words": [
                row.uid for row in records.search(portal, session, records.Query("case", text="张三")).rows
            ],
            "stages": records.counts(portal, session, "case"),
            "open": records.overview(portal, session, "case", ("intake",)).total.number,
            "parts": [row.uid for row in session.scalars(select(Record).where(Record.etype == "party"))],
        }


def test_an_assisting_unit_finds_its_cases_until_it_has_answered(referred: tuple[Portal, str]) -> None:
    portal, uid = referred
    asked = found_by(portal, "handler", "530112:court")
    assert (asked["list"], asked["number"], asked["words"]) == ([uid], 1, [uid])
    assert (asked["stages"], asked["open"], len(asked["parts"])) == ({"intake": 1}, 1, 1)
    court = access_for(portal, "handler", "530112:court")
    for answer in ("accept", "done"):
        assert found_by(portal, "handler", "530112:court") == asked
        with portal.writing(court) as uow:
            waiting = uow.session.scalars(select(Referral.uid).where(Referral.lead.is_(False))).one()
            records.referral(uow, waiting, answer)
            uow.commit()
    nothing = found_by(portal, "handler", "530112:court")
    assert nothing == {"list": [], "number": 0, "words": [], "stages": {}, "open": 0, "parts": []}
    # The handler and the owner go on seeing it.
    assert found_by(portal, "handler", "530112:justice") == asked
    assert found_by(portal, "clerk", "530112")["list"] == [uid]


def test_an_assisting_unit_reads_and_does_no_more_than_answer(referred: tuple[Portal, str]) -> None:
    portal, uid = referred
    for act in (
        lambda uow: records.change(uow, uid, {"name": "王五"}, 2),
        lambda uow: records.transition(uow, uid, "start", version=2),
        lambda uow: records.register(uow, "party", "", {"name": "王五"}, parent=uid),
    ):
        with (
            portal.writing(access_for(portal, "director", "530112:court")) as uow,
            pytest.raises(PortalError),
        ):
            act(uow)


def test_counts_are_the_same_before_and_after_folding(referred: tuple[Portal, str]) -> None:
    portal, _uid = referred
    before = {unit: found_by(portal, "supervisor", unit) for unit in ("530100", "530112", "530115")}
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(FigureDelta.id).limit(1)) is not None
        city = units.by_code(session, "530100").id
        unfolded = figures_at(session, city, "case", "route")
    assert upkeep.fold(portal.database) > 0
    with portal.reading(SYSTEM) as session:
        assert session.scalar(select(FigureDelta.id).limit(1)) is None
        folded = figures_at(session, city, "case", "route")
    assert unfolded is not None
    assert folded is not None
    assert +unfolded == +folded == Counter({("R01", True): 1})
    after = {unit: found_by(portal, "supervisor", unit) for unit in ("530100", "530112", "530115")}
    assert before == after


def test_figures_that_were_never_built_are_counted_and_tell_after_building(
    referred: tuple[Portal, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _uid = referred
    kept = found_by(portal, "supervisor", "530100")
    monkeypatch.setattr(counting, "kept_counts", lambda *_, **__: None)
    assert found_by(portal, "supervisor", "530100") == kept
    monkeypatch.undo()
    assert upkeep.build(portal.database) > 0
    assert upkeep.check(portal.database) == []
    assert found_by(portal, "supervisor", "530100") == kept


def test_counts_by_class_and_stage_together_are_read_from_the_figures(
    referred: tuple[Portal, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _uid = referred
    with portal.writing(access_for(portal, "clerk", "530112", user_id=7)) as uow:
        for kind in ("D0101", "D0101", "D0601"):
            records.register(uow, "case", "530112", {"name": "王五", "amount": 5, "dispute_type": kind})
        uow.commit()
    pair = ("dispute_class", "canonical_stage")

    def asked(role: str, unit: str, *groups: str, under: str = "", **more: Any) -> dict[Any, int]:
        with portal.reading(access_for(portal, role, unit)) as session:
            path = units.by_code(session, under).path if under else None
            return records.counts(portal, session, "case", *groups, under=path, **more)

    questions: list[Callable[[], dict[Any, int]]] = [
        lambda: asked("supervisor", "530100", *pair),
        lambda: asked("supervisor", "530100", *pair, under="530112"),
        lambda: asked("supervisor", "530100", *pair, open_only=True),
        lambda: asked("clerk", "530112", *pair[::-1]),
        # It owns nothing, and sees one case because it was asked to help.
        lambda: asked("handler", "530112:court", *pair),
    ]
    unfolded = [question() for question in questions]
    assert unfolded[0] == {("D01", "intake"): 2, ("D06", "intake"): 1, (None, "intake"): 1}
    assert unfolded[3] == {(stage, top): n for (top, stage), n in unfolded[0].items()}
    assert unfolded[4] == {(None, "intake"): 1}
    assert upkeep.fold(portal.database) > 0
    assert [question() for question in questions] == unfolded
    monkeypatch.setattr(reading, "kept_pairs", lambda *_, **__: None)
    assert [question() for question in questions] == unfolded


def test_class_and_stage_together_need_no_counting(
    referred: tuple[Portal, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _uid = referred
    seen: list[str] = []
    with portal.reading(access_for(portal, "supervisor", "530100")) as session:
        path = units.by_code(session, "530112").path
        event.listen(portal.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
        groups = ("dispute_class", "canonical_stage")
        assert records.counts(portal, session, "case", *groups, under=path) == {(None, "intake"): 1}
    read = [one for one in seen if "figure" in one]
    assert len(read) == 1
    assert not [one for one in seen if "record" in one.split("FROM", 1)[-1].split()[0]]


def test_wrong_rows_of_reach_are_found_and_mended_and_the_others_stay(
    referred: tuple[Portal, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, uid = referred
    monkeypatch.setattr("portal.services.reach.proof.PORTION", 1)
    assert reach_upkeep.check(portal.database) == []
    with portal.writing(SYSTEM) as uow:
        case = records.get(uow.session, "case", uid).id
        row = uow.session.execute(select(*RecordReach.__table__.c).limit(1)).one()._asdict()
        city, court, foreign = (
            units.by_code(uow.session, c).id for c in ("530100", "530112:court", "530115")
        )
        of_case = RecordReach.record_id == case
        uow.session.execute(delete(RecordReach).where(of_case, RecordReach.unit_id == city))
        uow.session.execute(
            update(RecordReach).where(of_case, RecordReach.unit_id == court).values(why="owner")
        )
        uow.session.execute(insert(RecordReach), [row | {"record_id": case, "unit_id": foreign}])
        uow.commit()
    found = reach_upkeep.check(portal.database)
    assert [(one.record, one.unit) for one in found] == sorted((case, one) for one in (city, court, foreign))
    assert reach_upkeep.check_some(portal.database, 1_000, Random(1)) == (case + 1, found)
    assert reach_upkeep.rebuild(portal.database) == 3
    assert reach_upkeep.check(portal.database) == []


def test_reach_says_when_a_record_was_last_changed_whoever_sees_it(referred: tuple[Portal, str]) -> None:
    portal, uid = referred
    later = portal.at(portal.clock.later(minutes=5))
    with later.writing(access_for(later, "clerk", "530112", user_id=7)) as uow:
        case = records.get(uow.session, "case", uid)
        before = case.updated_at
        records.change(uow, uid, {**case.data, "amount": 11}, case.version)
        uow.commit()
    with portal.writing(SYSTEM) as uow:
        case = records.get(uow.session, "case", uid)
        of_case = RecordReach.record_id == case.id
        assert case.updated_at > before
        assert set(uow.session.scalars(select(RecordReach.updated_at).where(of_case))) == {case.updated_at}
        uow.session.execute(update(RecordReach).where(of_case).values(updated_at=before))
        uow.commit()
    found = reach_upkeep.check(portal.database)
    assert {one.record for one in found} == {case.id}
    assert reach_upkeep.rebuild(portal.database) == len(found) > 3
    assert reach_upkeep.check(portal.database) == []


def test_each_night_the_worker_compares_reach_and_says_what_differs(referred: tuple[Portal, str]) -> None:
    portal, _uid = referred
    with portal.writing(SYSTEM) as uow:
        uow.session.execute(delete(RecordReach))
        uow.commit()
    queue.schedule(portal)
    claim = queue.claim(portal, "w", ["compare_reach"])
    assert claim is not None
    work = JobRun(portal, claim)
    said = claim.job.run(work)
    assert said is not None
    assert said["portions"] == 1
    assert said["differences"] > 5
    assert len(said["first"]) == 5
    assert run_claim(portal, work)


def test_people_go_on_while_figures_are_compared(
    referred: tuple[Portal, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _uid = referred
    compare = upkeep.recompute

    def meanwhile(session: Any, unit: int | None) -> Any:
        found = compare(session, unit)
        with portal.writing(access_for(portal, "clerk", "530112", user_id=7)) as uow:
            records.register(uow, "case", "530112", {"name": "王五", "amount": 1})
            uow.commit()
        return found

    monkeypatch.setattr(upkeep, "recompute", meanwhile)
    assert upkeep.check(portal.database) == []
