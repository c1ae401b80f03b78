"""A draft that another version overtook goes on over it: with its changes, its files, its authors, and no others'."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.core.access import Access
from portal.core.drafts import Change
from portal.core.errors import Conflict, Forbidden
from portal.persistence.models import AuditEntry, Draft, DraftCommand, Release, Unit
from portal.services import drafts
from portal.services.drafts.changing import put_asset
from portal.services.drafts.checking import keep_findings, opened_for_check
from portal.services.drafts.finding import draft_of
from portal.services.drafts.loading import SNAPSHOT_EACH, loaded, read_anew
from portal.services.drafts.publishing import authors, is_overtaken, may_approve
from portal.services.portal import Policy, Portal
from portal.services.releases.activating import open_centre, put_in_force
from tests.fixtures.drafting import GUANDU, KUNMING, SYSTEM, administrator, drafter
from tests.services.drafts.test_drafts import AMOUNT, act, change, opened, says

TITLE = "/forms/case/title"
TAKEN, BOTH = "带过来的", "两边都改了"
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def portal(seeded: Portal) -> Portal:
    return replace(seeded, policy=Policy(second_person=True))


@pytest.fixture
def yang(portal: Portal) -> Access:
    return drafter(portal)


@pytest.fixture
def zhao(portal: Portal) -> Access:
    return drafter(portal, name="赵云飞")


@pytest.fixture
def li(portal: Portal) -> Access:
    return drafter(portal, name="李春红")


def publish(portal: Portal, who: Access, second: Access, uid: str) -> None:
    with portal.writing(who) as uow:
        keep_findings(uow, opened_for_check(uow.session, uid), [], {"count": 1, "failed": []})
        uow.commit()
    with portal.writing(who) as uow:
        drafts.submit(uow, uid, "试")
        uow.commit()
    with portal.writing(second) as uow:
        drafts.approve(uow, uid, "同意")
        uow.commit()


def renew(portal: Portal, who: Access, uid: str) -> drafts.Renewal:
    with portal.writing(who) as uow:
        found = drafts.renew(uow, uid, TAKEN, BOTH)
        uow.commit()
    return found


def compared(portal: Portal, uid: str) -> dict[str, tuple[Any, Any, str, str]]:
    with portal.reading(SYSTEM) as session:
        found = drafts.compare(portal, session, uid)
    return {
        one.difference.path: (one.difference.before, one.difference.after, one.by_name, one.why)
        for one in found
    }


def test_it_goes_on_with_its_changes_and_takes_back_none_of_the_others(
    portal: Portal, yang: Access, zhao: Access, li: Access
) -> None:
    mine, other = opened(portal, yang), opened(portal, yang)
    change(portal, yang, mine, Change("replace", AMOUNT, "金额", "我的金额"), why="群众这样说")
    change(portal, zhao, mine, Change("replace", TITLE, "案件", "我的案件"))
    change(portal, yang, other, Change("replace", AMOUNT, "金额", "别的金额"))
    change(
        portal,
        yang,
        other,
        Change("replace", "/forms/case/ui", says(portal, yang, other, "/forms/case/ui"), {}),
    )
    publish(portal, yang, li, other)
    with portal.reading(SYSTEM) as session:
        assert is_overtaken(session, draft_of(session, mine))
    found = renew(portal, li, mine)
    assert found.count == 2
    assert [tuple(one.text(str) for one in place) for place in found.both] == [
        ("form “我的案件”", "field “我的金额”")
    ]
    assert found.given_up == ()
    assert compared(portal, found.uid) == {
        AMOUNT: ("别的金额", "我的金额", "杨晓梅", f"群众这样说 — {BOTH}"),
        TITLE: ("案件", "我的案件", "赵云飞", TAKEN),
    }
    assert says(portal, yang, found.uid, "/forms/case/ui") == {}
    with portal.reading(SYSTEM) as session:
        old, new = draft_of(session, mine), draft_of(session, found.uid)
        assert (old.state, new.state, new.name, new.renews) == ("discarded", "open", old.name, mine)
        assert not is_overtaken(session, new)
        assert authors(session, new.uid) == {yang.user_id, zhao.user_id}
        entries = select(AuditEntry.action, AuditEntry.object_id).where(AuditEntry.actor_id == li.user_id)
        said = [tuple(row) for row in session.execute(entries.order_by(AuditEntry.id))]
    assert sorted(said[-2:]) == sorted([("open_draft", found.uid), ("discard_draft", mine)])
    # Each takes back their own, as before.
    with portal.writing(zhao) as uow:
        drafts.undo(uow, found.uid)
        uow.commit()
    assert list(compared(portal, found.uid)) == [AMOUNT]
    publish(portal, yang, li, found.uid)


def test_nobody_approves_what_they_changed_in_the_draft_that_it_goes_on_from(
    portal: Portal, yang: Access, zhao: Access, li: Access
) -> None:
    """Also where another person's change of the same place came later: the first one is in it all the same."""
    mine, other = opened(portal, yang), opened(portal, yang)
    change(portal, zhao, mine, Change("replace", AMOUNT, "金额", "一"))
    change(portal, yang, mine, Change("replace", AMOUNT, "一", "二"))
    for at in range(2):
        change(portal, yang, other, Change("replace", TITLE, "案件" if not at else "案件0", f"案件{at}"))
        publish(portal, yang, li, other)
        mine = renew(portal, li, mine).uid
        other = opened(portal, yang)
    with portal.reading(zhao) as session:
        uow_row = draft_of(session, mine)
        assert authors(session, mine) == {yang.user_id, zhao.user_id}
        assert uow_row.state == "open"
    with portal.writing(yang) as uow:
        keep_findings(uow, opened_for_check(uow.session, mine), [], {"count": 1, "failed": []})
        uow.commit()
    with portal.writing(li) as uow:
        drafts.submit(uow, mine, "试")
        uow.commit()
    for who in (yang, zhao, li):
        with portal.writing(who) as uow:
            assert not may_approve(uow, draft_of(uow.session, mine))
            with pytest.raises(Forbidden):
                drafts.approve(uow, mine, "同意")


def test_its_files_go_along(portal: Portal, yang: Access, li: Access) -> None:
    mine, other = opened(portal, yang), opened(portal, yang)
    for uid, name in ((mine, "mine.svg"), (other, "other.svg")):
        with portal.writing(yang) as uow:
            put_asset(uow, uid, name, PICTURE.replace(b"/>", b' id="%s"/>' % name.encode()))
            uow.commit()
    publish(portal, yang, li, other)
    found = renew(portal, yang, mine)
    with portal.reading(yang) as session:
        row = draft_of(session, found.uid)
        kept = loaded(session, row).files(drafts.assets_of(session, row.uid))
    assert {name.rpartition("/")[2] for name in kept if name.endswith(".svg")} >= {"mine.svg", "other.svg"}
    publish(portal, yang, li, found.uid)


@pytest.mark.parametrize("known", [True, False], ids=["known", "begun-before-that-was-kept"])
def test_a_draft_that_was_begun_from_files_keeps_what_they_say(
    portal: Portal, yang: Access, zhao: Access, li: Access, known: bool
) -> None:
    """Who began it, not who brings it up to date, is the one who changed what the files say."""
    other = opened(portal, yang)
    with portal.reading(yang) as session:
        files = loaded(session, draft_of(session, other)).files({})
    mine = opened(
        portal,
        yang,
        files={
            name: json.dumps({**json.loads(text), "title": "本区的名称"}).encode()
            if name.endswith("/pack.json")
            else text
            for name, text in files.items()
        },
    )
    assert says(portal, yang, mine, "/pack/title") == "本区的名称"
    change(portal, zhao, mine, Change("replace", AMOUNT, "金额", "数额"))
    with portal.reading(SYSTEM) as session:
        assert authors(session, mine) == {yang.user_id, zhao.user_id}, "files are of who brought them"
    if not known:
        with portal.database.engine.begin() as connection:
            connection.execute(update(Draft).where(Draft.uid == mine).values(from_files=None))
    change(portal, yang, other, Change("replace", TITLE, "案件", "纠纷"))
    publish(portal, yang, li, other)
    found = renew(portal, li, mine)
    assert says(portal, yang, found.uid, "/pack/title") == "本区的名称"
    assert says(portal, yang, found.uid, TITLE) == "纠纷"
    with portal.reading(SYSTEM) as session:
        assert authors(session, found.uid) == {yang.user_id, zhao.user_id}


def test_a_unit_that_got_another_name_meanwhile_changes_nothing_in_a_draft(portal: Portal) -> None:
    with portal.writing(SYSTEM) as uow:
        city = uow.session.scalars(select(Release.id).where(Release.pack == "city/km")).one()
        open_centre(uow, GUANDU, city, "官渡区综治中心", "官综", "试")
        uow.commit()
    yang, li = drafter(portal, GUANDU), drafter(portal, GUANDU, "李春红")
    mine, other = opened(portal, yang, GUANDU), opened(portal, yang, GUANDU)
    change(portal, yang, mine, Change("replace", AMOUNT, says(portal, yang, mine, AMOUNT), "数额"))
    agency = Change("replace", "/layout/centre/agency", "昆综", "官综")
    change(
        portal,
        yang,
        other,
        Change("replace", "/pack/title", says(portal, yang, other, "/pack/title"), "新"),
        agency,
    )
    with portal.database.engine.begin() as connection:
        connection.execute(update(Unit).where(Unit.code == GUANDU).values(name="别的名称"))
    publish(portal, yang, li, other)
    found = renew(portal, yang, mine)
    assert list(compared(portal, found.uid)) == [AMOUNT]
    assert says(portal, yang, found.uid, "/pack/title") == "新"


def test_each_takes_back_their_own_last_change_alone(
    portal: Portal, yang: Access, zhao: Access, li: Access
) -> None:
    mine, other = opened(portal, yang), opened(portal, yang)
    route = "/routes/N"
    change(portal, yang, mine, Change("add", route, None, {"title": "甲", "order": 900}))
    change(portal, yang, mine, Change("replace", AMOUNT, "金额", "数额"))
    change(portal, zhao, mine, Change("replace", f"{route}/title", "甲", "乙"))
    change(portal, yang, other, Change("replace", TITLE, "案件", "纠纷"))
    publish(portal, yang, li, other)
    uid = renew(portal, li, mine).uid
    act(portal, zhao, drafts.undo, uid)
    assert says(portal, yang, uid, f"{route}/title") == "甲"
    act(portal, yang, drafts.undo, uid)
    assert (says(portal, yang, uid, AMOUNT), says(portal, yang, uid, f"{route}/title")) == ("金额", "甲")
    act(portal, yang, drafts.undo, uid)
    assert compared(portal, uid) == {}
    act(portal, yang, drafts.redo, uid)
    assert says(portal, yang, uid, f"{route}/title") == "甲"


def test_a_centre_that_had_nothing_of_its_own(portal: Portal) -> None:
    with portal.writing(SYSTEM) as uow:
        city = uow.session.scalars(select(Release.id).where(Release.pack == "city/km")).one()
        open_centre(uow, GUANDU, city, "官渡区综治中心", "官综", "试")
        uow.commit()
    yang, li = drafter(portal, GUANDU), drafter(portal, GUANDU, "李春红")
    mine, other = opened(portal, yang, GUANDU), opened(portal, yang, GUANDU)
    now = says(portal, yang, mine, TITLE)
    change(portal, yang, mine, Change("replace", AMOUNT, says(portal, yang, mine, AMOUNT), "数额"))
    agency = Change("replace", "/layout/centre/agency", "昆综", "官综")
    change(portal, yang, other, Change("replace", TITLE, now, "纠纷"), agency)
    publish(portal, yang, li, other)
    found = renew(portal, yang, mine)
    assert (found.count, found.both) == (1, ())
    assert list(compared(portal, found.uid)) == [AMOUNT]
    publish(portal, yang, li, found.uid)
    third = opened(portal, yang, GUANDU)
    assert (says(portal, yang, third, TITLE), says(portal, yang, third, AMOUNT)) == ("纠纷", "数额")


def test_what_a_new_version_above_locks_is_given_up_and_the_rest_goes_on(
    portal: Portal, yang: Access, li: Access
) -> None:
    with portal.writing(SYSTEM) as uow:
        city = uow.session.scalars(select(Release.id).where(Release.pack == "city/km")).one()
        open_centre(uow, GUANDU, city, "官渡区综治中心", "官综", "试")
        uow.commit()
    county, boss, second = drafter(portal, GUANDU), *(administrator(portal, KUNMING, one) for one in "甲乙")
    mine, above = opened(portal, county, GUANDU), opened(portal, boss, KUNMING)
    for who, uid in ((county, mine), (boss, above)):
        change(portal, who, uid, Change("replace", AMOUNT, says(portal, who, uid, AMOUNT), f"{who.name}的"))
    change(portal, county, mine, Change("replace", TITLE, says(portal, county, mine, TITLE), "我的"))
    change(portal, boss, above, Change("add", "/pack/final", None, [AMOUNT]))
    publish(portal, boss, second, above)
    with portal.writing(SYSTEM) as uow:
        put_in_force(uow, GUANDU, draft_of(uow.session, above).release_id or 0, "新版")
        uow.commit()
    found = renew(portal, county, mine)
    assert [place[-1].text(str) for place in found.given_up] == ["field “甲的”"]
    assert list(compared(portal, found.uid)) == [TITLE]
    assert says(portal, county, found.uid, AMOUNT) == "甲的"


def test_many_changes_are_read_again_from_what_is_kept(portal: Portal, yang: Access, li: Access) -> None:
    mine, other = opened(portal, yang), opened(portal, yang)
    many = [
        Change("add", f"/routes/N{at}", None, {"title": f"途径{at}", "order": 900 + at})
        for at in range(SNAPSHOT_EACH + 5)
    ]
    change(portal, yang, mine, *many)
    change(portal, yang, other, Change("replace", TITLE, "案件", "纠纷"))
    publish(portal, yang, li, other)
    found = renew(portal, yang, mine)
    assert found.count == len(many)
    with portal.reading(SYSTEM) as session:
        row = draft_of(session, found.uid)
        assert row.position == len(many)
        anew = read_anew(session, row)
        assert anew.document == loaded(session, row).document
        assert read_anew(session, row, 3).document["routes"].keys() >= {"N0", "N2"}
        numbers = select(DraftCommand.number).where(DraftCommand.draft_uid == row.uid)
        assert sorted(session.scalars(numbers)) == list(range(1, len(many) + 1))
    change(portal, yang, found.uid, Change("replace", AMOUNT, "金额", "数额"))
    assert says(portal, yang, found.uid, AMOUNT) == "数额"


def test_what_is_up_to_date_or_not_open_or_not_ones_own_is_refused(
    portal: Portal, yang: Access, li: Access
) -> None:
    mine, other = opened(portal, yang), opened(portal, yang)
    with pytest.raises(Conflict, match="Nothing else came into force"):
        renew(portal, yang, mine)
    change(portal, yang, mine, Change("replace", AMOUNT, "金额", "数额"))
    change(portal, yang, other, Change("replace", TITLE, "案件", "纠纷"))
    publish(portal, yang, li, other)
    for actions in (frozenset({"list"}), frozenset({"list", "edit"}), frozenset({"list", "add"})):
        with pytest.raises(Forbidden):
            renew(portal, drafter(portal, name="周平", actions=actions), mine)
    with portal.writing(yang) as uow:
        keep_findings(uow, opened_for_check(uow.session, mine), [], {"count": 1, "failed": []})
        uow.commit()
    with portal.writing(yang) as uow:
        drafts.submit(uow, mine, "试")
        uow.commit()
    with pytest.raises(Conflict, match="waits for approval"):
        renew(portal, yang, mine)
    with portal.writing(li) as uow:
        drafts.send_back(uow, mine, "先更新")
        uow.commit()
    found = renew(portal, yang, mine)
    with pytest.raises(Conflict, match="discarded"):
        renew(portal, yang, mine)
    with pytest.raises(Conflict, match="discarded"):
        change(portal, yang, mine, Change("replace", AMOUNT, "数额", "金额"))
    assert says(portal, yang, found.uid, AMOUNT) == "数额"
