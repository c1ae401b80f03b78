"""What a draft takes away is told with how many open matters hold it, and with some of them for who may see them."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.access import Access
from portal.core.drafts import Change
from portal.services import drafts, records
from portal.services.portal import Portal
from tests.fixtures.database import access_for
from tests.fixtures.drafting import JINNING, SYSTEM, XISHAN, drafter
from tests.services.drafts.test_back_tests import draft_with

FIELDS = "/forms/case/schema/properties"


@pytest.fixture
def portal(seeded: Portal) -> Portal:
    return seeded


@pytest.fixture
def yang(portal: Portal) -> Access:
    return drafter(portal)


def registered(portal: Portal, unit: str = XISHAN, **data: Any) -> str:
    with portal.writing(SYSTEM) as uow:
        uid = records.register(uow, "case", unit, {"name": "某", **data}).record.uid
        uow.commit()
    return uid


def held(portal: Portal, who: Access, uid: str) -> list[tuple[str, int, int]]:
    with portal.reading(who) as session:
        return [(one.words, one.count, len(one.named)) for one in drafts.held_by_open(portal, session, uid)]


def value(portal: Portal, path: str) -> Any:
    from portal.core import pointer as pointers
    from portal.services import releases, units

    with portal.reading(SYSTEM) as session:
        return pointers.get(releases.for_unit(portal, session, units.by_code(session, XISHAN)).raw, path)


def test_each_thing_that_goes_is_counted_where_open_matters_hold_it(portal: Portal, yang: Access) -> None:
    for n in range(3):
        registered(portal, dispute_type="D0601", channel="walk_in", tags=["甲", "乙"], people=n)
    registered(portal, channel="grid")
    registered(portal, JINNING, channel="walk_in", court="一庭")
    closed = registered(portal, channel="walk_in")
    with portal.writing(SYSTEM) as uow:
        records.transition(uow, closed, "drop", version=1, reason="当事人撤回")
        uow.commit()
    changes = [
        Change("remove", f"{FIELDS}/tags", value(portal, f"{FIELDS}/tags"), None),
        Change("replace", f"{FIELDS}/channel/enum", ["walk_in", "grid"], ["grid"]),
        Change("replace", "/forms/case/schema/required", ["name"], ["name", "amount"]),
        Change("replace", "/taxonomies/dispute/terms/D0601/hidden", None, True),
        Change("replace", "/lifecycles/case/stages/intake/hidden", None, True),
        Change("replace", "/lifecycles/case/stages/supervise/hidden", None, True),
        Change("replace", "/layout/windows/w1/hidden", None, True),
    ]
    uid = draft_with(portal, yang, *changes)
    assert sorted(held(portal, yang, uid)) == [
        ("is no longer in use", 3, 0),
        ("is no longer in use", 3, 0),
        ("is no longer in use", 4, 0),
        ("must be filled in from now on, and is empty", 4, 0),
        ("no longer has the choice %(code)s", 3, 0),
    ]
    # Beside the button that takes a thing away, before it is taken away.
    with portal.reading(yang) as session:
        assert drafts.held_at(session, uid, "/lifecycles/case/stages/mediate") == 0
        assert drafts.held_at(session, uid, f"{FIELDS}/people") == 3
        assert drafts.held_at(session, uid, "/forms/case") == 4


def test_some_are_named_for_who_may_see_them(portal: Portal, yang: Access) -> None:
    for _ in range(5):
        registered(portal, people=4)
    uid = draft_with(
        portal, yang, Change("remove", f"{FIELDS}/people", value(portal, f"{FIELDS}/people"), None)
    )
    both = Access(yang.user_id, yang.name, (*yang.grants, *access_for(portal, "director", XISHAN).grants))
    assert held(portal, yang, uid) == [("is no longer in use", 5, 0)]
    assert held(portal, both, uid) == [("is no longer in use", 5, 3)]


def test_nobody_holds_what_was_only_added(portal: Portal, yang: Access) -> None:
    registered(portal, people=4)
    uid = draft_with(portal, yang, Change("add", "/layout/windows/w9", None, {"title": "新窗口"}))
    assert held(portal, yang, uid) == []
