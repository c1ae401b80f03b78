from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from portal.core.packs import diff, merge

leaves = st.one_of(st.integers(-3, 3), st.booleans(), st.text("ab", max_size=2))
keys = st.sampled_from(["a", "b", "c", "x/y", "~"])
values = st.recursive(
    st.one_of(leaves, st.lists(leaves, max_size=3)), lambda inner: st.dictionaries(keys, inner, max_size=3)
)
documents = st.dictionaries(keys, values, max_size=4)
patches = st.dictionaries(
    keys,
    st.recursive(
        st.one_of(st.none(), leaves, st.lists(leaves, max_size=3)),
        lambda inner: st.dictionaries(keys, inner, max_size=3),
    ),
    max_size=4,
)


def has_null(value: object) -> bool:
    if isinstance(value, dict):
        return any(member is None or has_null(member) for member in value.values())
    return False


def layered(depth: int) -> st.SearchStrategy[dict[str, object]]:
    """Documents in which a key is always a map or always a value: there merging is associative."""
    if depth == 0:
        return st.dictionaries(st.sampled_from(["p", "q"]), leaves, max_size=2)
    maps = st.dictionaries(st.sampled_from(["m", "n"]), layered(depth - 1), max_size=2)
    return st.builds(lambda plain, nested: {**plain, **nested}, layered(0), maps)


@given(documents)
def test_an_empty_patch_changes_nothing(document):
    assert merge(document, {}) == document


@given(documents, patches)
def test_merging_leaves_its_arguments_alone(document, patch):
    before = copy.deepcopy((document, patch))
    merge(document, patch)
    assert (document, patch) == before


@given(documents, patches)
def test_a_patch_applied_twice_changes_nothing_more(document, patch):
    once = merge(document, patch)
    assert merge(once, patch) == once


@given(documents, patches)
def test_no_null_is_left(document, patch):
    assert not has_null(merge(document, patch))


@given(layered(2), layered(2), layered(2))
def test_merging_is_associative_where_maps_meet_maps(one, two, three):
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(documents, documents)
def test_no_difference_means_equal(one, two):
    assert (diff(one, two) == []) == (merge({}, one) == merge({}, two) and repr_equal(one, two))


def repr_equal(one, two):
    """JSON tells 1 from true, Python does not."""
    return sorted_repr(one) == sorted_repr(two)


def sorted_repr(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{sorted_repr(value[key])}" for key in sorted(value)) + "}"
    return repr(value)


def test_null_removes_and_other_values_replace():
    assert merge({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": [9]}}) == {"b": {"c": [9], "d": 3}}


def test_a_list_is_edited_by_value_and_by_name():
    lower = {"roles": ["clerk", "triage"], "options": [{"const": "a"}, {"const": "b"}]}
    patch = {
        "roles": {"$remove": ["clerk"], "$add": ["director", "triage"]},
        "options": {"$remove": ["a"], "$add": [{"const": "c"}]},
    }
    assert merge(lower, patch) == {
        "roles": ["triage", "director"],
        "options": [{"const": "b"}, {"const": "c"}],
    }


def test_true_and_one_are_different_entries():
    assert merge({"x": [1]}, {"x": {"$add": [True]}}) == {"x": [1, True]}


def test_what_a_patch_does_is_told():
    told: list[tuple[str, str]] = []
    merge(
        {"a": 1, "b": {"c": 1}, "l": [1], "gone": 0},
        {
            "a": 1,
            "b": {"c": 2},
            "l": {"$add": [2], "$remove": [7]},
            "gone": None,
            "never": None,
            "odd": {"$add": [1]},
            "new": {"k": 1},
        },
        touch=lambda kind, pointer: told.append((kind, pointer)),
    )
    assert told == [
        ("same", "/a"),
        ("set", "/b/c"),
        ("not_in_list", "/l"),
        ("edit", "/l"),
        ("remove", "/gone"),
        ("nothing_to_remove", "/never"),
        ("no_list", "/odd"),
        ("edit", "/odd"),
        ("set", "/new"),
        ("set", "/new/k"),
    ]
