"""Worklists: their rows and badges are those for which Python's evaluation says so, on both databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, select

from portal.core.access import Access
from portal.core.conditions import Env, evaluate
from portal.core.facts import facts
from portal.core.worklists import READS, Worklist, compile_worklist
from portal.core.zone import LOCAL
from portal.persistence.models import Clock, Record, Referral, Task, Unit
from portal.services import releases, units
from portal.services.portal import Portal
from portal.services.reach.keeping import add_reach
from portal.services.records.handling import waiting
from portal.services.records.handling.waiting_columns import columns_of
from portal.services.records.handling.waiting_statements import SOURCES
from tests.fixtures import small_packs
from tests.fixtures.database import TODAY, access_for

COUNTY = "530112"
PLACES = ["530112", "530112001", "530112002", "530115"]
MANY = 40
SHIPPED = Path(__file__).parents[2] / "seed" / "base" / "worklists"


def where(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


MY_UNIT, ME = {"param": "/my_unit"}, {"param": "/me"}
HERE = where("/record/unit", "under", MY_UNIT)
OPEN = where("/record/is_open", "eq", True)
STAGE = where("/record/canonical_stage", "eq", "supervise")
# A condition for each way in which worklists ask, and the sort of rows it is about.
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("record", {"all": [OPEN, HERE, where("/record/handler", "missing")]}),
    ("record", {"all": [HERE, {"none": [where("/record/handler", "under", "530112001")]}]}),
    ("record", {"all": [HERE, where("/record/handler", "not_under", "530112001")]}),
    ("record", where("/record/unit", "in", ["530112", "530112002"])),
    ("record", where("/record/unit", "starts_with", "530112")),
    ("record", {"all": [HERE, where("/record/due_on", "lte", {"today": 7})]}),
    ("record", {"all": [HERE, {"none": [where("/record/due_on", "before", {"today": 0})]}]}),
    ("record", where("/record/created_at", "within_days", 3)),
    ("record", where("/record/stage_since", "older_than_days", 1)),
    ("record", where("/record/created_by", "eq", ME)),
    ("record", where("/lanes/supervise", "eq", "open")),
    ("record", {"any": [where("/data/channel", "ne", "grid"), where("/data/urgent", "eq", True)]}),
    ("record", {"all": [HERE, where("/referral/status", "eq", "sent")]}),
    ("record", {"all": [HERE, where("/referral/route", "missing")]}),
    ("record", {"all": [HERE, where("/referral/to_unit", "not_under", "530112001")]}),
    (
        "referral",
        {
            "all": [
                where("/referral/status", "in", ["sent", "accepted"]),
                where("/referral/to_unit", "under", MY_UNIT),
            ]
        },
    ),
    ("referral", {"all": [where("/referral/lead", "eq", False), OPEN]}),
    (
        "clock",
        {
            "all": [
                where("/clock/whose", "eq", "party"),
                where("/clock/due_on", "lte", {"today": 14}),
                HERE,
            ]
        },
    ),
    ("clock", {"any": [where("/clock/provisional", "eq", True), where("/referral/lead", "eq", True)]}),
    ("task", {"all": [where("/task/status", "eq", "open"), where("/task/owner", "eq", ME)]}),
    (
        "task",
        {
            "all": [
                where("/task/owner", "missing"),
                where("/task/unit", "under", MY_UNIT),
                {"any": [where("/task/role", "missing"), where("/task/role", "in", {"param": "/my_roles"})]},
            ]
        },
    ),
    ("task", {"any": [where("/task/task", "eq", "tell"), where("/task/task", "missing")]}),
    ("task", {"all": [where("/task/due_on", "lte", {"today": 3}), where("/task/provisional", "eq", False)]}),
    (
        "task",
        {"all": [where("/task/source", "in", ["plan", "rules"]), OPEN, where("/referral/lead", "eq", True)]},
    ),
    ("task", where("/task/created_at", "within_days", 2)),
    ("clock", {"all": [where("/clock/deadline", "eq", "T01"), HERE, OPEN]}),
    ("record", {"all": [OPEN, where("/record/handler", "under", MY_UNIT)]}),
    ("record", {"all": [OPEN, HERE, {"any": [STAGE, where("/lanes/supervise", "eq", "open")]}]}),
    ("record", {"all": [STAGE, {"none": [HERE, where("/lanes/supervise", "eq", "open")]}]}),
    ("record", {"all": [HERE, where("/record/handler", "missing")]}),
    ("record", {"all": [OPEN, HERE, where("/record/handler", "missing"), where("/data/urgent", "eq", True)]}),
    (
        "referral",
        {"all": [where("/referral/lead", "eq", True), OPEN, HERE, where("/record/handler", "missing")]},
    ),
    ("referral", {"all": [where("/referral/to_unit", "eq", MY_UNIT), STAGE]}),
    ("referral", {"any": [where("/referral/lead", "eq", True), HERE]}),
    ("referral", {"all": [where("/referral/accept_by", "lte", {"today": 3}), HERE]}),
    ("record", {"all": [where("/record/correcting", "eq", True), where("/record/correction_by", "eq", ME)]}),
    (
        "record",
        {
            "all": [
                where("/record/correcting", "eq", True),
                {"none": [where("/record/correction_by", "eq", ME)]},
                {"any": [HERE, where("/record/handler", "under", MY_UNIT)]},
            ]
        },
    ),
    (
        "record",
        {
            "all": [
                OPEN,
                where("/record/handler", "under", MY_UNIT),
                where("/record/handler_due_on", "lte", {"today": 7}),
            ]
        },
    ),
]


def worklist(of: str, asked: Any, name: str = "w", **more: Any) -> Worklist:
    definition = {
        "title": "t",
        "of": of,
        "entity": "case",
        "roles": ["clerk"],
        "where": asked,
        "order": ["-/record/due_on", "/record/created_at"],
        "columns": ["/record/code"],
    }
    return compile_worklist(name, definition | more)


@pytest.fixture
def waits(seeded: Portal) -> Portal:
    """Records of several units with referrals and clocks, put down as they are."""
    # What records say since has a chance of its own: the others stay as they were.
    random, other = Random(4), Random(5)
    with seeded.writing(Access.system("test")) as uow:
        session = uow.session
        places = {code: units.by_code(session, code) for code in PLACES}
        bundle = releases.for_unit(seeded, session, places[COUNTY])
        made, others = [], []
        for at in range(MANY):
            unit, handler = places[random.choice(PLACES)], random.choice([None, *places.values()])
            made.append(
                Record(
                    uid=f"w{at}",
                    etype="case",
                    unit_id=unit.id,
                    unit_path=unit.path,
                    handler_unit_id=handler.id if handler else None,
                    handler_path=handler.path if handler else None,
                    centre_id=places[COUNTY].id,
                    release_id=bundle.release_id,
                    is_open=random.random() < 0.7,
                    due_on=random.choice([None, TODAY + dt.timedelta(days=random.randint(-5, 15))]),
                    handler_due_on=other.choice([None, TODAY + dt.timedelta(days=other.randint(-5, 15))]),
                    correction_by=other.choice([None, None, None, 7, 8]),
                    stage_since=random.choice([None, uow.now - dt.timedelta(hours=random.randint(0, 80))]),
                    canonical_stage=random.choice([None, "intake", "supervise"]),
                    lanes=random.choice([{}, {"supervise": "open"}, {"supervise": "closed"}]),
                    data={},
                    s1=random.choice([None, "grid", "walk_in"]),
                    n2=random.choice([None, 1.0, 0.0]),
                    created_at=uow.now - dt.timedelta(hours=random.randint(0, 120)),
                    created_by=random.choice([None, 7, 8]),
                    updated_at=uow.now,
                )
            )
        uow.add(*made)
        session.flush()
        for record in made:
            add_reach(session, record)
            for _ in range(random.randint(0, 2)):
                others.append(_referral(random, record, list(places.values()), uow.now))
            others.append(_clock(random, record))
            others += [
                _task(random, record, n, list(places.values()), uow.now) for n in range(random.randint(0, 3))
            ]
        uow.add(*others)
        uow.audit("add", made[0], kind="case", object_id="many", covers=made[1:])
        uow.commit()
    return seeded


def _referral(random: Random, record: Record, places: list[Unit], now: dt.datetime) -> Referral:
    to = random.choice(places)
    return Referral(
        uid=f"{record.uid}-{random.random()}"[:32],
        record_id=record.id,
        etype="case",
        from_unit_id=record.unit_id,
        from_path=record.unit_path,
        to_unit_id=to.id,
        to_path=to.path,
        lead=random.random() < 0.6,
        status=random.choice(["sent", "accepted", "returned", "done"]),
        route=random.choice(["", "R01"]),
        due_on=random.choice([None, TODAY]),
        accept_by=random.choice([None, TODAY + dt.timedelta(days=random.randint(-2, 9))]),
        created_at=now,
    )


def _clock(random: Random, record: Record) -> Clock:
    return Clock(
        record_id=record.id,
        n=1,
        etype="case",
        unit_path=record.unit_path,
        deadline="T01",
        whose=random.choice(["party", "centre"]),
        event="registered",
        started_on=TODAY,
        state="running",
        due_on=random.choice([None, TODAY + dt.timedelta(days=random.randint(0, 30))]),
        provisional=random.random() < 0.3,
        release_id=record.release_id,
        calendar="",
    )


def _task(random: Random, record: Record, n: int, places: list[Unit], now: dt.datetime) -> Task:
    at = random.choice(places)
    return Task(
        record_id=record.id,
        n=n,
        etype="case",
        task=random.choice(["", "tell"]),
        place="named",
        unit_id=at.id,
        unit_path=at.path,
        role=random.choice(["", "clerk", "director"]),
        owner_id=random.choice([None, None, 7, 8]),
        due_on=random.choice([None, TODAY + dt.timedelta(days=random.randint(-3, 9))]),
        provisional=random.random() < 0.3,
        due_set=False,
        status=random.choice(["open", "open", "done", "dropped"]),
        source=random.choice(["step", "rules", "person", "plan"]),
        created_at=now - dt.timedelta(hours=random.randint(0, 120)),
        version=1,
    )


@pytest.fixture
def clerk(waits: Portal) -> Access:
    return access_for(waits, "clerk", COUNTY, user_id=7)


def key(row: Any) -> Any:
    """Return what tells a row from the others of its sort."""
    return (row.record_id, row.n) if isinstance(row, Clock | Task) else row.id


# Facts whose columns are called otherwise.
OTHERWISE = {"owner": "owner_id", "sent_by": "created_by_name"}


class Truth:
    """What Python says of every row that a person sees."""

    def __init__(self, portal: Portal, who: Access) -> None:
        self.portal = portal
        with portal.reading(Access.system("test")) as session:
            self.codes = {unit.id: unit.code for unit in session.scalars(select(Unit))}
            self.paths = {unit.code: unit.path for unit in session.scalars(select(Unit))}
        with portal.reading(who) as session:
            self.records = {one.id: one for one in session.scalars(select(Record))}
            self.referrals = [
                one for one in session.scalars(select(Referral)) if one.record_id in self.records
            ]
            self.clocks = [one for one in session.scalars(select(Clock)) if one.record_id in self.records]
            self.tasks = [one for one in session.scalars(select(Task)) if one.record_id in self.records]
            for one in self.records.values():
                assert (one.s1, one.n2) is not None

    def __contains__(self, code: object) -> bool:
        return code in self.paths

    def is_under(self, code: str, ancestor: str) -> bool:
        return code in self and ancestor in self and self.paths[code].startswith(self.paths[ancestor])

    def ids(self, one: Worklist) -> list[Any]:
        rows: list[Any] = {
            "record": list(self.records.values()),
            "referral": self.referrals,
            "clock": self.clocks,
            "task": self.tasks,
        }[one.of]
        env = Env(TODAY, {"/me": "7", "/my_unit": COUNTY, "/my_roles": ["clerk"]}, taxonomies={"unit": self})
        return [key(row) for row in rows if evaluate(one.where, self.facts(one, row), env)]

    def facts(self, one: Worklist, row: Any) -> dict[str, Any]:
        record = row if one.of == "record" else self.records[row.record_id]
        live = [
            r
            for r in self.referrals
            if r.record_id == record.id and r.lead and r.status in ("sent", "accepted")
        ]
        referral = row if one.of == "referral" else max(live, key=lambda r: r.id, default=None)
        found: dict[str, Any] = {
            "record": self._own("record", record),
            "lanes": record.lanes,
            "data": {"channel": record.s1, "urgent": None if record.n2 is None else record.n2 == 1},
            "referral": self._own("referral", referral) if referral is not None else {},
        }
        return found | ({one.of: self._own(one.of, row)} if one.of in ("clock", "task") else {})

    def _own(self, root: str, row: Any) -> dict[str, Any]:
        found = {}
        for pointer, kind in facts([root]).items():
            name = pointer.rpartition("/")[2]
            ids = {"unit": "unit_id", "handler": "handler_unit_id"}.get(name, f"{name}_id")
            value = (
                self.codes.get(getattr(row, ids))
                if kind.type == "unit" and name != "place"
                else getattr(row, OTHERWISE.get(name, name))
            )
            if name in ("created_by", "owner", "correction_by") and value is not None:
                value = str(value)
            found[name] = value.astimezone(LOCAL).date() if isinstance(value, dt.datetime) else value
        return found


def test_rows_and_badges_are_those_that_python_finds(waits: Portal, clerk: Access) -> None:
    truth, lists = (
        Truth(waits, clerk),
        [worklist(of, one, f"w{at}") for at, (of, one) in enumerate(ASKED)],
    )
    with waits.reading(clerk) as session:
        badges = waiting.badges(waits, session, lists)
        for one in lists:
            expected = truth.ids(one)
            found: list[Any] = []
            for page in range(1, 20):
                shown = waiting.rows(waits, session, one, page, size=7)
                found += [row.referral or row.clock or row.task or row.record for row in shown.rows]
                if len(shown.rows) < 7:
                    break
            assert sorted(map(key, found)) == sorted(expected), one.where
            assert badges[one.id] == waiting.Badge(len(expected)), one.where
        assert sum(badge.number > 0 for badge in badges.values()) > len(lists) / 2


def test_the_order_is_that_of_the_definition_with_missing_values_last(waits: Portal, clerk: Access) -> None:
    with waits.reading(clerk) as session:
        found = waiting.rows(waits, session, worklist("record", HERE), size=100).rows
        days = [one.record.due_on for one in found]
    given = [day for day in days if day is not None]
    assert given == sorted(given, reverse=True)
    assert days == given + [None] * (len(days) - len(given))


def test_all_badges_are_counted_by_one_statement_and_exactly_to_their_limit(
    waits: Portal, clerk: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "EXACT", 5)
    lists = [worklist("record", HERE, "many"), worklist("record", {"all": [HERE, {"none": [HERE]}]}, "none")]
    asked: list[str] = []
    with waits.reading(clerk) as session:
        event.listen(waits.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        badges = waiting.badges(waits, session, lists)
    assert badges == {"many": waiting.Badge(5, True), "none": waiting.Badge(0)}
    assert sum("FROM record" in statement for statement in asked) == 1


def test_a_person_without_a_role_of_the_list_has_no_rows(waits: Portal, clerk: Access) -> None:
    director = worklist("record", OPEN, "director", roles=["director"])
    task = worklist(
        "task", {"field": "/task/status", "op": "eq", "value": "open"}, "task", roles=["director"]
    )
    with waits.reading(clerk) as session:
        assert waiting.rows(waits, session, director).rows == []
        assert waiting.rows(waits, session, task).rows == []
        assert set(waiting.badges(waits, session, [director, task]).values()) == {waiting.Badge(0)}


def test_every_fact_that_a_worklist_may_name_has_a_column(waits: Portal) -> None:
    with waits.reading(Access.system("test")) as session:
        bundle = releases.for_unit(waits, session, units.by_code(session, COUNTY))
    for of in SOURCES:
        columns = columns_of(bundle, worklist(of, OPEN))
        assert set(facts(READS[of])) <= set(columns)
    assert small_packs.TICKET["entity"]["index"]


def test_alternatives_of_open_rows_each_say_that_they_are_open(waits: Portal, clerk: Access) -> None:
    lane = where("/lanes/supervise", "eq", "open")
    either = worklist("record", {"all": [OPEN, {"any": [STAGE, lane]}, HERE]}, "either")
    asked: list[str] = []
    with waits.reading(clerk) as session:
        event.listen(waits.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        waiting.badges(waits, session, [either])
    statement = next(one for one in asked if "lanes" in one)
    first, second = statement.partition("WHERE")[2].split(" OR ")
    # Only then SQLite takes the index of open rows for the one and that of lanes for the other.
    assert first.count("record_reach.is_open") == second.count("record_reach.is_open") == 1
