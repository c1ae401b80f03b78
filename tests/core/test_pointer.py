"""JSON pointers: read, set, taken out, walked at every item; nothing that is handed in is changed."""

from __future__ import annotations

import copy

import pytest

from portal.core import pointer

DATA = {"a": {"b": 1, "c": [10, {"d": 2}]}, "rows": [{"n": 1}, {"n": 2}, {"m": 3}], "x/y~z": "odd"}


@pytest.fixture(autouse=True)
def _nothing_is_changed_in_place():
    before = copy.deepcopy(DATA)
    yield
    assert before == DATA


@pytest.mark.parametrize(
    ("where", "new", "expected"),
    [
        ("/a/b", 5, {"b": 5, "c": [10, {"d": 2}]}),
        ("/a/c/0", 11, {"b": 1, "c": [11, {"d": 2}]}),
        ("/a/c/1/d", 3, {"b": 1, "c": [10, {"d": 3}]}),
        ("/a/new/deep", 1, {"b": 1, "c": [10, {"d": 2}], "new": {"deep": 1}}),
        ("/a/b/under", 1, {"b": {"under": 1}, "c": [10, {"d": 2}]}),
    ],
)
def test_put(where, new, expected):
    assert pointer.put(DATA, where, new)["a"] == expected
    assert pointer.get(pointer.put(DATA, where, new), where) == new


def test_put_the_whole_and_odd_names():
    assert pointer.put(DATA, "", 7) == 7
    assert pointer.put(DATA, "/x~1y~0z", "even")["x/y~z"] == "even"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("/a/b", {"c": [10, {"d": 2}]}),
        ("/a/c/0", {"b": 1, "c": [{"d": 2}]}),
        ("/a/nothing", {"b": 1, "c": [10, {"d": 2}]}),
        ("/a/nothing/deep", {"b": 1, "c": [10, {"d": 2}]}),
        ("/a/b/under", {"b": 1, "c": [10, {"d": 2}]}),
    ],
)
def test_without(where, expected):
    assert pointer.without(DATA, where)["a"] == expected


def test_patched_takes_out_what_is_none():
    assert pointer.patched({"a": 1, "b": {"c": 2}}, {"/a": None, "/b/c": 3, "/d/e": 4}) == {
        "b": {"c": 3},
        "d": {"e": 4},
    }


def test_values_and_mapped_at_every_item():
    assert list(pointer.values(DATA, "/rows/*/n")) == [1, 2]
    assert list(pointer.values(DATA, "/a/*")) == [1, [10, {"d": 2}]]
    assert list(pointer.values(DATA, "/rows/n")) == []
    assert list(pointer.values(DATA, "")) == [DATA]
    assert pointer.mapped(DATA, "/rows/*/n", lambda n: n * 10)["rows"] == [{"n": 10}, {"n": 20}, {"m": 3}]
    assert pointer.mapped(DATA, "/nowhere/*", str) == DATA


def test_leaves_enter_objects_and_take_lists_whole():
    assert dict(pointer.leaves({"a": {"b": 1, "x/y": [1, 2]}, "c": None})) == {
        "/a/b": 1,
        "/a/x~1y": [1, 2],
        "/c": None,
    }


def test_collected_is_what_a_condition_reads():
    assert pointer.collected(DATA, ("rows", "*", "n")) == [1, 2]
    assert pointer.collected(DATA, ("rows", "1", "n")) == 2
    assert pointer.collected(DATA, ("rows", "9", "n")) is None
    assert pointer.collected(DATA, ("a", "b", "c")) is None


def test_patterns():
    assert pointer.pattern_of("/rows/0/n/12") == "/rows/*/n/*"
    assert pointer.pattern_of("/rows/0a") == "/rows/0a"
    assert pointer.meets(("rows", "3"), ("rows", "*", "n"))
    assert not pointer.meets(("rows", "3"), ("cols", "*"))
