"""A pilot's ways with questions in the place of its own words: the same for the pilot, nothing of it for the city."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from portal.core import pointer as pointers
from portal.core.canonical import canonical
from portal.core.packs.asking import Confirmed, lift_asking, propose, settled
from portal.core.packs.asking.proposing import replaced
from portal.core.packs.merge import ABSENT, merge
from portal.core.packs.questions import SECTION, Answers
from portal.core.packs.three_way import Parent, three_way
from tests.core.packs.asking.pilots import OWN, Pilot, pilot


def governing(bundle: dict[str, Any]) -> str:
    """Return a configuration without its questions, which govern nothing."""
    return canonical({name: part for name, part in bundle.items() if name != SECTION})


def lifted(one: Pilot, chosen: list[str]) -> tuple[Any, dict[str, Any]]:
    mine = [decision for decision in one.own if decision.path in chosen]
    proposed = propose(mine, OWN, one.bundle)
    proposals, staying = settled(proposed, {})
    assert not staying
    going = [path for path in chosen if path not in proposed.stuck]
    done = lift_asking(one.base, one.parent, one.layer, going, proposals)
    return (proposed, proposals, going, done), merge(dict(one.base), dict(done.parent_layer))


def test_three_hundred_pilots_are_the_same_and_the_city_has_none_of_their_words() -> None:
    seen: Counter[str] = Counter()
    for seed in range(300):
        one, chance = pilot(seed), random.Random(seed)
        chosen = [decision.path for decision in one.own if chance.random() < 0.7]
        (proposed, proposals, going, done), city = lifted(one, chosen)
        # What is in force at the pilot is the same before and after.
        after = merge(dict(city), dict(done.layer))
        assert governing(after) == governing(one.bundle), seed
        # The city has none of its words, in values, in names and in questions.
        assert OWN.said_in(city) == (), (seed, OWN.said_in(city))
        # The pilot's own values are its answers.
        standing = {asked.question.id: asked for asked in Answers(after).standing()}
        assert {name: one.answer for name, one in proposals.items()} == {
            name: asked.text for name, asked in standing.items()
        }, seed
        assert not any(asked.open or asked.apart for asked in standing.values()), seed
        # Whoever answers as the pilot does has what the pilot has at all that was handed on.
        answers = {name: one.answer for name, one in proposals.items()}
        adopting = replaced(city, Answers(city).filled(answers))
        for path in going:
            assert canonical(pointers.get(adopting, path)) == canonical(pointers.get(one.bundle, path)), seed
        assert all(asked.open for asked in Answers(city).standing()), seed
        # The pilot takes the new version over without deciding anything of its own words.
        taken = three_way(one.parent, Parent("city@2", city), one.layer)
        assert [decision.path for decision in taken.undecided] == [], seed
        assert governing(dict(taken.bundle)) == governing(one.bundle), seed
        seen.update(lifted=len(going), stuck=len(proposed.stuck), asked=len(proposals))
        seen.update(asked.question.kind.name for asked in standing.values())
    assert (
        min(seen[name] for name in ("lifted", "stuck", "asked", "unit_name", "agency", "phone", "window"))
        > 50
    )


def test_another_county_s_answers_are_read_back_and_taken_back() -> None:
    given = {
        "unit_name": "呈贡区",
        "unit_short": "呈贡",
        "agency_word": "呈综",
        "unit_below": "斗南街道",
        "phone": "0871-67471234",
        "phone_2": "13987654321",
    }
    for seed in range(100):
        one = pilot(seed)
        (_, proposals, _, _), city = lifted(one, [decision.path for decision in one.own])
        answers = {name: given.get(name, "9") for name in proposals}
        there = replaced(city, Answers(city).filled(answers))
        assert {asked.question.id: asked.text for asked in Answers(there).standing()} == answers, seed
        # One after the other comes to the same.
        step = city
        for name, text in answers.items():
            step = replaced(step, Answers(step).filled({name: text}))
        assert canonical(step) == canonical(there), seed
        assert Answers(there).filled(answers) == {}
        back = replaced(there, Answers(there).filled(dict.fromkeys(answers, "")))
        assert canonical(back) == canonical(city), seed


def test_what_a_person_drops_stays_with_the_pilot_and_a_number_holds_for_everybody() -> None:
    base: dict[str, Any] = {"layout": {"windows": {}}, "settings": {"values": {}}}
    layer = {
        "layout": {"windows": {"w1": {"title": "西山区窗口", "number": 3}}},
        "settings": {"values": {"hint": "拨打0871-68181234"}},
    }
    one = Pilot(base, Parent("city@1", base), layer)
    proposed = propose(one.own, OWN, one.bundle)
    assert {name: each.answer for name, each in proposed.proposals.items()} == {
        "unit_name": "西山区",
        "window_w1": "3",
        "phone": "0871-68181234",
    }
    said = {
        "phone": Confirmed(False),
        "window_w1": Confirmed(False),
        "unit_name": Confirmed(True, "区名", False),
    }
    kept, staying = settled(proposed, said)
    assert staying == {"/settings/values/hint"}
    assert list(kept) == ["unit_name"]
    done = lift_asking(base, one.parent, layer, ["/layout/windows/w1"], kept)
    window = done.parent_layer["layout"]["windows"]["w1"]
    assert window == {"title": "本地窗口", "number": 3}
    asked = done.parent_layer[SECTION]["unit_name"]
    assert (asked["title"], asked.get("required")) == ("区名", None)
    assert asked["places"] == [{"path": "/layout/windows/w1/title", "text": "{unit_name}窗口"}]
    assert done.layer == {
        "layout": {"windows": {"w1": {"title": "西山区窗口"}}},
        "settings": {"values": {"hint": "拨打0871-68181234"}},
    }


def test_a_second_pilot_word_that_is_asked_above_already_gets_the_places() -> None:
    asks = {"title": "区名", "kind": "unit_name", "places": [{"path": "/settings/title"}], "blank": "本地"}
    base: dict[str, Any] = {"settings": {"title": "本地"}, SECTION: {"called": asks}}
    layer = {"settings": {"title": "西山区", "short_title": "西山区中心"}}
    one = Pilot(base, Parent("city@1", base), layer)
    short = [each for each in one.own if each.path == "/settings/short_title"]
    proposed = propose(short, OWN, one.bundle)
    assert [(name, each.known) for name, each in proposed.proposals.items()] == [("called", True)]
    done = lift_asking({}, one.parent, layer, ["/settings/short_title"], settled(proposed, {})[0])
    asked = done.parent_layer[SECTION]["called"]
    assert asked["title"] == "区名"
    assert [place["path"] for place in asked["places"]] == ["/settings/title", "/settings/short_title"]
    assert done.layer == {"settings": {"title": "西山区", "short_title": "西山区中心"}}


def test_a_text_that_was_written_otherwise_stays_and_what_is_gone_asks_nothing() -> None:
    asks = {
        "phone": {
            "title": "电话",
            "kind": "phone",
            "places": [
                {"path": "/settings/title", "text": "拨打{phone}"},
                {"path": "/settings/short_title"},
                {"path": "/layout/rooms/gone/title"},
            ],
        }
    }
    bundle: dict[str, Any] = {"settings": {"title": "来人即办"}, SECTION: asks, "layout": {"rooms": {}}}
    [asked] = Answers(bundle).standing()
    assert (asked.answer, asked.open, asked.apart) == (ABSENT, ["/settings/short_title"], ["/settings/title"])
    assert Answers(bundle).filled({"phone": "0871-67471234"}) == {"/settings/short_title": "0871-67471234"}
