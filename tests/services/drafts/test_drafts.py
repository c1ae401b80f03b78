"""Drafts in the database: opened, changed by several persons, taken back, compared, given up; each by who may."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.drafts import Change
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, PortalError
from portal.persistence.models import AuditEntry, Draft, DraftCommand, DraftSnapshot
from portal.services import drafts
from portal.services.drafts.changing import put_asset
from portal.services.drafts.loading import SNAPSHOT_EACH, read_anew
from portal.services.portal import Portal
from tests.fixtures.drafting import JINNING, KUNMING, SYSTEM, XISHAN, administrator, drafter

NAME = "/layout/zones/front/title"
AMOUNT = "/forms/case/schema/properties/amount/title"


@pytest.fixture
def portal(seeded: Portal) -> Portal:
    return seeded


@pytest.fixture
def yang(portal: Portal) -> Access:
    return drafter(portal)


@pytest.fixture
def zhao(portal: Portal) -> Access:
    return drafter(portal, name="赵云飞")


def opened(portal: Portal, who: Access, unit: str = XISHAN, **more: Any) -> str:
    with portal.writing(who) as uow:
        uid = drafts.open_draft(uow, unit, "年底调整", **more).uid
        uow.commit()
    return uid


def change(portal: Portal, who: Access, uid: str, *changes: Change, **more: Any) -> drafts.Changed:
    with portal.writing(who) as uow:
        made = drafts.change(uow, uid, changes, **more)
        uow.commit()
    return made


def act(portal: Portal, who: Access, what: Any, uid: str) -> drafts.Changed:
    with portal.writing(who) as uow:
        made = what(uow, uid)
        uow.commit()
    return made


def says(portal: Portal, who: Access, uid: str, path: str) -> Any:
    with portal.reading(who) as session:
        return pointers.get(drafts.effective(session, uid), path)


def test_a_draft_says_what_is_in_force_until_it_is_changed(portal: Portal, yang: Access) -> None:
    uid = opened(portal, yang)
    with portal.reading(yang) as session:
        assert drafts.compare(portal, session, uid) == []
        (row,) = drafts.drafts_at(session)
        assert (row.pack, row.position, row.state) == ("county/xs", 0, "open")
    made = change(portal, yang, uid, Change("replace", AMOUNT, "金额", "涉及金额"), why="群众这样说")
    assert made.position == 1
    with portal.reading(yang) as session:
        (found,) = drafts.compare(portal, session, uid)
        assert (
            found.difference.text()
            == "form “案件”, field “涉及金额”: What it is called: “金额”, now “涉及金额”"
        )
        assert (found.by_name, found.why, found.owner.level) == ("杨晓梅", "群众这样说", "own")
        (minute,) = drafts.history(session, uid)
        assert (minute.by_name, minute.count, minute.why) == ("杨晓梅", 1, ("群众这样说",))


def test_the_draft_of_a_centre_below_gets_a_pack_of_its_own(portal: Portal) -> None:
    with portal.reading(SYSTEM) as session:
        codes = {unit.code for unit in drafts.centres_with(session, SYSTEM)}
    assert {XISHAN, JINNING} <= codes
    uid = opened(portal, drafter(portal, JINNING), JINNING)
    with portal.reading(SYSTEM) as session:
        row = drafts.draft_of(session, uid)
        draft = drafts.loaded(session, row)
    assert draft.document["pack"]["unit"] == JINNING
    assert draft.document["pack"]["extends"].startswith(row.chain[-1]["id"])


def test_two_persons_on_different_places_never_meet(portal: Portal, yang: Access, zhao: Access) -> None:
    uid = opened(portal, yang)
    change(portal, yang, uid, Change("replace", AMOUNT, "金额", "一"))
    change(portal, zhao, uid, Change("replace", "/forms/case/title", "案件", "二"))
    assert says(portal, yang, uid, AMOUNT) == "一"
    assert says(portal, yang, uid, "/forms/case/title") == "二"
    # Each takes back their own.
    act(portal, yang, drafts.undo, uid)
    assert says(portal, zhao, uid, AMOUNT) == "金额"
    assert says(portal, zhao, uid, "/forms/case/title") == "二"
    act(portal, yang, drafts.redo, uid)
    assert says(portal, zhao, uid, AMOUNT) == "一"


def test_on_one_place_the_second_is_told_who_was_there(portal: Portal, yang: Access, zhao: Access) -> None:
    uid = opened(portal, yang)
    change(portal, yang, uid, Change("replace", AMOUNT, "金额", "一"))
    with pytest.raises(Conflict) as refused:
        change(
            portal,
            zhao,
            uid,
            Change("replace", "/forms/case/title", "案件", "二"),
            Change("replace", AMOUNT, "金额", "三"),
        )
    (problem,) = refused.value.problems
    assert problem.params["who"] == "杨晓梅"
    assert problem.params["now"] == "一"
    # All or none.
    assert says(portal, zhao, uid, "/forms/case/title") == "案件"
    change(portal, zhao, uid, Change("replace", AMOUNT, "一", "三"))
    with pytest.raises(Conflict) as refused:
        act(portal, yang, drafts.undo, uid)
    assert refused.value.problems[0].params["who"] == "赵云飞"
    assert says(portal, zhao, uid, AMOUNT) == "三"


def test_a_group_that_is_sent_again_is_made_once(portal: Portal, yang: Access, zhao: Access) -> None:
    uid, wanted = opened(portal, yang), Change("replace", AMOUNT, "金额", "一")
    first = change(portal, yang, uid, wanted, group="a1")
    assert change(portal, yang, uid, wanted, group="a1") == first
    with pytest.raises(Conflict):
        change(portal, zhao, uid, wanted, group="a1")


def test_a_place_is_given_back(portal: Portal, yang: Access) -> None:
    uid = opened(portal, yang)
    change(portal, yang, uid, Change("replace", AMOUNT, "金额", "一"))
    with portal.writing(yang) as uow:
        drafts.give_back(uow, uid, [AMOUNT], "还是市里的")
        uow.commit()
    with portal.reading(yang) as session:
        assert drafts.compare(portal, session, uid) == []
        beside_parent = drafts.compare(portal, session, uid, "parent")
        assert all(one.owner.level == "own" for one in beside_parent)
        assert AMOUNT not in {one.difference.pointer for one in beside_parent}


def test_what_is_statutory_stays(portal: Portal, yang: Access) -> None:
    uid = opened(portal, yang)
    with pytest.raises(Forbidden) as refused:
        change(portal, yang, uid, Change("replace", "/deadlines/T01/title", "调解期限", "别的"))
    (problem,) = refused.value.problems
    assert problem.params == {"pack": "基础", "why": "条例"}


def test_each_act_leaves_one_entry_and_one_that_changes_nothing_none(portal: Portal, yang: Access) -> None:
    uid = opened(portal, yang)
    change(portal, yang, uid, Change("replace", AMOUNT, "金额", "一"))
    change(portal, yang, uid, Change("replace", AMOUNT, "金额", "一"))
    act(portal, yang, drafts.undo, uid)
    act(portal, yang, drafts.redo, uid)
    with portal.writing(yang) as uow:
        drafts.discard(uow, uid, "不用了")
        uow.commit()
    with portal.reading(SYSTEM) as session:
        found = session.scalars(select(AuditEntry.action).where(AuditEntry.object_id == uid)).all()
    assert found == ["open_draft", "change_draft", "undo_draft", "redo_draft", "discard_draft"]
    with pytest.raises(Conflict):
        change(portal, yang, uid, Change("replace", AMOUNT, "一", "二"))


def test_snapshots_and_commands_say_the_same(portal: Portal, yang: Access) -> None:
    uid = opened(portal, yang)
    for at in range(3):
        wanted = [
            Change("add", f"/settings/values/v{at}_{n}", None, {"title": f"第{n}"})
            for n in range(SNAPSHOT_EACH // 2)
        ]
        change(portal, yang, uid, *wanted)
    with portal.reading(yang) as session:
        row = drafts.draft_of(session, uid)
        assert session.scalar(select(func.count()).select_from(DraftSnapshot)) == 2
        assert read_anew(session, row).document == drafts.loaded(session, row).document
        before = read_anew(session, row, SNAPSHOT_EACH // 2)
        assert len(before.document["settings"]["values"]) < len(
            drafts.loaded(session, row).document["settings"]["values"]
        )


def test_a_change_that_is_rolled_back_is_forgotten(portal: Portal, yang: Access, zhao: Access) -> None:
    uid = opened(portal, yang)
    with portal.writing(yang) as uow:
        drafts.change(uow, uid, [Change("replace", AMOUNT, "金额", "一")])
        assert pointers.get(drafts.effective(uow.session, uid), AMOUNT) == "一"
    assert says(portal, zhao, uid, AMOUNT) == "金额"
    change(portal, zhao, uid, Change("replace", AMOUNT, "金额", "二"))
    assert says(portal, yang, uid, AMOUNT) == "二"


def test_files_come_in_and_go_out(portal: Portal, yang: Access) -> None:
    manifest = {
        "id": "county/xs",
        "version": "2.0.0",
        "format": 2,
        "extends": "base",
        "unit": XISHAN,
        "title": "西山",
    }
    files = {
        "seed/county/xs/pack.json": json.dumps(manifest).encode(),
        "form_definitions/county/xs/case.json": '{"title": "纠纷"}'.encode(),
        "seed/county/xs/assets/logo.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    }
    uid = opened(portal, yang, files=files)
    with portal.writing(yang) as uow:
        put_asset(uow, uid, "map.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="1"/>')
        uow.commit()
    with portal.reading(yang) as session:
        out = drafts.loaded(session, drafts.draft_of(session, uid)).files(drafts.assets_of(session, uid))
    assert {path: out[path] for path in files if path.endswith(".svg")}
    assert out.keys() == files.keys() | {"seed/county/xs/assets/map.svg"}
    assert json.loads(out["form_definitions/county/xs/case.json"]) == {"title": "纠纷"}
    with pytest.raises(InvalidInput), portal.writing(yang) as uow:
        put_asset(uow, uid, "map.svg", b"<svg onload='x'/>")


def test_who_sees_and_changes_drafts(portal: Portal, yang: Access) -> None:
    uid = opened(portal, yang)
    own = opened(portal, drafter(portal, KUNMING, "市"), KUNMING)
    city, jinning = drafter(portal, KUNMING, "市"), drafter(portal, JINNING, "晋宁")
    reader = drafter(portal, name="主任", actions=frozenset({"list"}))
    admin = administrator(portal, KUNMING)
    foreign = administrator(portal, JINNING, "晋宁管理员")
    clerk = Access(3, "登记员", ())
    seen = {}
    for who in (yang, city, jinning, reader, admin, foreign, clerk):
        with portal.reading(who) as session:
            seen[who.name] = {row.uid for row in drafts.drafts_at(session)}
    assert seen == {
        "杨晓梅": {uid},
        "市": {own},
        "晋宁": set(),
        "主任": {uid},
        "管理员": {uid, own},
        "晋宁管理员": set(),
        "登记员": set(),
    }
    wanted = Change("replace", AMOUNT, "金额", "一")
    for who in (city, jinning, foreign, clerk):
        for attempt in (
            lambda uow: drafts.change(uow, uid, [wanted]),
            lambda uow: drafts.undo(uow, uid),
            lambda uow: drafts.give_back(uow, uid, [AMOUNT]),
            lambda uow: drafts.discard(uow, uid),
            lambda uow: drafts.here(uow, uid),
        ):
            with pytest.raises(NotFound), portal.writing(who) as uow:
                attempt(uow)
        with pytest.raises(PortalError), portal.writing(who) as uow:
            drafts.open_draft(uow, XISHAN, "不行")
    with pytest.raises(Forbidden), portal.writing(reader) as uow:
        drafts.change(uow, uid, [wanted])
    change(portal, admin, uid, wanted)


def test_who_is_here(portal: Portal, yang: Access, zhao: Access) -> None:
    uid = opened(portal, yang)
    with portal.writing(yang) as uow:
        assert drafts.here(uow, uid, "forms") == []
        uow.commit()
    with portal.writing(zhao) as uow:
        assert [(one.name, one.page) for one in drafts.here(uow, uid, "rules")] == [("杨晓梅", "forms")]
        uow.commit()


def test_rows_of_drafts_are_only_added(portal: Portal, yang: Access) -> None:
    uid = opened(portal, yang)
    change(portal, yang, uid, Change("replace", AMOUNT, "金额", "一"))
    with portal.writing(SYSTEM) as uow:
        row = uow.session.scalars(select(DraftCommand).where(DraftCommand.draft_uid == uid)).one()
        row.path = "/forms/case"
        with pytest.raises(PortalError):
            uow.commit()
    with portal.reading(SYSTEM) as session:
        assert session.scalars(select(Draft.position).where(Draft.uid == uid)).one() == 1
