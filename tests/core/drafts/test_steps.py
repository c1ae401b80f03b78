"""Whose the changes are that a draft takes along: each person's stay apart, in the groups in which they were made."""

from __future__ import annotations

from typing import Any

from portal.core.drafts import Change, Command, Draft, applied
from portal.core.drafts.draft import replayed
from portal.core.drafts.renewing import renewed
from portal.core.drafts.steps import steps_of
from tests.core.drafts.test_drafts import draft, parent
from tests.core.drafts.test_renewing import AMOUNT, NAME, begun_at, set_to

__all__ = ["draft", "parent"]

ROUTE, REQUIRED = "/routes/N", "/forms/case/schema/required"


def commands(draft: Draft, *changes: tuple[int, Change]) -> list[Command]:
    """Return changes as the commands of persons, by their numbers, each one as a group of its own."""
    found = []
    for at, (who, change) in enumerate(changes, 1):
        outcome = applied(draft, [change])
        assert outcome.problems == ()
        draft, made = outcome.draft, outcome.made[0]
        found.append(Command(at, made.op, made.path, made.before, made.after, made.made, f"g{at}", by_id=who))
    return found


def steps(
    begun: Draft, first: Draft, log: list[Command], now: Draft
) -> list[tuple[str, Any, Any, int | None]]:
    """Return the steps of a draft that is brought up to date: the place, the values, and whose it is."""
    found = renewed(begun, replayed(first, log), now)
    made = steps_of(found, begun, first, log)
    document = now
    for one in made:
        outcome = applied(document, [one.change])
        assert outcome.problems == ()
        document = outcome.draft
    assert document.document == found.draft.document
    return [
        (one.change.path, one.change.before, one.change.after, one.last.by_id if one.last else None)
        for one in made
    ]


def test_what_one_added_and_another_changed_are_two_steps(draft: Draft) -> None:
    log = commands(
        draft,
        (1, Change("add", ROUTE, None, {"title": "甲", "order": 9})),
        (2, Change("replace", f"{ROUTE}/title", "甲", "乙")),
        (2, Change("replace", f"{ROUTE}/order", 9, 8)),
    )
    assert steps(draft, draft, log, set_to(draft, NAME, "称呼")) == [
        (ROUTE, None, {"title": "甲", "order": 9}, 1),
        (ROUTE, {"title": "甲", "order": 9}, {"title": "乙", "order": 8}, 2),
    ]


def test_what_several_changed_in_turn_stands_over_what_the_other_side_says(draft: Draft) -> None:
    log = commands(
        draft,
        (1, Change("replace", AMOUNT, "涉及金额", "一")),
        (2, Change("replace", AMOUNT, "一", "二")),
        (2, Change("replace", AMOUNT, "二", "一")),
        (1, Change("replace", AMOUNT, "一", "三")),
    )
    expected = [(AMOUNT, "别的", "一", 1), (AMOUNT, "一", "三", 1)]
    assert steps(draft, draft, log, begun_at(draft, dict(set_to(draft, AMOUNT, "别的").document))) == expected


def test_steps_are_in_the_order_in_which_they_were_made(draft: Draft) -> None:
    title = "/routes/R02/title"
    old = draft.document["routes"]["R02"]["title"]
    log = commands(
        draft, (1, Change("replace", title, old, "一")), (2, Change("replace", AMOUNT, "涉及金额", "二"))
    )
    found = steps(draft, draft, log, set_to(draft, NAME, "称呼"))
    assert [(path, who) for path, _, _, who in found] == [(title, 1), (AMOUNT, 2)]


def test_a_list_that_both_sides_changed_is_of_who_changed_it_last(draft: Draft) -> None:
    log = commands(
        draft,
        (1, Change("replace", REQUIRED, ["name"], ["name", "amount"])),
        (2, Change("replace", REQUIRED, ["name", "amount"], ["name", "amount", "x"])),
    )
    now = begun_at(draft, dict(set_to(draft, REQUIRED, ["name", "y"]).document))
    assert steps(draft, draft, log, now) == [(REQUIRED, ["name", "y"], ["name", "y", "amount", "x"], 2)]


def test_what_the_draft_said_when_it_was_begun_is_a_step_of_its_own(draft: Draft) -> None:
    first = begun_at(draft, dict(set_to(set_to(draft, AMOUNT, "文件的"), NAME, "称呼").document))
    log = commands(first, (1, Change("replace", AMOUNT, "文件的", "我的")))
    now = begun_at(draft, dict(set_to(draft, "/routes/R02/title", "别的").document))
    name = draft.document["forms"]["case"]["schema"]["properties"]["name"]["title"]
    assert sorted(steps(draft, first, log, now), key=str) == sorted(
        [
            (AMOUNT, "涉及金额", "文件的", None),
            (NAME, name, "称呼", None),
            (AMOUNT, "文件的", "我的", 1),
        ],
        key=str,
    )


def test_a_change_of_what_the_other_side_moved_stays_that_of_who_made_it(draft: Draft) -> None:
    thing = draft.document["routes"]["R02"]
    log = commands(draft, (1, Change("replace", "/routes/R02/title", thing["title"], "我的")))
    routes = {name: value for name, value in draft.document["routes"].items() if name != "R02"}
    moved = {**draft.document["pack"], "moved": [{"from": "/routes/R02", "to": "/routes/R77"}]}
    now = begun_at(draft, {**draft.document, "pack": moved, "routes": {**routes, "R77": thing}})
    assert steps(draft, draft, log, now) == [("/routes/R77/title", thing["title"], "我的", 1)]
