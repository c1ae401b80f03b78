"""Tasks of a matter: given, passed on, done and dropped; done by events, moved with their periods; both databases."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core import messages
from portal.core.access import Access, Origin
from portal.core.acts import TAKE_STEP
from portal.core.encrypted import is_encrypted_text
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.core.worklists import Worklist
from portal.persistence.models import (
    AuditEntry,
    OutboxMessage,
    Record,
    RecordEvent,
    Referral,
    Task,
    Unit,
    User,
)
from portal.services import records, units, users
from portal.services.audit import verify
from portal.services.notices.recipients import recipients
from portal.services.portal import Portal
from portal.services.records import Override, Owner
from portal.services.records.acts.performing import perform
from portal.services.records.finding.searching import own_bundle
from portal.services.records.handling import waiting
from portal.services.records.handling.step_effects import Sources, effects
from tests.fixtures.database import BOTH, KEYS, TODAY, PostgresqlServer
from tests.services.test_clocks import CASE, DAY, XISHAN

SYSTEM = Access.system("test")
MEDIATION = f"{XISHAN}:people_mediation"
LABOUR = f"{XISHAN}:labour"
Do = Callable[..., Any]


@pytest.fixture(params=BOTH)
def shipped(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """A portal with the shipped packs and people, on a Wednesday."""
    server: PostgresqlServer | None = None
    if request.param == "sqlite":
        path = tmp_path / "filled.db"
        shutil.copy(request.getfixturevalue("filled_sqlite"), path)
        url = f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgresql_server")
        assert server is not None
        url = server.copy(request.getfixturevalue("filled_postgresql"))
    portal = Portal.from_url(url, FixedClock.on(TODAY), KEYS)
    yield portal
    portal.database.dispose()
    if server is not None:
        server.drop(url)


class Centre:
    """One matter of Xishan, and the people of the portal by their accounts."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        with portal.writing(SYSTEM, Origin()) as uow:
            for name, role, unit in (
                ("lawyer", "appraiser", XISHAN),
                ("helper", "handler", LABOUR),
                ("mayor", "clerk", "530115"),
            ):
                made = users.create(uow, name, "Kunming-2026-ok", "某", name)
                users.assign(uow, made.id, role, unit, audited=False)
            uow.commit()
        with portal.reading(SYSTEM) as session:
            self.ids = {user.username: user.id for user in session.scalars(select(User))}
        self.uid = self.register()

    def who(self, name: str) -> Access:
        return users.access_of(self.portal, self.ids[name])

    def do(self, name: str, what: Any, *args: Any, on: dt.date = DAY, **more: Any) -> Any:
        """Do something as one of the people, on a day; ``system`` is the system."""
        access = SYSTEM if name == "system" else self.who(name)
        with self.portal.at(FixedClock.on(on)).writing(access) as uow:
            done = what(uow, *args, **more)
            uow.commit()
        return done

    def register(self, **more: Any) -> str:
        uid: str = self.do("clerk", records.register, "case", XISHAN, CASE | more).record.uid
        return uid

    def record(self, uid: str = "") -> Record:
        with self.portal.reading(SYSTEM) as session:
            return records.get_any(session, uid or self.uid)

    def tasks(self, uid: str = "") -> dict[str, records.TaskView]:
        """Return the tasks by what they are: the pack's identifier, or the words."""
        with self.portal.reading(SYSTEM) as session:
            found = records.tasks_of(self.portal, session, records.get_any(session, uid or self.uid))
        return {one.row.task or one.words: one for one in found}

    def effects(self, *then: Any, on: dt.date = DAY, form: Any = None, name: str = "director") -> None:
        """Perform effects as a step would."""

        def act(uow: Any) -> None:
            record = records.get_any(uow.session, self.uid)
            with perform(uow, TAKE_STEP, record) as performed:
                performed.touch()
                effects(performed, then, Sources(form or {}, record.data))

        self.do(name, act, on=on)

    def refer(self, department: str = "people_mediation", on: dt.date = DAY, assist: Any = ()) -> Referral:
        override = Override({"department": department}, "R01", "", "T45", assist)
        version = self.record().version
        made: Referral = self.do(
            "director", records.dispose, self.uid, version=version, override=override, reason="试", on=on
        )
        return made

    def lists(self, name: str, worklist: str) -> list[str]:
        """Return what stands in a person's worklist: the task of the pack, or its number."""
        with self.portal.reading(self.who(name)) as session:
            bundle = own_bundle(self.portal, session, "case")
            one: Worklist = bundle.worklists[worklist]
            found = waiting.rows(self.portal, session, one).rows
            badge = waiting.badges(self.portal, session, [one])[one.id].number
        assert badge == len(found)
        return [row.task.task or str(row.task.n) for row in found if row.task is not None]

    def history(self, kind: str = "task") -> list[RecordEvent]:
        with self.portal.reading(SYSTEM) as session:
            found = records.history(self.portal, session, records.get_any(session, self.uid))
        return [one for one in found if one.kind == kind]

    def told(self) -> list[tuple[str, list[str]]]:
        """Return the messages about tasks with the accounts that each concerns."""
        names = {number: name for name, number in self.ids.items()}
        found = []
        with self.portal.writing(SYSTEM) as uow:
            for row in uow.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)):
                if row.topic.startswith("task."):
                    whom = recipients(uow, row.topic, messages.read(row.topic, row.payload))
                    found.append((row.topic, sorted(names[one] for one in whom)))
        return found


@pytest.fixture
def centre(shipped: Portal) -> Centre:
    return Centre(shipped)


def test_a_person_adds_a_task_with_owner_and_day_and_it_is_done_with_words(centre: Centre) -> None:
    owner = Owner(person=centre.ids["clerk2"])
    made = centre.do(
        "director", records.add_task, centre.uid, words="  问周*是否  愿意调解 ", owner=owner, due_on=DAY
    )
    (view,) = centre.tasks().values()
    assert (view.words, view.row.owner_name, view.row.due_on) == ("问周*是否 愿意调解", "clerk2某", DAY)
    assert (view.row.source, view.row.status, view.row.created_by_name) == ("person", "open", "director某")
    assert is_encrypted_text(view.row.words)
    assert centre.lists("clerk2", "my_tasks") == [str(made.n)]
    assert centre.lists("clerk", "my_tasks") == []  # it is somebody else's
    before = len(_entries(centre))
    centre.do("clerk2", records.do_task, centre.uid, made.n, version=1, words="愿意，要求不公开")
    assert len(_entries(centre)) == before + 1
    done = centre.tasks()["问周*是否 愿意调解"]
    assert (done.row.status, done.said, done.row.settled_by_name) == ("done", "愿意，要求不公开", "clerk2某")
    assert centre.lists("clerk2", "my_tasks") == []
    assert [(one.name, one.reason) for one in centre.history()] == [("done", "愿意，要求不公开"), ("add", "")]
    assert centre.history()[0].data["words"] == "问周*是否 愿意调解"
    assert centre.told() == [("task.given", ["clerk2"]), ("task.done", ["director"])]
    assert verify(centre.portal).clean


def _entries(centre: Centre) -> list[AuditEntry]:
    with centre.portal.reading(SYSTEM) as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("task."))))


def test_who_is_late_is_told_who_was_first_and_nothing_is_done_twice(centre: Centre) -> None:
    n = centre.do("director", records.add_task, centre.uid, words="通知到会").n
    with pytest.raises(Conflict, match=r"on the list already"):
        centre.do("clerk", records.add_task, centre.uid, words="通知到会")
    centre.do("clerk", records.assign_task, centre.uid, n, version=1, due_on=DAY)
    with pytest.raises(Conflict, match=r"changed meanwhile"):
        centre.do("director", records.do_task, centre.uid, n, version=1)
    centre.do("clerk", records.do_task, centre.uid, n, version=2)
    for act, more in ((records.do_task, {"version": 2}), (records.drop_task, {"reason": "不需要"})):
        with pytest.raises(Conflict) as refused:
            centre.do("director", act, centre.uid, n, **more)
        assert refused.value.params["who"] == "clerk某"
    assert centre.tasks()["通知到会"].row.status == "done"


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({}, "/words"),
        ({"words": "　\u200b "}, "/words"),
        ({"words": "字" * 201}, "/words"),
        ({"task": "no_such"}, "/task"),
        ({"task": "tell_ways", "words": "也写"}, "/words"),
        ({"words": "x", "due_on": DAY - dt.timedelta(days=1)}, "/due_on"),
        ({"words": "x", "due_on": DAY + dt.timedelta(days=4000)}, "/due_on"),
        ({"words": "x", "owner": Owner(unit=LABOUR)}, "/unit"),
        ({"words": "x", "owner": Owner(unit="530115")}, "/unit"),
        ({"words": "x", "owner": Owner(unit="999999")}, "/unit"),
        ({"words": "x", "owner": Owner(role="archivist")}, "/role"),
        ({"words": "x", "owner": Owner(person=999_999)}, "/person"),
    ],
)
def test_what_cannot_be_a_task_is_refused_with_its_place(centre: Centre, given: Any, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        centre.do("director", records.add_task, centre.uid, **given)
    assert [one.pointer for one in refused.value.problems] == [where]
    assert not centre.tasks()


def test_a_person_of_a_unit_that_sees_nothing_of_the_matter_is_no_owner(centre: Centre) -> None:
    for name in ("mayor", "helper"):
        with pytest.raises(InvalidInput, match="does not deal"):
            centre.do(
                "director", records.add_task, centre.uid, words="x", owner=Owner(person=centre.ids[name])
            )


def test_others_records_and_unknown_tasks_are_as_unknown_as_ever(centre: Centre) -> None:
    n = centre.do("director", records.add_task, centre.uid, words="x").n
    for act, more in (
        (records.add_task, {"words": "y"}),
        (records.do_task, {"n": n}),
        (records.assign_task, {"n": n, "version": 1}),
        (records.drop_task, {"n": n, "reason": "试试"}),
        (records.take_over, {}),
    ):
        with pytest.raises(NotFound):
            centre.do("mayor", act, centre.uid, **more)
    with pytest.raises(NotFound):
        centre.do("director", records.do_task, centre.uid, n + 1)
    with pytest.raises(Forbidden):
        centre.do("supervisor", _forbidden, centre.uid)


def _forbidden(uow: Any, uid: str) -> None:
    raise Forbidden("x", "x") if uid else AssertionError


def test_dropping_needs_a_reason(centre: Centre) -> None:
    n = centre.do("director", records.add_task, centre.uid, words="x").n
    with pytest.raises(InvalidInput):
        centre.do("director", records.drop_task, centre.uid, n, reason="  ")
    centre.do("director", records.drop_task, centre.uid, n, reason="双方已和解")
    assert (centre.tasks()["x"].row.status, centre.tasks()["x"].said) == ("dropped", "双方已和解")


def test_steps_create_tasks_with_owner_and_day_of_the_definition(centre: Centre) -> None:
    centre.effects(
        {"do": "create_task", "task": "check_duplicate"},
        {"do": "create_task", "task": "tell_ways"},
        {"do": "require", "steps": ["secure_scene", "give_receipt"], "documents": ["W04"]},
        {"do": "create_task", "task": "tell_ways"},
    )
    found = centre.tasks()
    assert {name: (one.row.role, one.row.place) for name, one in found.items()} == {
        "check_duplicate": ("triage", "centre"),
        "tell_ways": ("clerk", "centre"),
        "secure_scene": ("", "handler"),
        "give_receipt": ("clerk", "centre"),
    }
    # T49 is one working day after the registration, tell_ways alike; T48 ends on the day itself; nothing was sent yet.
    assert found["check_duplicate"].row.due_on == found["tell_ways"].row.due_on == DAY + dt.timedelta(days=1)
    assert found["give_receipt"].row.due_on == DAY
    assert found["secure_scene"].row.due_on is None
    assert set(centre.lists("clerk", "my_tasks")) == {"tell_ways", "give_receipt", "secure_scene"}
    assert set(centre.lists("triage", "my_tasks")) == {"check_duplicate", "secure_scene"}
    with_documents = next(one for one in centre.history("effect") if one.name == "require")
    assert with_documents.data["open"]
    assert not any(one.data["open"] for one in centre.history("effect") if one.name == "create_task")


def test_a_task_that_the_release_does_not_know_is_left_to_be_done(centre: Centre) -> None:
    centre.effects({"do": "create_task", "task": "no_such"})
    assert centre.tasks() == {}
    (told,) = centre.history("effect")
    assert told.data["open"]


def test_a_day_is_counted_from_an_event_that_happened_before_the_task_was_given(centre: Centre) -> None:
    later = DAY + dt.timedelta(days=5)
    centre.effects({"do": "create_task", "task": "tell_ways"}, on=later)
    assert centre.tasks()["tell_ways"].row.due_on == DAY + dt.timedelta(days=1)
    centre.refer(on=later)
    centre.effects({"do": "create_task", "task": "secure_scene"}, on=later + dt.timedelta(days=2))
    assert centre.tasks()["secure_scene"].row.due_on == later


def test_tasks_follow_the_unit_that_handles_the_matter_and_their_event(centre: Centre) -> None:
    centre.effects({"do": "create_task", "task": "secure_scene"})
    referral = centre.refer()
    (task,) = (one.row for one in centre.tasks().values() if one.row.task == "secure_scene")
    assert (_code(centre, task), task.due_on) == (MEDIATION, DAY)
    assert centre.lists("handler", "my_tasks") == ["secure_scene"]
    centre.do("handler", records.referral, referral.uid, "return", reason="不归我们管")
    (task,) = (one.row for one in centre.tasks().values() if one.row.task == "secure_scene")
    assert _code(centre, task) == XISHAN
    assert "moved" in {one.name for one in centre.history()}
    assert "secure_scene" in centre.lists("director", "my_tasks")


def _code(centre: Centre, task: Task) -> str:
    with centre.portal.reading(SYSTEM) as session:
        return session.get_one(Unit, task.unit_id).code


def test_a_task_of_an_assisting_unit_is_done_there_and_comes_back_when_its_part_ends(centre: Centre) -> None:
    centre.refer(assist=("labour",))
    first = centre.do("director", records.add_task, centre.uid, words="查用工", owner=Owner(unit=LABOUR)).n
    owner = Owner(unit=LABOUR, person=centre.ids["helper"])
    second = centre.do("director", records.add_task, centre.uid, words="到会", owner=owner).n
    assert centre.lists("helper", "my_tasks") == [str(first), str(second)]
    centre.do("helper", records.do_task, centre.uid, first, version=1, words="已查")
    with centre.portal.reading(SYSTEM) as session:
        assisting = session.scalars(select(Referral).where(Referral.lead.is_(False))).one()
    centre.do("helper", records.referral, assisting.uid, "accept")
    centre.do("helper", records.referral, assisting.uid, "done", reason="已办")
    left = centre.tasks()["到会"].row
    assert (_code(centre, left), left.owner_id, left.status) == (XISHAN, None, "open")
    assert centre.lists("helper", "my_tasks") == []
    assert centre.lists("clerk", "my_tasks") == [str(second)]


def test_tasks_are_done_by_their_events_in_the_same_act(centre: Centre) -> None:
    centre.effects(
        {"do": "create_task", "task": "give_receipt"}, {"do": "create_task", "task": "check_duplicate"}
    )
    version = centre.record().version
    centre.do("clerk", records.record_event, centre.uid, "notice_given", DAY, version=version)
    assert {name: one.row.status for name, one in centre.tasks().items()} == {
        "give_receipt": "done",
        "check_duplicate": "open",
    }
    assert centre.tasks()["give_receipt"].row.settled_by_name == "clerk某"
    centre.refer()
    assert centre.tasks()["check_duplicate"].row.status == "done"
    assert verify(centre.portal).clean


def test_a_task_that_a_step_creates_is_not_done_by_that_step(centre: Centre) -> None:
    centre.effects(
        {"do": "create_task", "task": "check_duplicate"}, {"do": "refer", "to": {"tier": "centre"}}
    )
    assert centre.tasks()["check_duplicate"].row.status == "open"


def test_the_day_of_a_task_moves_with_its_period_until_a_person_sets_one(centre: Centre) -> None:
    centre.effects({"do": "create_task", "task": "check_duplicate"})
    n = centre.tasks()["check_duplicate"].row.n
    centre.effects({"do": "extend_deadline", "deadline": "T49", "n": 3, "unit": "working_day"})
    moved = centre.tasks()["check_duplicate"].row.due_on
    assert moved is not None
    assert moved > DAY + dt.timedelta(days=1)
    centre.do("triage", records.assign_task, centre.uid, n, version=1, due_on=DAY)
    centre.effects({"do": "extend_deadline", "deadline": "T49", "n": 1, "unit": "working_day"})
    assert centre.tasks()["check_duplicate"].row.due_on == DAY
    centre.do("triage", records.assign_task, centre.uid, n, version=2, by_itself=True)
    again = centre.tasks()["check_duplicate"].row.due_on
    assert again is not None
    assert again > moved


def test_what_the_rules_suggest_is_taken_over_by_one_act(centre: Centre) -> None:
    uid = centre.register(willing="no", people_count=12)
    with centre.portal.reading(SYSTEM) as session:
        open_ones = records.suggested(centre.portal, session, records.get_any(session, uid))
    names = {one.task for one in open_ones}
    assert "tell_ways" in names
    assert all(one.rule for one in open_ones)
    before = len(_entries(centre))
    centre.do("triage", records.take_over, uid, ["tell_ways"])
    centre.do("triage", records.take_over, uid)
    assert len(_entries(centre)) == before + 2
    assert {name: one.row.source for name, one in centre.tasks(uid).items()} == dict.fromkeys(names, "rules")
    for again in (None, ["tell_ways"], ["no_such"]):
        with pytest.raises(Conflict, match="already"):
            centre.do("triage", records.take_over, uid, again)


def test_rows_of_a_form_become_tasks_and_a_unit_that_sees_nothing_is_named(centre: Centre) -> None:
    centre.refer(assist=("labour",))
    rows = [
        {"what": "核实工资表", "unit": "labour", "until": (DAY + dt.timedelta(days=2)).isoformat()},
        {"what": "约双方面谈", "unit": XISHAN},
        {"what": " "},
        {"what": "约双方面谈"},
    ]
    then = {
        "do": "tasks_of_rows",
        "rows": {"form": "/steps"},
        "words": "what",
        "unit": "unit",
        "due": "until",
    }
    centre.effects(then, form={"steps": rows})
    found = centre.tasks()
    assert {name: (_code(centre, one.row), one.row.source) for name, one in found.items()} == {
        "核实工资表": (LABOUR, "plan"),
        "约双方面谈": (XISHAN, "plan"),
    }
    assert found["核实工资表"].row.due_on == DAY + dt.timedelta(days=2)
    with pytest.raises(InvalidInput) as refused:
        centre.effects(then, form={"steps": [{"what": "出庭", "unit": "court"}]})
    assert [one.pointer for one in refused.value.problems] == ["/form/steps/0/unit"]


def test_the_task_of_an_appraiser_is_done_by_the_opinion(centre: Centre) -> None:
    def step(name: str, who: str, **form: Any) -> None:
        version = centre.record().version
        centre.do(who, records.transition, centre.uid, name, version=version, form=form or None)

    step("accept", "clerk")
    step(
        "submit_analysis",
        "triage",
        grade="complex",
        findings="十年房产之争，多次调解未成。",
        conclusion="appraise",
    )
    step(
        "assign_to_appraisal",
        "triage",
        question="房屋归谁所有？",
        due_on=(DAY + dt.timedelta(days=9)).isoformat(),
    )
    assert centre.tasks()["legal_appraisal"].row.role == "appraiser"
    assert centre.lists("lawyer", "to_appraise") == centre.lists("lawyer", "my_tasks") == ["legal_appraisal"]
    step(
        "appraised",
        "lawyer",
        facts="登记在次子名下",
        issues="房屋归属",
        law="民法典第二百零九条",
        advice="建议先行组织调解",
        next_step="mediate",
        appraiser="周律师",
    )
    assert centre.tasks()["legal_appraisal"].row.status == "done"
    assert centre.lists("lawyer", "to_appraise") == []


def test_moving_a_unit_takes_its_tasks_along(centre: Centre) -> None:
    centre.refer(assist=("labour",))
    centre.do("director", records.add_task, centre.uid, words="查用工", owner=Owner(unit=LABOUR))

    def move(uow: Any) -> None:
        session = uow.session
        at, to = units.by_code(session, LABOUR), units.by_code(session, MEDIATION)
        units.move(uow, at.id, to.id, "试")

    centre.do("system", move)
    with centre.portal.reading(SYSTEM) as session:
        task = session.scalars(select(Task)).one()
        assert task.unit_path == units.by_code(session, LABOUR).path
    assert centre.lists("helper", "my_tasks") == ["1"]


def test_tasks_go_with_a_destroyed_record(centre: Centre) -> None:
    centre.do("director", records.add_task, centre.uid, words="问周某是否愿意调解")
    records.destroy(centre.portal, centre.uid, "试")
    with centre.portal.reading(SYSTEM) as session:
        assert session.scalars(select(Task)).all() == []
    assert verify(centre.portal).clean
