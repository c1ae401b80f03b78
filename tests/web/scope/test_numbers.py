"""Every number on a page equals what plain SQL counts within the person's units, or says that there are more."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import text

from portal.core.access import Access, Origin
from portal.services.records.handling.waiting import EXACT
from tests.web.records.seeded_site import TODAY
from tests.web.scope.conftest import Place
from tests.web.scope.town import (
    CITY,
    DEPARTMENT,
    ETYPES,
    JINNING,
    TREE,
    XISHAN,
    Person,
    Planting,
    allows,
    inside,
)

TAB = re.compile(r'href="/\?list=(\w+)#work".*?<strong class="queue-number num">(\d+)(\+?)<', re.DOTALL)
OPEN = re.compile(r'class="split-side".*?<progress', re.DOTALL)
STAGE = re.compile(r'<li><a href="([^"]+)">[^<]*</a><progress.*?<span class="num">(\d+)</span>', re.DOTALL)
TOTAL = re.compile(r'class="list-count".*?<span class="num">([\d,]+)(\+?)<', re.DOTALL)
SHORT = 10
PEOPLE = ("director@530112", "clerk@530115", f"handler@{DEPARTMENT}", "supervisor@530100", "triage@530112")


@pytest.fixture(scope="module")
def crowded(place: Place) -> Place:
    """More than a short list holds waits in Jinning, and for the department."""
    with place.site.portal.writing(Access.system("test"), Origin()) as uow:
        planting = Planting(place.site.portal, uow, 5001)
        for _ in range(SHORT + 2):
            planting.referral(planting.record("case", JINNING), JINNING, DEPARTMENT, "sent")
        uow.commit()
    return place


def count(place: Place, person: Person, action: str, where: str = "TRUE", etype: str = "case") -> int:
    """Count records by SQL: of the units where a role of the person allows an action, or that were asked to help."""
    units = [code for code in TREE if person.may(etype, action, code)]
    names = ", ".join(f"'{code}'" for code in units) or "''"
    inner = f"SELECT id FROM unit WHERE code IN ({names})"
    # Matters of the town lie and are handled at its own units only.
    sql = f"SELECT count(*) FROM record WHERE etype = '{etype}' AND ({where}) AND "
    asked = f"SELECT record_id FROM referral WHERE status IN ('sent', 'accepted') AND to_unit_id IN ({inner})"
    return _scalar(place, sql + f"(unit_id IN ({inner}) OR handler_unit_id IN ({inner}) OR id IN ({asked}))")


def _scalar(place: Place, sql: str) -> int:
    with place.site.portal.database.engine.connect() as connection:
        return int(connection.execute(text(sql)).scalar_one())


def shown(number: int, limit: int) -> tuple[str, str]:
    """Return how a page says a number of which it counts no more than so many."""
    return str(min(number, limit)), "+" if number > limit else ""


@pytest.mark.parametrize("name", PEOPLE)
def test_the_worklist(crowded: Place, name: str) -> None:
    visitor = crowded.visitor(name)
    person, page = visitor.person, visitor.get("/").text
    opened = "is_open"
    every = count(crowded, person, "list", opened)
    week = TODAY + dt.timedelta(days=7)
    units = [
        code for code in TREE if person.may("case", "dispose", code) and person.may("case", "list", code)
    ]
    inner = ", ".join(f"'{code}'" for code in units) or "''"
    expected = {
        "to_answer": _sent_to(crowded, person),
        "overdue": count(crowded, person, "list", f"{opened} AND due_on < '{TODAY}'"),
        "due_soon": count(crowded, person, "list", f"{opened} AND due_on BETWEEN '{TODAY}' AND '{week}'"),
    }
    if "triage" in name or "director" in name:
        expected["to_dispose"] = _scalar(
            crowded,
            "SELECT count(*) FROM record WHERE etype = 'case' AND is_open AND handler_unit_id IS NULL "
            f"AND unit_id IN (SELECT id FROM unit WHERE code IN ({inner}))",
        )
    tabs = {key: (number, more) for key, number, more in TAB.findall(page)}
    told = expected.keys() & tabs.keys()
    assert told or name.startswith("clerk")
    for key in told:
        assert tabs[key] == shown(expected[key], EXACT), key
        rows, number = 0, 1
        while number:
            shown_page = visitor.get(f"/?list={key}&page={number}").text
            rows += shown_page.count("<tr data-href=")
            number = number + 1 if 'rel="next"' in shown_page else 0
        assert rows == expected[key], f"{key} is shown whole"
    assert re.findall(r'<span class="num">(\d+)', OPEN.findall(page)[0])[-1] == str(every)
    stages = STAGE.findall(page)
    assert sum(int(number) for _url, number in stages) == every
    for url, number in stages:
        found = re.search(r"stage=(\w+)", url)
        if found:
            assert int(number) == count(crowded, person, "list", f"{opened} AND stage = '{found[1]}'")


def test_the_town_has_numbers_of_every_kind(crowded: Place) -> None:
    """None of the counts above is zero for everybody, and some are cut short."""
    director, handler = (crowded.town.people[name] for name in ("director@530112", f"handler@{DEPARTMENT}"))
    assert _sent_to(crowded, handler) > SHORT
    for where in (f"due_on < '{TODAY}'", f"due_on >= '{TODAY}'", "due_on IS NULL"):
        assert count(crowded, director, "list", where)
    assert count(crowded, crowded.town.people["clerk@530115"], "list") > SHORT


@pytest.mark.parametrize("name", PEOPLE[:4])
def test_lists(crowded: Place, name: str) -> None:
    visitor = crowded.visitor(name)
    for etype in ETYPES:
        if not visitor.person.can(etype, "list"):
            continue
        expected = count(crowded, visitor.person, "list", etype=etype)
        body = visitor.get(f"/api/v1/records/{etype}/").json
        assert (body["count"], body["capped"]) == (expected, False)
        if expected:
            total = TOTAL.search(visitor.get(f"/records/{etype}/list/?all=1").text)
            assert total
            assert (total[1], total[2]) == (str(expected), "")


@pytest.mark.parametrize("unit", [XISHAN, CITY])
def test_roles_count_who_holds_them_below(crowded: Place, unit: str) -> None:
    visitor = crowded.visitor(f"security_admin@{unit}")
    page = visitor.get("/roles/list/").text
    lines = re.findall(r'<tr data-href="/roles/matrix/(\w+)">(.*?)</tr>', page, re.DOTALL)
    numbers = {role: int(re.findall(r'class="num"[^>]*>(\d+)<', line)[-1]) for role, line in lines}
    held = Counter(
        role for who in crowded.town.people.values() for role, at in who.roles if inside(at, unit)
    ) + Counter(_others(crowded, unit))
    assert numbers == {role: held[role] for role in numbers}
    assert len(numbers) > 10


def _sent_to(place: Place, person: Person) -> int:
    """Count what was sent to the units at which the person answers: not to those below."""
    own = {unit for role, unit in person.roles if allows(role, "case", "refer")}
    units = ", ".join(f"'{code}'" for code in TREE if code in own) or "''"
    inner = f"SELECT id FROM unit WHERE code IN ({units})"
    return _scalar(place, f"SELECT count(*) FROM referral WHERE status = 'sent' AND to_unit_id IN ({inner})")


def _others(place: Place, unit: str) -> list[Any]:
    """Return the roles of the accounts that came with the packs' site, and lie inside a unit."""
    from tests.web.records.seeded_site import PEOPLE as BEFORE

    return [role for role, at in BEFORE.values() if inside(at, unit)]
