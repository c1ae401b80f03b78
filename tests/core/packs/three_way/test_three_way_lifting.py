"""What a pilot made its own becomes its parent's: what is in force at the pilot is the same before and after."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from portal.adapters.pack_files import library_with
from portal.core.canonical import canonical
from portal.core.errors import InvalidInput
from portal.core.packs import resolve
from portal.core.packs.merge import merge
from portal.core.packs.three_way import Parent, lift, overrides, shared_overrides, smallest_patch
from tests.core.packs.three_way import triples
from tests.core.packs.three_way.triples import Triple


@pytest.mark.parametrize("make", [triples.maps, triples.lists])
def test_two_hundred_pilots_stay_what_they_are(make: Callable[[random.Random], Triple]) -> None:
    lifted = 0
    for seed in range(200):
        chance = random.Random(seed)
        triple = make(chance)
        # The new version serves as the city, the base as what it stands on.
        parent = Parent("city@1", triple.theirs)
        own = [one.path for one in overrides(parent, triple.layer) if one.pile == "kept"]
        chosen = [path for path in own if chance.random() < 0.5]
        done = lift(triple.base, parent, triple.layer, chosen)
        city = merge(triple.base, dict(done.parent_layer))
        before = merge(triple.theirs, triple.layer)
        assert canonical(merge(city, dict(done.layer))) == canonical(before), seed
        left = {one.path for one in overrides(Parent("city@2", city), done.layer) if one.pile == "kept"}
        assert not any(path in left for path in chosen if "=order" not in path), seed
        lifted += len(chosen)
    assert lifted > 200


def test_nothing_lifted_changes_no_parent_and_all_lifted_leaves_no_layer() -> None:
    base: dict[str, Any] = {"settings": {"a": 1, "b": 1}}
    parent = Parent("city@1", {"settings": {"a": 2, "b": 1}})
    layer = {"settings": {"b": 3, "c": 4}}
    assert lift(base, parent, layer, []).parent_layer == {"settings": {"a": 2}}
    done = lift(base, parent, layer, ["/settings/b", "/settings/c"])
    assert done.parent_layer == {"settings": {"a": 2, "b": 3, "c": 4}}
    assert done.layer == {}
    with pytest.raises(InvalidInput) as refused:
        lift(base, parent, layer, ["/settings/a", "/settings/z"])
    assert [one.pointer for one in refused.value.problems] == ["/settings/a", "/settings/z"]


def test_xishan_stays_what_it_is_when_its_departments_become_the_city_s() -> None:
    library = library_with(["county/xishan"])
    pilot, city, base = (resolve(pack, library) for pack in ("county/xishan", "city/kunming", "base"))
    parent, layer = Parent.of(city), pilot.chain[-1].content
    own = [one.path for one in overrides(parent, layer) if one.path.startswith("/departments/")]
    assert own
    done = lift(Parent.of(base).bundle, parent, layer, own)
    raised = merge(dict(Parent.of(base).bundle), dict(done.parent_layer))
    assert "departments" not in done.layer
    assert canonical(merge(raised, dict(done.layer))) == canonical(Parent.of(pilot).bundle)
    assert smallest_patch(parent.bundle, raised)["departments"]


def test_overrides_that_counties_share_are_found() -> None:
    parent = Parent("city@1", {"settings": {"a": 1, "b": 1}})
    layers: dict[str, dict[str, Any]] = {
        "county/a": {"settings": {"a": 2, "b": 5}},
        "county/b": {"settings": {"a": 2}},
        "county/c": {"settings": {"a": 2, "b": 6}},
        "county/d": {"settings": {"b": 5}},
    }
    found = shared_overrides({county: overrides(parent, layer) for county, layer in layers.items()})
    assert [(one.path, one.value, one.counties) for one in found] == [
        ("/settings/a", 2, ("county/a", "county/b", "county/c")),
        ("/settings/b", 5, ("county/a", "county/d")),
    ]
