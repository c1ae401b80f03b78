"""Older records are found by newly declared fields once they are filled; nothing is lost, nothing is written twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import Access
from portal.core.errors import InvalidInput
from portal.core.packs import resolve
from portal.persistence.models import FieldFill, Record, RecordValue
from portal.services import records, releases
from portal.services.portal import Portal
from portal.services.records import Filter, Query
from portal.services.records.entering.filling import fill
from tests.fixtures import counties
from tests.fixtures.counties import ROWS
from tests.fixtures.database import TODAY, access_for

SYSTEM = Access.system("test")
COUNTY = counties.COUNTIES[0]
INDEXED = {"entity": {"index": {"$add": ["/outcome"]}}}


def publish(portal: Portal, pack: str, files: dict[str, Any]) -> int:
    """Publish another version of a pack and put it in force."""
    manifest = files["seed/pack.json"] | {"version": "1.1.0"}
    library = counties.library({pack: files | {"seed/pack.json": manifest}})
    with portal.writing(SYSTEM) as uow:
        resolved = resolve(pack, library)
        made = releases.publish(uow, resolved, verify=False)
        uow.commit()
    return made.id


def overlay(**more: Any) -> dict[str, Any]:
    """Return the first county's pack with more in its form."""
    form = counties.county_pack(0, COUNTY)["form_definitions/case.json"]
    entity = {"index": {"$add": [*form["entity"]["index"]["$add"], *more.get("index", ())]}}
    ui = {"fields": form["ui"]["fields"] | more.get("ui", {})}
    schema = {"properties": form["schema"]["properties"] | more.get("properties", {})}
    return counties.county_pack(0, COUNTY) | {
        "form_definitions/case.json": form | {"schema": schema, "entity": entity, "ui": ui}
    }


def enter(portal: Portal, code: str, *outcomes: str, **more: Any) -> list[str]:
    with portal.writing(access_for(portal, "clerk", code)) as uow:
        made = [
            records.register(uow, "case", code, {"name": f"旧{n}", "outcome": outcome} | more).record.uid
            for n, outcome in enumerate(outcomes)
        ]
        uow.commit()
    return made


def names(portal: Portal, who: Access, *filters: Filter, **more: Any) -> list[str]:
    with portal.reading(who) as session:
        page = records.search(
            portal, session, Query("case", filters, **({"order": "created_at", "size": 200} | more))
        )
        return [record.data["name"] for record in page.rows]


def states(portal: Portal) -> dict[tuple[str, str], tuple[str, int]]:
    with portal.reading(SYSTEM) as session:
        return {(s.etype, s.pointer): (s.state, s.filled) for s in session.scalars(select(FieldFill))}


def test_a_countys_new_field_finds_what_was_entered_before(counties_copy: Portal) -> None:
    portal, clerk = counties_copy, access_for(counties_copy, "clerk", COUNTY)
    enter(portal, COUNTY, "达成协议", "未达成", "达成协议")
    enter(portal, counties.COUNTIES[1], "达成协议")
    with pytest.raises(InvalidInput):
        names(portal, clerk, Filter("/outcome", "eq", "达成协议"))
    publish(portal, "county/c0", overlay(index=["/outcome"]))
    assert names(portal, clerk, Filter("/outcome", "eq", "达成协议")) == []
    assert states(portal) == {("case", "/outcome"): ("waiting", 0)}
    done = fill(portal, chunk=2)
    assert (done.fields, done.records) == (1, ROWS + 1 + 3 + ROWS + 1 + 3)
    assert states(portal) == {("case", "/outcome"): ("done", ROWS + 1 + 3)}
    assert names(portal, clerk, Filter("/outcome", "eq", "达成协议")) == ["旧0", "旧2"]
    assert names(portal, clerk, order="-/outcome")[0] in ("旧0", "旧1", "旧2")
    with portal.reading(SYSTEM) as session:
        held = session.scalars(select(RecordValue).where(RecordValue.pointer == "/outcome")).all()
        assert len(held) == 3  # the other county did not declare it
    assert fill(portal).records == 0
    assert states(portal) == {("case", "/outcome"): ("done", ROWS + 1 + 3)}


def test_the_citys_new_field_has_a_column_that_is_filled_for_all_counties(counties_copy: Portal) -> None:
    portal, city = counties_copy, access_for(counties_copy, "supervisor", "530100")
    for code in counties.COUNTIES[:3]:
        enter(portal, code, "达成协议")
    form = counties.city_pack()["form_definitions/case.json"]
    more = form | {"entity": {"index": {"$add": ["/river", "/share", "/outcome"]}}}
    publish(portal, "city/km", counties.city_pack(**{"form_definitions/case.json": more}))
    assert names(portal, city, Filter("/outcome", "eq", "达成协议")) == []
    fill(portal)
    assert names(portal, city, Filter("/outcome", "eq", "达成协议")) == ["旧0"] * 3
    # The counties go on under their own releases: what they enter and change is found by the city, too.
    uids = enter(portal, counties.COUNTIES[4], "达成协议")
    fill(portal)
    assert len(names(portal, city, Filter("/outcome", "eq", "达成协议"))) == 4
    with portal.writing(access_for(portal, "clerk", counties.COUNTIES[4])) as uow:
        records.change(uow, uids[0], {"name": "旧0", "outcome": "未达成"}, 1)
        uow.commit()
    assert len(names(portal, city, Filter("/outcome", "eq", "达成协议"))) == 3
    assert names(portal, city, Filter("/outcome", "eq", "未达成")) == ["旧0"]


def test_an_older_record_that_is_changed_keeps_the_newer_field_right(counties_copy: Portal) -> None:
    portal, clerk = counties_copy, access_for(counties_copy, "clerk", COUNTY)
    first, second = enter(portal, COUNTY, "达成协议", "达成协议", amount=5)
    publish(portal, "county/c0", overlay(index=["/outcome"]))
    fill(portal)
    with portal.writing(clerk) as uow:
        records.change(uow, first, {"name": "旧0", "outcome": "未达成"}, 1)
        uow.commit()
    assert names(portal, clerk, Filter("/outcome", "eq", "达成协议")) == ["旧1"]
    assert names(portal, clerk, Filter("/outcome", "eq", "未达成")) == ["旧0"]
    director = access_for(portal, "director", COUNTY)
    with portal.writing(director) as uow:
        records.transition(uow, second, "start", version=1)
        uow.commit()
    with portal.writing(director) as uow:
        records.transition(uow, second, "close", version=2, form={"outcome": "调解成功"})
        uow.commit()
    assert names(portal, clerk, Filter("/outcome", "eq", "调解成功")) == ["旧1"]
    with portal.writing(clerk) as uow:
        records.change(uow, first, {"name": "旧0"}, 2)
        uow.commit()
    assert "旧0" in names(portal, clerk, Filter("/outcome", "missing"))


def test_what_was_changed_before_the_fill_is_filled_as_it_is_now(counties_copy: Portal) -> None:
    portal, clerk = counties_copy, access_for(counties_copy, "clerk", COUNTY)
    (uid,) = enter(portal, COUNTY, "达成协议")
    with portal.writing(clerk) as uow:
        records.change(uow, uid, {"name": "旧0", "outcome": "未达成"}, 1)
        uow.commit()
    publish(portal, "county/c0", overlay(index=["/outcome"]))
    fill(portal)
    assert names(portal, clerk, Filter("/outcome", "eq", "未达成")) == ["旧0"]
    with portal.reading(SYSTEM) as session:
        record = session.scalars(select(Record).where(Record.uid == uid)).one()
        assert record.version == 2


@pytest.mark.parametrize("now_sensitive", [False, True])
def test_a_field_that_is_sensitive_in_either_release_is_never_projected(
    counties_copy: Portal, now_sensitive: bool
) -> None:
    """The pack's check refuses an index of personal data; what passes by it still never leaves its seal."""
    portal = counties_copy
    note = {"note": {"type": "string", "title": "病史"}}
    sealed = {"/note": {"sensitivity": "sensitive"}}
    before, after = ({}, sealed) if now_sensitive else (sealed, {})
    publish(portal, "county/c0", overlay(properties=note, ui=before))
    enter(portal, COUNTY, "达成协议", note="秘密")
    files = overlay(properties=note, ui=after, index=["/note", "/outcome"])
    manifest = files["seed/pack.json"] | {"version": "1.2.0"}
    library = counties.library({"county/c0": files | {"seed/pack.json": manifest}})
    with portal.writing(SYSTEM) as uow:
        resolved = resolve("county/c0", library)
        releases.publish(uow, resolved, verify=False)
        uow.commit()
    fill(portal)
    clerk = access_for(portal, "clerk", COUNTY)
    assert names(portal, clerk, Filter("/outcome", "eq", "达成协议")) == ["旧0"]
    with portal.reading(SYSTEM) as session:
        held = session.scalars(select(RecordValue).where(RecordValue.pointer == "/note")).all()
        assert held == []


def test_a_sensitive_field_that_was_moved_stays_in_its_seal(counties_copy: Portal) -> None:
    portal = counties_copy
    old, new = ({name: {"type": "string", "title": "病史"}} for name in ("note", "illness"))
    publish(portal, "county/c0", overlay(properties=old, ui={"/note": {"sensitivity": "sensitive"}}))
    (uid,) = enter(portal, COUNTY, "达成协议", note="秘密")
    files = overlay(properties=new, index=["/illness", "/outcome"])
    moved = [
        {
            "from": "/forms/case/schema/properties/note",
            "to": "/forms/case/schema/properties/illness",
            "in": "1.2.0",
        }
    ]
    manifest = files["seed/pack.json"] | {"version": "1.2.0", "moved": moved}
    library = counties.library({"county/c0": files | {"seed/pack.json": manifest}})
    with portal.writing(SYSTEM) as uow:
        releases.publish(uow, resolve("county/c0", library), verify=False)
        uow.commit()
    fill(portal)
    clerk = access_for(portal, "clerk", COUNTY)
    assert names(portal, clerk, Filter("/outcome", "eq", "达成协议")) == ["旧0"]
    assert names(portal, clerk, Filter("/illness", "eq", "秘密")) == []
    with portal.writing(SYSTEM) as uow:
        data = {"name": "旧0", "outcome": "未达成", "note": "秘密"}
        records.change(uow, uid, data, 1, reason="更正")
        uow.commit()
    with portal.reading(SYSTEM) as session:
        assert list(session.scalars(select(RecordValue).where(RecordValue.text == "秘密"))) == []


def _killed(url: str, after: int) -> None:
    portal = Portal.from_url(url, FixedClock.on(TODAY))
    left = [after]

    def count(_where: str, _count: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    fill(portal, 2, count)


def test_killed_in_the_middle_and_run_again_nothing_is_lost_and_nothing_twice(counties_copy: Portal) -> None:
    portal, clerk = counties_copy, access_for(counties_copy, "clerk", COUNTY)
    enter(portal, COUNTY, *(f"结果{n}" for n in range(9)))
    publish(portal, "county/c0", overlay(index=["/outcome"]))
    url = portal.database.engine.url.render_as_string(hide_password=False)
    child = multiprocessing.get_context("spawn").Process(target=_killed, args=(url, 6))
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    state, filled = states(portal)["case", "/outcome"]
    assert (state, filled) == ("filling", 12)
    found = names(portal, clerk, Filter("/outcome", "missing", False))
    assert 0 < len(found) < 9
    with portal.reading(clerk) as session:
        bundle = records.own_bundle(portal, session, "case")
        assert releases.unfilled(session, bundle.release_id, "case") == {"/outcome"}
        assert "/outcome" in bundle.entity("case").index
    fill(portal, 2)
    assert states(portal)["case", "/outcome"] == ("done", ROWS + 1 + 9)
    with portal.reading(clerk) as session:
        assert releases.unfilled(session, bundle.release_id, "case") == set()
    with portal.reading(SYSTEM) as session:
        held = session.scalars(select(RecordValue.text).where(RecordValue.pointer == "/outcome")).all()
    assert sorted(held) == [f"结果{n}" for n in range(9)]
    assert len(names(portal, clerk, Filter("/outcome", "missing", False))) == 9
