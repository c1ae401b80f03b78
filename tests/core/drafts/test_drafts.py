"""A draft: commands over the effective document, the layer derived from it, locks, owners, words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.drafts import (
    Change,
    Command,
    Draft,
    Group,
    Share,
    applied,
    beside,
    between,
    inverse,
    next_redo,
    next_undo,
    own_pointers,
    owner_of,
)
from portal.core.drafts.draft import document_of
from portal.core.editors.differing import differences
from portal.core.packs import MemoryLibrary, Resolved, merge, resolve
from portal.core.packs.list_edits import is_list_edit
from portal.core.packs.smallest import ABSENT, smallest_patch

MANIFEST = {"pack": {"id": "county/own", "version": "1.0.0", "format": 2, "extends": "city", "title": "本区"}}
BASE = """{"id": "base", "version": "1.0.0", "format": 2, "title": "产品", "final": ["/routes/R01"]}"""
CITY = (
    """{"id": "city", "version": "1.0.0", "format": 2, "title": "市", "extends": "base", "unit": "530100"}"""
)
FORM = """{"title": "案件", "schema": {"type": "object", "properties": {
  "amount": {"type": "number", "title": "涉及金额"}, "name": {"type": "string", "title": "姓名"}},
  "required": ["name"]}, "ui": {"sections": {"a": {"title": "甲", "order": 10}, "b": {"title": "乙", "order": 20}}}}"""
ROUTES = (
    """{"R01": {"title": "诉讼", "source": "民事诉讼法", "order": 1}, "R02": {"title": "调解", "order": 2}}"""
)
PERIODS = """{"P1": {"title": "受理", "locked": true, "source": "条例第九条"},
  "P2": {"title": "反馈", "locked": false}}"""


@pytest.fixture(scope="module")
def parent() -> Resolved:
    library = MemoryLibrary(
        {
            "base": {
                "seed/base/pack.json": BASE,
                "seed/base/routes.json": ROUTES,
                "seed/base/deadlines.json": PERIODS,
                "form_definitions/base/case.json": FORM,
            },
            "city": {
                "seed/city/pack.json": CITY,
                "form_definitions/city/case.json": '{"title": "矛盾纠纷"}',
            },
        }
    )
    return resolve("city", library)


@pytest.fixture
def draft(parent: Resolved) -> Draft:
    return Draft.start("county/own", parent, Share({}, MANIFEST))


def made(draft: Draft, *changes: Change) -> Draft:
    outcome = applied(draft, changes)
    assert not outcome.problems, outcome.problems
    return outcome.draft


AMOUNT = "/forms/case/schema/properties/amount/title"


def test_a_change_is_an_override_and_changing_back_leaves_none(draft: Draft) -> None:
    changed = made(draft, Change("replace", AMOUNT, "涉及金额", "金额（元）"))
    assert changed.share.content == {
        "forms": {"case": {"schema": {"properties": {"amount": {"title": "金额（元）"}}}}}
    }
    back = made(changed, Change("replace", AMOUNT, "金额（元）", "涉及金额"))
    assert back.share.content == {}
    assert own_pointers(back) == ()


def test_what_was_added_and_taken_back_leaves_no_empty_map(draft: Draft) -> None:
    outcome = applied(draft, [Change("add", "/settings/values/hall/title", None, "大厅")])
    assert outcome.made[0].made == 3
    log = [Command(1, one.op, one.path, one.before, one.after, one.made) for one in outcome.made]
    assert made(outcome.draft, *inverse(log)).share.content == {}


def test_a_removed_thing_of_a_parent_is_null_in_the_layer(draft: Draft) -> None:
    where = "/forms/case/ui/sections/b"
    changed = made(draft, Change("remove", where, {"title": "乙", "order": 20}))
    assert changed.share.content == {"forms": {"case": {"ui": {"sections": {"b": None}}}}}
    assert where in own_pointers(changed)


def test_a_list_is_edited_where_that_says_less(draft: Draft) -> None:
    where = "/forms/case/schema/required"
    changed = made(draft, Change("add", f"{where}/-", None, "amount"))
    content = changed.share.content["forms"]["case"]["schema"]["required"]
    assert merge(["name"], content, at=where) == ["name", "amount"]


def test_a_conflict_is_told_and_nothing_is_made(draft: Draft) -> None:
    outcome = applied(
        draft,
        [
            Change("replace", AMOUNT, "涉及金额", "一"),
            Change("replace", "/forms/case/title", "从前", "二"),
        ],
    )
    assert [one.code for one in outcome.problems] == ["draft.conflict"]
    assert outcome.problems[0].params["now"] == "矛盾纠纷"
    assert outcome.draft is draft


def test_changes_of_different_entries_of_a_list_do_not_meet(draft: Draft) -> None:
    where = "/forms/case/schema/required"
    one = made(draft, Change("add", f"{where}/0", None, "amount"))
    # The second person saw ["name"], so to that person it is the first entry.
    two = made(one, Change("replace", f"{where}/0", "name", "names"))
    assert pointers.get(two.document, where) == ["amount", "names"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Change("replace", "/routes/R01/title", "诉讼", "打官司"), "民事诉讼法"),
        (Change("remove", "/routes", {"R01": 1}), ""),
        (Change("replace", "/deadlines/P1/title", "受理", "登记"), "条例第九条"),
    ],
)
def test_a_locked_place_is_refused_with_who_and_why(draft: Draft, change: Change, why: str) -> None:
    asked = Change(change.op, change.path, pointers.get(draft.document, change.path), change.after)
    (problem,) = applied(draft, [asked]).problems
    assert problem.code == "draft.locked"
    assert problem.params["pack"] == "产品"
    assert why in problem.params["why"]


def test_beside_a_locked_place_all_is_free(draft: Draft) -> None:
    made(draft, Change("replace", "/routes/R02/title", "调解", "人民调解"))
    made(draft, Change("replace", "/deadlines/P2/title", "反馈", "回复"))


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("", {}),
        ("title", "x"),
        ("/nowhere/x", 1),
        ("/forms", {}),
        ("/forms/案件", {}),
        ("/forms/case", "text"),
        ("/forms/case/title/x", 1),
        ("/forms/case/schema/required/0/x", 1),
        ("/forms/case/schema/required/9", "x"),
        ("/pack/unit", "530101"),
        ("/pack/extends", "other"),
        ("/assets/a.exe", {"sha256": "0", "size": 1}),
        ("/assets/a.docx", {"sha256": "0"}),
        ("/settings/x", {"$add": [1]}),
        ("/settings/x", {"y": None}),
        ("/settings/x", [None]),
        ("/settings/x", "\0"),
        ("/settings/x", "\ud800"),
        ("/settings/x", float("nan")),
        ("/" + "x" * 600, 1),
    ],
)
def test_what_no_pack_can_say_is_refused(draft: Draft, path: str, after: Any) -> None:
    before = pointers.get(draft.document, path) if path else None
    (problem,) = applied(draft, [Change("replace", path, before, after)]).problems
    assert problem.code == "draft.invalid"


def test_a_move_changes_one_number(draft: Draft) -> None:
    sections = draft.bundle["forms"]["case"]["ui"]["sections"]
    order = beside(sections, "b", "a")
    changed = made(draft, Change("move", "/forms/case/ui/sections/b/order", 20, order))
    assert changed.share.content == {"forms": {"case": {"ui": {"sections": {"b": {"order": order}}}}}}
    assert order is not None
    assert order < 10


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [(10, 20, 15), (1, 2, 1.5), (None, 10, 0), (30, None, 40), (None, None, 10), (1, 1, None)],
)
def test_a_number_between_two(before: Any, after: Any, found: Any) -> None:
    assert between(before, after) == found


@given(st.lists(st.booleans(), max_size=40))
def test_numbers_between_stay_between(ways: list[bool]) -> None:
    low, high = 1, 2
    for up in ways:
        middle = between(low, high)
        assert middle is not None
        assert low < middle < high
        low, high = (middle, high) if up else (low, middle)  # type: ignore[assignment]


def test_whose_a_value_is(draft: Draft) -> None:
    changed = made(draft, Change("replace", AMOUNT, "涉及金额", "金额"))
    assert owner_of(changed, AMOUNT).level == "own"
    assert owner_of(changed, "/forms/case/title").title == "市"
    assert owner_of(changed, "/forms/case/title").level == "above"
    assert owner_of(changed, "/routes/R02/title").level == "base"
    assert owner_of(changed, "/forms/case/schema/properties/amount").partly
    assert not owner_of(changed, "/forms/case/schema/properties/name").partly


def test_differences_are_told_in_words(draft: Draft) -> None:
    changed = made(
        draft,
        Change("add", "/forms/case/schema/required/-", None, "amount"),
        Change("replace", "/forms/case/ui/sections/a/title", "甲", "基本情况"),
        Change("add", "/forms/case/ui/sections/b/hidden", None, True),
        Change("add", "/routes/R09", None, {"title": "信访"}),
        Change("replace", "/deadlines/P2/title", "反馈", "回复"),
    )
    said = {one.text() for one in differences(draft.document, changed.document)}
    assert said == {
        "form “矛盾纠纷”, field “涉及金额”: now required",
        "form “矛盾纠纷”, section “基本情况”: What it is called: “甲”, now “基本情况”",
        "form “矛盾纠纷”, section “乙”: no longer in use",
        "route “信访”: new",
        "period “回复”: What it is called: “反馈”, now “回复”",
    }


def test_undo_and_redo_are_of_the_last_group() -> None:
    do, other = Group("1", "do"), Group("2", "do")
    undo = Group("3", "undo", "2")
    assert next_undo([do, other]) == other
    assert next_redo([do, other]) is None
    assert next_undo([do, other, undo]) == do
    assert next_redo([do, other, undo]) == undo
    redo = Group("4", "redo", "3")
    assert next_undo([do, other, undo, redo]) == redo
    assert next_redo([do, other, undo, redo]) is None
    assert next_redo([do, other, undo, Group("5", "do")]) is None
    assert next_undo([]) is None


NAMES = st.sampled_from(["a", "b", "c", "order", "title", "schema", "required", "oneOf"])
LEAVES = st.one_of(st.booleans(), st.integers(-3, 3), st.sampled_from(["x", "y", "类型", ""]), st.just(1.5))
ENTRIES = st.one_of(
    LEAVES, st.dictionaries(st.sampled_from(["const", "title"]), LEAVES, min_size=1, max_size=2)
)
VALUES = st.recursive(
    st.one_of(LEAVES, st.lists(ENTRIES, max_size=4)),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
EDITS = st.fixed_dictionaries(
    {}, optional={"$add": st.lists(ENTRIES, max_size=2), "$remove": st.lists(ENTRIES, max_size=2)}
).filter(bool)
PATCHES = st.recursive(
    st.one_of(LEAVES, st.none(), st.lists(ENTRIES, max_size=4), EDITS),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
SECTIONS = st.sampled_from(["settings", "layout", "routes"])
BUNDLES = st.dictionaries(SECTIONS, st.dictionaries(NAMES, VALUES, max_size=4), max_size=3)
LAYERS = st.dictionaries(SECTIONS, st.dictionaries(NAMES, PATCHES, max_size=4), max_size=3)


def over(bundle: dict[str, Any], content: dict[str, Any]) -> Draft:
    plain = resolve("none", MemoryLibrary({}))
    above = Resolved("", plain.manifest, (), bundle, plain.origins, ())
    return Draft.start("county/own", above, Share(content, MANIFEST))


@given(BUNDLES, LAYERS)
def test_a_layer_goes_in_and_out_unchanged(bundle: dict[str, Any], content: dict[str, Any]) -> None:
    assert canonical(over(bundle, content).share.content) == canonical(content)


@given(BUNDLES, LAYERS, BUNDLES)
def test_whatever_a_draft_says_its_layer_says_it(
    bundle: dict[str, Any], content: dict[str, Any], target: dict[str, Any]
) -> None:
    draft = over(bundle, content)
    changed = draft.at({**target, **MANIFEST}, 1)
    assert canonical(document_of(draft.parent, changed.share)) == canonical(changed.document)


@given(VALUES, VALUES)
def test_a_derived_patch_says_nothing_twice(lower: Any, target: Any) -> None:
    patch = smallest_patch(lower, target)
    if canonical(lower) == canonical(target):
        assert patch is ABSENT
        return
    assert canonical(merge(lower, patch)) == canonical(target)
    told: list[str] = []
    merge(lower, patch, touch=lambda kind, where: told.append(kind))
    assert not set(told) & {"same", "nothing_to_remove", "not_in_list", "no_list"}
    assert not is_list_edit(target)
