"""A draft goes on over what came into force meanwhile: its changes and those of the others, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.drafts import Change, Command, Draft, applied
from portal.core.drafts.commands import same
from portal.core.drafts.draft import replayed
from portal.core.drafts.renewing import Renewed, renewed
from portal.core.packs.origins import is_within
from tests.core.drafts.test_drafts import BUNDLES, LAYERS, MANIFEST, draft, made, over, parent

__all__ = ["draft", "parent"]

AMOUNT = "/forms/case/schema/properties/amount/title"
NAME = "/forms/case/schema/properties/name/title"
ROUTE = "/routes/R02/title"


def said(now: Draft, found: Renewed) -> dict[str, Any]:
    """Return what the draft says on its new ground: what its commands make of that, too."""
    log = [Command(at, one.op, one.path, one.before, one.after) for at, one in enumerate(found.changes, 1)]
    assert canonical(replayed(now, log).document) == canonical(found.draft.document)
    assert found.draft.position == now.position + len(log)
    return dict(found.draft.document)


def set_to(draft: Draft, path: str, value: Any) -> Draft:
    return made(draft, Change("replace", path, pointers.get(draft.document, path, None), value))


def begun_at(draft: Draft, document: dict[str, Any]) -> Draft:
    """Return what is in force by now, as a draft that nobody changed."""
    return Draft(draft.pack, draft.parent, draft.base, document)


def test_both_sides_are_there_where_they_changed_other_places(draft: Draft) -> None:
    mine, theirs = set_to(draft, AMOUNT, "金额"), set_to(draft, NAME, "称呼")
    now = begun_at(draft, dict(theirs.document))
    found = renewed(draft, mine, now)
    assert [(one.path, one.before, one.after) for one in found.changes] == [(AMOUNT, "涉及金额", "金额")]
    assert (found.both, found.given_up) == ((), ())
    document = said(now, found)
    assert [pointers.get(document, path) for path in (AMOUNT, NAME)] == ["金额", "称呼"]


def test_what_both_changed_stays_as_the_draft_says_and_is_told(draft: Draft) -> None:
    mine, theirs = set_to(draft, AMOUNT, "我的"), set_to(set_to(draft, AMOUNT, "别人的"), NAME, "称呼")
    mine = set_to(mine, ROUTE, "人民调解")
    found = renewed(draft, mine, begun_at(draft, dict(theirs.document)))
    assert found.both == (AMOUNT,)
    assert {one.path: (one.after, found.is_both(one)) for one in found.changes} == {
        AMOUNT: ("我的", True),
        ROUTE: ("人民调解", False),
    }


def test_the_same_change_of_both_is_none_any_more(draft: Draft) -> None:
    mine = set_to(draft, AMOUNT, "金额")
    found = renewed(draft, mine, begun_at(draft, dict(mine.document)))
    assert (found.changes, found.both, found.given_up) == ((), (), ())


def test_what_one_removed_and_the_other_changed_is_told(draft: Draft) -> None:
    gone = made(draft, Change("remove", "/routes/R02", pointers.get(draft.document, "/routes/R02"), None))
    renamed = set_to(draft, ROUTE, "人民调解")
    removed = renewed(draft, gone, begun_at(draft, dict(renamed.document)))
    assert [(one.path, one.after) for one in removed.changes] == [("/routes/R02", None)]
    assert removed.both == ("/routes/R02",)
    kept = renewed(draft, renamed, begun_at(draft, dict(gone.document)))
    assert [(one.path, one.after["title"]) for one in kept.changes] == [("/routes/R02", "人民调解")]
    assert kept.both == ("/routes/R02",)


def test_entries_of_a_list_are_merged(draft: Draft) -> None:
    path = "/forms/case/schema/required"
    mine, theirs = set_to(draft, path, ["name", "amount"]), set_to(draft, path, [])
    now = begun_at(draft, dict(theirs.document))
    assert pointers.get(said(now, renewed(draft, mine, now)), path) == ["amount"]


def test_the_sections_of_the_pack_are_merged_entry_by_entry(draft: Draft) -> None:
    pack = draft.document["pack"]
    base = begun_at(draft, {**draft.document, "stories": {"a": {"x": None}, "b": {"x": 1}, "c": {"x": 1}}})
    theirs = begun_at(
        draft,
        {
            **base.document,
            "pack": {**pack, "version": "1.1.0", "final": ["/routes"], "moved": [{"from": "/a", "to": "/b"}]},
            "stories": {"a": {"x": None}, "b": {"x": 2}, "d": {"x": 9}},
            "divisions": "theirs",
        },
    )
    mine = base.at(
        {
            **base.document,
            "pack": {**pack, "title": "新名称", "moved": [{"from": "/c", "to": "/d"}]},
            "stories": {"a": {"x": 2}, "b": {"x": 3}, "c": {"x": 1}, "e": {"x": None}},
            "assets": {"a.png": {"sha256": "0", "size": 1}},
            "divisions": "mine",
        },
        3,
    )
    found = renewed(base, mine, theirs)
    document = said(theirs, found)
    assert document["pack"] == {
        **pack,
        "version": "1.1.0",
        "title": "新名称",
        "final": ["/routes"],
        "moved": [{"from": "/a", "to": "/b"}, {"from": "/c", "to": "/d"}],
    }
    assert document["stories"] == {"a": {"x": 2}, "b": {"x": 3}, "d": {"x": 9}, "e": {"x": None}}
    assert document["assets"] == {"a.png": {"sha256": "0", "size": 1}}
    assert document["divisions"] == "mine"
    assert found.both == ("/stories/b", "/divisions")


def renamed(draft: Draft, **more: Any) -> Draft:
    """Return a draft in which a route has another identifier, and what else is said of it."""
    thing = {**draft.document["routes"]["R02"], **more}
    routes = {name: value for name, value in draft.document["routes"].items() if name != "R02"}
    moved = {**draft.document["pack"], "moved": [{"from": "/routes/R02", "to": "/routes/R77"}]}
    return draft.at({**draft.document, "pack": moved, "routes": {**routes, "R77": thing}}, 1)


def test_what_the_other_side_changed_of_a_thing_that_the_draft_renamed_stays(draft: Draft) -> None:
    now = begun_at(draft, dict(set_to(draft, ROUTE, "别人的").document))
    found = renewed(draft, renamed(draft, order=55), now)
    document = said(now, found)
    assert document["routes"]["R77"] == {**now.document["routes"]["R02"], "order": 55}
    assert "R02" not in document["routes"]
    assert (found.both, found.given_up) == ((), ())
    mine = renewed(draft, renamed(draft, title="我的"), now)
    assert said(now, mine)["routes"]["R77"]["title"] == "我的"
    assert mine.both == ("/routes/R77/title",)


def test_a_thing_that_the_draft_renamed_and_the_other_side_removed_stays(draft: Draft) -> None:
    gone = made(draft, Change("remove", "/routes/R02", draft.document["routes"]["R02"], None))
    now = begun_at(draft, dict(gone.document))
    found = renewed(draft, renamed(draft), now)
    assert said(now, found)["routes"]["R77"] == draft.document["routes"]["R02"]


def test_a_null_in_what_a_file_says_stays_one(draft: Draft) -> None:
    base = begun_at(draft, {**draft.document, "stories": {"a": {"x": 1, "y": {"z": 2, "w": None}}}})
    story = {"x": None, "y": {"z": None}}
    found = renewed(base, base.at({**base.document, "stories": {"a": story}}, 1), base)
    assert said(base, found)["stories"] == {"a": story}


def test_no_path_is_longer_than_one_that_a_person_may_change(draft: Draft) -> None:
    place, name = "/forms/case/schema/properties/amount/note", "n" * 200
    mine, theirs = (set_to(draft, place, {name: {name: {name: at}}}) for at in (1, 2))
    found = renewed(draft, mine, begun_at(draft, dict(theirs.document)))
    assert [(one.path, one.after) for one in found.changes] == [(f"{place}/{name}/{name}", {name: 1})]
    assert applied(begun_at(draft, dict(theirs.document)), found.changes).problems == ()


def test_what_is_locked_above_by_now_is_given_up_and_told(draft: Draft, parent: Any) -> None:
    mine = set_to(draft, ROUTE, "人民调解")
    city = parent.chain[-1]
    locked = replace(city, manifest=replace(city.manifest, final=("/routes/R02",)))
    content = {
        **parent.bundle,
        "routes": {**parent.bundle["routes"], "R02": {"title": "先行调解", "order": 2}},
    }
    above = replace(parent, chain=(*parent.chain[:-1], locked), bundle=content)
    now = Draft.start(draft.pack, above, draft.base)
    found = renewed(draft, mine, now)
    assert found.given_up == (ROUTE,)
    assert found.changes == ()


@given(BUNDLES, LAYERS, BUNDLES)
def test_over_what_it_began_with_a_draft_says_the_same(
    bundle: dict[str, Any], content: dict[str, Any], target: dict[str, Any]
) -> None:
    begun = over(bundle, content)
    mine = begun.at({**target, **MANIFEST}, 1)
    found = renewed(begun, mine, begun)
    assert found.both == found.given_up == ()
    assert canonical(said(begun, found)) == canonical(mine.document)


@given(BUNDLES, LAYERS, BUNDLES)
def test_a_draft_that_changed_nothing_changes_nothing(
    bundle: dict[str, Any], content: dict[str, Any], target: dict[str, Any]
) -> None:
    begun = over(bundle, content)
    now = begun_at(begun, {**target, **MANIFEST})
    for mine in (begun, begun_at(begun, dict(now.document))):
        found = renewed(begun, mine, now)
        assert (found.changes, found.both, found.given_up) == ((), (), ())


@given(BUNDLES, LAYERS, BUNDLES, BUNDLES)
def test_whatever_both_changed_comes_to_a_document_that_can_be_put_in_place(
    bundle: dict[str, Any], content: dict[str, Any], target: dict[str, Any], other: dict[str, Any]
) -> None:
    begun = over(bundle, content)
    now, mine = begun_at(begun, {**other, **MANIFEST}), begun.at({**target, **MANIFEST}, 1)
    found = renewed(begun, mine, now)
    assert applied(now, found.changes).problems == ()
    again = renewed(now, found.draft, now)
    assert canonical(said(now, again)) == canonical(said(now, found))


def changed_places(before: dict[str, Any], after: dict[str, Any], at: str = "") -> list[str]:
    """Return the deepest places at which two documents differ."""
    found = []
    for name in dict.fromkeys([*before, *after]):
        one, other, here = before.get(name), after.get(name), pointers.join([name], at)
        if same(one, other):
            continue
        maps = isinstance(one, dict) and isinstance(other, dict)
        found += changed_places(one, other, here) if maps else [here]
    return found


@given(BUNDLES, LAYERS, BUNDLES, BUNDLES)
def test_what_one_side_alone_changed_stays_as_it_says(
    bundle: dict[str, Any], content: dict[str, Any], target: dict[str, Any], other: dict[str, Any]
) -> None:
    begun = over(bundle, content)
    now, mine = begun_at(begun, {**other, **MANIFEST}), begun.at({**target, **MANIFEST}, 1)
    document = renewed(begun, mine, now).draft.document
    sides = [(side, changed_places(dict(begun.document), dict(side.document))) for side in (mine, now)]
    for (side, places), (_, others) in (sides, sides[::-1]):
        for path in places:
            if not any(is_within(path, one) or is_within(one, path) for one in others):
                assert same(pointers.get(document, path), pointers.get(side.document, path)), path
