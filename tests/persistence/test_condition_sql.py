"""Conditions in SQL have exactly the verdict that Python's evaluation has."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from itertools import product
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.conditions import Condition, Env, evaluate, parse
from portal.core.conditions.operators import OPERATORS, Operator
from portal.core.zone import LOCAL
from portal.persistence.condition_sql import FORMS, Column, OwnColumn, RowColumn, document, split, translate
from portal.persistence.models import Record, RecordValue
from portal.services.field_places import FieldPlace, typed_row
from portal.services.records.entering.columns import projected
from tests.fixtures import conditions
from tests.fixtures.conditions import TODAY, TREE
from tests.fixtures.world import World

ENV = Env(TODAY, taxonomies={"dispute": TREE})
# Operators that are asked in Python only, each with its reason: lists have no column.
PYTHON_ONLY = {"has", "has_any", "has_all"}
KINDS = {
    "/t": "text",
    "/n": "number",
    "/f": "flag",
    "/d": "day",
    "/rt": "text",
    "/rn": "number",
    "/rd": "day",
}
PLACES = {
    "/t": FieldPlace("s1"),
    "/n": FieldPlace("n1"),
    "/f": FieldPlace("n2"),
    "/d": FieldPlace("d1"),
    "/rt": FieldPlace("text", "/rt"),
    "/rn": FieldPlace("number", "/rn"),
    "/rd": FieldPlace("day", "/rd"),
}
FIELDS = [*KINDS, "/deep/t", "/free", "/list/*/x"]
RECORDS = int(os.environ.get("PORTAL_CONDITION_RECORDS", "300"))
CONDITIONS = int(os.environ.get("PORTAL_CONDITIONS", "60"))


class Projections:
    """Columns that were taken from documents."""

    def get(self, field: str, /) -> Column | None:
        place = PLACES.get(field)
        held = document(Record.data, field)
        if place is None or held is None:
            return None
        kind: Any = {"flag": "number"}.get(KINDS[field], KINDS[field])
        if place.rows:
            return RowColumn(place.column, "case", place.rows, kind, document=held)
        return OwnColumn(getattr(Record, place.column), kind, document=held)


class Themselves:
    """Columns that are what conditions read."""

    def get(self, field: str, /) -> Column | None:
        return {
            "/t": OwnColumn(Record.s1, "text"),
            "/b": OwnColumn(Record.title, "text", blank=True, given=True),
            "/n": OwnColumn(Record.n1, "number"),
            "/f": OwnColumn(Record.n2, "flag"),
            "/o": OwnColumn(Record.is_open, "boolean", given=True),
            "/d": OwnColumn(Record.d1, "day"),
            "/m": OwnColumn(Record.stage_since, "moment"),
            "/rt": RowColumn("text", "case", "/rt", "text"),
            "/rn": RowColumn("number", "case", "/rn", "number"),
            "/rd": RowColumn("day", "case", "/rd", "day"),
        }.get(field)


def documents(random: Random) -> list[dict[str, Any]]:
    found = []
    for _ in range(RECORDS):
        data = {
            name.removeprefix("/"): conditions.typed(random, kind)
            for name, kind in KINDS.items()
            if random.random() < 0.85
        }
        found.append(data | {"free": conditions.values(random), "list": [{"x": conditions.values(random)}]})
    return found


@pytest.fixture
def random() -> Random:
    return Random(int(os.environ.get("PORTAL_CONDITION_SEED", "9")))


def stored(world: World, random: Random) -> dict[int, Record]:
    """Store records with their projections, some of them not filled yet; return them by id."""
    records = []
    rows: list[Mapping[str, tuple[str, Any]]] = []
    for at, data in enumerate(documents(random)):
        taken = projected(PLACES, data)
        unfilled = random.random() < 0.1
        moment = dt.datetime(2026, 5, random.randint(1, 6), random.randint(0, 23), tzinfo=dt.UTC)
        records.append(
            world.record(
                "530112",
                uid=f"r{at}",
                data=data,
                is_open=random.random() < 0.5,
                title=random.choice(["", "a", "A", "甲乙"]),
                stage_since=random.choice([None, moment]),
                **({} if unfilled else taken.columns),
            )
        )
        rows.append({} if unfilled else taken.rows or {})
    world.store(*records)
    with world.uow(Access.system("test")) as uow:
        found = uow.session.scalars(select(Record)).all()
        by_uid = {record.uid: record for record in found}
        for at, of_record in enumerate(rows):
            for pointer, (column, value) in of_record.items():
                values = {"text": None, "number": None, "day": None, column: value}
                uow.add(RecordValue(record_id=by_uid[f"r{at}"].id, pointer=pointer, etype="case", **values))
        uow.commit()
    return {record.id: record for record in by_uid.values()}


def facts_of(record: Record, rows: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the columns themselves hold."""
    since = record.stage_since
    return {
        "t": record.s1,
        "b": record.title,
        "n": record.n1,
        # What is neither yes nor no is a value of another kind.
        "f": bool(record.n2) if record.n2 in (0.0, 1.0) else record.n2,
        "o": record.is_open,
        "d": record.d1,
        "m": None if since is None else since.astimezone(LOCAL).date(),
        **{name.removeprefix("/"): value for name, value in rows.items()},
    }


def ids(world: World, test: Any) -> set[int]:
    with world.uow(Access.system("test")) as uow:
        return set(uow.session.scalars(select(Record.id).where(test)))


def test_sql_and_python_agree_on_documents_and_doubt_is_for_python(world: World, random: Random) -> None:
    records = stored(world, random)
    judged = 0
    for _ in range(CONDITIONS):
        condition = conditions.condition(random, FIELDS)
        truth = {id for id, record in records.items() if evaluate(condition, record.data, ENV)}
        said = split(condition, Projections(), ENV)
        sure = ids(world, said.holds)
        doubtful = ids(world, said.doubtful) if said.doubtful is not None else set()
        assert sure <= truth, condition
        assert truth <= sure | doubtful, condition
        assert not sure & doubtful, condition
        judged += len(doubtful)
    # Values as wild as these, a third of the fields without a column: SQL still judges something.
    assert judged < 0.7 * len(records) * CONDITIONS


def test_sql_and_python_agree_on_columns_without_any_doubt(world: World, random: Random) -> None:
    records = stored(world, random)
    with world.uow(Access.system("test")) as uow:
        rows: dict[int, dict[str, Any]] = {id: {} for id in records}
        for row in uow.session.scalars(select(RecordValue)):
            found = [value for value in (row.text, row.number, row.day) if value is not None]
            rows[row.record_id][row.pointer] = found[0]
        facts = {
            record.id: facts_of(record, rows[record.id]) for record in uow.session.scalars(select(Record))
        }
    fields = ["/t", "/b", "/n", "/f", "/o", "/d", "/m", "/rt", "/rn", "/rd"]
    said = 0
    for _ in range(CONDITIONS * 2):
        condition = conditions.condition(random, fields)
        test = translate(condition, Themselves(), ENV)
        if test is None:
            continue
        said += 1
        truth = {id for id, fact in facts.items() if evaluate(condition, fact, ENV)}
        assert ids(world, test) == truth, condition
    assert said > CONDITIONS / 2


def test_of_values_of_their_kind_sql_leaves_no_doubt(world: World) -> None:
    clean = [
        {"t": "甲乙", "n": 5, "f": True, "d": "2026-05-04", "rt": "D0101", "rn": 0.1, "rd": "2025-05-04"},
        {"t": "5", "n": -2.5, "f": False, "d": "2026-05-06", "rt": "a", "rn": 7, "rd": "2026-05-01"},
        {},
    ]
    places = [projected(PLACES, data) for data in clean]
    world.store(
        *(
            world.record("530112", uid=f"c{at}", data=data, **one.columns)
            for at, (data, one) in enumerate(zip(clean, places, strict=True))
        )
    )
    with world.uow(Access.system("test")) as uow:
        records = {record.uid: record for record in uow.session.scalars(select(Record))}
        for at, one in enumerate(places):
            for pointer, (column, value) in (one.rows or {}).items():
                values = {"text": None, "number": None, "day": None, column: value}
                uow.add(RecordValue(record_id=records[f"c{at}"].id, pointer=pointer, etype="case", **values))
        uow.commit()
    for operator, field in product([one for one in OPERATORS.values() if one.sql], KINDS):
        condition = _sample(operator, field)
        if condition is not None:
            said = split(condition, Projections(), ENV)
            truth = {one.id for one in records.values() if evaluate(condition, one.data, ENV)}
            assert ids(world, said.holds) == truth
            assert said.doubtful is None or not ids(world, said.doubtful), (condition, field)


def _sample(operator: Operator, field: str) -> Condition | None:
    """Return a condition with an operator on a field; None where they do not fit."""
    kind = {"text": "string", "number": "number", "flag": "boolean", "day": "date"}[KINDS[field]]
    for value in (None, "甲", ["D01", "5"], [5, 7], 5, True, "2026-05-04"):
        raw = {"field": field, "op": operator.name} | ({} if value is None else {"value": value})
        condition, _problems = parse(raw, fields={field: kind})
        if condition is not None:
            return condition
    return None


@pytest.mark.parametrize(
    "operator", [op for op in OPERATORS.values() if op.name not in PYTHON_ONLY], ids=lambda op: op.name
)
def test_every_operator_is_said_in_sql(operator: Operator) -> None:
    """A new operator is noticed here: it has a form in SQL, or a reason to be asked in Python only."""
    assert operator.sql, operator.name
    conditions_with_it = [found for field in KINDS if (found := _sample(operator, field)) is not None]
    assert conditions_with_it
    for condition in conditions_with_it:
        assert translate(condition, Themselves(), ENV) is not None, condition


def test_operators_without_a_column_behind_them_are_asked_in_python() -> None:
    assert {op.name for op in OPERATORS.values() if not op.sql} == PYTHON_ONLY


def test_no_form_of_sql_is_left_over() -> None:
    known = {op.sql for op in OPERATORS.values()} | {"between", "span", "outside", "typed", "true"}
    assert {form.name for form in FORMS.values()} <= known
    assert typed_row("text", "a") is not None
