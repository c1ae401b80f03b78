"""What roles see of a record, and what survives when they send it back."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.disclosure import Level, Plan, Protected, plan_of
from portal.core.masks import DOTS

FIELDS = (
    Protected("/name", "personal", "name"),
    Protected("/id", "sensitive", "id"),
    Protected("/agent/phone", "personal", "phone"),
    Protected("/others/*/name", "personal", "name"),
)
DATA = {
    "name": "张三",
    "id": "530102199003074518",
    "amount": 5,
    "agent": {"relation": "律师", "phone": "13800001234"},
    "others": [{"name": "李四", "kind": "person"}, {"name": "王五", "kind": "person"}],
}
MASKED = {
    "name": "张*",
    "id": "530***********4518",
    "amount": 5,
    "agent": {"relation": "律师", "phone": "138****1234"},
    "others": [{"name": "李*", "kind": "person"}, {"name": "王*", "kind": "person"}],
}


def plan(*roles: dict[str, str], **more: Any) -> Plan:
    return plan_of(FIELDS, [tuple(sorted(role.items())) for role in roles], **more)


def test_personal_data_are_masked_for_everybody_by_default() -> None:
    assert plan().show(DATA) == MASKED
    assert plan({}).show(DATA) == MASKED


def test_showing_leaves_the_data_alone() -> None:
    before = copy.deepcopy(DATA)
    plan({"/agent": "hidden"}).show(DATA)
    assert before == DATA


def test_a_role_may_hide_a_field_or_open_it() -> None:
    shown = plan({"/id": "hidden", "/name": "read", "/agent": "hidden", "/others/*/name": "hidden"}).show(
        DATA
    )
    assert shown == {"name": "张三", "amount": 5, "others": [{"kind": "person"}, {"kind": "person"}]}


def test_a_field_is_seen_where_nothing_around_it_or_in_it_is_closed() -> None:
    seen = plan({"/amount": "hidden", "/tags/*": "masked", "/name": "read"}).sees
    assert [seen(where) for where in ("/name", "/other", "/agent/relation", "/others/*/kind")] == [True] * 4
    for where in (
        "/amount",
        "/tags",
        "/id",
        "/agent",
        "/others",
        "/others/*/name",
        "/others/1/name",
        "/agent/phone/x",
    ):
        assert not seen(where), where
    assert seen("/tags", Level.MASKED)
    assert seen("/agent/phone", Level.MASKED)
    assert not seen("/amount", Level.MASKED)


def test_the_role_that_allows_most_counts() -> None:
    both = plan({"/id": "hidden", "/amount": "hidden"}, {"/name": "write"})
    assert both.show(DATA) == MASKED | {"name": "张三"}
    assert both.level("/amount") is Level.WRITE


def test_opening_a_group_does_not_open_the_personal_data_in_it() -> None:
    assert plan({"/agent": "write"}).level("/agent/phone") is Level.MASKED
    assert plan({"/agent": "read"}).level("/agent/relation") is Level.READ


def test_disclosing_opens_what_is_masked_but_not_what_is_hidden() -> None:
    opened = plan({"/id": "hidden"}, disclosed=True)
    assert opened.show(DATA) == {key: value for key, value in DATA.items() if key != "id"}
    assert not opened.profile.masked


def test_lists_show_no_personal_data_whatever_a_role_may_see() -> None:
    assert plan({"/name": "write"}, listing=True).show(DATA) == MASKED
    assert plan({"/name": "write"}, listing=True, disclosed=True).value("/name", "张三") == "张*"


@pytest.mark.parametrize(
    ("pointer", "shown"),
    [
        ("/name", "张*"),
        ("/others/0/name", "李*"),
        ("/others", MASKED["others"]),
        ("/agent", MASKED["agent"]),
        ("/amount", 5),
    ],
)
def test_one_value_is_masked_like_the_whole(pointer: str, shown: Any) -> None:
    value = DATA["others"][0]["name"] if pointer == "/others/0/name" else DATA[pointer[1:]]  # type: ignore[index]
    assert plan().value(pointer, value) == shown


def test_a_hidden_value_is_not_even_told_to_be_there() -> None:
    assert plan({"/id": "hidden"}).value("/id", DATA["id"]) is None
    assert plan({"/others": "masked"}).show(DATA)["others"] == [DOTS, DOTS]


def test_a_list_with_something_masked_in_it_is_fixed_as_a_whole() -> None:
    assert plan().profile.readonly == {"/others"}
    assert plan().profile.masked == {"/name", "/id", "/agent/phone", "/others/*/name"}


def test_what_was_shown_can_be_sent_back() -> None:
    for one in (plan(), plan({"/id": "hidden", "/amount": "read"}), plan({"/agent": "hidden"})):
        assert one.restore(DATA, one.show(DATA)) == (DATA, [])


def test_leaving_protected_fields_out_keeps_them() -> None:
    assert plan().restore(DATA, {"amount": 7, "agent": {"relation": "律师"}}) == (DATA | {"amount": 7}, [])
    kept, problems = plan({"/amount": "read"}).restore(DATA, {"agent": {"relation": "近亲属"}})
    assert kept == DATA | {"agent": {"relation": "近亲属", "phone": "13800001234"}}
    assert problems == []


@pytest.mark.parametrize(
    ("role", "sent", "pointer"),
    [
        ({}, {"name": "李四"}, "/name"),
        ({}, {"name": "张三"}, "/name"),  # a guess that is right is refused like any other
        ({}, {"name": None}, "/name"),
        ({}, {"agent": {"relation": "律师", "phone": "13900000000"}}, "/agent/phone"),
        ({}, {"agent": None}, "/agent"),
        ({}, {"others": []}, "/others"),
        ({}, {"others": [{"name": "李*", "kind": "organisation"}]}, "/others"),
        ({"/id": "hidden"}, {"id": "530***********4518"}, "/id"),
        ({"/amount": "read"}, {"amount": 6}, "/amount"),
        ({"/amount": "hidden"}, {"amount": 5}, "/amount"),
    ],
)
def test_changing_what_one_may_not_is_refused_where_it_is(
    role: dict[str, str], sent: dict[str, Any], pointer: str
) -> None:
    one = plan(role)
    data, problems = one.restore(DATA, one.show(DATA) | sent)
    assert [(problem.code, problem.pointer) for problem in problems] == [("field.protected", pointer)]
    assert data == DATA, "and nothing of it is taken over"


def test_a_list_that_was_empty_can_be_begun() -> None:
    sent = {"amount": 5, "others": [{"name": "赵六"}]}
    assert plan().restore({"amount": 5}, sent) == (sent, [])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
POINTERS = ["/a", "/b", "/a/b", "/a/*/b", "/b/c", "/c", "/*/a"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3),
    personal=st.sets(st.sampled_from(POINTERS), max_size=4),
    role=st.dictionaries(st.sampled_from(POINTERS), st.sampled_from(["hidden", "masked", "read", "write"])),
)
def test_whatever_the_data_what_is_shown_comes_back_whole(
    data: dict[str, Any], personal: set[str], role: dict[str, str]
) -> None:
    one = plan_of([Protected(where, "personal") for where in personal], [tuple(sorted(role.items()))])
    shown = one.show(data)
    assert one.restore(data, shown) == (data, [])
    assert one.show(shown) == shown
