"""The merge against an independent oracle and its laws; the proof `merge` does the same with 10,000 triples."""

from __future__ import annotations

import pytest

from portal.core.canonical import canonical
from portal.core.errors import DefinitionError, InvalidInput
from portal.core.packs import resolve
from portal.core.packs.release import ChainLink
from portal.core.packs.three_way import Answer, Parent, refuse_opaque, three_way
from tests.core.packs.three_way import laws, triples


def test_maps_are_merged_as_the_oracle_does_and_every_law_holds() -> None:
    tally = laws.run(400, 15, triples.maps, laws.OF_MAPS)
    assert tally.first == []
    assert min(tally.seen[kind] for kind in ("both", "removed_here", "removed_there", "type")) > 5
    assert min(tally.seen[pile] for pile in ("taken", "kept", "redundant", "without conflict")) > 50


def test_lists_keep_every_law() -> None:
    tally = laws.run(300, 15, triples.lists, laws.OF_LISTS)
    assert tally.first == []
    assert min(tally.seen[kind] for kind in ("both", "removed_here", "removed_there", "taken", "kept")) > 5


@pytest.mark.parametrize("law", laws.OF_MAPS, ids=lambda law: law.__name__)
def test_no_law_is_blind(law: laws.Law, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each law finds one of three merges that are wrong: upstream wins, the county wins, the layer stays as it is."""
    real = three_way

    def upstream(base: Parent, theirs: Parent, ours: object, answers: object = ()) -> object:
        done = real(base, theirs, {})
        return type(done)((), theirs.bundle, {}, done.moves, tuple(answers))  # type: ignore[arg-type]

    def county(base: Parent, theirs: Parent, ours: object, answers: object = ()) -> object:
        done = real(base, base, ours, ())  # type: ignore[arg-type]
        return type(done)(done.decisions, done.bundle, ours, done.moves, ())  # type: ignore[arg-type]

    broken = 0
    for wrong in (upstream, county):
        monkeypatch.setattr(laws, "three_way", wrong)
        broken += sum(laws.run(150, 15, triples.maps, (law,)).broken.values())
    if law is not laws.answers_are_remembered:
        assert broken


def kunming(sample: object) -> Parent:
    return Parent.of(resolve("city/kunming", sample.library()))  # type: ignore[attr-defined]


def test_packs_as_they_stand_merge_with_themselves(sample: object) -> None:
    resolved = resolve("county/xishan", sample.library())  # type: ignore[attr-defined]
    parent = kunming(sample)
    done = three_way(parent, parent, resolved.chain[-1].content)
    bundle = {name: part for name, part in resolved.bundle.items() if name != "moved"}
    assert canonical(done.bundle) == canonical(bundle)
    assert done.is_settled
    assert "/rules/referral/rules/safety" in parent.locked


def test_a_parent_with_errors_is_none(sample: object) -> None:
    sample.files["seed/city/kunming/roles.json"] = ["no roles"]  # type: ignore[attr-defined]
    sample.files["seed/city/kunming/pack.json"]["extends"] = "nowhere"  # type: ignore[attr-defined]
    with pytest.raises(DefinitionError, match=r"merge\.broken"):
        kunming(sample)


def test_an_opaque_link_is_never_a_base() -> None:
    chain = [ChainLink("base", "1.0.0", "aa"), ChainLink("city/kunming", "1.0.0", "bb")]
    refuse_opaque(chain, {"aa": 1, "bb": 1})
    with pytest.raises(DefinitionError) as refused:
        refuse_opaque(chain, {"aa": 1})
    assert refused.value.code == "merge.opaque"
    assert refused.value.params == {"packs": "city/kunming@1.0.0"}


def test_a_value_of_ones_own_decides_a_conflict_but_not_with_null() -> None:
    base, theirs = Parent("p@1", {"settings": {"a": 1}}), Parent("p@2", {"settings": {"a": 2}})
    conflict = three_way(base, theirs, {"settings": {"a": 3}}).undecided[0]
    done = three_way(base, theirs, {"settings": {"a": 3}}, [conflict.answer("custom", 7, by="7", why="议定")])
    assert (done.is_settled, done.layer) == (True, {"settings": {"a": 7}})
    with pytest.raises(InvalidInput) as refused:
        three_way(base, theirs, {"settings": {"a": 3}}, [conflict.answer("custom", {"b": None})])
    assert [one.code for one in refused.value.problems] == ["merge.null"]


def test_all_answers_that_can_not_be_carried_out_are_told_at_once() -> None:
    base = Parent("p@1", {"settings": {"a": 1, "b": 1}})
    theirs = Parent("p@2", {"settings": {"a": 1, "b": 1}}, ("/settings",))
    ours = {"settings": {"a": 3, "b": 3}}
    found = three_way(base, theirs, ours).undecided
    with pytest.raises(InvalidInput) as refused:
        three_way(base, theirs, ours, [one.answer("ours") for one in found])
    assert [one.pointer for one in refused.value.problems] == ["/settings/a", "/settings/b"]


def test_an_answer_for_another_value_is_stale_and_asked_again() -> None:
    base, theirs = Parent("p@1", {"settings": {"a": 1}}), Parent("p@2", {"settings": {"a": 2}})
    answer = three_way(base, theirs, {"settings": {"a": 3}}).undecided[0].answer("ours")
    assert Answer.from_json(answer.to_json()) == answer
    later = three_way(base, Parent("p@3", {"settings": {"a": 4}}), {"settings": {"a": 3}}, [answer])
    assert [one.path for one in later.undecided] == ["/settings/a"]
    assert later.stale == (answer,)


def test_a_change_of_parent_is_merged_alike() -> None:
    old = Parent("city/kunming@1.0.0", {"settings": {"a": 1, "b": 1, "c": 1}})
    new = Parent("city/yulin@2.0.0", {"settings": {"a": 2, "b": 1, "d": 4}})
    done = three_way(old, new, {"settings": {"b": 5, "c": 6}})
    assert {one.path: one.conflict or one.pile for one in done.decisions} == {
        "/settings/a": "taken",
        "/settings/b": "kept",
        "/settings/c": "removed_there",
        "/settings/d": "taken",
    }
